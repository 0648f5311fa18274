"""Record the spoken corpus, in LJSpeech's layout."""

from crossmodal.config.skipmodal.held_out import HeldOut
from crossmodal.config.skipmodal.synthesis import SpeakSentences
from crossmodal.data.skipmodal.spoken_corpus import draw_sentences, speak_corpus
from pipeline import stage
from pipeline.progress import show_progress
from pipeline.skipmodal.paths import SENTENCES


def main() -> None:
    """Write recordings, texts and what each text is about."""
    config = stage.load("speak_sentences", SpeakSentences)
    corpus = draw_sentences(config, stage.load("held_out", HeldOut))
    clips = speak_corpus(SENTENCES, corpus, config)
    for _ in show_progress(clips, config.counts.total, "sentence"):
        pass


if __name__ == "__main__":
    stage.run(main)
