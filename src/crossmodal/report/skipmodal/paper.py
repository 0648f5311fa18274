"""Paper B's six tables as data (Ma et al. 2019), and which of our runs stand beside them.

The paper's figures are on COCO and EMT-4, ours on digit scenes: only their order can be compared.
Its WER has no unit; it is read as percent, which does not fit table 1, where CycleGAN has WER 12.1
at BLEU-1 26.2. It calls the runs with stronger image encoders "w/ [20]" and "w/ [3]"; [20] is
RFNet in its bibliography and text, but UpDown in the rows above them in table 2, so both names
stand here.
"""

from dataclasses import dataclass
from types import MappingProxyType

from crossmodal.evaluate.skipmodal.tasks import Task


@dataclass(frozen=True)
class Column:
    """A measure of a task; `scale` turns our share into the paper's unit."""

    label: str
    task: Task
    measure: str
    scale: float = 100


@dataclass(frozen=True)
class Row:
    """A line of a table.

    paper: its figures in the columns' order, None where it gives none; empty where the paper has no
    such line. variant: our runs beside it; None where the paper compares with work of others.
    """

    label: str
    paper: tuple[float | None, ...] = ()
    variant: str | None = None


@dataclass(frozen=True)
class Table:
    """A table of the paper, with lines of ours added."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def bleu(task: Task) -> tuple[Column, ...]:
    """BLEU-1 to BLEU-4 of a task."""
    return tuple(Column(f"B@{order}", task, f"bleu{order}") for order in range(1, 5))


I2T_BLEU = Column("B@1 (I2T)", "image_to_text", "bleu1")
S2T_WER = Column("WER (S2T)", "speech_to_text", "wer")
T2S_WER = Column("WER (T2S)", "text_to_speech", "wer")

T1 = Table(
    "T1",
    "Skip-modal generation, image to speech",
    (*bleu("image_to_speech"), Column("WER", "image_to_speech", "wer")),
    (
        Row("CycleGAN", (26.2, 20.1, 11.3, 9.2, 12.1), "cyclegan"),
        Row("Piecewise", (68.2, 51.9, 39.2, 30.1, 4.1), "piecewise"),
        Row("Skip-modal, as in the paper", (69.2, 52.1, 40.8, 29.9, 3.9), "paper"),
        Row("Skip-modal, the form mended", (), "mended"),
        Row("Mended, through its own text", (), "mended_via_text"),
        Row("Skip-modal, with our additions", (), "ours"),
        Row("Ours, through its own text", (), "ours_via_text"),
    ),
)
T2 = Table(
    "T2",
    "Image to text",
    (
        *bleu("image_to_text"),
        Column("CIDEr", "image_to_text", "cider"),
        Column("METEOR", "image_to_text", "meteor"),
        Column("ROUGE-L", "image_to_text", "rouge_l"),
        Column("SPICE", "image_to_text", "spice"),
    ),
    (
        Row("ATT", (70.9, 53.7, 40.2, 30.4, None, None, None, None)),
        Row("SAT", (71.8, 50.4, 35.7, 25.0, None, None, None, None)),
        Row("RFNet", (76.4, 60.4, 46.6, 35.8, 112.5, None, None, 20.5)),
        Row("UpDown", (77.2, None, None, 36.2, 113.5, None, None, 20.3)),
        Row("Skip-modal, plain CNN", (74.1, 55.2, 41.1, 30.6, None, None, None, None), "paper"),
        Row("Paper's, w/ [20]", (78.9, 63.2, 48.1, 37.0, 116.2, None, None, 22.4)),
        Row("Paper's, w/ [3]", (79.8, 64.0, 48.9, 37.1, 117.8, None, None, 22.5)),
        Row("Piecewise", (), "piecewise"),
        Row("Mended, plain CNN", (), "mended"),
        Row("Ours, plain CNN", (), "ours"),
        Row("Ours, EfficientNet-Lite0", (), "ours_efficientnet"),
    ),
)
T3_LEFT = Table(
    "T3, left",
    "Speech to text",
    (Column("WER", "speech_to_text", "wer"),),
    (
        Row("Policy", (5.42,)),
        Row("DeepSpeech2", (5.15,)),
        Row("GateConv", (4.80,)),
        Row("Seq2Seq", (4.01,)),
        Row("Skip-modal, as in the paper", (3.88,), "paper"),
        Row("Skip-modal, the form mended", (), "mended"),
        Row("Skip-modal, with our additions", (), "ours"),
    ),
)
T3_RIGHT = Table(
    "T3, right",
    "Text to speech",
    (Column("WER", "text_to_speech", "wer"),),
    (
        Row("DeepVoice3", (10.8,)),
        Row("Tacotron", (10.6,)),
        Row("Tacotron2", (10.5,)),
        Row("GST", (10.2,)),
        Row("Piecewise", (), "piecewise"),
        Row("Skip-modal, as in the paper", (10.5,), "paper"),
        Row("Skip-modal, the form mended", (), "mended"),
        Row("Skip-modal, with our additions", (), "ours"),
    ),
)
ABLATIONS = {
    "without_memory": ("w/o M", (65.2, 6.99)),
    "memory_to_fc": ("M → FC", (65.9, 6.32)),
    "without_transformer": ("w/o T", (68.6, 6.01)),
    "without_adversary": ("w/o L_adv", (69.8, 5.87)),
}
T4 = Table(
    "T4",
    "Ablations",
    (I2T_BLEU, S2T_WER),
    (
        *(Row(label, cells, f"paper_{name}") for name, (label, cells) in ABLATIONS.items()),
        Row("As in the paper", (74.1, 3.88), "paper"),
        Row("Mended, itself w/o L_adv", (), "mended"),
        Row("Mended with L_adv", (), "mended_with_adversary"),
        *(
            Row(f"Ours {label}", (), name)
            for name, (label, _) in ABLATIONS.items()
            if name != "without_adversary"
        ),
        Row("Ours with L_adv", (), "with_adversary"),
        Row("Ours, itself w/o L_adv", (), "ours"),
    ),
)
T5 = Table(
    "T5",
    "Batch sampling strategies",
    (I2T_BLEU, S2T_WER, T2S_WER),
    (
        Row("Alternative", (74.1, 3.88, 10.5), "paper_alternate"),
        Row("Mixing", (74.5, 3.76, 10.5), "paper_mixed"),
        Row("Ours, alternative", (), "alternate"),
        Row("Ours, mixing", (), "mixed"),
    ),
)
T6_COUNT = Table(
    "T6, n_k",
    "Number of basis vectors n_k, with d_k = 256",
    (I2T_BLEU,),
    (
        *(Row(str(n), (v,), f"paper_n_k_{n}") for n, v in ((10, 62.5), (128, 74.1), (256, 73.9))),
        *(Row(f"Ours, {n}", (), f"n_k_{n}") for n in (10, 128, 256)),
    ),
)
T6_SIZE = Table(
    "T6, d_k",
    "Size of a basis vector d_k, with n_k = 128",
    (I2T_BLEU,),
    (
        *(Row(str(d), (v,), f"paper_d_k_{d}") for d, v in ((64, 49.3), (128, 70.2), (256, 74.1))),
        *(Row(f"Ours, {d}", (), f"d_k_{d}") for d in (64, 128, 256)),
    ),
)
TABLES = (T1, T2, T3_LEFT, T3_RIGHT, T4, T5, T6_COUNT, T6_SIZE)

# Section 4.1: words that the recogniser found in the synthesized speech.
DISTINCT_WORDS = MappingProxyType({"paper": 2761, "piecewise": 1959})
