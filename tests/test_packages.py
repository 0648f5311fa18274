"""The lock files: complete, hashed, agreed; and everything imported is declared."""

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name as name_of

from tests.test_architecture import list_arrows

PYPROJECT = tomllib.loads(Path("pyproject.toml").read_text())["project"]
BASE, EXTRAS = PYPROJECT["dependencies"], PYPROJECT["optional-dependencies"]
LOCKS = {
    "requirements.lock": ("pipeline",),
    "requirements-flow.lock": ("flow",),
    "requirements-demo.lock": ("pipeline", "demo"),
    "requirements-dev.lock": tuple(EXTRAS),
}
TORCH = ("scripts/torch-cpu.lock", "scripts/torch-cuda.lock")
# What a folder's code may import beyond the base; the first that fits a file counts.
ROOMS = {
    "src/crossmodal/cli": (),
    "src/crossmodal/inference": ("photos",),
    "src/crossmodal/demo": ("demo",),
    "src": ("pipeline",),
    "pipeline": ("pipeline", "log"),
    "flows": ("flow", "dask"),
    "benchmarks": ("bench", "dev", "flow"),
    "tests": tuple(EXTRAS),
}
# What all code may import that one of these loads, however far away: who uses trained models has
# installed no more. An extra serves some inputs, and is asked for by name where it is missing.
LOADED = {
    "src/crossmodal/cli": ("photos", "numbers"),
    "src/crossmodal/inference": ("photos", "numbers"),
    "src/crossmodal/demo": ("demo",),
}
# Packages of a light install beside torch, those that it needs, and pip.
MOST = 10
ENTRY = re.compile(r"(?m)^(\S+==\S+(?: ; .+?)?)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n")
PYTHONS = ("3.11.0", "3.12.0", "3.13.0")
SYSTEMS = (("linux", "x86_64"), ("darwin", "arm64"))


@cache
def read_lock(text):
    """{package: (requirement, hashes)} of a lock file that holds nothing but hashed pins."""
    body = re.sub(r"(?m)^#.*\n", "", text)
    assert not ENTRY.sub("", body), "a line that is no pin with hashes"
    entries = [(Requirement(pin), set(hashes.split()[1::2])) for pin, hashes in ENTRY.findall(body)]
    lock = {name_of(pin.name): (pin, hashes) for pin, hashes in entries}
    assert len(lock) == len(entries)
    return lock


def declare(extras):
    """The requirements of pyproject.toml with some of its extras, and with what these include."""
    found, left = [Requirement(line) for line in BASE], list(extras)
    for extra in left:  # grows while it is walked
        for requirement in map(Requirement, EXTRAS[extra]):
            if requirement.name == "crossmodal":
                left += requirement.extras - {*left}
            else:
                found.append(requirement)
    return found


def describe(python, system, machine):
    """What markers are compared with on such a machine."""
    return {
        "python_version": python.rpartition(".")[0],
        "python_full_version": python,
        "sys_platform": system,
        "platform_system": system.capitalize(),
        "platform_machine": machine,
        "extra": "",
    }


@cache
def ask(name):
    """What the installed version of a package requires; None where it is not installed."""
    try:
        return [Requirement(line) for line in requires(name) or []]
    except PackageNotFoundError:
        return None


def find_missing(requirements, lock, environment):
    """Packages that these requirements need on such a machine and the lock has not, all the way."""
    missing, seen, left = set(), set(), [(line, {""}) for line in requirements]
    while left:
        wanted, extras = left.pop()
        name, marker = name_of(wanted.name), wanted.marker
        if (name, *sorted(wanted.extras)) in seen:
            continue
        if marker and not any(marker.evaluate(environment | {"extra": extra}) for extra in extras):
            continue
        seen.add((name, *sorted(wanted.extras)))
        pin = lock[name][0] if name in lock else None
        if pin is None or (pin.marker and not pin.marker.evaluate(environment)):
            missing.add(name)
        further = ask(name)
        assert further is not None or (pin and pin.marker), f"{name} is not installed"
        left += [(requirement, {"", *wanted.extras}) for requirement in further or []]
    return missing


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(("system", "machine"), SYSTEMS)
def test_few_packages_are_needed_to_use_a_model(python, system, machine):
    environment = describe(python, system, machine)
    torch = find_missing([Requirement("torch")], {}, environment)
    beside = find_missing(declare(()), {}, environment) - torch
    assert {"numpy", "safetensors"} < beside and len(beside) <= MOST, sorted(beside)


def find_imports(path):
    """The top names of the packages that a file imports from outside the project."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("file", LOCKS)
def test_a_lock_holds_what_pyproject_asks(file):
    lock = read_lock(Path(file).read_text())
    for wanted in declare(LOCKS[file]):
        (version,) = lock[name_of(wanted.name)][0].specifier
        assert wanted.specifier.contains(version.version), wanted


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(("system", "machine"), SYSTEMS)
@pytest.mark.parametrize("file", LOCKS)
def test_a_lock_holds_all_that_is_needed_anywhere(file, python, system, machine):
    """It is installed without looking for dependencies."""
    lock, libraries = (read_lock(Path(name).read_text()) for name in (file, TORCH[1]))
    missing = find_missing(declare(LOCKS[file]), lock, describe(python, system, machine))
    assert missing <= set(libraries)


def test_a_lock_without_a_package_of_a_package_is_noticed():
    lock = dict(read_lock(Path("requirements.lock").read_text()))
    del lock["markupsafe"], lock["pygtrie"]
    missing = find_missing(declare(["pipeline"]), lock, describe("3.11.0", "linux", "x86_64"))
    assert missing == {"markupsafe", "pygtrie"}


def test_the_four_agree():
    locks = {file: read_lock(Path(file).read_text()) for file in LOCKS}
    everything = locks["requirements-dev.lock"]
    for lock in locks.values():
        for name, (pin, hashes) in lock.items():
            assert pin.specifier == everything[name][0].specifier and hashes == everything[name][1]


def test_torch_is_the_same_in_each_build():
    cpu, cuda = (read_lock(Path(file).read_text()) for file in TORCH)
    everything = read_lock(Path("requirements-dev.lock").read_text())
    assert str(cpu["torch"][0].specifier) == f"{everything['torch'][0].specifier}+cpu"
    assert not cuda.keys() & everything.keys()
    assert not cpu["torch"][1] & everything["torch"][1]


def test_the_installer_is_locked():
    assert set(read_lock(Path("scripts/installer.lock").read_text())) == {"uv"}


@pytest.mark.parametrize(
    "line",
    [
        "tabulate==0.10.0\n",
        "--index-url https://index.example\n",
        "tabulate>=0.10 \\\n    --hash=x\n",
    ],
)
def test_a_line_without_hashes_is_noticed(line):
    text = Path("requirements.lock").read_text()
    with pytest.raises(AssertionError):
        read_lock(text + line)


@pytest.fixture(scope="module")
def owners():
    """The distributions that each importable name comes from."""
    return packages_distributions()


@pytest.mark.parametrize("room", ROOMS)
def test_everything_imported_is_declared(room, owners):
    declared = {name_of(requirement.name) for requirement in declare(ROOMS[room])}
    ours = {"crossmodal", *(Path(folder).parts[0] for folder in ROOMS)}
    for path in Path(room).rglob("*.py"):
        if next(folder for folder in ROOMS if path.is_relative_to(folder)) != room:
            continue
        for package in {*find_imports(path)} - ours - sys.stdlib_module_names:
            owned = {name_of(owner) for owner in owners.get(package, [package])}
            assert owned & declared, f"{path} imports {package}, which pyproject.toml does not name"


def find_loaded(room):
    """The files of a room and all files of the project that they import, however far away."""
    arrows = {}
    for path, target in list_arrows(Path()):
        arrows.setdefault(path, set()).add(target)
    found, left = set(), [path.as_posix() for path in Path(room).rglob("*.py")]
    for path in left:  # grows while it is walked
        if path not in found:
            found.add(path)
            left += arrows.get(path, ())
    return found


@pytest.mark.parametrize("room", LOADED)
def test_what_is_loaded_needs_nothing_that_is_not_installed(room, owners):
    declared = {name_of(requirement.name) for requirement in declare(LOADED[room])}
    files = find_loaded(room)
    assert "src/crossmodal/inference/model.py" in files
    for path in files:
        for package in {*find_imports(Path(path))} - {"crossmodal"} - sys.stdlib_module_names:
            owned = {name_of(owner) for owner in owners.get(package, [package])}
            assert owned & declared, f"{room} loads {path}, which imports {package}"
