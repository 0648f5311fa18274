"""Check every parameter before any work is done."""

from crossmodal.config.classifier import TrainClassifier
from crossmodal.config.compute import Compute
from crossmodal.config.inputs import FetchMnist
from crossmodal.config.mapping.autoencoders import TrainAutoencoder
from crossmodal.config.mapping.embeddings import EmbedImages, EmbedSpeech, EmbedWords
from crossmodal.config.mapping.export import ExportModel
from crossmodal.config.mapping.images import SynthesizeImages
from crossmodal.config.mapping.inputs import FetchWikipedia, SpeakWords
from crossmodal.config.mapping.mappings import TrainDirect, TrainMapping
from crossmodal.config.mapping.report import WritePage, WriteReport
from crossmodal.config.retrain import Retrain
from crossmodal.config.section import Section
from crossmodal.config.skipmodal.evaluation import EvaluateSkipModal, MeasureCeilings
from crossmodal.config.skipmodal.export import ExportSkipModal
from crossmodal.config.skipmodal.generation import GenerateSkipModal
from crossmodal.config.skipmodal.inputs import FetchEfficientNet
from crossmodal.config.skipmodal.pairs import ShardCaptions, ShardSpeech
from crossmodal.config.skipmodal.post_net import TrainPostNet
from crossmodal.config.skipmodal.pretrained import PretrainedMaps
from crossmodal.config.skipmodal.report import WriteSkipModalPage
from crossmodal.config.skipmodal.runs import Run, SkipModalRuns
from crossmodal.config.skipmodal.scenes import HeldOut, SpeakSentences, SynthesizeScenes
from crossmodal.config.skipmodal.spectrograms import Spectrograms
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
