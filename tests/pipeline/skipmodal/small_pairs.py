"""Both data sets of paper B with their shards, made in this folder."""

from crossmodal.config.skipmodal.held_out import HeldOut
from crossmodal.config.skipmodal.synthesis import SynthesizeScenes
from crossmodal.data.skipmodal.scene_dataset import synthesize_scenes
from crossmodal.models.classifier import DigitClassifier
from crossmodal.models.weights import save_weights
from pipeline.skipmodal import shard_captions, shard_speech, speak_sentences
from pipeline.skipmodal.paths import CLASSIFIER, SCENES


def write_pairs(params, digits):
    """As many scenes and sentences as the parameters, which stand in params.yaml too, say."""
    held_out = HeldOut.parse(params["held_out"], "held_out")
    scenes = SynthesizeScenes.parse(params["synthesize_scenes"], "scenes")
    save_weights(CLASSIFIER / "digits", DigitClassifier(), {})
    for _ in synthesize_scenes(SCENES, *digits, scenes, held_out, CLASSIFIER):
        pass
    speak_sentences.main()
    shard_captions.main()
    shard_speech.main()
