"""Train the network from mel to linear spectrograms that all runs of paper B share."""

import torch

from crossmodal.compute import prepare_runtime
from crossmodal.config.compute import Compute
from crossmodal.config.skipmodal.network import PostNet
from crossmodal.config.skipmodal.post_net import TrainPostNet
from crossmodal.data.shards import MANIFEST
from crossmodal.data.skipmodal.pair_store import StoredSpectrograms
from crossmodal.files import atomic_path
from crossmodal.models.skipmodal.post_net import MelToLinear
from crossmodal.train.loop import TrainingSetup
from crossmodal.train.skipmodal.mel_to_linear import prepare_mel_to_linear
from pipeline import stage
from pipeline.checkpoints import open_checkpoint
from pipeline.live_curves import follow
from pipeline.skipmodal.curves import write_curves
from pipeline.skipmodal.pair_data import open_recordings
from pipeline.skipmodal.paths import CURVES, POST_NET, TEXT_SPEECH

MODULE = "pipeline.skipmodal.train_post_net"


def main() -> None:
    """Train on the recordings of the training split; write weights and learning curve."""
    config = stage.load("train_post_net", TrainPostNet)
    compute = stage.load("compute", Compute)
    runtime = prepare_runtime(compute)
    store = open_recordings("train")
    mels, linears = StoredSpectrograms(store, "mel"), StoredSpectrograms(store, "linear")
    torch.manual_seed(config.seed)
    sizes = PostNet(cbhg=config.cbhg, bins=linears[0].shape[1])
    network = MelToLinear(sizes, mels[0].shape[1])
    settings = config.model_dump() | compute.model_dump()
    checkpoint = open_checkpoint(MODULE, "post_net", settings, TEXT_SPEECH / MANIFEST)
    setup = TrainingSetup(runtime, config.seed, checkpoint)
    loop = prepare_mel_to_linear(network, mels, linears, config, setup)
    follow("train_post_net", {"post_net": loop.run()}, config.running.steps, "step")
    with atomic_path(POST_NET.parent) as folder:
        folder.mkdir()
        network.save(folder / POST_NET.name)
    write_curves(CURVES / "post_net.csv", {"post_net": loop.progress})
    checkpoint.remove()


if __name__ == "__main__":
    stage.run(main)
