"""What paper B's page is made of, for runs that never were: every figure is drawn."""

from pathlib import Path

import numpy as np
import soundfile
import yaml
from PIL import Image
from safetensors.numpy import save_file

from crossmodal.evaluate.skipmodal.tasks import DRAWINGS, TASKS, VIA_TEXT
from crossmodal.files import write_json, write_text
from pipeline import check_params
from pipeline.skipmodal.pair_data import open_images, open_recordings
from tests.pipeline.skipmodal.small_pairs import write_pairs

RUNS = ["paper-0", "ours-0", "ours-1", "cyclegan-0"]  # two seeds of ours, no piecewise
ABLE = {"paper": TASKS, "ours": (*TASKS, VIA_TEXT), "cyclegan": ("image_to_speech",)}
COUNTS = {"train": 2, "validation": 1, "test": 4, "binding": 3}
SPOKEN = 2  # items of each split
BLEUS = ("bleu1", "bleu2", "bleu3", "bleu4")


class Noise:
    """A voice that takes no time."""

    sample_rate = 24_000

    def __call__(self, text, speed, seed):
        return np.random.default_rng(len(text)).uniform(-0.5, 0.5, 12_000).astype(np.float32)


def write_runs(params, digits):
    """A project in this folder with small pairs of both kinds, and what its runs have left."""
    for kind in ("synthesize_scenes", "speak_sentences"):
        params[kind]["counts"] = COUNTS
    networks, cyclegans = RUNS[:3], RUNS[3:]
    params["skipmodal"]["runs"] = {"networks": networks, "cyclegans": cyclegans, "all": RUNS}
    write_text(Path("params.yaml"), yaml.safe_dump(params))
    check_params.main()
    write_pairs(params, digits)
    rng = np.random.default_rng(0)
    limits = dict.fromkeys(("original", "griffin_lim", "post_net", "wrong_images"))
    limits = {split: {name: measures(rng) for name in limits} for split in ("test", "binding")}
    for known in limits.values():
        known |= {name: drawn(rng) for name in ("pictures", "wrong_pictures")}
    write_json(Path("data/measures/skipmodal/ceilings.json"), limits)
    for name in RUNS:
        write_run(name, rng)


def measures(rng):
    """Every figure another one."""
    values = {
        name: round(rng.uniform(), 4) for name in ("wer", *BLEUS, "cider", "rouge_l", "meteor")
    }
    values["attributes"] = shares(rng)
    reasons = {"spice": "no jar <here>"}
    return {**values, "items": 4, "distinct_words": 7, "spice": None, "reasons": reasons}


def shares(rng):
    kinds = ("digit", "color", "size", "relation", "count", "overall", "scenes")
    return {kind: round(rng.uniform(), 4) for kind in kinds}


def drawn(rng):
    """The same of pictures."""
    psnr, bright = round(rng.uniform(9, 30), 2), round(rng.uniform(), 2)
    return {"items": 4, "attributes": shares(rng), "psnr": psnr, "bright": bright}


def write_run(name, rng):
    """Measures, curves, transcripts, speech, vectors and figures."""
    variant, seed = name.split("-")
    splits = {
        split: {task: measures(rng) for task in ABLE[variant]} for split in ("test", "binding")
    }
    recall = {f"{kind}@{k}": 0.25 for kind in ("recall", "chance") for k in (1, 5, 10)}
    retrieval = {} if variant == "cyclegan" else {"test": {"text_to_speech": recall}}
    metrics = {"variant": variant, "seed": int(seed), "data": "digit scenes", "splits": splits}
    if variant != "cyclegan":
        metrics["drawn"] = {
            split: {task: drawn(rng) for task in DRAWINGS} for split in ("test", "binding")
        }
    write_json(
        Path(f"data/measures/skipmodal/runs/{name}.json"), metrics | {"retrieval": retrieval}
    )
    curve = "part,step,text_a,image_to_text_wer\nboth,1,2.5,\nboth,2,1.5,4.0\nboth,3,,0.5\n"
    write_text(Path(f"metrics/skipmodal/curves/{name}.csv"), curve)
    told = {split: tell(name, variant, split, rng) for split in ("test", "binding")}
    write_json(Path(f"data/transcripts/skipmodal/{name}.json"), told)
    folder = Path(f"data/generated/skipmodal/{name}")
    for task in set(ABLE[variant]) & {"image_to_speech", "text_to_speech"}:
        picture = Image.fromarray(rng.integers(0, 256, (30, 90, 3), np.uint8))
        picture.save(folder / f"{task}.png")
    if variant != "cyclegan":
        vectors = {
            each: np.eye(4, dtype=np.float32) for each in ("image", "caption", "text", "speech")
        }
        save_file(vectors, folder / "test/vectors.safetensors")
        pictures = {task: rng.integers(0, 256, (4, 8, 8, 3), np.uint8) for task in DRAWINGS}
        save_file(pictures, folder / "test/pictures.safetensors")


def tell(name, variant, split, rng):
    """`ours` says all rightly, `paper` nothing, CycleGAN no word."""
    images, clips = open_images(split), open_recordings(split)
    told = {}
    for task in ABLE[variant]:
        store = images if task.startswith("image") else clips
        texts = [text if isinstance(text, list) else [text] for text in store.texts]
        spoken = "to_speech" in task
        items = list(zip(store.ids, texts, strict=True))[: SPOKEN if spoken else None]
        said = {"ours": None, "paper": "a cow & <b>", "cyclegan": ""}[variant]
        told[task] = {
            item: {"said": own[0] if said is None else said, "references": own}
            for item, own in items
        }
        folder = Path(f"data/generated/skipmodal/{name}/{split}/{task}")
        for item in told[task] if spoken else ():
            folder.mkdir(parents=True, exist_ok=True)
            samples = rng.integers(-9000, 9000, 900, np.int16)
            soundfile.write(folder / f"{item}.wav", samples, 16_000, subtype="PCM_16")
    return told
