"""Train one run of the CycleGAN baseline; a killed training goes on from its last checkpoint."""

from crossmodal.compute import prepare_runtime
from crossmodal.config.compute import Compute
from crossmodal.config.skipmodal.planned_runs import CycleGanRun
from crossmodal.files import atomic_path
from crossmodal.models.skipmodal.unpaired import build_unpaired
from crossmodal.train.loop import TrainingSetup
from crossmodal.train.skipmodal.cyclegan import Generators, prepare_cyclegan
from crossmodal.train.skipmodal.pair_batches import PairLoader
from pipeline import stage
from pipeline.checkpoints import open_checkpoint
from pipeline.live_curves import follow
from pipeline.skipmodal.curves import write_curves
from pipeline.skipmodal.pair_data import MANIFESTS, load_run, open_images, open_recordings
from pipeline.skipmodal.paths import CURVES, SKIPMODAL_MODELS

MODULE = "pipeline.skipmodal.train_cyclegan"


def main(run: str) -> None:
    """Train on images and recordings that nothing pairs; write the generators and the curves."""
    settings = load_run(run, CycleGanRun)
    config, seed = settings.training, settings.seed
    compute = stage.load("compute", Compute)
    runtime = prepare_runtime(compute)
    loader = PairLoader(open_images("train"), open_recordings("train"))
    blocks = build_unpaired(settings.network, round(loader.recordings.frames.mean()), seed)
    generators = Generators(
        blocks.image_encoder, blocks.speech_decoder, blocks.speech_encoder, blocks.image_decoder
    )
    known = [settings.model_dump(mode="json"), compute.model_dump()]
    checkpoint = open_checkpoint(MODULE, run, known, *MANIFESTS)
    sampler = loader.sampler(config.batching, seed, "both")
    setup = TrainingSetup(runtime, seed, checkpoint)
    loop = prepare_cyclegan(generators, sampler, loader, config, setup)
    follow(f"train_cyclegan@{run}", {"both": loop.run()}, config.running.steps, "step")
    with atomic_path(SKIPMODAL_MODELS / run) as folder:
        folder.mkdir()
        blocks.save(folder / "both")
    write_curves(CURVES / f"{run}.csv", {"both": loop.progress})
    checkpoint.remove()


if __name__ == "__main__":
    stage.run(main, run=None)
