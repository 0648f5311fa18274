#!/usr/bin/env bash
# Resolve pyproject.toml's dependencies for Python 3.11 and later on any system, and write the lock
# files, each version with the hashes of its files: lock.sh PYTHON [OPTION...]
# A version that is locked stays, unless an option of `uv pip compile` says otherwise: --upgrade,
# or --upgrade-package NAME.
set -euo pipefail
python=$1
upgrades=("${@:2}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --require-hashes -r scripts/installer.lock

compile() { # FILE SOURCE OPTION...: what FILE has already is kept to
    UV_CUSTOM_COMPILE_COMMAND="make lock" "$folder/venv/bin/uv" pip compile --quiet --universal \
        --python-version 3.11 --generate-hashes --no-annotate --constraint "$folder/limits" \
        --output-file "$@" >/dev/null
}
# One version for each Python: later ones need 3.12. scikit-image reads files by it, which is never
# asked for here. (In pyproject.toml the limit would break each installation with hashes.)
echo "tifffile<=2026.3.3" >"$folder/limits"
# On Linux torch from PyPI brings CUDA, of which most machines have no use: its libraries get a
# file of their own (nvidia-ml-py is no such library; it came with dvclive). This prints their entries of a lock file, or all others.
pick() { # cuda|others FILE
    awk -v wanted="$1" '/^[a-z]/ {kind = /^(cuda-|nvidia-[^m]|triton==)/ ? "cuda" : "others"}
        /^#/ || kind == wanted' "$2"
}
find_torch() { # FILE: the version, without a build's name
    sed -En 's/^torch==([^ +]+).*/\1/p' "$1"
}

# All extras together first: the other files hold to that, so that the four agree.
cat requirements-dev.lock scripts/torch-cuda.lock >"$folder/all"
compile "$folder/all" pyproject.toml --all-extras "${upgrades[@]}"
pick cuda "$folder/all" >"$folder/torch-cuda.lock"
pick others "$folder/all" >"$folder/requirements-dev.lock"
for name in "" flow demo; do
    compile "$folder/part" pyproject.toml --extra pipeline ${name:+--extra $name} \
        --constraint "$folder/all"
    pick others "$folder/part" >"$folder/requirements${name:+-$name}.lock"
    rm "$folder/part"
done

cp scripts/installer.lock scripts/torch-cpu.lock "$folder"
echo uv | compile "$folder/installer.lock" - "${upgrades[@]}"
torch=$(find_torch "$folder/all")
if [ "$torch" != "$(find_torch scripts/torch-cpu.lock)" ]; then
    rm "$folder/torch-cpu.lock"
    echo "torch==$torch+cpu" | compile "$folder/torch-cpu.lock" - --no-deps \
        --default-index https://download.pytorch.org/whl/cpu ||
        { echo "The hashes of torch $torch's CPU builds could not be had; nothing is changed." >&2
          exit 1; }
fi
mv "$folder"/requirements*.lock .
mv "$folder"/{installer,torch-cpu,torch-cuda}.lock scripts
