"""The page, laid out with Gradio: choose a model, then give words, speech or a picture."""

from functools import partial

import gradio as gr

from crossmodal.demo.fragments import INTRODUCTION, show_model
from crossmodal.demo.results import QUIET
from crossmodal.demo.studio import Studio
from crossmodal.demo.tabs import add_picture, add_speech, add_words
from crossmodal.demo.transcriber import Transcriber

DATASETS = {"double": "digits", "colored": "coloured digits"}
PREFERRED = "conv_vae"


def build_page(studio: Studio, transcriber: Transcriber) -> gr.Blocks:
    """All controls and what they do."""
    # Uploads are deleted after an hour, and when the server stops.
    with gr.Blocks(title="crossmodal", analytics_enabled=False, delete_cache=(600, 3600)) as page:
        gr.HTML(INTRODUCTION)
        first = next(iter(studio.datasets))
        dataset = gr.Radio(
            [(DATASETS.get(name, name), name) for name in studio.datasets],
            value=first, label="Pictures of two", elem_id="dataset",
        )  # fmt: skip
        model = gr.Radio(label="Model", elem_id="model", **model_choices(studio, first))
        about = gr.HTML(elem_id="about")
        changed = partial(gr.on, [model.change, page.load])
        changed(lambda name: show_model(studio.model(name).description), model, about, **QUIET)
        dataset.input(lambda name: gr.Radio(**model_choices(studio, name)), dataset, model, **QUIET)
        with gr.Tabs():
            for label, add in (
                ("Words", add_words),
                ("Speech", add_speech),
                ("Picture", add_picture),
            ):
                with gr.Tab(label):
                    add(studio, transcriber, model, changed)
    return page


def model_choices(studio: Studio, dataset: str) -> dict[str, object]:
    """The models of a data set and the one to begin with."""
    names = {name: name.removeprefix(f"{dataset}-") for name in studio.datasets[dataset]}
    preferred = [name for name, label in names.items() if label == PREFERRED]
    choices = [(label, name) for name, label in names.items()]
    return {"choices": choices, "value": (preferred or list(names))[0]}
