#!/usr/bin/env bash
# Try both papers on a GPU, without a network, and print one table: see CONTRIBUTING.md.
#   check_gpu.sh --pack FOLDER       on a machine with a network: what the other one needs
#   check_gpu.sh [--from FOLDER]     on the machine with the GPU, in a plain checkout
#   check_gpu.sh --device cpu        the same without a GPU
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${VENV:-.venv}
python=${PYTHON:-python3}

# The locked packages without torch's own, which the machine with the GPU has.
list_packages() {
    grep -E '^[a-z]' requirements.lock | grep -Ev '^(torch|triton|nvidia-[a-z0-9-]*)==' |
        sed 's/ *\\$//'
}

pack() {
    local folder=$1 clone=$1/clone
    mkdir -p "$folder/wheels"
    "$venv/bin/python" -m pip wheel --quiet --no-deps -r <(list_packages) -w "$folder/wheels"
    # In a clone, whose cache has nothing else in it.
    rm -rf "$clone"
    git clone --quiet . "$clone"
    (python=$(realpath -s "$venv/bin/python") && cd "$clone" && "$python" -m pipeline.run_scale smoke)
    tar -cf "$folder/cache.tar" -C "$clone" .dvc/cache
    rm -rf "$clone"
}

unpack() {
    local folder=$1
    [ -x "$venv/bin/python" ] || "$python" -m venv --system-site-packages "$venv"
    "$venv/bin/python" -m pip install --quiet --no-index --no-deps --find-links "$folder/wheels" \
        -r <(list_packages)
    tar -xf "$folder/cache.tar"
}

case ${1:-} in
    --pack) pack "${2:?name a folder}"; exit ;;
    --from) unpack "${2:?name a folder}"; shift 2 ;;
esac
export PATH="$PWD/$venv/bin:$PATH" PYTHONPATH="$PWD/src:$PWD"
exec "$venv/bin/python" -m benchmarks.check_device "$@"
