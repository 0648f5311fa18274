"""The tabs for paper B's models: a sentence, a spoken sentence, or a picture of a scene."""

from functools import partial
from typing import Any

import gradio as gr

from crossmodal.demo.fragments import SEEN, UNSEEN, show_run
from crossmodal.demo.result_area import EMPTY, QUIET, ResultArea
from crossmodal.demo.scene_studio import SceneStudio
from crossmodal.demo.tabs import (
    Event,
    add_galleries,
    add_recording,
    answer_pictures,
    hear,
    wait_for_recording,
)
from crossmodal.demo.transcriber import Transcriber
from crossmodal.inference.skipmodal.preparation import words_in

FORMATS = "(PNG, JPEG, WebP, GIF, BMP, TIFF)"


def add_scenes(page: gr.Blocks, studio: SceneStudio, transcriber: Transcriber) -> None:
    """The choice of a model, and a tab for each modality."""
    names = [(name.removeprefix("skipmodal-"), name) for name in studio.models]
    model = gr.Radio(names, value=names[0][1], label="Model", elem_id="scene-model")
    about = gr.HTML(elem_id="scene-about")
    changed = partial(gr.on, [model.change, page.load])
    changed(lambda name: show_run(studio.model(name).description), model, about, **QUIET)
    tabs = {"Sentence": add_sentence, "Spoken sentence": add_spoken, "Scene": add_scene}
    with gr.Tabs():
        for label, add in tabs.items():
            with gr.Tab(label):
                add(studio, transcriber, model, changed)


def add_sentence(
    studio: SceneStudio, transcriber: Transcriber, model: gr.Radio, changed: Event
) -> None:
    """A sentence: typed, or one of the gallery's captions."""
    text = gr.Textbox("", label="Sentence", max_length=200, elem_id="sentence-words")
    make = gr.Button("Make speech and picture", variant="primary", elem_id="sentence-make")
    examples = gr.Dropdown(label="Or take one of these", filterable=False, elem_id="sentence-some")
    area = ResultArea(transcriber, "sentence")

    renewed = changed(partial(renew_sentences, studio), model, [examples, *area.parts], **QUIET)
    renewed.then(partial(keep_sentence, studio), [model, text], text, **QUIET)
    taken = examples.input(lambda chosen: chosen, examples, text, **QUIET)
    for start in (partial(gr.on, [make.click, text.submit]), taken.then):
        area.fill(start, studio.from_words, [model, text], scroll=True)


def renew_sentences(studio: SceneStudio, name: str) -> list[Any]:
    """What the gallery's pictures are said to show; nothing of an answer."""
    captions = [
        (f"{' '.join(item.words)} ({SEEN if seen else UNSEEN})", " ".join(item.words))
        for seen in (False, True)
        for item in studio.gallery(name, seen)
    ]
    return [gr.Dropdown(captions, value=None), *EMPTY]


def keep_sentence(studio: SceneStudio, name: str, text: str) -> str:
    """The text where this model knows its words, so that models can be compared; else another."""
    known = {word.lower() for word in studio.model(name).vocabulary}
    words = words_in(text.lower())
    return text if words and known.issuperset(words) else studio.example(name)


def add_spoken(
    studio: SceneStudio, transcriber: Transcriber, model: gr.Radio, changed: Event
) -> None:
    """A spoken sentence: by microphone, from a file, or as the model says it."""
    sound = add_recording("spoken")
    make = gr.Button("Make words and picture", variant="primary", elem_id="spoken-make")
    examples = gr.Dropdown(
        label="Or let the model say it", filterable=False, elem_id="spoken-examples"
    )
    area = ResultArea(transcriber, "spoken")

    wait_for_recording(sound, make)
    renewed = changed(partial(renew_sentences, studio), model, [examples, *area.parts], **QUIET)
    renewed.then(partial(renew_spoken, studio), model, sound, **QUIET)
    area.fill(make.click, partial(hear, studio), [model, sound], scroll=True)
    area.fill(examples.input, studio.from_voice, [model, examples], scroll=True)


def renew_spoken(studio: SceneStudio, name: str) -> gr.Audio:
    """No recording, and what to say for this model."""
    if studio.has_photos(name):
        label = f"Say a sentence such as “{studio.example(name)}”"
    else:
        label = "Say a sentence about one to three coloured digits"
    return gr.Audio(None, label=label)


def add_scene(
    studio: SceneStudio, transcriber: Transcriber, model: gr.Radio, changed: Event
) -> None:
    """A picture of a scene: from a file, by the camera, or a real one of the gallery."""
    picture = gr.Image(height=200, buttons=[], elem_id="scene-picture")
    make = gr.Button("Make speech and words", variant="primary", elem_id="scene-make")
    galleries = add_galleries(6, "cm-scenes")
    area = ResultArea(transcriber, "scene")

    changed(partial(renew_scenes, studio), model, [picture, *galleries, *area.parts], **QUIET)
    answer_pictures(studio, model, picture, make, galleries, area)


def renew_scenes(studio: SceneStudio, name: str) -> list[Any]:
    """What to give to this model: a picture of digits, or any photo; and real ones to pick."""
    picture = gr.Image(
        None,
        label=f"A picture of one to three coloured digits {FORMATS}",
        sources=["upload", "clipboard"],
    )
    if studio.has_photos(name):
        picture = gr.Image(
            None, label=f"A photo {FORMATS}", sources=["upload", "webcam", "clipboard"]
        )
    galleries = [
        gr.Gallery([item.image for item in studio.gallery(name, seen)], selected_index=None)
        for seen in (False, True)
    ]
    return [picture, *galleries, *EMPTY]
