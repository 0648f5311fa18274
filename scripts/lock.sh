#!/usr/bin/env bash
# Resolve pyproject.toml's dependencies and write the lock files, each in a new environment, so that
# a file holds what its extras need and no more. What an earlier file pins, the later ones keep.
set -euo pipefail
python=${1:-python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
written=()
freeze() { # FILE EXTRA...: install and write the pins, without the build's local version
    file=$1 environment=$folder/$1 options=()
    shift
    for extra in "$@"; do options+=(--extra "$extra"); done
    for lock in "${written[@]}"; do options+=(--constraint "$lock"); done
    "$python" -m venv "$environment"
    "$environment/bin/python" -m pip install --quiet uv "$(grep '^torch==' requirements.lock)"
    "$environment/bin/uv" pip install --quiet --python "$environment/bin/python" \
        -r pyproject.toml "${options[@]}"
    { echo "# Written by \`make lock\` from pyproject.toml, on Python 3.11."
      "$environment/bin/uv" pip freeze --python "$environment/bin/python" |
          grep -vE '^(crossmodal|uv|pip)\b' | sed -E 's/\+cpu$//'; } >"$folder/pins"
    cp "$folder/pins" "$file"
    written+=("$file")
}
freeze requirements.lock
freeze requirements-flow.lock flow
freeze requirements-demo.lock demo
freeze requirements-dev.lock flow dask demo dev bench
