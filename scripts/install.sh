#!/usr/bin/env bash
# Make the environment and install a lock file into it: install.sh PYTHON VENV LOCK
# Nothing is installed that has none of the hashes in the lock files.
set -euo pipefail
python=$1 venv=$2 lock=$3
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    { echo "crossmodal needs Python 3.11 or newer; name it: make PYTHON=python3.11" >&2; exit 2; }
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
pip() {
    "$venv/bin/python" -m pip --disable-pip-version-check install --quiet --no-deps \
        --require-hashes "$@"
}
# By uv, which is several times faster than pip. A lock file names all that is needed.
sync() {
    "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --no-deps "$@"
}
pip -r scripts/installer.lock

# Without a GPU torch's CPU build is enough and saves gigabytes. It is taken from the configured
# package index where that has it (pip reads its settings, uv does not), else from PyTorch's own.
# Where neither has it, and with a GPU, it is PyPI's build, which on Linux needs CUDA's libraries.
install_cpu_torch() {
    local messages
    messages=$(pip -r scripts/torch-cpu.lock 2>&1) ||
        messages=$(pip -r scripts/torch-cpu.lock --retries 1 --timeout 10 \
            --index-url https://download.pytorch.org/whl/cpu 2>&1) || {
            [[ $messages != *HASHES* ]] || { echo "$messages" >&2; exit 1; }
            return 1
        }
}
torch=$(sed -En 's/^torch==([^ ]+).*/\1/p' "$lock")
installed=$("$venv/bin/python" -c 'from importlib.metadata import version; print(version("torch"))' \
    2>/dev/null) || installed=none
if [ "${installed%+*}" != "$torch" ] && [ "$(uname -s)" = Linux ]; then
    if nvidia-smi >/dev/null 2>&1; then
        sync --require-hashes -r scripts/torch-cuda.lock
    elif ! install_cpu_torch; then
        echo "No CPU build of torch $torch is in reach: the one with CUDA is taken, 3 GB more." >&2
        sync --require-hashes -r scripts/torch-cuda.lock
    fi
fi
# The few packages that have to be built are built with the locked setuptools, too.
sync --require-hashes --compile-bytecode -r "$lock" --build-constraints "$lock"
sync --no-build-isolation --editable .
