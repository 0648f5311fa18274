"""Record one wav for each word of the vocabulary."""

from crossmodal.config.mapping.speech import SpeakWords
from crossmodal.data.mapping.speech import record_words
from crossmodal.files import atomic_path
from pipeline import stage
from pipeline.mapping.paths import SPOKEN_WORDS


def main() -> None:
    """Write a folder of wavs to listen to and to embed."""
    config = stage.load("speak_words", SpeakWords)
    with atomic_path(SPOKEN_WORDS) as folder:
        folder.mkdir()
        record_words(folder, config)


if __name__ == "__main__":
    stage.run(main)
