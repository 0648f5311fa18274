"""The sections of params.yaml that paper A's stages read."""

from collections.abc import Mapping

from crossmodal.config.classifier import TrainClassifier
from crossmodal.config.compute import Compute
from crossmodal.config.mapping.autoencoders import TrainAutoencoder
from crossmodal.config.mapping.embeddings import EmbedImages, EmbedSpeech, EmbedWords
from crossmodal.config.mapping.export import ExportModel
from crossmodal.config.mapping.images import SynthesizeImages
from crossmodal.config.mapping.mappings import TrainDirect, TrainMapping
from crossmodal.config.mapping.report import WritePage, WriteReport
from crossmodal.config.mapping.runs import MappingRuns
from crossmodal.config.mapping.speech import SpeakWords
from crossmodal.config.mapping.wikipedia import FetchWikipedia
from crossmodal.config.mnist import FetchMnist
from crossmodal.config.section import Section
from crossmodal.data.mapping.classes import DATASETS
from crossmodal.errors import ParameterError
from crossmodal.models.mapping.names import AUTOENCODERS


class MappingParameters(Section):
    """All of them."""

    compute: Compute
    fetch_mnist: FetchMnist
    fetch_wikipedia: FetchWikipedia
    speak_words: SpeakWords
    synthesize_images: SynthesizeImages
    embed_words: EmbedWords
    embed_speech: EmbedSpeech
    embed_images: EmbedImages
    train_classifier: TrainClassifier
    mapping: MappingRuns
    train_autoencoder: TrainAutoencoder
    train_mapping: TrainMapping
    train_direct: TrainDirect
    export_model: ExportModel
    write_report: WriteReport
    write_page: WritePage


def check_runs(parameters: MappingParameters) -> None:
    """Compare the lists of data sets and models with the code and with the other sections.

    Raises:
        ParameterError: one that the code does not know, or without its images, seeds or epochs.
    """
    runs, training = parameters.mapping, parameters.train_autoencoder
    check_known("mapping.datasets", runs.datasets, DATASETS)
    check_known("mapping.autoencoders", runs.autoencoders, AUTOENCODERS)
    counts = parameters.synthesize_images.counts
    check_keys("synthesize_images.counts", counts, runs.datasets, DATASETS)
    check_keys("train_autoencoder.seeds", training.seeds, runs.datasets, DATASETS)
    check_keys("train_autoencoder.epochs", training.epochs, runs.datasets, DATASETS)
    for dataset, epochs in training.epochs.items():
        where = f"train_autoencoder.epochs.{dataset}"
        check_keys(where, epochs, runs.autoencoders, AUTOENCODERS)


def check_known(key: str, names: tuple[str, ...], known: tuple[str, ...]) -> None:
    """Refuse a name that is unknown or stands twice."""
    for name in names:
        if name not in known or names.count(name) > 1:
            raise ParameterError(f"{key} = {name!r}; allowed: each once, of {', '.join(known)}")


def check_keys(
    key: str, found: Mapping[str, object], wanted: tuple[str, ...], known: tuple[str, ...]
) -> None:
    """Refuse a section that has an unknown key, or lacks one that is run."""
    for name, value in found.items():
        if name not in known:
            raise ParameterError(
                f"{key}.{name} = {value!r} is an unknown key; allowed here: {', '.join(known)}"
            )
    for name in wanted:
        if name not in found:
            raise ParameterError(f"{key}.{name} is missing, and `mapping` says that it is run")
