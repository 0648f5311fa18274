"""Kill stages and fill their disk at random moments; the same command then gives the same bytes.

    python -m tests.pipeline.break_stages --rounds 40

makes small inputs in a temporary folder and runs some stages once undisturbed. Each round starts
one of them from nothing and kills it, up to three times, or lets its disk run full; then the
command is left alone and must leave the undisturbed run's bytes and nothing half-made. Disks are
file systems in memory, which only root may mount; elsewhere stages are only killed.
"""

import argparse
import os
import random
import runpy
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from crossmodal.files import remove, sha256

PROJECT = Path(__file__).resolve().parents[2]
MODULES = {
    "shard_captions": "pipeline.skipmodal.shard_captions",
    "shard_speech": "pipeline.skipmodal.shard_speech",
    "train_post_net": "pipeline.skipmodal.train_post_net",
    "train_skipmodal --run paper-0": "pipeline.skipmodal.train_skipmodal",
    "train_autoencoder --dataset double --model mlp_ae": "pipeline.mapping.train_autoencoder",
}
WATCHED = ("data", "metrics")
DISK = 400  # MiB
PATIENCE = 300.0  # seconds


@dataclass
class Breaker:
    """Breaks stages in the workspace `folder`; `full`: whether its disk may be filled."""

    folder: Path
    chance: random.Random
    full: bool

    def prepare(self) -> None:
        """Make the inputs; then run each stage, and note its outputs, seconds and bytes."""
        code, errors = run_forked(lambda: make_inputs(self.folder))
        assert code == 0, errors
        inputs = self.files()
        self.made, self.seconds, self.bytes = {}, {}, {}
        for command in MODULES:
            before, started, free = self.files(), time.monotonic(), self.free()
            code, errors = self.run(command)
            assert code == 0, errors
            self.seconds[command] = time.monotonic() - started
            self.bytes[command] = free - self.free()
            new = {path: value for path, value in self.files().items() if path not in before}
            self.made[command] = new
        assert all(self.made.values()) and inputs

    def files(self) -> dict[Path, str]:
        """The SHA-256 of each file that a stage reads or writes."""
        paths = (path for top in WATCHED for path in (self.folder / top).rglob("*"))
        return {path: sha256(path) for path in paths if path.is_file()}

    def free(self) -> int:
        return shutil.disk_usage(self.folder).free

    def run(self, command: str, after: Callable[[int], None] | None = None) -> tuple[int, str]:
        return run_forked(lambda: run_stage(self.folder, command), after)

    def forget(self, command: str) -> None:
        """What DVC does before it starts a stage; and what makes it start from nothing."""
        for path in self.made[command]:
            path.unlink(missing_ok=True)
        remove(self.folder / ".checkpoints")

    def play(self, command: str) -> str:
        """One round; says what was done, "" where the stage ended before that."""
        whole = self.files()
        self.forget(command)
        fill = self.full and self.chance.random() < 0.5
        said = self.fill_disk(command) if fill else self.kill(command)
        code, errors = self.run(command)
        assert code == 0, f"{command} after {said}: exit code {code}: {errors}"
        assert self.files() == whole, f"{command} after {said}: other bytes"
        left = [path for path in self.folder.rglob(".tmp-*")]
        assert not left, f"{command} after {said}: {left} is left"
        return said

    def kill(self, command: str) -> str:
        """Kill the stage, up to three times, each start after the other."""
        moments = []
        for _ in range(self.chance.randint(1, 3)):
            moment = self.chance.uniform(0, self.seconds[command])

            def end(child: int, moment: float = moment) -> None:
                time.sleep(moment)
                os.kill(child, signal.SIGKILL)

            if self.run(command, end)[0] == -signal.SIGKILL:
                moments.append(f"{moment:.2f} s")
        return f"killed after {', '.join(moments)}" if moments else ""

    def fill_disk(self, command: str) -> str:
        """Leave room for a part of what the stage writes."""
        ballast = self.folder / "ballast"
        left = self.chance.randrange(max(1, int(0.9 * self.bytes[command])))
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, self.free() - left)
        code, errors = self.run(command)
        ballast.unlink()
        if code == 0:
            return ""
        assert code > 0, f"{command} with {left} bytes left: ended by signal {-code}"
        assert "Traceback" not in errors, f"{command} with {left} bytes left: {errors}"
        return f"its disk had {left:,} bytes left: {errors.strip().splitlines()[-1]}"


def run_forked(work: Callable[[], None], after: Callable[[int], None] | None = None):
    """Do the work in a process of its own, which has imported already: (exit code, errors).

    `after` is given the process's number once it has begun.
    """
    with tempfile.TemporaryFile("w+") as errors:
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            os.dup2(errors.fileno(), 2)
            code = 1
            try:
                work()
                code = 0
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
            except BaseException:
                sys.excepthook(*sys.exc_info())
            finally:
                sys.stderr.flush()
                os._exit(code)
        if after is not None:
            after(child)
        deadline = time.monotonic() + PATIENCE
        while (ended := os.waitpid(child, os.WNOHANG))[0] == 0:
            if time.monotonic() > deadline:
                os.kill(child, signal.SIGKILL)
            time.sleep(0.01)
        errors.seek(0)
        return os.waitstatus_to_exitcode(ended[1]), errors.read()


def run_stage(folder: Path, command: str) -> None:
    """A stage as DVC starts it, in this process."""
    os.chdir(folder)
    name, *options = command.split()
    sys.argv = [f"{name}.py", *options]
    warnings.filterwarnings("ignore", "'pipeline.* found in sys.modules", RuntimeWarning)
    runpy.run_module(MODULES[command], run_name="__main__", alter_sys=True)


def make_inputs(folder: Path) -> None:
    """Parameters, digit scenes, sentences, pairs, plan, and images of double digits."""
    from crossmodal.config.mapping.images import SynthesizeImages
    from crossmodal.data.mapping.synthesis import synthesize
    from pipeline.skipmodal import plan_skipmodal
    from tests.conftest import make_digits
    from tests.pipeline.skipmodal.small_pairs import write_pairs
    from tests.pipeline.skipmodal.tiny_skipmodal import tiny_params

    params = tiny_params(PROJECT)
    params["train_autoencoder"] |= {"checkpoint_images": 1}
    params["train_autoencoder"]["epochs"]["double"]["mlp_ae"] = 3
    params["synthesize_images"] |= {"shard_size": 128, "block_size": 32}
    params["synthesize_images"]["counts"]["double"] = {"train_per_pair": 4, "held_out_per_pair": 4}
    running = {"steps": 12, "log_steps": 2, "checkpoint_steps": 2, "validation_steps": 6}
    params["train_post_net"]["running"] |= running
    params["skipmodal"]["architectures"]["paper"]["training"]["running"] |= running
    os.chdir(folder)
    Path("params.yaml").write_text(yaml.safe_dump(params))
    digits = make_digits(1), make_digits(2)
    images = SynthesizeImages.parse(params["synthesize_images"], "synthesize_images")
    for _ in synthesize(Path("data/images/double"), "double", *digits, images):
        pass
    write_pairs(params, digits)
    plan_skipmodal.main()
    shutil.rmtree("data/pairs")


def mount(folder: Path) -> bool:
    """Whether a small disk in memory could be put there."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}m", "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True).returncode == 0


def break_stages(folder: Path, rounds: int, seed: int) -> int:
    """Play so many rounds; how many of them filled a disk.

    Raises:
        AssertionError: one ended otherwise than the undisturbed run.
    """
    # Imported before forking; only the stages' own modules run again.
    for module in MODULES.values():
        __import__(module)
    full = mount(folder)
    try:
        breaker = Breaker(folder, random.Random(seed), full)
        breaker.prepare()
        for name, seconds in breaker.seconds.items():
            print(f"undisturbed: {name}: {seconds:.1f} s", flush=True)
        done = filled = 0
        while done < rounds:
            command = breaker.chance.choice(list(MODULES))
            if said := breaker.play(command):
                done += 1
                filled += said.startswith("its disk")
                print(f"{done}: {command}: {said}", flush=True)
    finally:
        if full:
            subprocess.run(["umount", "--lazy", folder], check=True)
    print(f"{done} of {rounds} ended with the same bytes; {filled} of these had a full disk")
    return filled


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.pipeline.break_stages")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    # So that the disk is taken away again.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="break-stages-") as folder:
        break_stages(Path(folder), options.rounds, options.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
