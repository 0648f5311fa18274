"""One thin module per DVC stage: read parameters, call the library, write outputs."""

import sys
from pathlib import Path

# A stage runs the library beside it, whose files DVC hashed, whatever else is installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from crossmodal.errors import MissingExtra, check_extra

try:
    check_extra("pipeline", "dvc", "the pipeline")
except MissingExtra as error:
    sys.exit(f"{error}; or `make repro`, which installs the locked versions")
