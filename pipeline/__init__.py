"""One thin module per DVC stage: read parameters, call the library, write outputs."""

import sys
from pathlib import Path

# A stage runs the library beside it, whose files DVC hashed, whatever else is installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
