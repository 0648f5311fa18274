"""What a training has measured so far, as it is kept, drawn and shown."""

from dataclasses import dataclass, field

Row = dict[str, float | None]


@dataclass
class Curve:
    """The learning curve of a training; both lists only grow.

    rows: `step`, how far the training was, and its losses, the one to watch first. None where
        nothing measured it.
    validations: `step` and what a validation returned.
    """

    rows: list[Row] = field(default_factory=list)
    validations: list[Row] = field(default_factory=list)
