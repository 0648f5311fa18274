"""Paper B's pipeline, smaller than the smoke scale, run stage by stage in this process."""

from pathlib import Path

import yaml
from safetensors.torch import save_file

from crossmodal.files import sha256
from crossmodal.models.skipmodal.efficientnet_weights import freeze
from pipeline.run_scale import merge
from pipeline.skipmodal import (
    embed_scene_images,
    evaluate_skipmodal,
    generate_skipmodal,
    measure_ceilings,
    plan_skipmodal,
    train_cyclegan,
    train_embedded,
    train_post_net,
    train_skipmodal,
    write_skipmodal_tables,
)
from pipeline.skipmodal.paths import EFFICIENTNET
from tests.pipeline.skipmodal.small_pairs import write_pairs
from tests.src.models.skipmodal.published import make_checkpoint

TINY_CBHG = {"bank": 2, "channels": 4, "projection": 4, "highways": 1, "highway": 4, "gru": 4}
TINY = {
    "embedding": 16,
    "image_encoder": {"channels": [4, 4, 4]},
    "text_encoder": {"lookup": 8, "prenet": [8, 8], "cbhg": TINY_CBHG},
    "speech_encoder": {"channels": [2, 2], "gru": 8},
    "bottleneck": {"size": 16, "slots": 8, "classifier": 8},
    "text_decoder": {"lookup": 8, "lstm": 8, "max_symbols": 0},
    "image_decoder": {"channels": [4, 4, 4]},
    "speech_decoder": {"prenet": [8, 8], "attention_gru": 8, "attention": 8, "lstm": 8},
}
RUNS = {
    "networks": ["paper-0", "mended-0", "ours-0", "piecewise-0"],
    "embedded": ["ours_efficientnet-0"],
    "cyclegans": ["cyclegan-0"],
    "all": ["paper-0", "mended-0", "ours-0", "piecewise-0", "ours_efficientnet-0", "cyclegan-0"],
}
MAPS = {"size": 64, "stages": [2, 3]}
COUNTS = {"train": 12, "validation": 4, "test": 4, "binding": 3}


def tiny_params(project):
    """The smoke scale, smaller still; few kinds of layers are left out."""
    values = yaml.safe_load((project / "params.yaml").read_text())
    values = merge(values, yaml.safe_load((project / "scales/smoke.yaml").read_text()), "smoke")
    values["train_post_net"] |= {"cbhg": TINY_CBHG, "batch_size": 2, "bucket_batches": 1}
    values["embed_scene_images"] |= MAPS
    values["skipmodal"]["architectures"]["ours"]["network"]["pretrained"] = MAPS
    for kind in ("synthesize_scenes", "speak_sentences"):
        values[kind]["counts"] = COUNTS
    values["spectrograms"]["griffin_lim_iterations"] = 2
    model = values["skipmodal"]
    model["runs"] = RUNS
    for form in ("paper", "mended"):
        network = model["architectures"][form]["network"]
        for name, value in TINY.items():
            network[name] = network.get(name, {}) | value if isinstance(value, dict) else value
    for each in ("paper", "mended", "ours"):
        model["architectures"][each]["training"]["batching"]["batch_size"] = 4
        model["architectures"][each]["training"]["running"]["steps"] = 5
    model["cyclegan"]["batching"]["batch_size"] = 4
    model["cyclegan"]["discriminator_channels"] = 4
    values["generate_skipmodal"] |= {"texts": 4, "spoken": {"test": 2, "binding": 2}}
    values["measure_ceilings"] |= {"clips": 2, "maps": "data/embeddings/scene_images"}
    return values


def write_inputs(params, digits):
    """The pairs, the plan, the post-net and the maps of images."""
    Path("params.yaml").write_text(yaml.safe_dump(params))
    write_pairs(params, digits)
    for each in (plan_skipmodal, train_post_net):
        each.main()
    save_frozen(EFFICIENTNET)
    embed_scene_images.main()


def train_and_evaluate():
    """Every run, the ceilings and the tables."""
    for run in RUNS["networks"]:
        train_skipmodal.main(run)
    train_embedded.main("ours_efficientnet-0")
    train_cyclegan.main("cyclegan-0")
    for run in RUNS["all"]:
        generate_skipmodal.main(run)
        evaluate_skipmodal.main(run)
    measure_ceilings.main()
    write_skipmodal_tables.main()


def save_frozen(path):
    """Weights of the pretrained network that are not."""
    path.parent.mkdir(parents=True)
    save_file(dict(freeze(make_checkpoint())), path)


def hashes(folder):
    """The checksum of every file of a folder."""
    return {
        path.relative_to(folder).as_posix(): sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
