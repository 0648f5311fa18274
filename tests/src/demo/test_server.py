"""What the server answers to requests that no browser with this page would send."""

import json
import os
import re

import pytest

pytest.importorskip("gradio")

import httpx
import soundfile
from PIL import Image

from tests.src.inference.conftest import make_image

MODEL = "double-mlp_ae"
IS_FILE = {"meta": {"_type": "gradio.FileData"}}

pytestmark = pytest.mark.slow


@pytest.fixture
def client(address):
    with httpx.Client(base_url=address, timeout=120) as client:
        yield client


@pytest.fixture
def files(studio, tmp_path):
    """A good picture and a good recording, outside of the uploads."""
    Image.fromarray(make_image(("three", "eight"), 1)[0]).save(tmp_path / "38.png")
    soundfile.write(tmp_path / "42.wav", studio.speak(MODEL, "four two").samples, 24000)
    return {"image": tmp_path / "38.png", "speech": tmp_path / "42.wav"}


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


@pytest.mark.parametrize(("tab", "words"), [("image", "three eight"), ("speech", "four two")])
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
