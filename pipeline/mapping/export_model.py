"""Export the trained models of one data set as bundles: folders that people load and hand on."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from crossmodal.config.mapping.autoencoders import TrainAutoencoder
from crossmodal.config.mapping.embeddings import EmbedSpeech
from crossmodal.config.mapping.export import ExportModel
from crossmodal.config.mapping.images import SynthesizeImages
from crossmodal.config.mapping.mappings import TrainDirect, TrainMapping
from crossmodal.config.mapping.runs import MappingRuns
from crossmodal.config.mapping.speech import SpeakWords
from crossmodal.data.audio import read_audio
from crossmodal.data.mapping.classes import DATASETS, DatasetName, all_classes
from crossmodal.data.mapping.words import VOCABULARY
from crossmodal.embed.mapping.gallery import Gallery
from crossmodal.embed.mapping.table import EmbeddingTable
from crossmodal.errors import DataError
from crossmodal.files import atomic_path, read_json
from crossmodal.inference.bundle import Bundle, name_tensors, write_bundle
from crossmodal.inference.description import DESCRIPTION, Description
from crossmodal.inference.mapping.direct import Direct
from crossmodal.inference.mapping.embedding_mapping import CLASSIFIER, EmbeddingMapping
from crossmodal.models.classifier import load_classifier
from crossmodal.models.mapping.autoencoder import load_autoencoder
from crossmodal.models.mapping.direct import load_direct
from crossmodal.models.mapping.mapping import load_mapping
from crossmodal.models.weights import read_description
from crossmodal.report.mapping.model_card import describe_data, write_card
from pipeline import stage
from pipeline.mapping.paths import (
    IMAGE_EMBEDDINGS,
    IMAGES,
    MAPPING_MEASURES,
    MODALITIES,
    SPOKEN_WORDS,
)
from pipeline.paths import MODELS
from pipeline.progress import show_progress

BUNDLES = Path("data/bundles")
Parts = tuple[dict[str, Any], dict[str, Tensor]]


def main(dataset: DatasetName) -> None:
    """Write a folder for each model, with the first seed of everything."""
    words, gallery = collect_words(), pick_gallery(dataset)
    models = stage.load("mapping", MappingRuns).autoencoders
    with atomic_path(BUNDLES / dataset) as folder:
        folder.mkdir()
        export(folder, dataset, "direct", words, collect_direct(dataset))
        for model in show_progress(models, len(models), "model"):
            export(folder, dataset, model, words, collect_mapping(dataset, model, gallery))


def export(target: Path, dataset: DatasetName, model: str, *parts: Parts) -> None:
    """Put the parts of one model together, measure it, write its folder."""
    (words, word_tensors), (networks, tensors) = parts
    values = {
        "name": f"{dataset}-{model}",
        "dataset": dataset,
        "held_out": list(stage.load("synthesize_images", SynthesizeImages).held_out),
        "metrics": read_json(MAPPING_MEASURES / dataset / f"{model}.json"),
        "data": describe_data(stage.load("speak_words", SpeakWords).voice),
        **words,
        **networks,
    }
    folder = target / model
    bundle = Bundle(Description(folder / DESCRIPTION, values), {**word_tensors, **tensors})
    if model == "direct":
        Direct(bundle)  # refuses what does not fit together
    else:
        values["found"] = EmbeddingMapping(bundle).measure()
    write_bundle(folder, bundle, write_card)


def find_weights(dataset: DatasetName, model: str) -> dict[str, Path]:
    """Auto-encoder and mappings, without suffix, and the image embeddings: the first seeds."""
    image_seed = stage.load("train_autoencoder", TrainAutoencoder).seeds[dataset][0]
    seed = stage.load("train_mapping", TrainMapping).seeds[0]
    mappings = MODELS / "mapping" / dataset
    return {
        "autoencoder": MODELS / "autoencoder" / dataset / model / str(image_seed),
        "embeddings": IMAGE_EMBEDDINGS / dataset / model / f"{image_seed}.parquet",
        **{m: mappings / f"{model}-{image_seed}-{m}-{seed}" for m in MODALITIES},
    }


def collect_words() -> Parts:
    """Vocabulary, standardised vectors, recordings, and how a recording is embedded."""
    spoken = stage.load("speak_words", SpeakWords)
    mfcc = stage.load("embed_speech", EmbedSpeech)
    samples = np.stack([read_audio(SPOKEN_WORDS / f"{word}.wav")[0] for word in VOCABULARY])
    tensors = {"recordings": torch.from_numpy((samples * 2**15).round().astype(np.int16))}
    for name, path in MODALITIES.items():
        table = EmbeddingTable(path)
        words, vectors = table.read("vocabulary")
        if tuple(words) != VOCABULARY:
            raise DataError(f"{path} has another vocabulary; run its stage again")
        tensors[f"words.{name}"] = torch.from_numpy(table.standardize(vectors))
        tensors[f"words.{name}.mean"] = torch.from_numpy(table.mean)
        tensors[f"words.{name}.deviation"] = torch.from_numpy(table.deviation)
    kept = {"sample_rate", "seconds", "silence_threshold", "voice"}
    known = {"vocabulary": list(VOCABULARY), "word_size": tensors["words.text"].shape[1]}
    return {**known, "speech": spoken.model_dump(include=kept) | mfcc.model_dump()}, tensors


def collect_mapping(dataset: DatasetName, model: str, gallery: Gallery) -> Parts:
    """Auto-encoder, one mapping a modality, the classifier that checks pictures, gallery."""
    paths = find_weights(dataset, model)
    autoencoder = load_autoencoder(paths["autoencoder"])
    mappings = {modality: load_mapping(paths[modality]) for modality in MODALITIES}
    classifier = MODELS / "classifier" / "digits"
    networks = {
        "autoencoder": autoencoder,
        **{f"mapping.{m}": mappings[m] for m in mappings},
        CLASSIFIER: load_classifier(classifier),
    }
    shown = {
        "images": gallery.images,
        "classes": gallery.classes,
        "embeddings": gallery.find_embeddings(EmbeddingTable(paths["embeddings"])),
    }
    network = {
        "autoencoder": model,
        "embedding_size": autoencoder.mean.out_features,
        "hidden_size": mappings["text"].encoder[0].out_features,
    }
    if captioner := mappings["text"].captioner:
        network["captioner_size"] = captioner[0].out_features
    known: dict[str, Any] = {"family": "embedding-mapping", "network": network}
    known["gallery"] = len(gallery.classes)
    known[CLASSIFIER] = {"test_accuracy": read_description(classifier)["test_accuracy"]}
    tensors = {f"gallery.{name}": torch.from_numpy(array) for name, array in shown.items()}
    return known, {**name_tensors(networks), **tensors}


def pick_gallery(dataset: DatasetName) -> Gallery:
    """As many images of each class as fit, training classes first."""
    size = stage.load("export_model", ExportModel).gallery
    each = max(1, size // len(all_classes(dataset)))
    return Gallery.pick(IMAGES / dataset, ("train", "held_out"), each)


def collect_direct(dataset: DatasetName) -> Parts:
    """One generator a modality."""
    seed = stage.load("train_direct", TrainDirect).seeds[0]
    paths = {m: MODELS / "direct" / dataset / f"{m}-{seed}" for m in MODALITIES}
    networks = {f"direct.{modality}": load_direct(path) for modality, path in paths.items()}
    channels = read_description(next(iter(paths.values())))["channels"]
    return {"family": "direct", "network": {"channels": channels}}, name_tensors(networks)


if __name__ == "__main__":
    stage.run(main, dataset=DATASETS)
