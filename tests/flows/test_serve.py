"""`make serve` as a person sees it: deployments, a run by the worker, the pages in a browser."""

import shutil
import socket
import subprocess
import time

import pytest
from prefect.artifacts import create_image_artifact
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Running

from flows.serve import mark_crashed, serve
from tests.flows.toy import DIAMOND, make_toy

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
RUN_SECONDS = 120

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(tmp_path_factory, project):
    """The address of a server with a worker for a generated graph, and a database of its own."""
    toy = make_toy(tmp_path_factory.mktemp("served") / "toy", DIAMOND)
    for name in ("flows", "pipeline", "src", "prefect.yaml", "prefect.toml"):
        (toy.root / name).symlink_to(project / name)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(toy.root)
        patch.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
        address = f"http://127.0.0.1:{port}"
        with serve("127.0.0.1", port), temporary_settings({PREFECT_API_URL: f"{address}/api"}):
            yield address


@pytest.fixture(scope="module")
def client(served):
    with get_client(sync_client=True) as client:
        yield client


@pytest.fixture(scope="module")
def run(client: SyncPrefectClient) -> FlowRun:
    """A run of the on-demand deployment, ended."""
    deployment = client.read_deployment_by_name("run-graph/on-demand")
    run = client.create_flow_run_from_deployment(deployment.id, parameters={"workers": 2})
    until = time.monotonic() + RUN_SECONDS
    while not run.state.is_final() and time.monotonic() < until:
        time.sleep(0.5)
        run = client.read_flow_run(run.id)
    return run


def look_at(address: str, shown: list[str]) -> list[str]:
    """What of `shown` is missing in the page as a browser has drawn it."""
    for _ in range(3):  # a busy machine may not have drawn all of it in time
        drawn = draw(address)
        missing = [text for text in shown if text not in drawn]
        if not missing:
            break
    return missing


def draw(address: str) -> str:
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000"]
    command = [CHROMIUM, *options, "--window-size=1400,1000", "--dump-dom", address]
    return subprocess.run(command, capture_output=True, text=True, timeout=90).stdout


def test_worker_runs_the_deployment(run):
    assert run.state.is_completed()
    assert run.state.message.startswith("4 stages ran")


def test_form_offers_scales_and_targets(client):
    deployment = client.read_deployment_by_name("run-graph/on-demand")
    fields = deployment.parameter_openapi_schema["properties"]
    [choices, _] = fields["scale"]["anyOf"]
    assert choices["enum"] == ["additions", "laptop", "paper", "skipmodal", "smoke"]
    assert fields["targets"]["anyOf"][0] == {"items": {"type": "string"}, "type": "array"}
    assert "train_autoencoder" in fields["targets"]["description"]


def test_nightly_runs_are_scheduled_one_at_a_time(client):
    for name in ("run-graph/nightly", "retrain/nightly"):
        deployment = client.read_deployment_by_name(name)
        assert [schedule.active for schedule in deployment.schedules] == [True]
        assert deployment.global_concurrency_limit.limit == 1
    assert client.read_work_pool("local").concurrency_limit == 1


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")
@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("/runs/flow-run/{run}", ["Completed", "stages ran", "first", "Running stage"]),
        ("/deployments", ["on-demand", "nightly", "retrain", "At 01:00 AM"]),
        ("/artifacts", ["stages"]),
        ("/artifacts/artifact/{table}", ["never made", "first"]),
    ],
)
def test_browser_shows(served, client, run, page, shown):
    stages = client.read_latest_artifacts()
    [table] = [artifact.latest_id for artifact in stages if artifact.key == "stages"]
    assert look_at(served + page.format(run=run.id, table=table), shown) == []


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")
def test_browser_shows_a_figure(served):
    address = "data:image/png;base64,iVBORw0KGgo="
    figure = create_image_artifact(address, key="figure")
    page = f"{served}/artifacts/artifact/{figure}"
    assert look_at(page, [f'src="{address}"']) == []


def test_run_of_a_killed_worker_does_not_stay_running(client):
    deployment = client.read_deployment_by_name("run-graph/on-demand")
    run = client.create_flow_run_from_deployment(deployment.id, state=Running())
    mark_crashed()
    assert client.read_flow_run(run.id).state.is_crashed()
