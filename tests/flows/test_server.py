"""Addresses, proxies, and output, each without a server."""

import os
import socket
import subprocess
import sys

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from crossmodal.errors import UserError
from flows.addresses import is_local, list_hosts
from flows.processes import child_environment
from flows.proxies import reach_directly
from flows.run_server import check
from flows.server import listen

PROXIES = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY")


@pytest.fixture
def proxies(monkeypatch):
    """A clean slate of proxies, also after what the code changes."""
    monkeypatch.setattr(os, "environ", dict(os.environ))
    for name in (*PROXIES, "CROSSMODAL_NO_PROXY"):
        os.environ.pop(name, None)
    return os.environ


def refused(url: str) -> str:
    with temporary_settings({PREFECT_API_URL: url}), pytest.raises(UserError) as caught:
        check(url)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_port_in_use_is_named():
    with listen("127.0.0.1", 0) as first, pytest.raises(UserError, match="the port is in use"):
        listen("127.0.0.1", first.getsockname()[1])


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 0), ("no.such.invalid", 0), ("", 99999)])
def test_address_that_is_not_ours_is_one_line(host, port):
    with pytest.raises(UserError, match="cannot listen at") as caught:
        listen(host, port)
    assert "\n" not in str(caught.value)


def test_requests_may_name_the_host_and_nothing_else():
    assert list_hosts("127.0.0.1") == ["127.0.0.1", "localhost", "::1"]
    assert list_hosts("192.0.2.1") == ["192.0.2.1"]
    everywhere = list_hosts("0.0.0.0")
    assert {"127.0.0.1", "localhost", socket.gethostname().lower()} <= set(everywhere)
    assert "0.0.0.0" not in everywhere and "*" not in everywhere


def test_own_names_are_local():
    assert is_local("localhost") and is_local("127.3.2.1") and is_local(socket.gethostname())
    assert not is_local("prefect.example")


def test_dead_server_and_dead_proxy_are_told_apart(proxies):
    with listen("127.0.0.1", 0) as listener:
        free = listener.getsockname()[1]
    local = f"http://127.0.0.1:{free}/api"
    proxies["HTTP_PROXY"] = "http://127.0.0.1:9"
    far = refused("http://prefect.example/api")
    assert "prefect.example" in far and "through the proxy http://127.0.0.1:9" in far
    near = refused(local)
    assert f"no server answers at {local}" in near and "proxy" not in near


def test_socks_proxy_does_not_stand_before_a_local_server(proxies):
    proxies["ALL_PROXY"] = "socks5://127.0.0.1:9"
    assert "proxy" not in refused("http://localhost:9/api")


@pytest.mark.parametrize("given", [{}, {"NO_PROXY": "a"}, {"no_proxy": "b"}])
def test_stages_keep_the_proxies_that_were_set(proxies, given):
    proxies |= {"HTTP_PROXY": "http://proxy.example:3128", **given}
    reach_directly()
    reach_directly()  # a run that a worker starts does it again
    seen = child_environment()
    assert seen["HTTP_PROXY"] == "http://proxy.example:3128"
    assert [seen.get(name) or "" for name in ("no_proxy", "NO_PROXY")] == [
        next(iter(given.values()), "")
    ] * 2


def run_say(redirection: str) -> subprocess.CompletedProcess:
    """Say two lines with standard output as the shell redirects it."""
    code = (
        "from flows.output import *; open_streams(); file = open('/dev/null');"
        " say('a'); say('b'); say(str(file.fileno()))"
    )
    command = f'"{sys.executable}" -c "{code}" {redirection}'
    shell = ["bash", "-o", "pipefail", "-c", command]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(shell, capture_output=True, text=True, env=environment)


@pytest.mark.parametrize("redirection", [">&-", "| true", "| (sleep 1; true)"])
def test_nobody_reads(redirection):
    done = run_say(redirection)
    assert (done.returncode, done.stderr) == (0, "")


def test_full_disk_is_an_error_that_says_so():
    done = run_say("> /dev/full")
    assert "cannot write to standard output: No space left on device" in done.stderr


def test_closed_streams_are_not_taken_by_the_next_file():
    assert run_say("2>&- <&-").stdout.split() == ["a", "b", "3"]
