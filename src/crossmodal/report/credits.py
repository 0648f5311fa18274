"""Whose work both papers' models were trained on, as model cards name it; each adds its use."""

from collections.abc import Iterable, Mapping

MNIST = {
    "name": "MNIST",
    "licence": "CC BY-SA 3.0",
    "source": "Y. LeCun, C. Cortes, C. Burges",
}
HIBARI = {
    "name": "hibari-tts 0.2.1, voice heart",
    "licence": "Apache-2.0",
    "source": "a package on PyPI",
}

# What is made of parts under these may be handed on as a whole under the last of them.
OPEN_LICENCES = ("Apache-2.0", "CC BY-SA 3.0", "CC BY-SA 4.0")
SHARED_LICENCE = OPEN_LICENCES[-1]


def may_be_shared(data: Iterable[Mapping[str, str]]) -> bool:
    """Whether what was trained on `data` may be handed on under `SHARED_LICENCE`."""
    return all(source["licence"] in OPEN_LICENCES for source in data)


def write_licences(data: Iterable[Mapping[str, str]]) -> str:
    """A line for each of the data, and under what the model as a whole may be handed on."""
    data = list(data)
    lines = ["- {name}, for {use}: {licence}; {source}.".format_map(source) for source in data]
    whole = (
        f"under {SHARED_LICENCE}" if may_be_shared(data) else "as the owners of these data allow"
    )
    return "\n".join([*lines, "", f"As a whole the model may be handed on {whole}."])
