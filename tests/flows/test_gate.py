"""What a served server lets people change, held against all that Prefect's own API offers."""

import pytest
from prefect.server.api.server import create_app
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from flows.gate import READING, Gate, is_open

# Runs and what they leave: open as a whole.
RUNS = ("flow_runs", "task_runs", "logs", "artifacts", "events", "concurrency_limits", "v2", "ui")
OF_NO_RUN = {
    "POST /flows/",
    "PUT /saved_searches/",
    "DELETE /saved_searches/{id}",
    "POST /deployments/{id}/create_flow_run",
    "POST /deployments/{id}/create_flow_run/bulk",
    "POST /deployments/{id}/pause_deployment",
    "POST /deployments/{id}/resume_deployment",
    "POST /deployments/{id}/schedule",
    "POST /deployments/{id}/schedules",
    "PATCH /deployments/{id}/schedules/{schedule_id}",
    "DELETE /deployments/{id}/schedules/{schedule_id}",
    "POST /work_pools/{work_pool_name}/workers/heartbeat",
}
QUESTIONS = ("filter", "paginate", "count", "status", "runs")
COMMAND = {"job_variables": {"command": "touch intruder"}}


@pytest.fixture(scope="module")
def offered() -> set[str]:
    """All requests that Prefect's server knows and that are no plain reading."""
    [api] = [route.app for route in create_app().routes if route.path == "/api"]
    paths = api.openapi()["paths"].items()
    return {
        f"{method.upper()} {path}"
        for path, methods in paths
        for method in methods
        if method.upper() not in READING
    }


def test_outside_runs_only_what_is_named_here_can_be_changed(offered):
    let_through = {request for request in offered if is_open(*through_api(request))}
    others = {request for request in let_through if request.split("/")[1] not in RUNS}
    asking = {request for request in others if request.endswith(QUESTIONS)}
    assert others - asking == OF_NO_RUN
    assert all(request.startswith("POST ") for request in asking)
    assert {"PATCH /work_pools/{name}", "POST /automations/"} <= offered - let_through


def through_api(request: str) -> list[str]:
    return request.replace(" ", " /api").split()


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "patch", "ANY"])
@pytest.mark.parametrize(
    "path",
    [
        "/api/deployments",
        "/api//deployments/",
        "/api/Flow_Runs/../deployments/",
        "/api/variables/name/filter/",
        "/api/block_documents/x\n/filter",
        "/API/automations/",
        "/",
    ],
)
def test_odd_spellings_are_refused(method, path):
    assert not is_open(method, path)


@pytest.fixture
def gate():
    async def answer(request):
        return PlainTextResponse(await request.body())

    methods = ["GET", "POST", "PATCH"]
    return Gate(Starlette(routes=[Route("/{path:path}", answer, methods=methods)]))


def test_closes_when_it_is_told_to(gate):
    with TestClient(gate) as client:
        assert client.patch("/api/deployments/1", json=COMMAND).status_code == 200
        gate.closed = True
        refused = client.patch("/api/deployments/1", json={})
        assert refused.status_code == 403
        assert "change prefect.yaml" in refused.json()["detail"]
        assert client.get("/api/deployments/1").status_code == 200
        assert client.post("/api/flows").status_code == 200
        assert client.post("/api/flows%3F/deployments/").status_code == 403


@pytest.mark.parametrize("body", [COMMAND, [{}, COMMAND]])
@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/flow_runs/"),
        ("PATCH", "/api/flow_runs/1"),
        ("POST", "/api/deployments/1/create_flow_run"),
        ("POST", "/api/deployments/1/create_flow_run/bulk"),
    ],
)
def test_runs_bring_no_job_variables(gate, method, path, kind, body):
    gate.closed = True
    with TestClient(gate, headers={"Content-Type": kind}) as client:
        assert client.request(method, path, json=body).status_code == 403
        # What others send reaches the server whole.
        for harmless in ({"parameters": {"workers": 2}, "job_variables": {}}, [], "text"):
            sent = client.request(method, path, json=harmless)
            assert [sent.status_code, sent.json()] == [200, harmless]
        assert client.request(method, path, content=b"[" * 100_000).status_code == 200
