"""Data-parallel training: R processes, each with its slice of every batch, as one process.

Started by `torchrun --nproc-per-node R`; gloo joins processes on CPUs, NCCL those on GPUs. What
differs from one process:

- Every process has the same number of items, and gradients and losses are the mean of the
  processes' means. A loss averaged over characters or frames weighs those of a slice with few of
  them more than one process would. Where all items are of one length only rounding differs (1e-5 of
  a loss); for lengths from 100 to 800, 8 items and two processes, 0.07 % of a loss on average and
  at most 0.6 % with 16 batches to a bucket, 1.2 % and 10 % without buckets.
- PyTorch's own batch normalization layers are synchronized on GPUs. For CPUs, and for layers of our
  own, there is no such thing: each process normalizes over its slice, and running statistics are
  those of process 0.
- Dropout is drawn from (seed, step, process).
"""

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError, ProcessFailure
from torch.distributed.launcher.api import LaunchConfig, elastic_launch
from torch.nn.parallel import DistributedDataParallel

from crossmodal.compute import Runtime
from crossmodal.errors import ParameterError, UserError

PATIENCE = timedelta(hours=2)  # the others wait while process 0 validates


@dataclass(frozen=True)
class Group:
    """This process's number among `world` processes; 0 is the one that writes files."""

    rank: int = 0
    world: int = 1

    def average(self, values: Tensor) -> Tensor:
        """The mean over all processes, in all of them."""
        if self.world > 1:
            dist.all_reduce(values)
            values = values / self.world
        return values

    def wrap(self, network: nn.Module, runtime: Runtime) -> nn.Module:
        """The network with gradients averaged over all processes; alone, the network itself.

        Weights start as those of process 0. A step may leave parameters unused (alternating
        batches do).
        """
        if self.world == 1:
            return network
        if runtime.device.type == "cuda":
            network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
        return DistributedDataParallel(network, find_unused_parameters=True)


ALONE = Group()


def is_started() -> bool:
    """Whether torchrun has started this process."""
    return "WORLD_SIZE" in os.environ


def start_processes(count: int, runtime: Runtime, module: str, arguments: Sequence[str]) -> None:
    """Run a module in `count` processes, as torchrun would; one device each on GPUs.

    Not by torchrun's own command line, which takes arguments of the module for its own.

    Raises:
        ParameterError: there are fewer devices.
        UserError: a process failed or was killed; the others have been ended.
    """
    kind = runtime.device.type
    if kind != "cpu" and (kind != "cuda" or torch.cuda.device_count() < count):
        there = torch.cuda.device_count() if kind == "cuda" else 1
        raise ParameterError(f"{count} processes need {count} devices; there are {there} of {kind}")
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=count,
        run_id=str(os.getpid()),
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        max_restarts=0,
    )
    try:
        elastic_launch(config, sys.executable)("-m", module, *arguments)
    except ChildFailedError as error:
        rank, failure = find_cause(error.failures)
        code = failure.exitcode
        how = f"failed, exit code {code}" if code > 0 else f"was killed by {failure.signal_name()}"
        raise UserError(
            f"process {rank} of {count} (counted from 0) {how}; what it said is above. The next "
            "run goes on from the last checkpoint"
        ) from None


def find_cause(failures: dict[int, ProcessFailure]) -> tuple[int, ProcessFailure]:
    """Which process failed by itself, and how.

    Others' connection to one that was killed breaks, so they may fail before it is found dead; and
    torch's launcher ends with SIGTERM those that are left.
    """

    def order(item: tuple[int, ProcessFailure]) -> tuple[bool, bool, int]:
        code = item[1].exitcode
        return code == -signal.SIGTERM, code > 0, item[1].timestamp

    return min(failures.items(), key=order)


@contextmanager
def join_group(runtime: Runtime) -> Iterator[Group]:
    """Join the processes that torchrun started; alone where it did not start this one.

    Raises:
        ParameterError: torchrun's environment is incomplete, or the device cannot be shared.
    """
    if not is_started():
        yield ALONE
        return
    kind = runtime.device.type
    if kind not in ("cpu", "cuda"):
        raise ParameterError(f"compute.device = {kind!r}: torchrun needs cpu or cuda")
    if kind == "cuda":
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    try:
        dist.init_process_group("nccl" if kind == "cuda" else "gloo", timeout=PATIENCE)
    except (ValueError, RuntimeError) as error:
        raise ParameterError(
            f"the processes of torchrun cannot find each other: {error}; start them by torchrun"
        ) from None
    try:
        yield Group(dist.get_rank(), dist.get_world_size())
    finally:
        dist.destroy_process_group()
