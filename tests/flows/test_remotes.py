"""What one clone pushes another pulls, from a folder, by S3 and by SSH, and computes nothing."""

import getpass
import importlib.util
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.flows.toy import DIAMOND, Toy, make_toy

pytestmark = pytest.mark.slow
START_SECONDS = 120
SSHD = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile {folder}/pid
UsePAM no
StrictModes no
Subsystem sftp internal-sftp
"""


def git(folder, *arguments):
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)


def clone(origin: Path, folder: Path) -> Toy:
    git(origin.parent, "clone", "-q", str(origin), str(folder))
    return Toy(folder)


def configure(toy: Toy, settings: dict[str, str]) -> None:
    """Say what of the remote is for this machine alone, which Git does not carry."""
    for name, value in settings.items():
        toy.dvc("remote", "modify", "--local", "share", name, value)


@pytest.fixture
def origin(tmp_path, git_settings) -> Path:
    """A repository with a graph that was never run; its clones push and pull."""
    git_settings()
    toy = make_toy(tmp_path / "made", DIAMOND)
    (toy.root / ".dvc/config").write_text("[core]\n    analytics = false\n")
    (toy.root / ".dvc/.gitignore").write_text("/config.local\n/tmp\n/cache\n")
    (toy.root / ".gitignore").write_text("/*.txt\n/fail-*\n")
    git(toy.root, "init", "-q")
    git(toy.root, "add", "-A")
    git(toy.root, "commit", "-qm", "A graph")
    git(tmp_path, "clone", "-q", "--bare", "made", "origin")
    return tmp_path / "origin"


def find_port() -> int:
    """A port that is free now."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return tried.getsockname()[1]


@contextmanager
def served(log: Path, port: int, *command: str) -> Iterator[None]:
    """A server, from when it answers to the end of the block."""
    with log.open("wb") as said, subprocess.Popen(command, stdout=said, stderr=said) as process:
        try:
            deadline = time.monotonic() + START_SECONDS
            while not answers(port):
                assert process.poll() is None and time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
            yield
        finally:
            process.terminate()


def answers(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def need(*packages: str) -> None:
    """Skip where a package of the extra `dev` is not installed."""
    for name in packages:
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed: `make test` installs it")


@pytest.fixture
def folder(tmp_path):
    return str(tmp_path / "share"), {}


@pytest.fixture
def s3(tmp_path, monkeypatch):
    """A bucket of a server that speaks S3."""
    need("dvc_s3", "moto", "flask_cors")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    port = find_port()
    address = f"http://127.0.0.1:{port}"
    command = (sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port))
    with served(tmp_path / "moto.log", port, *command):
        make_bucket = urllib.request.Request(f"{address}/crossmodal", method="PUT")
        urllib.request.urlopen(make_bucket).close()
        yield "s3://crossmodal/share", {"endpointurl": address}


@pytest.fixture
def ssh(tmp_path, origin):
    """A server of one's own, which knows one key."""
    need("dvc_ssh")
    sshd = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin")
    if not sshd:
        pytest.skip("sshd is not installed: apt install openssh-server")
    keys = tmp_path / "keys"
    keys.mkdir()
    for name in ("host", "user"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(keys / name)]
        subprocess.run(command, check=True)
    port = find_port()
    config = keys / "config"
    config.write_text(SSHD.format(port=port, folder=keys))
    tried = subprocess.run([sshd, "-t", "-f", config], capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"sshd does not start here: {tried.stderr.strip()}")
    known = Path.home() / ".ssh" / "known_hosts"
    known.parent.mkdir(mode=0o700)
    known.write_text(f"[127.0.0.1]:{port} {(keys / 'host.pub').read_text()}")
    with served(tmp_path / "sshd.log", port, sshd, "-D", "-e", "-f", str(config)):
        address = f"ssh://{getpass.getuser()}@127.0.0.1:{port}{tmp_path / 'share'}"
        yield address, {"keyfile": str(keys / "user")}


@pytest.mark.parametrize("kind", ["folder", "s3", "ssh"])
def test_a_second_clone_pulls_and_has_nothing_to_do(tmp_path, origin, kind, request):
    address, settings = request.getfixturevalue(kind)
    first = clone(origin, tmp_path / "first")
    first.dvc("remote", "add", "--default", "share", address)
    configure(first, settings)
    first.dvc("repro")
    git(first.root, "add", "-A")
    git(first.root, "commit", "-qm", "Results")
    git(first.root, "push", "-q")
    assert "pushed" in first.dvc("push", "--run-cache")

    second = clone(origin, tmp_path / "second")
    configure(second, settings)
    assert not list(second.root.glob("*.txt"))
    for stage in DIAMOND:
        (second.root / f"fail-{stage}").touch()
    second.dvc("pull", "--run-cache")
    assert (second.root / "last.txt").read_bytes() == (first.root / "last.txt").read_bytes()
    assert "Running" not in (said := second.dvc("repro")) and "up to date" in said
    assert "up to date" in second.dvc("status")
    git(second.root, "diff", "--exit-code")
