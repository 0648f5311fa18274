"""What the machine refuses ends in one line and exit code 1; a bug keeps its traceback."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from crossmodal.errors import ParameterError
from pipeline import stage
from pipeline.failures import explain, reported, tell_size


def refuse(number: int, path: Path | None = None) -> OSError:
    return OSError(number, os.strerror(number), *([str(path)] if path else []))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_names_the_folder_and_what_is_free(tmp_path, monkeypatch, number):
    monkeypatch.chdir(tmp_path)
    usage = {tmp_path: 5 * 2**20}
    monkeypatch.setattr(
        "shutil.disk_usage", lambda folder: type("Usage", (), {"free": usage.get(folder, 2**40)})
    )
    said = explain(refuse(number))
    assert said.startswith(
        f"no space left: 5 MiB are free (or less by your quota) where {tmp_path}"
    )
    assert "`make gc`" in said and "\n" not in said
    usage[tmp_path / "full"] = 0
    (tmp_path / "full").mkdir()
    assert f"0 bytes are free (or less by your quota) where {tmp_path / 'full'} is" in explain(
        refuse(number, tmp_path / "full" / "file")
    )


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("I/O error: No space left on device (os error 28)"),
        RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 704 vs 598"),
    ],
)
def test_libraries_errors_of_a_full_disk_are_known(error):
    assert explain(error).startswith("no space left")


def test_what_torch_says_when_its_file_cannot_grow_is_known():
    import torch

    with pytest.raises(RuntimeError) as refused:
        torch.save(torch.zeros(10**6), "/dev/full")
    assert explain(refused.value).startswith("no space left")


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("CUDA out of memory"), refuse(errno.ENOMEM)]
)
def test_memory_says_what_to_do(error):
    assert explain(error).startswith("out of memory (") and "smaller batches" in explain(error)


def test_permission_names_the_path(tmp_path):
    assert explain(refuse(errno.EACCES, tmp_path)) == (
        f"Permission denied: {tmp_path}: you need the right to write and read there"
    )
    assert str(tmp_path) in explain(refuse(errno.EMFILE, tmp_path))


def test_a_mistake_keeps_its_exit_code_and_a_bug_its_traceback(capsys):
    for error, code in ((ParameterError("wrong"), 2), (refuse(errno.EROFS), 1)):
        with pytest.raises(SystemExit) as ended, reported("train"):
            raise error
        assert ended.value.code == code
        assert capsys.readouterr().err.startswith("train: ")
    with pytest.raises(KeyError), reported("train"):
        raise KeyError("bug")
    with pytest.raises(RuntimeError), reported("train"):
        raise RuntimeError("shapes do not fit")


def test_sizes_are_told_in_a_unit_that_suits_them():
    assert [tell_size(n) for n in (0, 1023, 2048, 2.5 * 2**30)] == [
        "0 bytes", "1023 bytes", "2 KiB", "2.5 GiB",
    ]  # fmt: skip


@pytest.mark.parametrize(("target", "code"), [("/dev/full", 1), (None, 0)])
def test_output_that_cannot_be_written_or_is_closed(project, target, code):
    program = "from pipeline.failures import reported\nwith reported('x'): print('said')"
    redirect = f">{target}" if target else ">&-"
    done = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -c "{program}" {redirect}'],
        env={**os.environ, "PYTHONPATH": f"{project}:{project / 'src'}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode in ({code} if code == 0 else {1, 120})
    assert "Traceback" not in done.stderr


def test_a_stage_that_fills_the_disk_leaves_no_time(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["train.py"])

    def main() -> None:
        raise refuse(errno.ENOSPC)

    with pytest.raises(SystemExit) as ended:
        stage.run(main)
    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert said.startswith("train: no space left") and said.count("\n") == 1
    assert not (tmp_path / ".timings").exists()
