"""The model card of a bundle of paper B: its README.md."""

import json
from collections.abc import Mapping
from typing import Any

from huggingface_hub import EvalResult

from crossmodal.report.card_head import write_head
from crossmodal.report.credits import HIBARI, MNIST, write_licences
from crossmodal.report.skipmodal.runs import look_up
from crossmodal.report.tables import markdown_table

TEMPLATE = """\
# {name}

{what}

Made by reproducing Ma, McDuff and Song 2019, "Unpaired Image-to-Speech Synthesis with Multimodal
Information Bottleneck" (ICCV 2019), with the package `crossmodal`, on {dataset}.

The folder is complete: copy it to hand the model on. `model.json` says what the model is and holds
the checksums that loading compares; `weights.safetensors` has the networks, the net from mel to
linear spectrograms, and {gallery} real images to search in. Their SHA-256 is
`{sha256}`.

## Use

```python
from pathlib import Path
from crossmodal.inference import load

model = load("{name}")
model.generate({sentence}, to="speech").save("said.wav")
model.generate(Path("said.wav"), to="text").text
model.generate(Path("scene.png"), to="speech").save("seen.wav")
model.generate({other}, to="image").save("drawn.png")
model.retrieve(Path("scene.png"), count=5)  # the nearest real images
```

It takes Python 3.11 or newer and `crossmodal` with the few packages that its installation brings;
for sentences with figures also its extra `numbers`; no GPU. Speech is made by Griffin-Lim at
{rate} Hz.

## Intended use

To try the paper's idea, to teach with it, to compare with it. It knows
{scope},
in up to {longest} characters and {seconds:g} s, and nothing that matters should depend on what it
reads, hears or says.

## Results

{results}

Everything is generated free-running. Speech is written down by a recogniser that knows neither
model nor texts (Whisper tiny.en), and then judged as texts are. WER: word error rate; B@1 and B@4:
BLEU; attributes: the share of digits, colours, sizes, relations and counts that are said rightly.
{splits}

## Data and licences

{data}

## Limits

{limits}
"""
KINDS = {
    "both": """\
One network for sentences, speech and pictures, each from any other. It learned to speak of pictures
without a single picture that has speech. It speaks from a picture's vectors alone, without a text
between, and says less of it right than it writes.""",
    "image_text": """\
Two networks, one between pictures and sentences and one between sentences and speech, trained apart
and chained where needed: the baseline *piecewise*. They speak the sentence that the first has
written of a picture.""",
}
SCENES = "digit scenes"
SENTENCES = (
    "a small red three left of a large blue seven",
    "two digits, a red three and a blue seven",
)
SCOPE = "one to three coloured digits on black and sentences about them"
OTHER_SCOPE = "what its training data show and say"
SPLITS = """\
`test` has attribute combinations that no training shows, `binding` colours and digits that never
stand together there."""
COLUMNS = {"WER": "wer", "B@1": "bleu1", "B@4": "bleu4", "attributes": "attributes.overall"}
# What hubs call the columns.
METRICS = {"WER": "wer", "B@1": "bleu", "B@4": "bleu", "attributes": "accuracy"}
MEASURED_SPLITS = ("test", "binding")
TASKS = ("image_to_speech", "image_to_text", "speech_to_text", "text_to_speech")
LIMITS = """\
- One training of a small network at a small scale: compare its results above with what you need.
- One voice: recordings of other voices, of noise or of a room were never heard in training.
- Words and pictures of other kinds than the training's come out as something of its kind; nothing
  says that the model does not know them.
- Pictures that it draws of sentences are blurred, and digits in them are often wrong.
- A picture is shrunk to {side} x {side} pixels, of which its middle square is seen."""
OWN = {"licence": "as its owner says", "source": "a folder of whoever trained it"}


def describe_data(
    own_images: bool, own_speech: bool, own_texts: bool = False
) -> list[dict[str, str]]:
    """What a model was trained on, with licences.

    Args:
        own_images: whether a person's own folder in COCO's layout took the place of the scenes.
        own_speech: the same of LJSpeech's layout and the spoken sentences.
        own_texts: whether the voice read a person's own sentences.
    """
    images = {**MNIST, "use": "the digits of the scenes, also of those in the gallery"}
    speech = {**HIBARI, "use": "the spoken sentences"}
    if own_images:
        images = {"name": "A folder in COCO's layout", "use": "pictures and captions", **OWN}
    if own_speech:
        speech = {"name": "A folder in LJSpeech's layout", "use": "speech and its texts", **OWN}
    texts = {"name": "A list of sentences", "use": "what the voice says", **OWN}
    return [images, speech, texts] if own_texts else [images, speech]


def write_card(values: Mapping[str, Any]) -> str:
    """The card in Markdown, with a head that hubs read.

    Args:
        values: all of `model.json`.
    """
    scenes = values["dataset"] == SCENES
    tags = ["speech", to_tag(values["dataset"])]
    head = write_head(values, "any-to-any", tags, list_results(values))
    gallery = values["gallery"]
    known = SENTENCES if scenes else (gallery[0]["caption"], gallery[-1]["caption"])
    sentence, other = map(json.dumps, known)
    return head + TEMPLATE.format(
        name=values["name"],
        what=KINDS[values["parts"][0]],
        dataset=values["dataset"],
        sentence=sentence,
        other=other,
        gallery=len(values["gallery"]),
        sha256=values["files"]["weights.safetensors"]["sha256"],
        rate=values["spectrograms"]["sample_rate"],
        scope=SCOPE if scenes else OTHER_SCOPE,
        longest=values["longest_text"],
        seconds=values["spectrograms"]["max_seconds"],
        results=write_results(values["metrics"]),
        splits=SPLITS if scenes else "`test` is the part of the data that no training shows.",
        data=write_licences(values["data"]),
        limits=LIMITS.format(side=values["image_size"]),
    )


def write_results(metrics: Mapping[str, Any]) -> str:
    """A line for each split and task."""
    rows = []
    for split in MEASURED_SPLITS:
        for task in TASKS:
            measured = metrics.get(split, {}).get(task)
            if measured is not None:
                found = [look_up(measured, path) for path in COLUMNS.values()]
                cells = ["–" if value is None else f"{value:.2f}" for value in found]
                rows.append([split, task.replace("_", " "), *cells])
    return markdown_table(["split", "", *COLUMNS], rows)


def list_results(values: Mapping[str, Any]) -> list[EvalResult]:
    """What was measured, as hubs list it."""
    dataset, metrics = values["dataset"], values["metrics"]
    return [
        EvalResult(
            task_type=to_tag(task),
            task_name=task.replace("_", " "),
            dataset_type=to_tag(dataset),
            dataset_name=dataset,
            dataset_split=split,
            metric_type=METRICS[column],
            metric_name=column,
            metric_value=value,
        )
        for split in MEASURED_SPLITS
        for task in TASKS
        for column, path in COLUMNS.items()
        if (value := look_up(metrics, f"{split}.{task}.{path}")) is not None
    ]


def to_tag(name: str) -> str:
    """A name as hubs write it: image_to_speech -> image-to-speech."""
    return name.replace("_", "-").replace(" ", "-")
