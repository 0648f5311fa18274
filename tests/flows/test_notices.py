"""Who is told how a retraining ended: the address that was named, and nobody else."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from prefect.states import Completed, Running

from flows.notices import ADDRESS, NAME
from tests.flows.served import make_project, serving, wait_for

pytestmark = pytest.mark.slow
VERDICT = 'a1 is worse than b2: read "one" 0.9 -> 0.1'


@pytest.fixture
def inbox():
    """An address, and what is posted to it."""
    posted = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/secret", posted
    server.shutdown()


def end_run(client, flow, state):
    """A run of a flow that ends in this state; no worker takes one that is at work."""
    nightly = client.read_deployment_by_name(f"{flow}/nightly")
    run = client.create_flow_run_from_deployment(nightly.id, state=Running())
    client.set_flow_run_state(run.id, state, force=True)


def test_how_a_retraining_ended_is_told_in_one_line(tmp_path, inbox):
    project = make_project(tmp_path / "toy")
    address, posted = inbox
    with serving(project, **{ADDRESS: address}) as served, served.client() as client:
        end_run(client, "run-graph", Completed(name="Promoted", message="not a retraining"))
        end_run(client, "retrain", Completed(name="Unchanged", message="no news"))
        end_run(client, "retrain", Completed(name="NotPromoted", message=VERDICT))
        assert wait_for(lambda: posted, 120)
        assert posted == [{"text": f"retrain NotPromoted: {VERDICT}"}]
    # Another start without the address: nobody is told any more.
    with serving(project) as served, served.client() as client:
        assert client.read_automations_by_name(NAME) == []
