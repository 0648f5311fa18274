"""The short form of break_stages, in a process of its own: it forks."""

import os
import subprocess
import sys

import pytest


@pytest.mark.slow
def test_stages_end_well_after_kills_and_full_disks(project):
    environment = os.environ | {"PYTHONPATH": f"{project}:{project / 'src'}"}
    command = [sys.executable, "-m", "tests.pipeline.break_stages", "--rounds", "6"]
    result = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "6 of 6 ended with the same bytes" in result.stdout
