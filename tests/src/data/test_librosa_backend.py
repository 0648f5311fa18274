"""librosa works where numba can keep nothing of what it compiles."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crossmodal.data import librosa_backend
from crossmodal.data.librosa_backend import FOLDER, is_writable, list_caches

# All that numba may then write to is the folder that the variable names.
RUN = """
from pathlib import Path
from crossmodal.data import librosa_backend
librosa_backend.is_writable = lambda folder: {writable}
librosa = librosa_backend.import_librosa()
import numpy as np
print(librosa.util.abs2(np.array([3 + 4j], np.complex64)).item())
print(librosa_backend.os.environ.get(librosa_backend.FOLDER, ""))
"""


def start(writable, place):
    environment = {key: value for key, value in os.environ.items() if key != FOLDER}
    environment |= {"NUMBA_CACHE_LOCATOR_CLASSES": "UserProvidedCacheLocator"}
    return subprocess.run(
        [sys.executable, "-c", RUN.format(writable=writable)], capture_output=True, text=True,
        env={**environment, "TMPDIR": str(place)},
    )  # fmt: skip


@pytest.mark.slow
def test_a_temporary_folder_serves_where_nothing_else_does(tmp_path):
    assert "cannot cache function" in start(True, tmp_path).stderr  # as numba does by itself
    result = start(False, tmp_path)
    assert result.returncode == 0, result.stderr
    value, folder = result.stdout.split()
    assert float(value) == 25 and Path(folder).parent == tmp_path
    assert list(tmp_path.iterdir()) == [], "gone with the process"


def test_where_something_can_be_written_nothing_is_changed(monkeypatch, tmp_path):
    monkeypatch.delenv(FOLDER, raising=False)
    monkeypatch.setattr(librosa_backend, "list_caches", lambda: [Path("/proc/x"), tmp_path / "a/b"])
    librosa_backend.import_librosa()
    assert FOLDER not in os.environ and not (tmp_path / "a").exists()


def test_caches_are_those_of_numba(monkeypatch, tmp_path):
    monkeypatch.setenv(FOLDER, str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "/here")
    first, installed, last = list_caches()
    assert (first, last) == (tmp_path, Path("/here/numba"))
    assert installed.parent.name == "core" and installed.parent.parent.name == "librosa"


def test_a_file_or_a_closed_folder_is_no_place(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    assert is_writable(tmp_path) and is_writable(tmp_path / "new/er")
    assert not is_writable(tmp_path / "file") and not is_writable(tmp_path / "file/x")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert not is_writable(tmp_path)
