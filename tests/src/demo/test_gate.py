"""What passes the gate before Gradio's routes, with an application behind it that only counts."""

import asyncio

import pytest

pytest.importorskip("gradio")

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from crossmodal.demo import gate
from crossmodal.demo.gate import Gate, MiB

HOST = "127.0.0.1:7860"
OWN = f"http://{HOST}"


@pytest.fixture
def reached():
    """The requests that came through."""
    return []


@pytest.fixture
def application(tmp_path, reached):
    """Keeps what is posted."""

    async def answer(request: Request) -> PlainTextResponse:
        content = await request.body()
        await asyncio.sleep(0.05)
        reached.append(request.url.path)
        if content:
            (tmp_path / str(len(reached))).write_bytes(content)
        return PlainTextResponse("in")

    routes = [Route("/{path:path}", answer, methods=["GET", "POST", "PUT"])]
    return Starlette(routes=routes, middleware=[Middleware(Gate, uploads=tmp_path)])


@pytest.fixture
def ask(application):
    """Send requests side by side; their answers."""

    def ask(*requests):
        async def send():
            transport = httpx.ASGITransport(application)
            async with httpx.AsyncClient(transport=transport, base_url=OWN) as client:
                return await asyncio.gather(*(client.request(**r) for r in requests))

        return asyncio.run(send())

    return ask


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": OWN},
        {"Host": "localhost:9", "Origin": "http://localhost:9", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"},
    ],
)
def test_the_page_itself_and_programs_pass(ask, reached, headers):
    for method in ("GET", "POST"):
        (answer,) = ask({"method": method, "url": "/gradio_api/upload", "headers": headers})
        assert answer.status_code == 200
        assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert len(reached) == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1:8000"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": f"https://{HOST}"},
        {"Origin": f"{OWN}.evil.example"},
        {"Origin": f"http://evil.example/{HOST}"},
        {"Origin": "http://localhost:7860"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
        {"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_pages_of_others_are_refused(ask, reached, headers, method):
    (answer,) = ask({"method": method, "url": "/gradio_api/upload", "headers": headers})
    assert answer.status_code == 403 and reached == []


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:7860", "", "[", "127.0.0.1.evil.example", "0.0.0.0:7860",
             "127.0.0.1@evil.example", "evil.example#127.0.0.1"],
)  # fmt: skip
def test_other_names_are_refused(ask, reached, host):
    headers = {"Host": host, "Origin": f"http://{host}"}
    (answer,) = ask({"method": "GET", "url": "/", "headers": headers})
    assert answer.status_code == 400 and reached == []


def test_a_link_to_the_page_opens_it_and_nothing_else(ask):
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    paths = {"/": 200, "/config": 403, "/gradio_api/heartbeat/x": 403}
    for path, status in paths.items():
        assert ask({"method": "GET", "url": path, "headers": headers})[0].status_code == status
    headers["Sec-Fetch-Mode"] = "no-cors"
    assert ask({"method": "GET", "url": "/", "headers": headers})[0].status_code == 403


def test_one_upload_is_bounded(ask, reached):
    large = {"method": "POST", "url": "/u", "content": bytes(gate.LARGEST + MiB + 1)}
    assert ask(large)[0].status_code == 413 and reached == []


def test_an_upload_that_hides_its_size_is_refused(ask, reached):
    async def parts():
        yield b"x"

    assert ask({"method": "POST", "url": "/u", "content": parts()})[0].status_code == 411
    headers = {"Content-Length": "-5"}
    lying = {"method": "POST", "url": "/u", "content": b"x", "headers": headers}
    assert ask(lying)[0].status_code == 411 and reached == []


@pytest.mark.parametrize("together", [True, False])
def test_all_uploads_together_are_bounded(ask, reached, monkeypatch, tmp_path, together):
    monkeypatch.setattr(gate, "QUOTA", 10 * MiB)
    each = {"method": "POST", "url": "/u", "content": bytes(2 * MiB)}
    if together:
        answers = ask(*[each] * 12)
    else:
        answers = [answer for _ in range(12) for answer in ask(each)]
    taken = [answer.status_code for answer in answers].count(200)
    assert 2 <= taken <= 5 and taken == len(reached)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= gate.QUOTA
    for path in tmp_path.iterdir():
        path.unlink()  # as Gradio does in time
    assert ask(each)[0].status_code == 200


def test_many_small_files_count(ask, monkeypatch, tmp_path):
    monkeypatch.setattr(gate, "QUOTA", 50 * gate.BLOCK)
    answers = [ask({"method": "POST", "url": "/u", "content": b"x"})[0] for _ in range(60)]
    assert [answer.status_code for answer in answers].count(200) <= 50
