"""Write paper B's report: one HTML page with tables, curves, pictures and speech, all inside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from crossmodal.config.skipmodal.report import WriteSkipModalPage
from crossmodal.config.skipmodal.run_names import split_run
from crossmodal.config.skipmodal.runs import SkipModalRuns
from crossmodal.data.skipmodal.pair_reader import PairReader
from crossmodal.data.skipmodal.scenes import Scene, Split
from crossmodal.data.skipmodal.vocabulary import describe_overlap
from crossmodal.evaluate.skipmodal.tasks import VIA_TEXT
from crossmodal.files import read_json, write_text
from crossmodal.report.media import embed_picture
from crossmodal.report.page import Section, make_page
from crossmodal.report.sections import make_provenance
from crossmodal.report.selection import spread_inside
from crossmodal.report.skipmodal import gallery, sections
from crossmodal.report.skipmodal.gallery import Direction, Drawing, Item, Sample
from crossmodal.report.skipmodal.inputs import (
    Transcripts,
    read_ceilings,
    read_curve,
    read_run,
    read_transcripts,
)
from crossmodal.report.skipmodal.runs import ALIASES, DIGIT_SCENES, Runs, part_chains
from crossmodal.report.skipmodal.tables import tabulate_drawings
from crossmodal.report.skipmodal.verdict import Judged, judge_targets
from pipeline import stage
from pipeline.paths import PARAMS_OF
from pipeline.provenance import describe_skipmodal, find_origin, flatten
from pipeline.skipmodal.pair_data import (
    evaluation_splits,
    open_images,
    open_recordings,
    scenes_of_images,
    scenes_of_recordings,
)
from pipeline.skipmodal.paths import (
    CEILINGS,
    CURVES,
    IMAGE_TEXT,
    RUN_MEASURES,
    SKIPMODAL_GENERATED,
    TEXT_SPEECH,
    TRANSCRIPTS,
    VOCABULARY,
)

PAGE = Path("data/report/skipmodal.html")
TITLE = "Speech from pictures, learned through text"
# Whose speech is on the page, as far as they were run: the lines of table 1, ours first.
PLAYED = ("ours", "piecewise", "mended", "paper", "cyclegan")
HEROES = 6  # pictures above the first heading
SPOKEN = ("image_to_speech", "text_to_speech")


@dataclass(frozen=True)
class Items:
    """What a split holds, by id."""

    images: dict[str, Item]
    clips: dict[str, Item]


@dataclass(frozen=True)
class Material:
    """What the page is made of.

    played: the run of each variant whose speech is on the page. told: what it said, by variant.
    """

    runs: Runs
    variants: list[str]
    played: dict[str, str]
    told: dict[str, Transcripts]
    items: dict[Split, Items]


def main() -> None:
    """Read what the other stages have measured and made, and put the page together."""
    settings = stage.load("write_skipmodal_page", WriteSkipModalPage)
    material = load_material(stage.load("skipmodal", SkipModalRuns).runs.all)
    # The targets are set for the digit scenes.
    scenes = material.runs.data == DIGIT_SCENES
    judged = judge_targets(material.runs, settings.targets.model_dump()) if scenes else []
    first = replace(material, told=dict(list(material.told.items())[:1]))
    heroes = list_samples(first, "test", "image_to_speech", HEROES)
    opening = sections.make_opening(material.runs, judged, count_data(), heroes)
    parts = list(make_sections(material, judged, settings))
    write_text(PAGE, make_page(TITLE, opening, parts))


def load_material(names: Sequence[str]) -> Material:
    """Measures of all runs that are named; transcripts of those that are played."""
    measures = part_chains({run: read_run(RUN_MEASURES / f"{run}.json") for run in names})
    played = find_played(names)
    return Material(
        Runs(measures, ALIASES),
        list(dict.fromkeys(run["variant"] for run in measures.values())),
        played,
        {variant: read_transcripts(TRANSCRIPTS / f"{run}.json") for variant, run in played.items()},
        {split: load_items(split) for split in evaluation_splits() if split != "validation"},
    )


def find_played(names: Sequence[str]) -> dict[str, str]:
    """variant -> its first run, of the variants whose speech is on the page."""
    first: dict[str, str] = {}
    for run in sorted(names, key=lambda run: split_run(run)[1]):
        first.setdefault(split_run(run)[0], run)
    return {variant: first[variant] for variant in PLAYED if variant in first}


def load_items(split: Split) -> Items:
    """Pictures and sentences of a split."""
    images, clips = open_images(split), open_recordings(split)
    shown: list[Scene] | list[None] = scenes_of_images(images, split) or [None] * len(images)
    about: list[Scene] | list[None] = scenes_of_recordings(clips, split) or [None] * len(clips)
    pictures = zip(images.ids, images.texts, images.images, shown, strict=True)
    sentences = zip(clips.ids, clips.texts, about, strict=True)
    return Items(
        {name: Item(texts[0], pixels, scene) for name, texts, pixels, scene in pictures},
        {name: Item(text, None, scene) for name, text, scene in sentences},
    )


def make_sections(
    material: Material, judged: Sequence[Judged], settings: WriteSkipModalPage
) -> Iterator[Section]:
    """The sections of paper B, and where all figures come from."""
    runs, variants, splits = material.runs, material.variants, list(material.items)
    overlap = describe_overlap(read_json(VOCABULARY)["words"])
    yield sections.make_tables(runs, variants, overlap)
    yield sections.make_misses(runs, judged)
    of_images, of_texts = (
        {split: list_samples(material, split, task, settings.examples) for split in splits}
        for task in SPOKEN
    )
    yield gallery.make_listen(of_images, of_texts, runs.data)
    yield gallery.make_alignments(list_figures(material))
    ceilings = read_ceilings(CEILINGS)
    grids = [tabulate_drawings(runs, ceilings, variants, split) for split in splits]
    yield gallery.make_drawings(grids, list_drawings(material, settings.examples), runs.data)
    if runs.data == DIGIT_SCENES:
        yield sections.make_attributes(runs, variants, splits)
    yield sections.make_limits(ceilings, splits, runs.data)
    yield from sections.make_additions(runs)
    yield gallery.make_search(sections.list_recall(runs, variants), search(material, settings))
    played = material.played.items()
    yield sections.make_curves({name: read_curve(CURVES / f"{run}.csv") for name, run in played})
    yield explain_origin()


def list_samples(material: Material, split: Split, task: str, count: int) -> list[Sample]:
    """Items that all who can do a task have spoken of, spread evenly, with their speech."""
    told = {name: own[split] for name, own in material.told.items() if task in own[split]}
    items = material.items[split]
    sources = items.images if task.startswith("image") else items.clips
    common = [name for name in sources if told and all(name in t[task] for t in told.values())]
    samples = []
    for name in (common[row] for row in spread_inside(len(common), count)):
        utterances = []
        for variant, own in told.items():
            clip = SKIPMODAL_GENERATED / material.played[variant] / split / task / f"{name}.wav"
            wrote = own.get("image_to_text", {}).get(name)
            said = (own[task][name].said, wrote.said if wrote else None)
            utterances.append(gallery.make_utterance(variant, clip, sources[name], *said))
            if task == "image_to_speech" and VIA_TEXT in own:
                chained = clip.parents[1] / VIA_TEXT / clip.name
                said = (own[VIA_TEXT][name].said, said[1])
                label = f"{variant}_via_text"
                utterances.append(gallery.make_utterance(label, chained, sources[name], *said))
        samples.append(Sample(sources[name], utterances))
    return samples


def list_drawings(material: Material, count: int) -> dict[str, list[Drawing]]:
    """Items of split test, spread evenly, and what each variant draws of them."""
    items = material.items["test"]
    sides = {"text_to_image": items.images, "speech_to_image": items.clips}
    made = {
        variant: load_file(path)
        for variant, run in material.played.items()
        if (path := SKIPMODAL_GENERATED / run / "test/pictures.safetensors").is_file()
    }
    drawings: dict[str, list[Drawing]] = {}
    for task, side in sides.items():
        drawn = {variant: tasks[task] for variant, tasks in made.items()}
        known = [*side.values()]
        rows = spread_inside(min(map(len, drawn.values()), default=0), count)
        drawings[task.replace("_", " ")] = [
            Drawing(
                known[row],
                [
                    (variant, embed_picture(np.moveaxis(pictures[row], 2, 0)))
                    for variant, pictures in drawn.items()
                ],
            )
            for row in rows
        ]
    return drawings


def list_figures(material: Material) -> list[tuple[str, Path]]:
    """(title, file) of the figures that generation has left."""
    return [
        (f"{variant}, {task.replace('_', ' ')}", SKIPMODAL_GENERATED / run / f"{task}.png")
        for task in SPOKEN
        for variant, run in material.played.items()
        if task in material.told[variant]["test"]
    ]


def search(material: Material, settings: WriteSkipModalPage) -> dict[str, list[Direction]]:
    """What each variant whose modalities share a space finds for a few items of split test."""
    examples: dict[str, list[Direction]] = {}
    items = material.items["test"]
    sides = {"image": [*items.images.values()], "text": [*items.clips.values()]}
    sides["caption"] = [Item(text) for text in open_images("test").chosen()]
    sides["speech"] = [replace(item, words=f"“{item.words}”") for item in sides["text"]]
    for variant, run in material.played.items():
        path = SKIPMODAL_GENERATED / run / "test/vectors.safetensors"
        if path.is_file():
            vectors = load_file(path)
            rows = spread_inside(min(map(len, vectors.values())), settings.examples)
            examples[variant] = gallery.find_examples(vectors, sides, rows, settings.found)
    return examples


def count_data() -> list[tuple[str, str]]:
    """What was trained on, and what is asked for here."""
    folders = {"captioned pictures": IMAGE_TEXT, "spoken sentences": TEXT_SPEECH}
    return [
        (f"{what} {use}", f"{len(PairReader(folder, split).rows):,}")
        for split, use in (("train", "to learn from"), ("test", "to be tested on"))
        for what, folder in folders.items()
    ]


def explain_origin() -> Section:
    """Commit, parameters, data, seeds and steps, kind of machine and packages."""
    params = read_json(PARAMS_OF["skipmodal"])
    settings = stage.load("skipmodal", SkipModalRuns)
    run = describe_skipmodal(params, find_origin(Path()), count_data(), settings)
    return make_provenance(run, list(flatten(params)))


if __name__ == "__main__":
    stage.run(main)
