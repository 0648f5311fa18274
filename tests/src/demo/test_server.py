"""What the server answers to requests that no browser with this page would send."""

import json
import os
import re
import signal
import subprocess
import sys

import pytest

pytest.importorskip("gradio")

import httpx
import soundfile
from PIL import Image

from crossmodal.demo.gate import LARGEST, QUOTA
from crossmodal.demo.server import SESSIONS
from tests.src.inference.conftest import make_image

MODEL = "double-mlp_ae"
SESSIONS_OF_ONE_PAGE = """
from pathlib import Path
from crossmodal.demo.server import SESSIONS, Studio, SceneStudio, Transcriber, launch
folder = Path("{bundles}")
page = launch(Studio(folder), SceneStudio(folder), Transcriber(), None, Path("{uploads}"))
for number in range(2 * SESSIONS):
    page.app.state_holder[f"session-{{number}}"]
page.close()  # says so
print(len(page.app.state_holder.session_data))
"""
IS_FILE = {"meta": {"_type": "gradio.FileData"}}

pytestmark = pytest.mark.slow


@pytest.fixture
def client(address):
    with httpx.Client(base_url=address, timeout=120) as client:
        yield client


@pytest.fixture
def files(studio, tmp_path):
    """A good picture and a good recording, outside of the uploads."""
    picture = tmp_path / "38.png"
    Image.fromarray(make_image(("three", "eight"), 1)[0]).save(picture)
    soundfile.write(tmp_path / "42.wav", studio.speak(MODEL, "four two").samples, 24000)
    return {"image": picture, "sketch": picture, "speech": tmp_path / "42.wav"}


def press(client, tab, value):
    """What a tab's card shows once its button was pressed with `value`; None where refused."""
    config = client.get("config").json()
    ids = {part["props"].get("elem_id"): part["id"] for part in config["components"]}
    target = [ids[f"{tab}-make"], "click"]
    events = [d for d in config["dependencies"] if target in d["targets"] and d["backend_fn"]]
    question = {"data": [MODEL, value], "session_hash": "test", "trigger_id": target[0]}
    question["fn_index"] = events[0]["id"]
    client.post("gradio_api/queue/join", json=question).raise_for_status()
    parameters = {"session_hash": "test"}
    with client.stream("GET", "gradio_api/queue/data", params=parameters) as lines:
        messages = [json.loads(line[5:]) for line in lines.iter_lines() if line]
    done = [message for message in messages if message["msg"] == "process_completed"]
    return done[0]["output"]["data"][0] if done[0]["success"] else None


@pytest.mark.parametrize(
    ("tab", "words"),
    [("image", "three eight"), ("sketch", "three eight"), ("speech", "four two")],
)
@pytest.mark.parametrize("extra", [{}, {"meta": {}}, IS_FILE, {**IS_FILE, "is_stream": True}])
def test_only_what_was_uploaded_is_read(client, files, tab, words, extra):
    """Not even whether a file is there is told."""
    with files[tab].open("rb") as file:
        upload = client.post("gradio_api/upload", files={"files": file}).json()[0]
    assert words in press(client, tab, {"path": upload, **IS_FILE})
    folder, path = os.path.split(upload)[0], str(files[tab])
    outside = (path, f"{folder}/{os.path.relpath(path, folder)}", "/etc/hostname", "/none")
    answers = [press(client, tab, {"path": path, **extra}) for path in outside]
    assert len(set(answers)) == 1
    assert answers[0] is None or ("not uploaded" in answers[0] and "<img" not in answers[0])


def test_other_names_for_this_machine_are_refused(address):
    port = address.rstrip("/").rsplit(":", 1)[1]
    assert httpx.get(address, headers={"Host": f"evil.example:{port}"}).status_code == 400
    answer = httpx.get(address)
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert not re.search(r'(src|href)="(https?:)?//', answer.text)


def test_pages_of_others_upload_nothing(client):
    """As a page of another origin does with `fetch`, and as one on another port of this machine."""
    for origin in ("https://evil.example", "http://127.0.0.1:8000", "null"):
        answer = client.post(
            "gradio_api/upload", files={"files": bytes(1000)}, headers={"Origin": origin}
        )
        assert answer.status_code == 403
    answer = client.get("config", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    own = {"Origin": str(client.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    assert client.post("gradio_api/upload", files={"files": b"x"}, headers=own).status_code == 200


def test_many_uploads_are_not_taken(client):
    """Twelve of nearly the largest size, of which together at most the quota is kept."""
    size = LARGEST - 100_000  # of other content each: Gradio keeps the same only once
    contents = [bytes([number]) * size for number in range(12)]
    codes = [client.post("gradio_api/upload", files={"files": c}).status_code for c in contents]
    assert codes.count(200) * size <= QUOTA and set(codes) == {200, 413}
    assert client.get("").status_code == 200


@pytest.fixture
def start(bundles, tmp_path):
    """Start servers whose temporary files are in `tmp_path`; process and address."""
    started = []

    def start():
        server = subprocess.Popen(
            [sys.executable, "-m", "crossmodal.demo", "--models", str(bundles)],
            stdout=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(tmp_path)},
        )  # fmt: skip
        started.append(server)
        return server, server.stdout.readline().split()[0]

    yield start
    for server in started:
        server.kill()
        server.communicate()


def test_after_a_kill_the_next_start_sweeps(start, tmp_path):
    server, address = start()
    httpx.post(f"{address}gradio_api/upload", files={"files": b"mine"}).raise_for_status()
    server.kill()
    server.wait()
    (left,) = tmp_path.iterdir()
    assert any(path.is_file() for path in left.rglob("*"))
    assert left.stat().st_mode & 0o777 == 0o700 and f"-{server.pid}-" in left.name
    server, _ = start()
    (own,) = tmp_path.iterdir()
    assert own != left and f"-{server.pid}-" in own.name
    server.send_signal(signal.SIGTERM)
    assert server.wait(120) == 0
    assert list(tmp_path.iterdir()) == []


def test_sessions_are_bounded(bundles, tmp_path):
    """A page that is opened again and again, each time as another session, is not remembered."""
    code = SESSIONS_OF_ONE_PAGE.format(bundles=str(bundles), uploads=str(tmp_path))
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True,
        env={**os.environ, "GRADIO_TEMP_DIR": str(tmp_path), "GRADIO_ANALYTICS_ENABLED": "False"},
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert int(result.stdout.split()[-1]) <= SESSIONS
