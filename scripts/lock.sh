#!/usr/bin/env bash
# Resolve pyproject.toml's dependencies in a new environment and write the lock files.
set -euo pipefail
python=${1:-python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder"
"$folder/bin/python" -m pip install --quiet uv
"$folder/bin/python" -m pip install --quiet "$(grep '^torch==' requirements.lock)"
freeze() { # FILE OPTION...: install and write the pins, without the build's local version
    file=$1
    shift
    "$folder/bin/uv" pip install --quiet --python "$folder/bin/python" -r pyproject.toml "$@"
    { echo "# Written by \`make lock\` from pyproject.toml, on Python 3.11."
      "$folder/bin/uv" pip freeze --python "$folder/bin/python" |
          grep -vE '^(crossmodal|uv|pip)\b' | sed -E 's/\+cpu$//'; } >"$file"
}
freeze requirements.lock
freeze requirements-flow.lock --extra flow
freeze requirements-dev.lock --extra flow --extra dask --extra dev
