#!/usr/bin/env bash
# Make the environment and install a lock file into it: install.sh PYTHON VENV LOCK
set -euo pipefail
python=$1 venv=$2 lock=$3
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    { echo "crossmodal needs Python 3.11 or newer; name it: make PYTHON=python3.11" >&2; exit 2; }
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
pip() { "$venv/bin/python" -m pip --disable-pip-version-check "$@"; }

# torch first and by pip: without a GPU the CPU build is enough and saves gigabytes. It is taken
# from the configured package index where that has it, else from PyTorch's own, else whatever
# build the index has.
torch=$(grep '^torch==' "$lock")
if ! "$venv/bin/python" -c 'import torch' 2>/dev/null; then
    if command -v nvidia-smi >/dev/null && nvidia-smi >/dev/null 2>&1; then
        pip install --quiet "$torch"
    else
        pip install --quiet "$torch+cpu" 2>/dev/null ||
            pip install --quiet "$torch" --index-url https://download.pytorch.org/whl/cpu \
                --retries 1 --timeout 10 2>/dev/null ||
            pip install --quiet "$torch"
    fi
fi
# The rest by uv, which is several times faster than pip and installs the same set.
[ -x "$venv/bin/uv" ] || pip install --quiet uv
"$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --compile-bytecode -r "$lock"
"$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --no-deps --editable .
