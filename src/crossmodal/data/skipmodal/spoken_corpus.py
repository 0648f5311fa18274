"""Sentences read by one voice, in LJSpeech's layout: data set B of the embedded default.

Most are about digit scenes that have no picture in data set A, one for each scene; the training
split also has sentences about other things. No sentence is there twice.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from hibari import Hibari

from crossmodal.config.skipmodal.held_out import COLORS, SIZES, HeldOut
from crossmodal.config.skipmodal.synthesis import SpeakSentences
from crossmodal.data.skipmodal.captions import spoken
from crossmodal.data.skipmodal.ljspeech import WAVS, write_metadata
from crossmodal.data.skipmodal.scene_drawing import ATTEMPTS, draw_scenes
from crossmodal.data.skipmodal.scene_json import SCENES_FILE, write_scenes
from crossmodal.data.skipmodal.scenes import SPLITS, Scene, Split, Splitter
from crossmodal.errors import ParameterError
from crossmodal.files import atomic_path
from crossmodal.words import DIGIT_WORDS

# Sentences about other things than digits in a picture, and what stands in their fields.
OTHER = (
    "{name} has {number} {size} {things}",
    "the {size} {thing} is {color}",
    "{name} counted {number} {color} {things}",
    "a {color} {thing} and {number} {things}",
    "at {number} o'clock {name} saw a {size} {color} {thing}",
    "is the {thing} of {name} {color}?",
)
WORDS = {
    "name": ("anna", "peter", "maria", "david", "julia"),
    "number": DIGIT_WORDS[2:],
    "size": SIZES,
    "color": (*COLORS, "black", "brown"),
    "thing": ("horse", "boat", "flower", "house", "train", "apple", "button", "kite"),
    "things": ("horses", "boats", "flowers", "houses", "trains", "apples", "buttons", "kites"),
}


@dataclass(frozen=True)
class Sentence:
    """What is said, and the scene that it is about."""

    text: str
    scene: Scene | None


def draw_sentences(config: SpeakSentences, held_out: HeldOut) -> dict[Split, list[Sentence]]:
    """The sentences of each split, in random order, all different.

    Raises:
        ParameterError: there are not as many.
    """
    splitter = Splitter(held_out)
    corpus: dict[Split, list[Sentence]] = {}
    for split in SPLITS:
        count = getattr(config.counts, split)
        others = round(count * config.other_share) if split == "train" else 0
        rng = np.random.default_rng([config.seed, SPLITS.index(split)])
        scenes = draw_scenes("heard", split, ATTEMPTS, splitter, config.seed)
        about = (Sentence(str(rng.choice(spoken(scene))), scene) for scene in scenes)
        sentences = take_different(about, count - others, split)
        other = (Sentence(draw_other(rng), None) for _ in range(ATTEMPTS))
        sentences += take_different(other, others, split)
        corpus[split] = [sentences[place] for place in rng.permutation(count)]
    return corpus


def draw_other(rng: np.random.Generator) -> str:
    """A random sentence about other things than digits in a picture."""
    template = OTHER[rng.integers(len(OTHER))]
    return template.format(
        **{name: words[rng.integers(len(words))] for name, words in WORDS.items()}
    )


def take_different(sentences: Iterator[Sentence], count: int, split: Split) -> list[Sentence]:
    """The first `count` sentences with different texts."""
    found: dict[str, Sentence] = {}
    while len(found) < count:
        sentence = next(sentences, None)
        if sentence is None:
            raise ParameterError(
                f"the split {split} has only {len(found)} different sentences of {count}: "
                f"lower speak_sentences.counts.{split}"
            )
        found.setdefault(sentence.text, sentence)
    return list(found.values())


def speak_corpus(
    folder: Path, corpus: dict[Split, list[Sentence]], config: SpeakSentences
) -> Iterator[Split]:
    """Record all splits into a new folder, each in LJSpeech's layout; yields after each clip.

    Recordings are the same with any number of threads: each is seeded.
    """
    voice, pool = Hibari(), ThreadPoolExecutor(config.threads)

    def record(path: Path, sentence: Sentence) -> None:
        samples = voice(sentence.text, speed=config.speed, seed=config.seed)
        # PCM_16: the same bytes every time, and any player opens it.
        soundfile.write(path, samples, voice.sample_rate, subtype="PCM_16")

    with atomic_path(folder) as temporary:
        try:
            for split, sentences in corpus.items():
                names = [f"{split}-{number:06d}" for number in range(1, len(sentences) + 1)]
                wavs = temporary / split / WAVS
                wavs.mkdir(parents=True)
                paths = [wavs / f"{name}.wav" for name in names]
                for _ in pool.map(record, paths, sentences):
                    yield split
                texts = [sentence.text for sentence in sentences]
                write_metadata(temporary / split, zip(names, texts, strict=True))
                scenes = [sentence.scene for sentence in sentences]
                write_scenes(temporary / split / SCENES_FILE, dict(zip(names, scenes, strict=True)))
        finally:
            pool.shutdown(cancel_futures=True)
