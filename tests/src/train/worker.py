"""One of several processes that train the toy network: `torchrun -m ...worker FOLDER`.

For each strategy one training that is not interrupted and one that is, in step 5. Process 0 leaves
their learning curves, every process its weights, so that they can be compared.
"""

import json
import sys
from pathlib import Path

import torch

from crossmodal.compute import Runtime, prepare_runtime
from crossmodal.config.compute import Compute
from crossmodal.train.distributed import Group, join_group
from tests.src.train.toys import ToyData, ToyNetwork, make_training, settings


def train(folder: Path, strategy: str, stop: int, group: Group, runtime: Runtime) -> None:
    torch.manual_seed(group.rank)  # Process 0's weights are to be everyone's.
    network = ToyNetwork(dropout=0, norm=False)
    loop = make_training(
        folder / "checkpoint.pt",
        runtime,
        settings(strategy=strategy),
        network=network,
        data=ToyData(even=True),
        group=group,
    )
    for progress in loop.run():
        if progress.steps == stop:
            return
    torch.save(network.state_dict(), folder / f"{group.rank}.pt")
    if group.rank == 0:
        (folder / "rows.json").write_text(json.dumps(loop.progress.rows))


def main(root: Path) -> None:
    runtime = prepare_runtime(Compute(device="cpu", precision="float32", threads=1))
    with join_group(runtime) as group:
        for strategy in ("mixed", "alternate"):
            for name, stops in (("whole", [0]), ("killed", [5, 0])):
                folder = root / strategy / name
                folder.mkdir(parents=True, exist_ok=True)
                for stop in stops:
                    train(folder, strategy, stop, group, runtime)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
