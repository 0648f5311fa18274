"""Check every parameter before any work is done."""

from crossmodal.config.embeddings import EmbedImages, EmbedSpeech, EmbedWords
from crossmodal.config.evaluation import WritePage, WriteReport, WriteSkipModalPage
from crossmodal.config.images import SynthesizeImages
from crossmodal.config.inference import ExportModel, ExportSkipModal
from crossmodal.config.inputs import FetchEfficientNet, FetchMnist, FetchWikipedia, SpeakWords
from crossmodal.config.pairs import ShardCaptions, ShardSpeech, Spectrograms
from crossmodal.config.pretrained import PretrainedMaps
from crossmodal.config.retrain import Retrain
from crossmodal.config.scenes import HeldOut, SpeakSentences, SynthesizeScenes
from crossmodal.config.section import Section
from crossmodal.config.skipmodal_runs import (
    EvaluateSkipModal,
    GenerateSkipModal,
    MeasureCeilings,
    Run,
    SkipModalRuns,
    TrainPostNet,
)
from crossmodal.config.training import (
    Compute,
    TrainAutoencoder,
    TrainClassifier,
    TrainDirect,
    TrainMapping,
)
from crossmodal.errors import ParameterError
from crossmodal.files import write_json
from pipeline import stage
from pipeline.paths import PARAMS_CHECKED


class Parameters(Section):
    """All of params.yaml."""

    compute: Compute
    fetch_mnist: FetchMnist
    fetch_wikipedia: FetchWikipedia
    fetch_efficientnet: FetchEfficientNet
    speak_words: SpeakWords
    synthesize_images: SynthesizeImages
    embed_words: EmbedWords
    embed_speech: EmbedSpeech
    embed_images: EmbedImages
    train_classifier: TrainClassifier
    train_autoencoder: TrainAutoencoder
    train_mapping: TrainMapping
    train_direct: TrainDirect
    export_model: ExportModel
    write_report: WriteReport
    write_page: WritePage
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
    retrain: Retrain


def main() -> None:
    """Validate; the output never changes, so a changed parameter reruns only its own stages."""
    parameters = Parameters.parse(stage.load_all(), "")
    for variant in parameters.skipmodal.variants:
        run = parameters.skipmodal.settle(f"{variant}-0")
        check_maps(run, parameters.embed_scene_images)
    write_json(PARAMS_CHECKED, {"valid": True})


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


if __name__ == "__main__":
    stage.run(main)
