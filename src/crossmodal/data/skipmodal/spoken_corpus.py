"""Sentences read by one voice, in LJSpeech's layout: a person's own, or those about digit scenes.

Of the latter, data set B of the embedded default, most are about scenes that have no picture in
data set A, one for each scene; the training split also has sentences about other things. No
sentence is there twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from hibari import Hibari

from crossmodal.config.skipmodal.held_out import COLORS, SIZES, HeldOut
from crossmodal.config.skipmodal.synthesis import SpeakSentences
from crossmodal.data.broken import BrokenInput, BrokenInputs
from crossmodal.data.skipmodal.captions import spoken
from crossmodal.data.skipmodal.ljspeech import WAVS, write_metadata
from crossmodal.data.skipmodal.pairs import BROKEN
from crossmodal.data.skipmodal.scene_drawing import ATTEMPTS, draw_scenes
from crossmodal.data.skipmodal.scene_json import SCENES_FILE, write_scenes
from crossmodal.data.skipmodal.scenes import SPLITS, Scene, Split, Splitter
from crossmodal.data.skipmodal.sharding import report_beside, take_parts
from crossmodal.errors import ParameterError
from crossmodal.files import atomic_path
from crossmodal.words import DIGIT_WORDS

FASTEST = 50  # characters that no voice says in a second; longer sentences are not tried
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


def split_sentences(
    folder: Path, sentences: Sequence[str], config: SpeakSentences, broken: BrokenInputs
) -> dict[Split, list[Sentence]]:
    """A person's own sentences of each split, in their order; to be called inside of `reported`.

    Raises:
        DataError: more are broken than the limit, or a split has none.
    """
    parts = take_parts(folder, {"": sentences}, config.splits.by_split(), "rows", broken)
    own = [split for split in SPLITS if split in parts]
    return {split: [Sentence(text, None) for text in parts[split]] for split in own}


def speak_corpus(
    folder: Path,
    corpus: Mapping[Split, Sequence[Sentence]],
    config: SpeakSentences,
    longest: float,
    broken: BrokenInputs,
) -> Iterator[Split]:
    """Record all splits into a new folder, each in LJSpeech's layout; yields after each clip.

    Recordings are the same with any number of threads: each is seeded. What cannot be said within
    `longest` seconds is skipped; to be called inside of `reported`.

    Raises:
        DataError: more are broken than the limit, or no sentence of a split can be said.
    """
    voice, pool = Hibari(), ThreadPoolExecutor(config.threads)

    def record(path: Path, sentence: Sentence) -> BrokenInput | None:
        if len(sentence.text) > FASTEST * longest:
            return BrokenInput("clip too long", f"{len(sentence.text):,} characters")
        samples = voice(sentence.text, speed=config.speed, seed=config.seed)
        if not samples.any():
            return BrokenInput("silent clip", "the voice says nothing of it")
        seconds = len(samples) / voice.sample_rate
        if seconds > longest:
            return BrokenInput("clip too long", f"{seconds:.1f} s, of {longest:g} s allowed")
        # PCM_16: the same bytes every time, and any player opens it.
        soundfile.write(path, samples, voice.sample_rate, subtype="PCM_16")
        return None

    report = report_beside(folder)
    with atomic_path(folder) as temporary:
        try:
            for split, sentences in corpus.items():
                names = [f"{split}-{number:06d}" for number in range(1, len(sentences) + 1)]
                wavs = temporary / split / WAVS
                wavs.mkdir(parents=True)
                paths = [wavs / f"{name}.wav" for name in names]
                said = {}
                failures = pool.map(record, paths, sentences)
                for name, sentence, failure in zip(names, sentences, failures, strict=True):
                    if failure is None:
                        said[name] = sentence
                    else:
                        broken.add("rows", failure.kind, repr(sentence.text), str(failure))
                    yield split
                if not said:
                    wrong = f"none of {len(sentences)} sentences of the split {split} can be said"
                    raise broken.explain(wrong, report)
                texts = [(name, sentence.text) for name, sentence in said.items()]
                write_metadata(temporary / split, texts)
                scenes = {name: sentence.scene for name, sentence in said.items()}
                if any(scenes.values()):
                    write_scenes(temporary / split / SCENES_FILE, scenes)
        finally:
            pool.shutdown(cancel_futures=True)
        broken.check(report)
        broken.write(temporary / BROKEN)
