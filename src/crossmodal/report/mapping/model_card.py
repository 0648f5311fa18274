"""The model card of a bundle of paper A: its README.md."""

from collections.abc import Mapping
from typing import Any

from huggingface_hub import EvalResult

from crossmodal.data.mapping.classes import COLORED, all_classes
from crossmodal.report.card_head import write_head
from crossmodal.report.credits import HIBARI, MNIST, write_licences
from crossmodal.report.mapping.paper import TABLE_1
from crossmodal.report.mapping.tables import UNKNOWN
from crossmodal.report.tables import markdown_table

TEMPLATE = """\
# {name}

{what}

Made by reproducing Chaudhury et al. 2017, "Conditional generation of multi-modal data using
constrained embedding space mapping" (arXiv:1707.00860), with the package `crossmodal`.

The folder is complete: copy it to hand the model on. `model.json` says what the model is and holds
the checksums that loading compares; `weights.safetensors` has networks, word vectors and the 13
recordings{gallery}. Their SHA-256 is
`{sha256}`.

## Use

```python
from pathlib import Path
from crossmodal.inference import load

model = load("{name}")
{example}
```

It takes Python 3.11 or newer and `crossmodal` with the few packages that its installation brings;
for pictures of other than 28 x 56 pixels also its extra `photos`; no GPU.

## Intended use

To try the paper's idea, to teach with it, to compare with it. It knows {scope}
and nothing else, its pictures have 28 x 56 pixels, and nothing that matters should depend on what
it reads or hears.

## Results

For the {count} digit pairs that were never seen in training
({pairs}):

{results}

PSNR is equation 3 of the paper, against the closest held-out image. Read: the share of classes
whose image a classifier, trained on plain MNIST, reads right.
{found}
## Data and licences

{data}

## Limits

{limits}
"""


FAMILIES = {
    "embedding-mapping": "Text, speech and pictures of two digits, each from any other.",
    "direct": "The baseline: pictures of two digits straight from text or speech.",
}
TASKS = {"embedding-mapping": "any-to-any", "direct": "text-to-image"}
# Measure -> the hub's name of it, and ours.
MEASURES = {
    "psnr": ("psnr", "PSNR in dB against the closest held-out picture"),
    "read": ("accuracy", "share of pictures that a classifier reads as asked"),
}
EXAMPLES = {
    "embedding-mapping": """\
model.generate("{words}", to="image").save("number.png")
model.generate(Path("number.png"), to="speech").save("number.wav")
model.generate(Path("number.wav"), to="text").text
model.retrieve("{words}", count=5)  # the nearest real images""",
    "direct": """\
model.generate("{words}", to="image").save("number.png")
model.generate(Path("my-recording.wav"), to="image").save("number.png")""",
}
FOUND = """
The share of classes (from text and speech) and of the gallery's images whose words are found among
all classes:

{table}
"""


LIMITS = """\
- One voice: a recording is heard as the nearest of the 13 recordings the model was trained with,
  and those pass through the model, as the paper's embedding of speech, one mean MFCC vector a word,
  tells voices apart rather than words; `as_heard=False` passes on a person's own.
{heard}- Words in one recording need a pause of a quarter of a second between them.
- Speech that comes out is one of the 13 recordings for each word; nothing is synthesized.
- All is from one training (the first seeds); the ± of the table is over the mapping's seeds."""


# Measured with the default voice on recordings that took no part in building it.
HEARD = """\
- Of digits spoken by three men (1,200 recordings of the Free Spoken Digit Dataset) 78 % are heard
  right, of their pairs 60 %, or 48 % with noise 20 dB below the voice; with `as_heard=False` 1 % of
  the pairs, which is chance.
"""


IMAGE_LIMITS = """
- In a picture of other than 28 x 56 pixels the two digits are found and scaled as MNIST's. Of such
  pictures as phones take them the classifier that goes along reads 9 of 10 right, and says where it
  is unsure; the model itself reads fewer. Digits that touch, and paper that does not fill the
  picture, do harm."""


WIKIPEDIA = {
    "name": "English Wikipedia",
    "use": "the word vectors",
    "licence": "CC BY-SA 4.0",
    "source": "the authors of its articles",
}
FSDD = {
    "name": "Free Spoken Digit Dataset",
    "use": "the recordings of the digits",
    "licence": "CC BY-SA 4.0",
    "source": "Z. Jackson and contributors",
}


def describe_data(voice: str) -> list[dict[str, str]]:
    """What a model was trained on, with licences.

    Args:
        voice: `speak_words.voice`, hibari or fsdd.
    """
    digits = {**MNIST, "use": "all images, also those in the gallery"}
    speech = {**HIBARI, "use": "the recordings of the words"}
    return [digits, WIKIPEDIA, *([FSDD] if voice == "fsdd" else []), speech]


def write_card(values: Mapping[str, Any]) -> str:
    """The card in Markdown, with a head that hubs read.

    Args:
        values: all of `model.json`.
    """
    family, dataset = values["family"], values["dataset"]
    colors, example = (" in red, green and blue", 75 * 9 + 2) if COLORED[dataset] else ("", 75)
    words = " ".join(all_classes(dataset)[example].words)
    head = write_head(values, TASKS[family], ["digits", dataset], list_results(values))
    return head + TEMPLATE.format(
        name=values["name"],
        what=FAMILIES[family],
        gallery=f" and {values['gallery']} real images to search in" if "gallery" in values else "",
        sha256=values["files"]["weights.safetensors"]["sha256"],
        example=EXAMPLES[family].format(words=words),
        scope=f"the numbers 00 to 99{colors}, digit by digit,",
        count=len(values["held_out"]),
        pairs=", ".join(values["held_out"]),
        results=write_results(values),
        found=write_found(values["found"]) if "found" in values else "",
        data=write_licences(values["data"]),
        limits=LIMITS.format(heard=HEARD if values["speech"]["voice"] == "hibari" else "")
        + (IMAGE_LIMITS if family == "embedding-mapping" else ""),
    )


def write_results(values: Mapping[str, Any]) -> str:
    """PSNR and share read from text and from speech, the paper's beside ours."""
    model = values["name"].removeprefix(f"{values['dataset']}-")
    rows = []
    for modality, measures in sorted(values["metrics"].items(), reverse=True):
        paper = TABLE_1.get((model, modality, values["dataset"]))
        deviation = measures.get("psnr_std")
        ours = f"{measures['psnr']:.2f}" + (f" ± {deviation:.2f}" if deviation else "")
        theirs = f"{paper:.2f}" if paper else UNKNOWN
        rows.append([f"{modality} to image", theirs, ours, f"{measures['read']:.2f}"])
    return markdown_table(["", "PSNR in dB: paper", "PSNR in dB: ours", "read"], rows)


def list_results(values: Mapping[str, Any]) -> list[EvalResult]:
    """What was measured, as hubs list it."""
    dataset = values["dataset"]
    return [
        EvalResult(
            task_type=f"{modality}-to-image",
            task_name=f"{modality} to image",
            dataset_type=f"mnist-pairs-{dataset}",
            dataset_name=f"pairs of MNIST digits, {dataset}, never seen in training",
            dataset_split="held_out",
            metric_type=kind,
            metric_name=name,
            metric_value=measures[measure],
        )
        for modality, measures in sorted(values["metrics"].items(), reverse=True)
        for measure, (kind, name) in MEASURES.items()
    ]


def write_found(found: Mapping[str, Mapping[str, float]]) -> str:
    """Shares of words found, by direction and split."""
    rows = [[way, f"{s['train']:.2f}", f"{s['held_out']:.2f}"] for way, s in found.items()]
    return FOUND.format(table=markdown_table(["", "seen in training", "held out"], rows))
