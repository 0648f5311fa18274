"""Write the report: one HTML page with tables, charts, pictures and sound, all inside it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd
import torch
from markupsafe import Markup

from crossmodal.compute import prepare_runtime
from crossmodal.config.compute import Compute
from crossmodal.config.mapping.autoencoders import TrainAutoencoder
from crossmodal.config.mapping.mappings import TrainMapping
from crossmodal.config.mapping.report import WritePage, WriteReport
from crossmodal.config.mapping.runs import MappingRuns
from crossmodal.data.mapping.classes import DatasetName, ImageClass, all_classes
from crossmodal.data.shards import ShardReader
from crossmodal.embed.mapping.compound import load_class_embeddings
from crossmodal.evaluate.mapping.examples import pick_by_pair, rank_classes, read_classes
from crossmodal.files import read_json, write_text
from crossmodal.models.classifier import load_classifier
from crossmodal.models.mapping.autoencoder import load_autoencoder
from crossmodal.models.mapping.mapping import load_mapping
from crossmodal.models.mapping.names import AutoencoderName
from crossmodal.report.mapping import inputs, sections
from crossmodal.report.mapping.gallery import (
    Example,
    Found,
    Generated,
    describe_found,
    make_example,
    make_figures,
    make_listen,
    make_search,
)
from crossmodal.report.mapping.paper import BASELINE
from crossmodal.report.mapping.tables import list_models, tabulate_measures
from crossmodal.report.page import Section, make_page
from crossmodal.report.sections import make_provenance
from crossmodal.report.selection import spread_inside
from pipeline import stage
from pipeline.mapping.paths import (
    IMAGES,
    MAPPING_GENERATED,
    MAPPING_MEASURES,
    MODALITIES,
    SPOKEN_WORDS,
)
from pipeline.paths import MEASURES, METRICS, MODELS, PARAMS_OF
from pipeline.provenance import describe_run, find_origin, flatten

PAGE = Path("data/report/index.html")
TITLE = "Pictures from words and from speech"
SPLITS = {"train": "training images", "held_out": "held-out images"}
HEROES = 3  # pictures of each data set above the first heading


def main() -> None:
    """Read what the other stages have measured and made, and put the page together."""
    prepare_runtime(stage.load("compute", Compute))
    runs = stage.load("mapping", MappingRuns)
    models = (BASELINE, *runs.autoencoders)
    cells = tabulate_measures(
        {
            d: {m: inputs.read_measures(MAPPING_MEASURES / d / f"{m}.json") for m in models}
            for d in runs.datasets
        }
    )
    generated = {dataset: load_generated(dataset, models) for dataset in runs.datasets}
    parts = list(make_sections(cells, generated))
    write_text(PAGE, make_page(TITLE, open_page(cells, generated), parts))


def make_sections(
    cells: pd.DataFrame, generated: Mapping[DatasetName, Generated]
) -> Iterator[Section]:
    """The sections of paper A, and where all figures come from."""
    settings = stage.load("write_page", WritePage)
    yield sections.make_table(cells)
    yield sections.make_reading(cells, inputs.read_accuracy(MEASURES / "classifier.json"))
    yield sections.make_misses(cells, settings.near, settings.readable)
    models = list_models(cells)
    autoencoders = [model for model in models if model != BASELINE]
    yield make_listen(generated, models, SPOKEN_WORDS, settings.colored_examples)
    columns = stage.load("write_report", WriteReport).columns
    yield make_figures(generated, autoencoders, columns)
    yield sections.make_retrieval(cells)
    first = autoencoders[0]  # whose examples of the way back are shown
    found = {d: search(d, first, made.classes, settings.found) for d, made in generated.items()}
    competing = {d: len(all_classes(d)) for d in generated}
    yield make_search(found, first, competing, captioner="captioner_retrieval" in cells)
    curves = {
        d: {m: inputs.read_curve(METRICS / "curves" / f"{d}-{m}.csv") for m in autoencoders}
        for d in generated
    }
    yield sections.make_curves(curves)
    yield explain_origin(list(generated))


def open_page(cells: pd.DataFrame, generated: Mapping[DatasetName, Generated]) -> Markup:
    """The opening; its pictures are from the model that is read best, spread over the classes."""
    heroes: dict[DatasetName, list[Example]] = {}
    for dataset, made in generated.items():
        means = cells[cells["dataset"] == dataset].groupby("model")[["read", "psnr"]].mean()
        best = str(means.sort_values(["read", "psnr"]).index[-1])
        rows = spread_inside(len(made.classes), HEROES)
        heroes[dataset] = [make_example(made, row, "speech", [best]) for row in rows]
    held_out = {dataset: len(made.classes) for dataset, made in generated.items()}
    near = stage.load("write_page", WritePage).near
    training_images = count_images("train", list(generated))
    return sections.make_opening(cells, near, training_images, held_out, heroes)


def load_generated(dataset: DatasetName, models: Sequence[str]) -> Generated:
    """The first seeds' pictures of the held-out classes, read by the classifier."""
    arrays = inputs.read_pictures(MAPPING_GENERATED / f"{dataset}.npz", dataset, models)
    classes = [all_classes(dataset)[index] for index in arrays.pop("classes").tolist()]
    classifier = load_classifier(MODELS / "classifier" / "digits")
    read = {name: read_classes(classifier, images) for name, images in arrays.items()}
    return Generated(classes, arrays, read)


@torch.no_grad()
def search(
    dataset: DatasetName, model: AutoencoderName, held_out: Sequence[ImageClass], count: int
) -> list[Found]:
    """The `count` classes of text nearest to the first held-out image of each digit pair."""
    classes = all_classes(dataset)
    blocks = ShardReader(IMAGES / dataset, "held_out").read_all()
    images, wanted = pick_by_pair(blocks, held_out)
    network_path, mapping_path = find_weights(dataset, model)
    vectors = load_autoencoder(network_path).encode(torch.from_numpy(images))
    sources = torch.from_numpy(load_class_embeddings(MODALITIES["text"], dataset))
    ranks = rank_classes(load_mapping(mapping_path), vectors, sources, count).tolist()
    return [
        describe_found(image, shown, [classes[index] for index in rank])
        for image, shown, rank in zip(images, wanted, ranks, strict=True)
    ]


def find_weights(dataset: DatasetName, model: AutoencoderName) -> tuple[Path, Path]:
    """The weights of an auto-encoder and of its mapping from text, of the first seeds."""
    image_seed = stage.load("train_autoencoder", TrainAutoencoder).seeds[dataset][0]
    seed = stage.load("train_mapping", TrainMapping).seeds[0]
    mapping = MODELS / "mapping" / dataset / f"{model}-{image_seed}-text-{seed}"
    return MODELS / "autoencoder" / dataset / model / str(image_seed), mapping


def explain_origin(datasets: Sequence[DatasetName]) -> Section:
    """Commit, parameters, data, seeds, kind of machine and packages."""
    params = read_json(PARAMS_OF["mapping"])
    images = {
        f"{name}, {dataset}": count
        for split, name in SPLITS.items()
        for dataset, count in count_images(split, datasets).items()
    }
    run = describe_run(params, find_origin(Path()), images)
    return make_provenance(run, list(flatten(params)))


def count_images(split: str, datasets: Sequence[DatasetName]) -> dict[DatasetName, int]:
    """The images of a split of each data set."""
    return {dataset: ShardReader(IMAGES / dataset, split).image_count for dataset in datasets}


if __name__ == "__main__":
    stage.run(main)
