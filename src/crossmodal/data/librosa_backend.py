"""librosa where nothing can be written beside it.

numba keeps what it compiles for librosa beside librosa's files, else in the user's cache; where
neither can be written, as in a read-only container, it refuses to work. Then a temporary folder
serves, for as long as the process lives.
"""

import atexit
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path
from types import ModuleType

FOLDER = "NUMBA_CACHE_DIR"


def import_librosa() -> ModuleType:
    """Import librosa; raises OSError where not even a temporary folder can be made."""
    if not any(map(is_writable, list_caches())):
        # Of a name that nobody can foresee: what lies in such a cache is run.
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="crossmodal-numba-")
        atexit.register(shutil.rmtree, os.environ[FOLDER], ignore_errors=True)
    import librosa

    return librosa


def list_caches() -> list[Path]:
    """Where numba tries to keep what it compiles."""
    caches = [Path(os.environ[FOLDER])] if os.environ.get(FOLDER) else []
    found = importlib.util.find_spec("librosa")
    if found is not None and found.origin is not None:
        caches.append(Path(found.origin).with_name("core") / "__pycache__")
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111
    return [*caches, Path(home) / "numba"]


def is_writable(folder: Path) -> bool:
    """Whether files can be made in a folder, which may have to be made itself."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
