"""Device, precision and threads: set once at the start of a training or evaluation."""

import os
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from threadpoolctl import threadpool_limits

from crossmodal.config.compute import Compute
from crossmodal.errors import ParameterError

KEPT_BYTES = 2**25 - 2**16  # just below the largest threshold that glibc accepts
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True)
class Runtime:
    """Where networks run and in which precision."""

    device: torch.device
    dtype: torch.dtype

    def autocast(self) -> AbstractContextManager[None]:
        """Automatic mixed precision; does nothing for float32."""
        enabled = self.dtype != torch.float32
        return torch.autocast(self.device.type, self.dtype, enabled=enabled)

    def generator(self, seed: int) -> torch.Generator:
        """A seeded source of random numbers on the device."""
        return torch.Generator(self.device).manual_seed(seed)


def prepare_runtime(config: Compute) -> Runtime:
    """Set thread counts and deterministic kernels for the whole process.

    Raises:
        ParameterError: the device is not there.
    """
    available = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if not available[config.device]:
        names = ", ".join(name for name, there in available.items() if there)
        raise ParameterError(f"compute.device = {config.device!r}; available here: {names}")
    # cuBLAS is deterministic only with a fixed workspace.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_num_threads(config.threads)
    threadpool_limits(config.threads)
    # Moments of weights that no longer learn decay into numbers below 1e-38, which the processor
    # handles so slowly that trainings took up to 1.6 times as long.
    torch.set_flush_denormal(True)
    # A large block freed once makes glibc keep freed memory; it would return what every step
    # frees to the kernel, and fault it in again, for up to a fifth of the time.
    torch.empty(KEPT_BYTES, dtype=torch.uint8)
    # The same switch as use_deterministic_algorithms, which would import the compiler (1 s).
    torch.set_deterministic_debug_mode("error")
    # With it torch fills memory that it is about to overwrite: 5 % of a training step, same bits.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    return Runtime(torch.device(config.device), DTYPES[config.precision])
