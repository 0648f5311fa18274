"""`make serve` as a person sees it, and as those do who should get nothing from it."""

import base64
import os
import shutil
import uuid

import httpx
import psutil
import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import ArtifactCreate
from prefect.client.schemas.objects import FlowRun
from prefect.states import Running

from flows.serve import JOB_TEMPLATE, SECRET, mark_crashed
from tests.flows.served import PROJECT, Served, make_project, serving, wait_for_end

CHROMIUM = os.environ.get("CROSSMODAL_CHROMIUM") or shutil.which("chromium")
PATIENCE = 90_000  # milliseconds
STRANGER = "http://pictures.example"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with serving(make_project(tmp_path_factory.mktemp("served") / "toy")) as served:
        yield served


@pytest.fixture(scope="module")
def client(served: Served):
    with served.client() as client:
        yield client


@pytest.fixture(scope="module")
def deployment(client: SyncPrefectClient):
    return client.read_deployment_by_name("run-graph/on-demand")


@pytest.fixture(scope="module")
def run(client: SyncPrefectClient, deployment) -> FlowRun:
    """A run of the on-demand deployment, ended."""
    parameters = {"workers": 2}
    created = client.create_flow_run_from_deployment(deployment.id, parameters=parameters)
    return wait_for_end(client, created)


# What a person sees


def test_worker_runs_the_deployment(run):
    assert run.state.is_completed()
    assert run.state.message.startswith("4 stages ran")


def test_form_offers_scales_and_targets(deployment):
    fields = deployment.parameter_openapi_schema["properties"]
    [choices, _] = fields["scale"]["anyOf"]
    scales = {path.stem for path in (PROJECT / "scales").glob("*.yaml")}
    assert choices["enum"] == sorted({"laptop", *scales}) and "paper" in scales
    assert fields["targets"]["anyOf"][0] == {"items": {"type": "string"}, "type": "array"}
    assert "train_autoencoder" in fields["targets"]["description"]


def test_nightly_runs_are_scheduled_one_at_a_time(client):
    for name in ("run-graph/nightly", "retrain/nightly"):
        deployment = client.read_deployment_by_name(name)
        assert [schedule.active for schedule in deployment.schedules] == [True]
        assert deployment.global_concurrency_limit.limit == 1
    assert client.read_work_pool("local").concurrency_limit == 1


def test_run_of_a_killed_worker_does_not_stay_running(client, deployment):
    run = client.create_flow_run_from_deployment(deployment.id, state=Running())
    mark_crashed(client)
    assert client.read_flow_run(run.id).state.is_crashed()


@pytest.fixture(scope="module")
def browser(served):
    """A browser in which the password was given once."""
    driver = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no chromium; name it: CROSSMODAL_CHROMIUM")
    with driver.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, timeout=PATIENCE)
        page = chromium.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(PATIENCE)
        page.goto(served.address)
        page.get_by_placeholder("admin:pass").fill(served.secret)
        page.keyboard.press("Enter")
        page.get_by_text("Flow Runs", exact=True).first.wait_for()
        yield page
        chromium.close()


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("/runs/flow-run/{run}", ["Completed", "stages ran", "Running stage"]),
        ("/deployments", ["on-demand", "nightly", "retrain", "At 01:00 AM"]),
        ("/artifacts", ["stages"]),
        ("/artifacts/artifact/{table}", ["never made", "first"]),
    ],
)
def test_browser_shows(served, client, run, browser, page, shown):
    stages = client.read_latest_artifacts()
    [table] = [artifact.latest_id for artifact in stages if artifact.key == "stages"]
    browser.goto(served.address + page.format(run=run.id, table=table))
    for text in shown:
        browser.get_by_text(text).first.wait_for()


def test_browser_shows_a_figure(served, client, browser):
    address = "data:image/png;base64,iVBORw0KGgo="
    figure = client.create_artifact(ArtifactCreate(key="figure", type="image", data=address))
    browser.goto(f"{served.address}/artifacts/artifact/{figure.id}")
    browser.locator(f'img[src="{address}"]').first.wait_for(state="attached")


# What others get


@pytest.fixture
def attacker(served: Served):
    """Sends requests as a program or a page on this machine can, with no secret."""
    with httpx.Client(base_url=f"{served.address}/api", trust_env=False) as client:
        yield client


@pytest.fixture
def insider(served: Served):
    """Sends requests with the secret and a token, as the pages do."""
    token = base64.b64encode(served.secret.encode()).decode()
    client_id = str(uuid.uuid4())
    headers = {"Authorization": f"Basic {token}", "Prefect-Csrf-Client": client_id}
    base = f"{served.address}/api"
    with httpx.Client(base_url=base, headers=headers, trust_env=False) as client:
        found = client.get("/csrf-token", params={"client": client_id}).raise_for_status()
        client.headers["Prefect-Csrf-Token"] = found.json()["token"]
        yield client


def commands(served: Served) -> dict:
    """What would make a worker run a command of the sender's choice."""
    return {"command": f"touch {served.toy.root}/intruder", "env": {"PYTHONPATH": "/elsewhere"}}


def test_without_the_secret_nothing_is_read_or_started(served, attacker, deployment):
    start = f"/deployments/{deployment.id}/create_flow_run"
    body = {"job_variables": commands(served)}
    assert attacker.get("/admin/version").status_code == 401
    assert attacker.get(f"/deployments/{deployment.id}").status_code == 401
    assert attacker.get("/csrf-token", params={"client": "a"}).status_code == 401
    assert attacker.post(start, json=body).status_code in (401, 403)
    headers = {"Prefect-Csrf-Token": "a", "Prefect-Csrf-Client": "a"}
    assert attacker.post(start, json=body, headers=headers).status_code in (401, 403)
    wrong = {"Authorization": "Basic " + base64.b64encode(b"crossmodal:").decode()}
    assert attacker.get("/admin/version", headers=wrong).status_code == 401


def test_page_of_another_origin_learns_and_starts_nothing(served, attacker, insider, deployment):
    start = f"/deployments/{deployment.id}/create_flow_run"
    for origin in (STRANGER, "null", "http://127.0.0.1:1"):
        asked = attacker.options(
            start, headers={"Origin": origin, "Access-Control-Request-Method": "POST"}
        )
        assert "access-control-allow-origin" not in asked.headers
        # Needs no leave from a browser, as it is what a form sends.
        sent = attacker.post(
            start, content="{}", headers={"Origin": origin, "Content-Type": "text/plain"}
        )
        assert sent.status_code in (401, 403)
        read = insider.get("/admin/version", headers={"Origin": origin})
        assert "access-control-allow-origin" not in read.headers
    own = insider.get("/admin/version", headers={"Origin": served.address})
    assert own.headers["access-control-allow-origin"] == served.address


@pytest.mark.parametrize("host", ["pictures.example", "127.0.0.1.pictures.example", "0.0.0.0"])
def test_other_name_of_this_machine_is_refused(insider, served, host):
    headers = {"Host": f"{host}:{httpx.URL(served.address).port}"}
    assert insider.get("/admin/version").status_code == 200
    assert insider.get("/admin/version", headers=headers).status_code == 400
    assert insider.get("/health", headers=headers).status_code == 400


@pytest.mark.parametrize("header", ["Prefect-Csrf-Token", "Prefect-Csrf-Client"])
def test_secret_without_the_pages_token_changes_nothing(insider, deployment, header):
    start = f"/deployments/{deployment.id}/create_flow_run"
    other = insider.post(start, json={}, headers={header: "a"})
    del insider.headers[header]
    assert [other.status_code, insider.post(start, json={}).status_code] == [403, 403]


def test_not_even_the_secret_changes_what_the_worker_starts(served, client, insider, deployment):
    command = {"job_variables": commands(served)}
    shell = {"prefect.deployments.steps.run_shell_script": {"script": "touch intruder"}}
    fresh = {"name": "new", "flow_id": str(deployment.flow_id), "work_pool_name": "local"}
    action = {"type": "run-deployment", "deployment_id": str(deployment.id), **command}
    trigger = {"type": "event", "posture": "Reactive", "threshold": 1, "within": 0}
    template = {"job_configuration": {"command": "touch intruder"}, "variables": {}}
    here, pool = f"/deployments/{deployment.id}", "/work_pools/local"
    run = client.create_flow_run_from_deployment(deployment.id)
    attempts = [
        ("PATCH", here, command),
        ("PATCH", here, {"pull_steps": [shell]}),
        ("PATCH", here, {"entrypoint": "intruder.py:main"}),
        ("POST", "/deployments/", {**fresh, "entrypoint": "intruder.py:main"}),
        ("POST", "/deployments/", {**fresh, "pull_steps": [shell]}),
        ("POST", f"{here}/create_flow_run", command),
        ("POST", f"{here}/create_flow_run/bulk", [command]),
        (
            "POST",
            "/flow_runs/",
            {"flow_id": fresh["flow_id"], "work_pool_name": "local", **command},
        ),
        ("PATCH", f"/flow_runs/{run.id}", command),
        ("PATCH", pool, {"base_job_template": template}),
        ("DELETE", pool, None),
        ("POST", "/automations/", {"name": "new", "trigger": trigger, "actions": [action]}),
        ("POST", "/block_documents/", {"name": "new"}),
        ("PUT", "/admin/storage", {"default_result_storage_block_id": str(uuid.uuid4())}),
    ]
    for method, path, body in attempts:
        refused = insider.request(method, path, json=body)
        assert (refused.status_code, "prefect.yaml" in refused.text) == (403, True), (method, path)
    left = client.read_deployment(deployment.id)
    assert (left.entrypoint, left.pull_steps) == (deployment.entrypoint, deployment.pull_steps)
    assert left.job_variables == {}
    assert client.read_work_pool("local").base_job_template == JOB_TEMPLATE
    assert client.read_automations() == []
    assert len(client.read_deployments()) == 3
    assert wait_for_end(client, run).state.is_completed()
    assert not (served.toy.root / "intruder").exists()


def test_pages_can_still_switch_a_night_off(client, insider):
    nightly = client.read_deployment_by_name("run-graph/nightly")
    [night] = nightly.schedules
    for active in (False, True):
        change = insider.patch(
            f"/deployments/{nightly.id}/schedules/{night.id}", json={"active": active}
        )
        assert change.status_code == 204
        [night] = client.read_deployment(nightly.id).schedules
        assert night.active is active


def test_secret_is_for_its_owner_only(served):
    file = served.toy.root / SECRET
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.stat().st_uid == os.getuid()
    started = psutil.Process(served.process.pid).children(recursive=True)
    assert len(started) >= 2
    assert not any(served.secret in word for child in started for word in child.cmdline())
