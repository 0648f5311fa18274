"""The page, laid out with Gradio: choose a model, then give words, speech or a picture."""

from functools import partial

import gradio as gr

from crossmodal.demo.fragments import INTRODUCTION, show_model
from crossmodal.demo.result_area import QUIET
from crossmodal.demo.scene_studio import SceneStudio
from crossmodal.demo.scene_tabs import add_scenes
from crossmodal.demo.sketch import add_sketch
from crossmodal.demo.studio import Studio
from crossmodal.demo.tabs import add_picture, add_speech, add_words
from crossmodal.demo.transcriber import Transcriber
from crossmodal.inference.bundles import pick_best

DATASETS = {"double": "digits", "colored": "coloured digits"}


def build_page(studio: Studio, scenes: SceneStudio, transcriber: Transcriber) -> gr.Blocks:
    """All controls and what they do, for the models that there are."""
    # Uploads are deleted after a quarter of an hour, and when the server stops.
    page = gr.Blocks(title="crossmodal", analytics_enabled=False, delete_cache=(60, 900))
    with page:
        gr.HTML(INTRODUCTION)
        if not scenes.models:
            add_digits(page, studio, transcriber)
        elif not studio.models:
            add_scenes(page, scenes, transcriber)
        else:
            with gr.Tabs():
                with gr.Tab("Two digits"):
                    add_digits(page, studio, transcriber)
                with gr.Tab("Sentences and scenes"):
                    add_scenes(page, scenes, transcriber)
    return page


def add_digits(page: gr.Blocks, studio: Studio, transcriber: Transcriber) -> None:
    """The choice of a model of paper A, and a tab for each modality."""
    first = next(iter(studio.datasets))
    dataset = gr.Radio(
        [(DATASETS.get(name, name), name) for name in studio.datasets],
        value=first, label="Pictures of two", elem_id="dataset",
    )  # fmt: skip
    model = choose_model(studio, first)
    about = gr.HTML(elem_id="about")
    changed = partial(gr.on, [model.change, page.load])
    changed(lambda name: show_model(studio.model(name).description), model, about, **QUIET)
    dataset.input(partial(choose_model, studio), dataset, model, **QUIET)
    tabs = {
        "Words": add_words,
        "Speech": add_speech,
        "Picture": add_picture,
        "Draw": add_sketch,
    }
    with gr.Tabs():
        for label, add in tabs.items():
            with gr.Tab(label):
                add(studio, transcriber, model, changed)


def choose_model(studio: Studio, dataset: str) -> gr.Radio:
    """The models of a data set; the default one is chosen."""
    names = studio.datasets[dataset]
    first = pick_best({name: studio.model(name).description for name in names})
    choices = [(name.removeprefix(f"{dataset}-"), name) for name in names]
    return gr.Radio(choices, value=first, label="Model", elem_id="model")


def build_theme() -> gr.themes.Base:
    """Quiet colours with enough contrast, and the machine's own fonts, so that none is fetched."""
    base = gr.themes.Base(
        primary_hue="teal",
        neutral_hue="slate",
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    )
    return base.set(
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_600",
    )
