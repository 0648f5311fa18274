"""Both data sets of paper B with their shards, made in this folder."""

from crossmodal.config.skipmodal.held_out import HeldOut
from crossmodal.config.skipmodal.synthesis import SpeakSentences, SynthesizeScenes
from crossmodal.data.skipmodal.scene_dataset import synthesize_scenes
from crossmodal.data.skipmodal.spoken_corpus import draw_sentences, speak_corpus
from pipeline.skipmodal import shard_captions, shard_speech
from pipeline.skipmodal.paths import SCENES, SENTENCES


def write_pairs(params, digits):
    """As many scenes and sentences as the parameters, which stand in params.yaml too, say."""
    held_out = HeldOut.parse(params["held_out"], "held_out")
    scenes = SynthesizeScenes.parse(params["synthesize_scenes"], "scenes")
    sentences = SpeakSentences.parse(params["speak_sentences"], "sentences")
    for _ in synthesize_scenes(SCENES, *digits, scenes, held_out):
        pass
    for _ in speak_corpus(SENTENCES, draw_sentences(sentences, held_out), sentences):
        pass
    shard_captions.main()
    shard_speech.main()
