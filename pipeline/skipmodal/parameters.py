"""The sections of params.yaml that paper B's stages read."""

from pathlib import Path

from crossmodal.config.compute import Compute
from crossmodal.config.mnist import FetchMnist
from crossmodal.config.own_input import NOTHING, find_own
from crossmodal.config.section import Section
from crossmodal.config.skipmodal.data_limits import count_doublings
from crossmodal.config.skipmodal.efficientnet import FetchEfficientNet
from crossmodal.config.skipmodal.evaluation import EvaluateSkipModal, MeasureCeilings
from crossmodal.config.skipmodal.export import ExportSkipModal
from crossmodal.config.skipmodal.generation import GenerateSkipModal
from crossmodal.config.skipmodal.held_out import HeldOut
from crossmodal.config.skipmodal.pairs import ShardCaptions, ShardSpeech
from crossmodal.config.skipmodal.planned_runs import Run
from crossmodal.config.skipmodal.post_net import TrainPostNet
from crossmodal.config.skipmodal.pretrained import PretrainedMaps
from crossmodal.config.skipmodal.report import WriteSkipModalPage
from crossmodal.config.skipmodal.runs import SkipModalRuns
from crossmodal.config.skipmodal.spectrograms import Spectrograms
from crossmodal.config.skipmodal.synthesis import SpeakSentences, SynthesizeScenes
from crossmodal.errors import ParameterError
from pipeline.skipmodal.paths import SENTENCES


class SkipModalParameters(Section):
    """All of them."""

    compute: Compute
    fetch_mnist: FetchMnist
    fetch_efficientnet: FetchEfficientNet
    held_out: HeldOut
    synthesize_scenes: SynthesizeScenes
    speak_sentences: SpeakSentences
    shard_captions: ShardCaptions
    embed_scene_images: PretrainedMaps
    spectrograms: Spectrograms
    shard_speech: ShardSpeech
    train_post_net: TrainPostNet
    skipmodal: SkipModalRuns
    generate_skipmodal: GenerateSkipModal
    evaluate_skipmodal: EvaluateSkipModal
    measure_ceilings: MeasureCeilings
    export_skipmodal: ExportSkipModal
    write_skipmodal_page: WriteSkipModalPage


def check_variants(parameters: SkipModalParameters) -> None:
    """Settle every variant, whether it is run or not.

    Raises:
        ParameterError: a setting is wrong, other maps are read than are made, or a network cannot
            draw pictures of the data's size.
    """
    for variant in parameters.skipmodal.variants:
        run = parameters.skipmodal.settle(f"{variant}-0")
        check_maps(run, parameters.embed_scene_images)
        count_doublings(run.network.image_decoder.grid, parameters.shard_captions.image_size)


def check_sentences(parameters: SkipModalParameters) -> None:
    """Whether a person's own sentences, which take long to speak, are used.

    Raises:
        ParameterError: a folder of recordings takes their place.
    """
    sentences, folder = parameters.speak_sentences.sentences, parameters.shard_speech.folder
    if find_own(sentences) is not None and Path(folder) != SENTENCES:
        raise ParameterError(
            f"speak_sentences.sentences is {sentences}, but shard_speech.folder is {folder}; "
            f"allowed: {SENTENCES} there, where they are spoken into, or {NOTHING} here"
        )


def check_maps(run: Run, maps: PretrainedMaps) -> None:
    """Compare the maps that a run reads with those that are made.

    Raises:
        ParameterError: they differ.
    """
    if run.maps not in (None, maps):
        raise ParameterError(
            f"skipmodal.variants.{run.variant}: network.pretrained is {run.maps}; "
            f"allowed: what embed_scene_images is, {maps}"
        )
