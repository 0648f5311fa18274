"""What lies in data/own, for copies of the project: other scales, and retraining's work tree."""

from pathlib import Path

from crossmodal.config.own_input import FOLDER, NOTHING
from crossmodal.files import remove


def share_own_data(project: Path, copy: Path) -> list[str]:
    """Link what is in the project's data/own and not in the copy's.

    Returns:
        The .dvc files of the copy, which come from Git: DVC has to check out what they track.
    """
    (copy / NOTHING).mkdir(parents=True, exist_ok=True)
    there = copy / FOLDER
    for link in there.iterdir():
        if link.is_symlink():
            remove(link)
    tracked = sorted(path.name for path in there.glob("*.dvc"))
    for path in (project / FOLDER).glob("[!.]*"):
        if path.suffix != ".dvc" and f"{path.name}.dvc" not in tracked:
            link = there / path.name
            if not link.exists():
                link.symlink_to(path.resolve())
    return [FOLDER + name for name in tracked]
