"""Trainings can be watched, and are what they would be if nobody watched."""

import csv
import shutil
import sys

import pytest

from crossmodal.files import sha256
from crossmodal.train.curve import Curve
from pipeline import live_curves
from pipeline.live_curves import DvcLiveLog, LiveCurve, TensorBoardLog, follow, tell_newest
from pipeline.mapping import train_autoencoder
from pipeline.paths import LOGS


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Where `.logs` may be written."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def libraries():
    """Tests that need what the extra `log` installs."""
    for name in ("tensorboard", "dvclive"):
        pytest.importorskip(name, reason="install the extra `log`")


def train(steps, curve, stop=None, look=lambda step: None):
    """A made-up training: a row every step, a validation every second one."""
    for step in range(len(curve.rows) + 1, steps + 1):
        if step == stop:
            raise KeyboardInterrupt
        curve.rows.append({"step": step, "loss": 1 / step, "speech": None if step % 2 else 0.5})
        if step % 2 == 0:
            curve.validations.append({"step": step, "score": step / 10})
        yield curve
        look(step)


def read_dvclive(folder, name):
    with (folder / f"plots/metrics/{name}.tsv").open(newline="") as file:
        return [
            (int(row["step"]), float(row[name])) for row in csv.DictReader(file, delimiter="\t")
        ]


def read_tensorboard(folder, name):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder))
    events.Reload()
    return [(each.step, each.value) for each in events.Scalars(name)]


READERS = (read_dvclive, read_tensorboard)
LOSSES = [(step, pytest.approx(1 / step)) for step in range(1, 6)]
SCORES = [(2, pytest.approx(0.2)), (4, pytest.approx(0.4))]


@pytest.mark.usefixtures("libraries")
def test_curves_are_on_disk_while_the_training_runs(tmp_path):
    seen = []

    def look(step):
        seen.append([read(tmp_path / LOGS / "stage@a" / "both", "loss") for read in READERS])

    follow("stage@a", {"both": train(5, Curve(), look=look)}, 5, "step")
    assert seen == [[LOSSES[:step], LOSSES[:step]] for step in range(1, 6)]
    for read in READERS:
        assert read(LOGS / "stage@a" / "both", "score") == SCORES
        assert [step for step, _ in read(LOGS / "stage@a" / "both", "speech")] == [2, 4]
    assert "score" in (LOGS / "stage@a/both/report.html").read_text()


@pytest.mark.usefixtures("libraries")
@pytest.mark.parametrize("saved", [0, 1, 2, 3])
def test_after_a_kill_the_curve_goes_on_without_a_step_twice(saved):
    with pytest.raises(KeyboardInterrupt):
        follow("stage", {"both": train(5, Curve(), stop=4)}, 5, "step")
    curve = Curve()
    for _ in train(saved, curve):
        pass  # what the checkpoint has
    follow("stage", {"both": train(5, curve)}, 5 - saved, "step")
    for read in READERS:
        assert read(LOGS / "stage/both", "loss") == LOSSES
        assert read(LOGS / "stage/both", "score") == SCORES


@pytest.mark.usefixtures("libraries")
def test_a_finished_part_keeps_its_curve(tmp_path):
    done = Curve()
    follow("stage", {"first": train(5, done), "second": train(2, Curve())}, 7, "step")
    follow("stage", {"first": train(5, done), "second": train(5, Curve())}, 5, "step")
    for part in ("first", "second"):
        assert read_dvclive(tmp_path / LOGS / "stage" / part, "loss") == LOSSES


@pytest.mark.parametrize("missing", [("dvclive",), ("tensorboard",), ("dvclive", "tensorboard")])
def test_a_library_that_is_not_installed_is_done_without(tmp_path, monkeypatch, capsys, missing):
    for name in [name for name in sys.modules if name.startswith("torch.utils.tensorboard")]:
        monkeypatch.delitem(sys.modules, name)
    for name in missing:
        monkeypatch.setitem(sys.modules, name, None)
    curve = Curve()
    follow("stage", {"both": train(5, curve)}, 5, "step")
    assert len(curve.rows) == 5 and "no live curve" not in capsys.readouterr().err
    if len(missing) == 2:
        assert not (tmp_path / LOGS).exists()


class Failing:
    """A log that takes two rows; the disk is full then."""

    def __init__(self, folder):
        self.rows = 0

    def write(self, step, measured):
        self.rows += 1
        if self.rows > 2:
            raise OSError(28, "No space left on device")

    def close(self):
        assert self.rows <= 2, "a log that failed is left alone"


class Refusing:
    def __init__(self, folder):
        raise RuntimeError("two\nlines")


@pytest.mark.parametrize(
    ("log", "reason"), [(Failing, "No space left on device"), (Refusing, "two lines")]
)
def test_a_log_that_fails_is_told_once_and_the_training_goes_on(monkeypatch, capsys, log, reason):
    monkeypatch.setattr(live_curves, "LIBRARIES", (log,))
    curve = Curve()
    follow("stage", {"both": train(5, curve)}, 5, "step")
    assert len(curve.rows) == 5
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"no live curve in {LOGS}/stage/both: ") and line.endswith(reason)


@pytest.mark.usefixtures("libraries")
@pytest.mark.parametrize("library", [TensorBoardLog, DvcLiveLog])
def test_a_file_in_the_folders_place_does_not_stop_a_training(tmp_path, monkeypatch, library):
    monkeypatch.setattr(live_curves, "LIBRARIES", (library,))
    (tmp_path / LOGS).touch()
    curve = Curve()
    follow("stage", {"both": train(5, curve)}, 5, "step")
    assert len(curve.rows) == 5 and (tmp_path / LOGS).is_file()


def test_an_error_of_the_training_itself_stays_one(monkeypatch):
    monkeypatch.setattr(live_curves, "LIBRARIES", ())

    def fail():
        yield Curve()
        raise ValueError("of the training")

    with pytest.raises(ValueError, match="of the training"):
        follow("stage", {"both": fail()}, 5, "step")


@pytest.mark.usefixtures("libraries")
def test_paper_as_training_leaves_the_same_bytes_watched_or_not(images, monkeypatch):
    monkeypatch.chdir(images)
    made = {}
    for libraries in (live_curves.LIBRARIES, ()):
        monkeypatch.setattr(live_curves, "LIBRARIES", libraries)
        train_autoencoder.main("double", "mlp_ae")
        paths = [*images.glob("metrics/**/*.csv"), *images.glob("data/models/**/*.*")]
        made[libraries] = {path: sha256(path) for path in paths}
        assert (images / LOGS).exists() == bool(libraries)
        for place in ("metrics", "data/models", LOGS):
            shutil.rmtree(images / place, ignore_errors=True)
    watched, unwatched = made.values()
    assert watched == unwatched and len(watched) == 5


@pytest.mark.parametrize(
    ("curve", "told"),
    [
        (Curve(), ""),
        (Curve([{"step": 1, "loss": 0.123456, "mel": 3.0}]), "loss 0.1235"),
        (Curve([{"step": 1, "loss": 2.0}], [{"step": 1, "score": -0.5}]), "loss 2, score -0.5"),
        (Curve([{"step": 1, "image": None, "mel": 2.0}], [{"step": 1, "score": 1.0}]), "score 1"),
    ],
)
def test_the_bar_tells_loss_and_score(curve, told):
    assert tell_newest(curve) == told


def test_a_curve_without_anything_opens_no_log(tmp_path):
    live = LiveCurve(tmp_path / "a")
    live.update(Curve())
    live.close()
    assert live.logs is None
