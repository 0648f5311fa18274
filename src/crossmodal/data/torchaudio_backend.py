"""torchaudio beside a CPU build of torch.

torchaudio's compiled extension is linked to CUDA, so beside a CPU build of torch a plain
`import torchaudio` raises OSError. Everything used here works without the extension: with a CPU
build its loader is told that there is none. With a CUDA build nothing is changed.
"""

import importlib.util
import sys
from functools import lru_cache
from math import gcd
from types import ModuleType

import numpy as np
import torch
from numpy.typing import NDArray

from crossmodal.errors import DataError

MOST_PHASES = 2000


def import_torchaudio() -> ModuleType:
    """Import torchaudio, without its extension where torch has no CUDA."""
    if torch.version.cuda is None and "torchaudio" not in sys.modules:
        found = importlib.util.find_spec("torchaudio")
        if found is None or found.submodule_search_locations is None:
            raise ImportError("torchaudio is not installed")
        path = f"{found.submodule_search_locations[0]}/_extension/utils.py"
        spec = importlib.util.spec_from_file_location("torchaudio._extension.utils", path)
        assert spec is not None and spec.loader is not None
        loader = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loader)
        vars(loader)["_load_lib"] = lambda name: False
        sys.modules[spec.name] = loader
    import torchaudio

    module: ModuleType = torchaudio
    return module


def resample(samples: NDArray[np.float32], rate: int, target_rate: int) -> NDArray[np.float32]:
    """Change the sample rate (Hz) of float32 [T]; the same array where the rates agree.

    Raises:
        DataError: the rates share no large divisor: the filter would need gigabytes.
    """
    if rate == target_rate:
        return samples
    if rate // gcd(rate, target_rate) > MOST_PHASES:
        raise DataError(f"{rate:,} Hz; allowed are usual sample rates, such as 44,100 Hz")
    resampled: torch.Tensor = make_resampler(rate, target_rate)(torch.from_numpy(samples))
    return resampled.numpy()


# One only: of two rates without a common divisor the filters are large.
@lru_cache(maxsize=1)
def make_resampler(rate: int, target_rate: int) -> torch.nn.Module:
    """The filters from one rate to another: making them takes as long as using them once."""
    filters: torch.nn.Module = import_torchaudio().transforms.Resample(rate, target_rate)
    return filters
