"""What the page asks of paper B's models: all that one makes of a source, and scenes to try."""

from pathlib import Path

from crossmodal.demo.studio import NEAREST, Answer, Asked, recording_of, require
from crossmodal.inference import Item, Modality, Recording, Source, load
from crossmodal.inference.bundles import pick_best, read_models
from crossmodal.inference.kinds import DIGIT_SCENES, find_example
from crossmodal.inference.pictures import Pixels
from crossmodal.inference.skipmodal.model import SkipModalModel, to_pixels
from crossmodal.inference.skipmodal.preparation import prepare_scene

EXAMPLES = 6  # of each kind: never seen in training, and seen


class SceneStudio(Asked):
    """The models of paper B in a folder, by name; the default one first."""

    def __init__(self, folder: Path) -> None:
        """Raises DataError where one is damaged."""
        found = {
            name: known
            for name, known in read_models(folder).known.items()
            if known.family == SkipModalModel.family
        }
        self.models: dict[str, SkipModalModel] = {}
        for name in [pick_best(found), *found] if found else []:
            model = self.models.get(name) or load(found[name].path.parent)
            assert isinstance(model, SkipModalModel)
            self.models[name] = model

    def model(self, name: str) -> SkipModalModel:
        """The model called `name`; raises ParameterError."""
        return require(self.models, name)

    def has_photos(self, name: str) -> bool:
        """Whether the training had a person's own pictures instead of digit scenes."""
        return self.model(name).description.dataset != DIGIT_SCENES

    def example(self, name: str) -> str:
        """A sentence of the kind that a model knows."""
        return find_example(self.model(name).description)

    def from_voice(self, name: str, text: str) -> Answer:
        """All that a model makes of a sentence as it says it itself; raises ParameterError."""
        spoken = recording_of(self.model(name).generate(text, to="speech"))
        assert spoken is not None
        return self.answer(name, "speech", spoken)

    def from_example(self, name: str, index: int, seen: bool) -> Answer:
        """All that a model makes of one of its `gallery`."""
        item = self.gallery(name, seen)[index]
        return self.answer(name, "image", item.image)

    def answer(self, name: str, kind: Modality, source: Source) -> Answer:
        """What a model makes of a source, and what is near; raises ParameterError or DataError."""
        model = self.model(name)
        # What is heard is what would be written, and stands in every result.
        known = [target for start, target in model.directions if start == kind]
        targets = [target for target in known if (kind, target) != ("speech", "text")]
        results = {target: model.generate(source, target) for target in targets}
        picture = results["image"].image if "image" in results else self.see(model, source)
        sound = source if isinstance(source, Recording) else recording_of(results.get("speech"))
        items = model.retrieve(source, len(model.gallery))
        nearest = [item for item in items if item.split == "train"][:NEAREST]
        return Answer(kind, results, nearest, picture, sound)

    def see(self, model: SkipModalModel, source: Source) -> Pixels:
        """A picture as the model sees it."""
        side = model.settings.image_decoder.image_size
        return to_pixels((prepare_scene(source, side)[0] * 255).round().byte())  # type: ignore[arg-type]

    def gallery(self, name: str, seen: bool) -> list[Item]:
        """Real pictures to try, of the training or of the test split."""
        model = self.model(name)
        rows = [row for row, item in enumerate(model.gallery) if (item["split"] == "train") == seen]
        return [model.item(row, 0.0) for row in rows[:EXAMPLES]]
