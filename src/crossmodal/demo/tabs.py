"""The three tabs of the page, one for each modality that a person can give.

Each listens to `changed`, which is fired for another model and when the page opens.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from crossmodal.demo.fragments import SEEN, UNSEEN
from crossmodal.demo.result_area import EMPTY, QUIET, ResultArea
from crossmodal.demo.studio import Answer, Asked, Studio, spread
from crossmodal.demo.transcriber import Transcriber
from crossmodal.demo.uploads import require_upload
from crossmodal.errors import DataError, ParameterError
from crossmodal.inference.mapping.words import parse_words
from crossmodal.inference.sources import SOUNDS

MOST_WORDS = 4
SPOKEN = 3  # examples of each kind
# Runs in the browser: whether a button may be pressed.
ALLOW = "() => ({__type__: 'update', interactive: %s})"
Event = Callable[..., Any]


def add_words(studio: Studio, transcriber: Transcriber, model: gr.Radio, changed: Event) -> None:
    """Words: typed, chosen from lists, or drawn by lot."""
    with gr.Row(elem_classes="cm-tight"):
        lists = [gr.Dropdown(min_width=120, filterable=False) for _ in range(MOST_WORDS)]
    text = gr.Textbox(label="Words", max_length=100, elem_id="text-words")
    make = gr.Button("Make picture and speech", variant="primary", elem_id="text-make")
    with gr.Row(elem_classes="cm-tight"):
        unseen = gr.Button("Draw one never seen", size="sm", min_width=120, elem_id="text-unseen")
        seen = gr.Button("Draw one seen", size="sm", min_width=120, elem_id="text-seen")
    area = ResultArea(transcriber, "text")

    for choice in lists:
        choice.input(lambda *words: " ".join(filter(None, words)), lists, text, **QUIET)
    text.change(partial(follow_words, studio), [model, text], lists, **QUIET)
    renewed = changed(partial(renew_lists, studio), model, lists, **QUIET)
    settled = renewed.then(partial(keep_words, studio), [model, text], text, **QUIET)
    drawn_unseen = unseen.click(partial(draw_words, studio, False), model, text, **QUIET)
    drawn_seen = seen.click(partial(draw_words, studio, True), model, text, **QUIET)
    asked = partial(gr.on, [make.click, text.submit])
    for start in (asked, drawn_unseen.then, drawn_seen.then):
        area.fill(start, studio.from_words, [model, text], scroll=True)
    area.fill(settled.then, studio.from_words, [model, text])


def renew_lists(studio: Studio, name: str) -> list[Any]:
    """A list for each place where a word may stand; the others are hidden."""
    positions = studio.positions(name)
    kinds = ["digit" if "zero" in words else "colour" for words in positions]
    sides = [side for side in ("Left", "Right") for _ in range(len(positions) // 2)]
    shown = [
        gr.Dropdown(list(words), label=f"{side} {kind}", visible=True)
        for words, side, kind in zip(positions, sides, kinds, strict=True)
    ]
    return shown + [gr.Dropdown([], visible=False)] * (MOST_WORDS - len(shown))


def follow_words(studio: Studio, name: str, text: str) -> list[Any]:
    """The lists say what is typed; they wait while it is not yet what they know."""
    try:
        words = parse_words(text, studio.model(name).dataset)
    except ParameterError:
        return [gr.skip()] * MOST_WORDS
    return [*words, *[gr.skip()] * (MOST_WORDS - len(words))]


def keep_words(studio: Studio, name: str, text: str) -> str:
    """The text where this model knows its words, so that models can be compared; else others."""
    try:
        parse_words(text, studio.model(name).dataset)
    except ParameterError:
        return " ".join(spread(studio.combinations(name, False), 1)[0])
    return text


def draw_words(studio: Studio, seen: bool, name: str) -> str:
    """The words of any class that the training has, or has not, seen."""
    return " ".join(np.random.default_rng().choice(studio.combinations(name, seen)))


def add_speech(studio: Studio, transcriber: Transcriber, model: gr.Radio, changed: Event) -> None:
    """Speech: by microphone, from a file, or from the voice of the training."""
    sound = add_recording("speech")
    make = gr.Button("Make picture and words", variant="primary", elem_id="speech-make")
    examples = gr.Dropdown(
        label="Or let the voice of the training say it", filterable=False, elem_id="speech-examples"
    )
    area = ResultArea(transcriber, "speech")

    wait_for_recording(sound, make)
    changed(partial(renew_speech, studio), model, [sound, examples, *area.parts], **QUIET)
    area.fill(make.click, partial(hear, studio), [model, sound], scroll=True)
    area.fill(examples.input, studio.from_voice, [model, examples], scroll=True)


def renew_speech(studio: Studio, name: str) -> list[Any]:
    """What to say for this model, and examples of it."""
    what = "two digits" if len(studio.positions(name)) == 2 else "colour, digit, colour, digit"
    label = f"Say {what}, with a short pause after each word"
    examples = [
        (f"{' '.join(words)} ({'seen' if seen else 'never seen'})", " ".join(words))
        for seen in (False, True)
        for words in spread(studio.combinations(name, seen), SPOKEN)
    ]
    return [gr.Audio(None, label=label), gr.Dropdown(examples, value=None), *EMPTY]


def add_recording(name: str, label: str | None = None) -> gr.Audio:
    """A recorder, and a button for files: Gradio's own refuses what browsers call a video."""
    sound = gr.Audio(
        label=label, sources=["microphone"], type="filepath", editable=False, buttons=[],
        elem_id=f"{name}-sound",
    )  # fmt: skip
    upload = gr.UploadButton(
        "Upload a recording", file_types=[*SOUNDS], size="sm", elem_id=f"{name}-upload"
    )
    taken = partial(take_upload, Path(sound.GRADIO_CACHE))
    upload.upload(taken, upload, sound, preprocess=False, **QUIET)
    return sound


def take_upload(uploads: Path, upload: dict[str, Any] | None) -> str:
    """The path of a file that Gradio has kept in `uploads`, as it comes from the browser."""
    try:
        return str(require_upload(upload["path"] if upload else None, uploads))
    except DataError as error:
        raise gr.Error(str(error), print_exception=False) from None


def wait_for_recording(sound: gr.Audio, make: gr.Button) -> None:
    """Gradio shows a recording a moment before it has it; until then nothing can be made of it."""
    sound.start_recording(None, None, make, js=ALLOW % "false", **QUIET)
    sound.change(None, None, make, js=ALLOW % "true", **QUIET)


def hear(studio: Asked, name: str, path: str | None) -> Answer:
    """The answer to a file that Gradio has kept."""
    return studio.from_recording(name, Path(path) if path else None)


def add_picture(studio: Studio, transcriber: Transcriber, model: gr.Radio, changed: Event) -> None:
    """A picture: from a file, or a real one of the gallery."""
    picture = gr.Image(
        label="A picture of two digits (PNG, JPEG, WebP, GIF, BMP, TIFF)",
        sources=["upload", "clipboard"], height=200, buttons=[], elem_id="image-picture",
    )  # fmt: skip
    make = gr.Button("Make words and speech", variant="primary", elem_id="image-make")
    galleries = add_galleries(3, "cm-gallery")
    area = ResultArea(transcriber, "image")

    changed(partial(renew_pictures, studio), model, [picture, *galleries, *area.parts], **QUIET)
    answer_pictures(studio, model, picture, make, galleries, area)


def renew_pictures(studio: Studio, name: str) -> list[Any]:
    """The pictures of this model's data set."""
    shown = [
        [(item.image, " ".join(item.words)) for item in studio.gallery(name, seen)]
        for seen in (False, True)
    ]
    galleries = [gr.Gallery(items, visible=bool(items), selected_index=None) for items in shown]
    return [None, *galleries, *EMPTY]


def add_galleries(columns: int, style: str) -> list[gr.Gallery]:
    """Real pictures to pick: of what was never seen in training, and of what was."""
    galleries = []
    for kind in (UNSEEN, SEEN):
        gr.HTML(f'<p class="cm-label">Or pick a real one, {kind}</p>')
        galleries.append(
            gr.Gallery(
                show_label=False, label=kind, columns=columns, format="png", allow_preview=False,
                buttons=[], interactive=False, height="auto", elem_classes=style,
            )
        )  # fmt: skip
    return galleries


def answer_pictures(
    studio: Asked,
    model: gr.Radio,
    picture: gr.Image,
    make: gr.Button,
    galleries: list[gr.Gallery],
    area: ResultArea,
) -> None:
    """Answer to a picture that was given, and to one that is picked from `add_galleries`."""
    # Our own reader decodes the file, within bounds; Gradio's is kept from it.
    answer = partial(see, studio, Path(picture.GRADIO_CACHE))
    area.fill(make.click, answer, [model, picture], preprocess=False, scroll=True)
    for gallery, seen in zip(galleries, (False, True), strict=True):
        index = gr.State()
        picked = gallery.select(index_of, None, index, **QUIET)
        shown = partial(studio.from_example, seen=seen)
        area.fill(picked.then, shown, [model, index], scroll=True)


def see(studio: Asked, uploads: Path, name: str, upload: dict[str, Any] | None) -> Answer:
    """The answer to a file that Gradio has kept in `uploads`, as it comes from the browser."""
    # Gradio looks where a file lies only if the request says in `meta` that it is one.
    path = require_upload(upload["path"], uploads) if upload else None
    return studio.from_picture(name, path)


def index_of(event: gr.SelectData) -> int:
    """Which picture of the gallery was picked."""
    return int(event.index)
