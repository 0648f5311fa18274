"""Where a result comes from: commit, parameters, packages, kind of machine.

Nothing in it names a person's computer, and nothing in it differs from run to run.
"""

import hashlib
import json
import platform
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import yaml

from crossmodal.config.skipmodal.runs import SkipModalRuns
from pipeline.git import GitError, run_git

# What decides a result.
SOURCES = ("src", "pipeline", "params.yaml", "dvc.yaml", "requirements.lock")
# No stage uses these.
BESIDE = (":(exclude)src/crossmodal/cli", ":(exclude)src/crossmodal/demo")
PACKAGES: tuple[str, ...] = (
    *("torch", "torchaudio", "numpy", "librosa", "gensim", "hibari-tts", "soundfile"),
    *("webdataset", "pyarrow", "pandas", "safetensors", "dvc"),
    *("faster-whisper", "jiwer", "pycocoevalcap"),
)
PRETRAINED = ("pretrained image encoder", "EfficientNet-Lite0, ImageNet weights, Apache-2.0")
DIGITS = ("digits", "MNIST, by Y. LeCun, C. Cortes and C. Burges")
VOICES = {
    "hibari": "hibari, Apache-2.0",
    "fsdd": "digits: Free Spoken Digit Dataset, CC BY-SA 4.0; colours: hibari, Apache-2.0",
}
UNKNOWN, ABSENT = "unknown", "absent"
Row = tuple[str, str]


@dataclass(frozen=True)
class Origin:
    """The last commit that changed what decides a result, and how the files here differ from it.

    commit: 40 hexadecimal digits, or 'unknown'. changed: whether code (in a scale's workspace,
    which has parameters of its own) or also parameters differ. defaults: the parameters of the
    commit, None where it is unknown.
    """

    commit: str
    changed: bool
    defaults: Mapping[str, Any] | None


NOWHERE = Origin(UNKNOWN, False, None)


def find_origin(folder: Path) -> Origin:
    """The origin of the project's files in `folder`; unknown without Git or outside a work tree.

    The workspace of a scale is a copy of the project's code inside the project, where Git does not
    look. Its commit is that of the project around it, provided that the code is the same.
    """
    try:
        return read_origin(folder.resolve())
    except GitError:
        return NOWHERE


def read_origin(folder: Path) -> Origin:
    """The same where Git answers.

    Raises:
        GitError: it does not.
    """
    project = find_project(folder)
    commit = run_git(project, "log", "-1", "--format=%H", "--", *SOURCES, *BESIDE)
    copied = project != folder
    compared = [name for name in SOURCES if not (copied and name == "params.yaml")]
    changed = differs(folder, project, [*compared, *BESIDE])
    if not commit or (copied and changed):
        return NOWHERE
    return Origin(commit, changed, read_yaml(run_git(project, "show", f"{commit}:./params.yaml")))


def find_project(folder: Path) -> Path:
    """`folder`, or the nearest one above, that Git knows as a project's; perhaps a larger
    repository's part.

    Raises:
        GitError: there is none.
    """
    for place in (folder, *folder.parents):
        if run_git(place, "ls-files", "dvc.yaml"):
            return place
    raise GitError(f"Git knows no dvc.yaml in {folder} nor above it")


def differs(folder: Path, project: Path, names: list[str]) -> bool:
    """Whether anything of `names` in `folder` is not as the project's last commit has it."""
    tree = run_git(project, "rev-parse", "HEAD:./")
    repository = run_git(project, "rev-parse", "--absolute-git-dir")
    place = (f"--git-dir={repository}", f"--work-tree={folder}")
    with tempfile.TemporaryDirectory() as temporary:
        # An index of its own, so that neither the project's nor where it lies in its repository
        # matters.
        index = str(Path(temporary) / "index")
        run_git(folder, *place, "read-tree", tree, GIT_INDEX_FILE=index)
        changed = run_git(
            folder, *place, "diff", "--name-only", tree, "--", *names, GIT_INDEX_FILE=index
        )
        others = ("ls-files", "--others", "--exclude-standard", "--", *names)
        return bool(changed or run_git(folder, *place, *others, GIT_INDEX_FILE=index))


def read_yaml(text: str | None) -> Mapping[str, Any] | None:
    """A mapping from YAML; None where it is none."""
    try:
        values = yaml.safe_load(text or "")
    except yaml.YAMLError:
        return None
    return values if isinstance(values, dict) else None


def hash_params(params: Mapping[str, Any]) -> str:
    """SHA-256 of the parameters as JSON with sorted keys: comments and layout do not count."""
    return hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()


def flatten(values: Any, name: str = "") -> Iterator[Row]:
    """(dotted name, value as text) of every parameter."""
    if isinstance(values, Mapping):
        for key, value in values.items():
            yield from flatten(value, f"{name}.{key}" if name else str(key))
    else:
        yield name, show(values)


def show(value: Any) -> str:
    """A parameter's value; where somebody's files lie is not told."""
    if isinstance(value, str) and ("/" in value or "\\" in value):
        return "(a path of one's own)"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def list_changes(defaults: Mapping[str, Any] | None, params: Mapping[str, Any]) -> list[Row]:
    """(dotted name, 'before → after') of every parameter that differs from `defaults`."""
    if defaults is None:
        return [(UNKNOWN, "there is no commit to compare with")]
    # Of a page's own sections: those of the other paper are not among its parameters.
    known = {name: value for name, value in defaults.items() if name in params}
    before, after = dict(flatten(known)), dict(flatten(params))
    every = {name: (before.get(name, ABSENT), after.get(name, ABSENT)) for name in before | after}
    return [(name, f"{old} → {new}") for name, (old, new) in every.items() if old != new]


def tell(values: Mapping[str, Any]) -> str:
    """A mapping in one line."""
    return ", ".join(f"{name} {value}" for name, value in values.items())


def describe_run(
    params: Mapping[str, Any], origin: Origin, images: Mapping[str, int]
) -> dict[str, list[Row]]:
    """Heading -> (name, value) pairs: what made a page, in a reader's words.

    Args:
        images: 'training images, double' -> how many there are.
    """
    seeds = [(name, value) for name, value in flatten(params) if "seed" in name]
    epochs = params["train_autoencoder"]["epochs"].items()
    own = {
        "Data": [
            *[(kind, f"{count:,}") for kind, count in images.items()],
            ("digit pairs never trained on", " ".join(params["synthesize_images"]["held_out"])),
            DIGITS,
            ("text", "Wikipedia, CC BY-SA 4.0"),
            ("voice", VOICES[params["speak_words"]["voice"]]),
        ],
        "Seeds and epochs": seeds + [(f"epochs, {dataset}", tell(e)) for dataset, e in epochs],
    }
    return frame(params, origin, own)


def describe_skipmodal(
    params: Mapping[str, Any], origin: Origin, data: Sequence[Row], settings: SkipModalRuns
) -> dict[str, list[Row]]:
    """The same for paper B's page; `data`: what there is of it."""
    held_out = params["held_out"]["test"]
    own = params["shard_captions"]["folder"] or params["shard_speech"]["folder"]
    known = [
        ("digits never alone in training", ", ".join(held_out["singles"])),
        ("digit pairs never in training", " ".join(held_out["pairs"])),
        ("never together, split binding", ", ".join(params["held_out"]["bindings"])),
        DIGITS,
        ("voice", VOICES["hibari"]),
    ]
    return frame(
        params,
        origin,
        {
            "Data": [
                *data,
                *([] if own else known),
                *([PRETRAINED] if settings.runs.embedded else []),
                ("recogniser", "Whisper tiny.en, MIT"),
            ],
            "Runs": [*list_trainings(settings), ("post_net", tell_steps(params["train_post_net"]))],
        },
    )


def list_trainings(settings: SkipModalRuns) -> Iterator[Row]:
    """(run, its steps) of every training of paper B."""
    for run in settings.runs.all:
        if run in settings.runs.cyclegans:
            yield run, tell_steps(settings.cyclegan.model_dump())
            continue
        parts = settings.settle(run).parts.items()
        steps = {part: tell_steps(training.model_dump()) for part, training in parts}
        yield (
            run,
            steps["both"]
            if "both" in steps
            else "; ".join(f"{part.replace('_', '-')} {told}" for part, told in steps.items()),
        )


def tell_steps(training: Mapping[str, Any]) -> str:
    """How long a training takes."""
    size = training.get("batching", training)["batch_size"]
    return f"{training['running']['steps']:,} steps of {size}"


def frame(
    params: Mapping[str, Any], origin: Origin, own: Mapping[str, list[Row]]
) -> dict[str, list[Row]]:
    """What a page has of its own between what all have: code, parameters, machine, packages."""
    return {
        "Code and parameters": [
            ("commit", origin.commit + (", and uncommitted changes" if origin.changed else "")),
            ("parameters, SHA-256", hash_params(params)),
        ],
        "Parameters that differ from the commit’s": list_changes(origin.defaults, params),
        **own,
        "Machine": [*list_machine(), *flatten(params["compute"])],
        "Packages": [(name, find_version(name)) for name in PACKAGES],
    }


def find_version(package: str) -> str:
    """The installed version."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def list_machine() -> list[Row]:
    """(name, value) of the kind of machine, not of this one."""
    return [
        ("processor", platform.machine()),
        ("system", platform.system()),
        ("Python", platform.python_version()),
    ]
