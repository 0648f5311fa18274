"""Export one run of paper B as a bundle: a folder that people load and hand on."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from crossmodal.config.own_input import find_own
from crossmodal.config.skipmodal.export import ExportSkipModal
from crossmodal.config.skipmodal.held_out import HeldOut
from crossmodal.config.skipmodal.pairs import ShardCaptions, ShardSpeech
from crossmodal.config.skipmodal.planned_runs import Run
from crossmodal.config.skipmodal.spectrograms import Spectrograms
from crossmodal.config.skipmodal.synthesis import SpeakSentences
from crossmodal.data.skipmodal.pair_store import ImageTextStore
from crossmodal.data.skipmodal.scenes import Split
from crossmodal.files import read_json
from crossmodal.inference.bundle import Bundle, name_tensors, write_bundle
from crossmodal.inference.description import DESCRIPTION, Description
from crossmodal.inference.skipmodal.model import SkipModalModel
from crossmodal.inference.skipmodal.preparation import words_in
from crossmodal.models.skipmodal.architectures import ARCHITECTURES, AnyNetwork
from crossmodal.models.skipmodal.post_net import load_mel_to_linear
from crossmodal.report.skipmodal.model_card import describe_data, write_card
from pipeline import stage
from pipeline.skipmodal.pair_data import load_run, open_images, open_recordings
from pipeline.skipmodal.paths import (
    POST_NET,
    RUN_MEASURES,
    SCENES,
    SENTENCES,
    SKIPMODAL_MODELS,
)

BUNDLES = Path("data/bundles/skipmodal")
SPLITS: tuple[Split, ...] = ("train", "test")


def main(run: str) -> None:
    """Put networks, post-net, pictures and what was measured together; write the folder."""
    settings = load_run(run, Run)
    kind = ARCHITECTURES[settings.architecture]
    networks: dict[str, AnyNetwork] = {
        part: kind.load(SKIPMODAL_MODELS / run / part) for part in settings.parts
    }
    config = next(iter(networks.values())).config
    post_net = load_mel_to_linear(POST_NET)
    images = {split: open_images(split) for split in SPLITS}
    gallery, pictures = pick_gallery(images)
    name = f"skipmodal-{run}"
    values = {
        "name": name,
        "family": SkipModalModel.family,
        "variant": settings.variant,
        "architecture": settings.architecture,
        "parts": list(networks),
        "network": config.model_dump(mode="json"),
        "longest_text": kind.longest_text(config) - 1,
        "image_size": config.image_decoder.image_size,
        "post_net": post_net.sizes.model_dump(mode="json"),
        "spectrograms": stage.load("spectrograms", Spectrograms).model_dump(mode="json"),
        "vocabulary": list_words(images["train"]),
        "gallery": gallery,
        **describe_training(run),
    }
    trained: dict[str, nn.Module] = {**networks, "post_net": post_net}
    tensors = {**name_tensors(trained), "gallery.images": pictures}
    bundle = Bundle(Description(BUNDLES / run / DESCRIPTION, values), tensors)
    SkipModalModel(bundle)  # refuses what does not fit together
    write_bundle(BUNDLES / run, bundle, write_card)


def pick_gallery(stores: dict[Split, ImageTextStore]) -> tuple[list[dict[str, str]], Tensor]:
    """Evenly spread images of each split, uint8 [N, 3, H, W], with their first captions."""
    size = stage.load("export_skipmodal", ExportSkipModal).gallery
    gallery, images = [], []
    for split, store in stores.items():
        rows = np.linspace(0, len(store) - 1, min(size, len(store))).round().astype(np.int64)
        gallery += [{"caption": store.texts[row][0], "split": split} for row in rows]
        images.append(store.images[rows])
    return gallery, torch.from_numpy(np.concatenate(images))


def list_words(images: ImageTextStore) -> list[str]:
    """The distinct words of all training texts, written and spoken."""
    written = [text for texts in images.texts for text in texts]
    spoken = open_recordings("train").texts
    return sorted({word for text in (*written, *spoken) for word in words_in(text)})


def describe_training(run: str) -> dict[str, Any]:
    """What the run was trained on and what it did not see, and what was measured."""
    measured = read_json(RUN_MEASURES / f"{run}.json")
    own_images = Path(stage.load("shard_captions", ShardCaptions).folder) != SCENES
    own_speech = Path(stage.load("shard_speech", ShardSpeech).folder) != SENTENCES
    sentences = stage.load("speak_sentences", SpeakSentences).sentences
    own_texts = not own_speech and find_own(sentences) is not None
    known = {
        "dataset": measured["data"],
        "data": describe_data(own_images, own_speech, own_texts),
        "metrics": measured["splits"],
    }
    if not (own_images or own_speech or own_texts):
        known["held_out"] = stage.load("held_out", HeldOut).model_dump(mode="json")
    return known


if __name__ == "__main__":
    stage.run(main, run=None)
