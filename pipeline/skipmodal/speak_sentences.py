"""Record the spoken corpus, or a person's own sentences, in LJSpeech's layout."""

from crossmodal.config.own_input import find_own
from crossmodal.config.skipmodal.held_out import HeldOut
from crossmodal.config.skipmodal.spectrograms import Spectrograms
from crossmodal.config.skipmodal.synthesis import SpeakSentences
from crossmodal.data.broken import BrokenInputs
from crossmodal.data.skipmodal.sentence_list import read_sentences
from crossmodal.data.skipmodal.sharding import report_beside
from crossmodal.data.skipmodal.spoken_corpus import draw_sentences, speak_corpus, split_sentences
from pipeline import stage
from pipeline.progress import show_progress
from pipeline.skipmodal.paths import SENTENCES
from pipeline.skipmodal.skipped import tell, tell_skipped


def main() -> None:
    """Write recordings, texts, what each is about where that is known, and what was skipped."""
    config = stage.load("speak_sentences", SpeakSentences)
    longest = stage.load("spectrograms", Spectrograms).max_seconds
    own = find_own(config.sentences)
    broken = BrokenInputs(config.max_broken, "speak_sentences.max_broken")
    with broken.reported(report_beside(SENTENCES)):
        if own is None:
            corpus = draw_sentences(config, stage.load("held_out", HeldOut))
        else:
            sentences, repeated = read_sentences(own, broken)
            corpus = split_sentences(SENTENCES, sentences, config, broken)
            if repeated:
                said = f"sentences left out, as the same words came before: {repeated}"
                tell("speak_sentences", said)
        clips = speak_corpus(SENTENCES, corpus, config, longest, broken)
        for _ in show_progress(clips, sum(map(len, corpus.values())), "sentence"):
            pass
    tell_skipped("speak_sentences", SENTENCES)


if __name__ == "__main__":
    stage.run(main)
