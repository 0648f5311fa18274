"""The tab with a sheet to draw two digits on, with the mouse or a finger.

A drawing goes the way of an uploaded picture: the browser uploads it as a PNG, within the same
bounds. Gradio's own editor would keep what it is sent in memory, as much as anyone sends.
"""

import json
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from crossmodal.data.mapping.words import COLOR_WORDS
from crossmodal.demo.result_area import EMPTY, QUIET, ResultArea
from crossmodal.demo.studio import Answer, Studio
from crossmodal.demo.tabs import Event, see
from crossmodal.demo.transcriber import Transcriber
from crossmodal.errors import DataError

SHEET = """<canvas class="cm-sheet" width="560" height="280" data-ink="black" role="img"
aria-label="A sheet to draw two digits on, with the mouse or a finger"></canvas>"""
# Each colour as in the training: one channel alone.
INKS = {"black": "black", "red": "#f00", "green": "#0f0", "blue": "#00f"}
# These run in the browser. A new sheet:
NEW_SHEET = """() => {
    const sheet = document.querySelector('.cm-sheet');
    sheet.getContext('2d').clearRect(0, 0, sheet.width, sheet.height);
    sheet.dataset.drawn = '';
}"""
# Another ink; black and colours have not the same ground.
TAKE_INK = f"""(name) => {{
    const sheet = document.querySelector('.cm-sheet'), ink = {json.dumps(INKS)}[name];
    if ((ink === 'black') !== (sheet.dataset.ink === 'black')) ({NEW_SHEET})();
    sheet.dataset.ink = ink;
}}"""
# What the server is told: nothing, where the drawing was uploaded, or why it was refused.
UPLOAD = """async (model) => {
    const sheet = document.querySelector('.cm-sheet');
    if (!sheet.dataset.drawn) return [model, null];
    const form = new FormData();
    const drawing = await new Promise((done) => sheet.toBlob(done, 'image/png'));
    form.append('files', drawing, 'drawing.png');
    const reply = await fetch('gradio_api/upload', {method: 'POST', body: form});
    return [model, reply.ok ? {path: (await reply.json())[0]} : await reply.text()];
}"""


def add_sketch(studio: Studio, transcriber: Transcriber, model: gr.Radio, changed: Event) -> None:
    """A sheet: two digits drawn with the mouse or a finger, in a colour where the model has any."""
    ink = gr.Radio(["black"], value="black", label="Ink", elem_id="sketch-ink")
    script = Path(__file__).with_name("sketch.js").read_text(encoding="utf-8")
    gr.HTML(SHEET, js_on_load=script, elem_id="sketch-sheet")
    drawing = gr.JSON(visible=False)  # what `UPLOAD` returns
    with gr.Row(elem_classes="cm-tight"):
        make = gr.Button("Make words and speech", variant="primary", elem_id="sketch-make")
        clear = gr.Button("Clear", min_width=80, scale=0, elem_id="sketch-clear")
    area = ResultArea(transcriber, "sketch")

    changed(partial(renew_sketch, studio), model, [ink, *area.parts], **QUIET)
    ink.change(None, ink, None, js=TAKE_INK, **QUIET)
    clear.click(None, None, None, js=NEW_SHEET, **QUIET)
    answer = partial(look, studio, Path(ink.GRADIO_CACHE))
    options = {"preprocess": False, "js": UPLOAD}
    area.fill(make.click, answer, [model, drawing], scroll=True, **options)


def renew_sketch(studio: Studio, name: str) -> list[Any]:
    """The inks for this model; nothing of an answer."""
    colored = len(studio.positions(name)) > 2
    inks = list(COLOR_WORDS) if colored else ["black"]
    return [gr.Radio(inks, value=inks[0], visible=colored), *EMPTY]


def look(studio: Studio, uploads: Path, name: str, told: dict[str, Any] | str | None) -> Answer:
    """The answer to what `UPLOAD` returned of a drawing; raises DataError where it is none."""
    if told is None:
        raise DataError("nothing is drawn yet: draw two digits with the mouse or a finger")
    if isinstance(told, str):
        raise DataError(f"the drawing was not taken: {told}")
    return see(studio, uploads, name, told)
