"""How the page is started: by mistake, and for help."""

import os
import subprocess
import sys

import pytest


def start(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "crossmodal.demo", *map(str, arguments)],
        capture_output=True, text=True, timeout=60, env={**os.environ, **environment},
    )  # fmt: skip


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_wrong_port_is_refused(port):
    result = start("--port", port)
    assert result.returncode == 2 and "--port" in result.stderr and result.stdout == ""


def test_help_says_where_models_are_looked_for_and_loads_nothing():
    result = start("--help", CROSSMODAL_MODELS="elsewhere", PYTHONPROFILEIMPORTTIME="1")
    assert result.returncode == 0
    assert "elsewhere" in result.stdout and "this machine" in " ".join(result.stdout.split())
    assert "torch" not in result.stderr and "gradio" not in result.stderr


def test_a_folder_without_models_ends_in_one_line(tmp_path):
    result = start("--models", tmp_path)
    assert result.returncode == 2 and result.stdout == ""
    assert len(result.stderr.splitlines()) == 1 and "no trained models" in result.stderr
