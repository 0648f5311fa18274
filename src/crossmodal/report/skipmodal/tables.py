"""Paper B's tables in Markdown, "paper | ours", and those that it has only as text or pictures.

Every table says what ours is about, never all of COCO, and which of its lines were left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

from crossmodal.data.skipmodal.scenes import Split
from crossmodal.evaluate.skipmodal.attributes import KINDS
from crossmodal.evaluate.skipmodal.measures import Ceilings, TaskMetrics
from crossmodal.evaluate.skipmodal.retrieval import RANKS
from crossmodal.evaluate.skipmodal.tasks import DRAWINGS, Task
from crossmodal.report.skipmodal.paper import DISTINCT_WORDS, TABLES, Row, Table
from crossmodal.report.skipmodal.runs import DIGIT_SCENES, NOT_THERE, Runs, look_up, seeds_of, show
from crossmodal.report.tables import markdown_table

SPLITS: dict[Split, str] = {
    "test": "attribute combinations never seen in training",
    "binding": "colors and digits never seen together in training",
    "validation": "the combinations on which choices were made",
    "train": "what was trained on",
}
PAPER = "paper: COCO, EMT-4"
SHARES = (*KINDS, "overall", "scenes")
RIGHT = {kind: f"attributes.{kind}" for kind in SHARES} | {"distinct texts": "distinct_texts"}


@dataclass(frozen=True)
class Grid:
    """A table as text, to be written in Markdown or HTML; the first cell of a row names it."""

    title: str
    split: Split
    header: list[str]
    rows: list[list[str]]
    note: str = ""
    data: str = DIGIT_SCENES

    @property
    def markdown(self) -> str:
        """With its heading."""
        title = f"{entitle(self.title, self.split, self.data)} {self.note}".strip()
        return f"{title}\n\n{markdown_table(self.header, self.rows)}"


def write_table(table: Table, runs: Runs, split: Split = "test") -> str:
    """One of the paper's tables; WER in percent, all other measures times 100."""
    who = (PAPER, f"ours: {runs.data}")
    header = [table.name, *(f"{c.label}, {each}" for c in table.columns for each in who)]
    rows = [write_row(row, table, runs, split) for row in table.rows]
    parts = [
        entitle(f"{table.name}. {table.title}", split, runs.data),
        markdown_table([*header, "seeds"], rows),
    ]
    return "\n\n".join([*parts, *left_out(table.rows, runs)])


def write_row(row: Row, table: Table, runs: Runs, split: Split) -> list[str]:
    """The paper's figure and ours in each column, and how many seeds stand behind ours."""
    cells = [row.label]
    figures = row.paper or (None,) * len(table.columns)
    for column, figure in zip(table.columns, figures, strict=True):
        measure = (split, column.task, column.measure, column.scale)
        ours = runs.cell(row.variant, *measure) if row.variant else NOT_THERE
        cells += [NOT_THERE if figure is None else f"{figure:g}", ours]
    return [*cells, seeds_of(runs, row.variant) if row.variant else NOT_THERE]


def entitle(title: str, split: Split, data: str) -> str:
    """A table's heading, with what our figures are about."""
    if data != DIGIT_SCENES:
        return f"**{title}.** Ours: {data} (split `{split}`)."
    return f"**{title}.** Ours: digit scenes, not COCO; {SPLITS[split]} (split `{split}`)."


def describe_splits(data: str) -> dict[Split, str]:
    """What each split holds; of data of your own only those are shown that no training saw."""
    return SPLITS if data == DIGIT_SCENES else dict.fromkeys(SPLITS, "never seen in training")


def left_out(rows: Sequence[Row], runs: Runs) -> list[str]:
    """A sentence on the lines of ours that were not run; nothing where all were."""
    missing = [row.label for row in rows if row.variant and not runs.of(row.variant)]
    return [f"Left out at this scale: {', '.join(missing)}."] if missing else []


def write_attributes(runs: Runs, variants: Sequence[str], task: Task, split: Split = "test") -> str:
    """Shares of attributes right by kind, over all attributes, of sentences all right, of distinct.

    Variants that do not have the task are left out.
    """
    rows = [
        [variant, *(runs.cell(variant, split, task, measure) for measure in RIGHT.values())]
        for variant in variants
        if runs.measured(variant, split, task)
    ]
    title = entitle(f"Attributes right, {task.replace('_', ' ')}", split, runs.data)
    return f"{title}\n\n{markdown_table(['share right', *RIGHT], rows)}"


def tabulate_additions(
    runs: Runs,
    variant: str,
    additions: Sequence[str],
    tasks: Sequence[Task],
    split: Split = "test",
) -> Grid:
    """What each addition of a variant is worth: WER and attributes right without it.

    variant: `ours` or `mended`. additions: their names; the runs without one are of the variant
    "without_NAME" or "mended_without_NAME".
    """
    header = [variant, *(f"{task.replace('_', ' ')}: {m}" for task in tasks for m in ADDITION)]
    prefix = "" if variant == "ours" else f"{variant}_"
    named = [("with all", variant)]
    named += [(f"without {n.replace('_', ' ')}", f"{prefix}without_{n}") for n in additions]
    rows = [
        [label, *(runs.cell(name, split, t, m) for t in tasks for m in ADDITION.values())]
        for label, name in named
    ]
    return Grid(f"What is added in {variant}", split, header, rows, data=runs.data)


ADDITION = {
    "WER": "wer",
    "attributes right": "attributes.overall",
    "distinct texts": "distinct_texts",
}


def tabulate_vocabulary(runs: Runs, variants: Sequence[str], split: Split = "test") -> Grid:
    """Distinct words that the recogniser finds in the synthesized speech (section 4.1)."""
    rows = []
    for variant in variants:
        paper = DISTINCT_WORDS.get(variant)
        words = runs.cell(variant, split, "image_to_speech", "distinct_words", digits=0)
        rows.append([variant, NOT_THERE if paper is None else str(paper), words])
    title = "Distinct words in speech made from images"
    return Grid(title, split, ["variant", PAPER, f"ours: {runs.data}"], rows, data=runs.data)


def tabulate_retrieval(runs: Runs, variant: str, split: Split = "test") -> Grid:
    """Recall in all directions beside that of a random order; the paper shows only pictures."""
    rows = [
        [
            f"{source} to {target}",
            runs.retrieval(variant, split, f"{source}_to_{target}", "queries", digits=0),
            *(runs.retrieval(variant, split, f"{source}_to_{target}", m) for m in RECALLS),
        ]
        for source, target in permutations(("image", "speech", "text"), 2)
    ]
    header = ["direction", "queries", *(name.replace("_", " ") for name in RECALLS)]
    note = RETRIEVED if runs.data == DIGIT_SCENES else ""
    title = f"Retrieval by the cosine of u, {variant}"
    return Grid(title, split, header, rows, note, runs.data)


RECALLS = [f"{kind}@{rank}" for rank in RANKS for kind in ("recall", "chance")]
RECALLS += ["right@1", "chance_right@1"]
RETRIEVED = (
    "Between image and text: one caption of each image. Between image and speech there are no "
    "pairs: a recording counts where its sentence is true of the image, as only sentences about "
    "the same digits in another order are; queries without such an answer are left out. right@1: "
    "the share of attributes that the first one found has right, for all queries, beside any other."
)


LIMITS = {
    "original": "ceiling: recordings, recognised",
    "griffin_lim": "ceiling: their Griffin-Lim copies, recognised",
    "post_net": "ceiling: copies through mel spectrograms and the post-net, recognised",
    "caption": "ceiling: a caption of the image, against its others",
    "nearest": "copied: a caption of the training image that looks most alike",
    "agreed": "copied: of twenty such images the caption that is most like the others",
    "wrong_images": "floor: captions of other images",
}
COPIED = ("nearest", "agreed")
LIMIT_MEASURES = ("wer", "bleu1", "bleu4", "cider", "attributes.overall", "attributes.scenes")


def tabulate_limits(ceilings: Ceilings, split: Split = "test", data: str = DIGIT_SCENES) -> Grid:
    """Ceilings and floor; shares, not percent."""
    limits = ceilings.get(split, {})
    measures = [m for m in LIMIT_MEASURES if data == DIGIT_SCENES or "attributes" not in m]
    rows = []
    for name, label in LIMITS.items():
        if name in COPIED and name not in limits:
            continue  # no maps were made
        found: list[TaskMetrics] = [v for k, v in limits.items() if k == name]  # type: ignore[misc]
        rows.append([label, *(show([look_up(m, p) for m in found]) for p in measures)])
    header = ["limit", *(measure.replace("attributes.", "right: ") for measure in measures)]
    return Grid("Ceilings and floor", split, header, rows, data=data)


def tabulate_drawings(
    runs: Runs, ceilings: Ceilings, variants: Sequence[str], split: Split = "test"
) -> Grid:
    """What is found in pictures of sentences, beside real pictures and wrong ones.

    Of data of your own no attributes are known.
    """
    scenes = runs.data == DIGIT_SCENES
    measures = [m for m in DRAWN if scenes or "attributes" not in m]
    rows = [
        [variant, task.replace("_", " "), *(runs.cell(variant, split, task, m) for m in measures)]
        for variant in variants
        for task in DRAWINGS
        if runs.measured(variant, split, task)
    ]
    limits = ceilings.get(split, {})
    for name, label in DRAWN_LIMITS.items():
        if name in limits:
            found = (look_up(limits, f"{name}.{measure}") for measure in measures)
            rows.append([label, NOT_THERE, *(show([value]) for value in found)])
    header = ["share right", "task", *(name.rpartition(".")[2] for name in measures)]
    note = f"{DRAWN_NOTE} {BRIGHT_NOTE}" if scenes else BRIGHT_NOTE
    return Grid("Pictures of sentences", split, header, rows, note, runs.data)


DRAWN = (*(f"attributes.{kind}" for kind in SHARES), "psnr", "bright")
DRAWN_LIMITS = {
    "pictures": "ceiling: real pictures",
    "wrong_pictures": "floor: pictures of other captions",
}
DRAWN_NOTE = (
    "What a reader finds that knows no model: bright parts, their colour, size and place, and what "
    "a classifier of MNIST takes them for."
)
BRIGHT_NOTE = "psnr: to the nearest real picture, dB. bright: share of pictures that are not black."


def write_tables(runs: Runs, split: Split = "test") -> str:
    """All six tables of the paper."""
    return "\n\n".join(write_table(table, runs, split) for table in TABLES) + "\n"
