"""The server that a run of the command line reports to: the one that is set, or one of its own."""

import atexit
import os
import sys
import urllib.request
from typing import Any
from urllib.parse import urlsplit

import httpx
from prefect.client.orchestration import get_client
from prefect.settings import (
    PREFECT_API_AUTH_STRING,
    PREFECT_API_URL,
    PREFECT_CLIENT_MAX_RETRIES,
    PREFECT_UI_URL,
    temporary_settings,
)

from crossmodal.errors import UserError
from flows import processes
from flows.addresses import is_local
from flows.proxies import reach_directly
from flows.server import Server, start_server


def find_server() -> dict[Any, str]:
    """The settings by which this process reaches its server.

    Without PREFECT_API_URL a temporary one is started, which ends with this process; if it ends
    before, so does this process, as no step of a run goes on without it.

    Raises:
        UserError: the server does not answer, or wants another password.
    """
    if url := PREFECT_API_URL.value():
        check(url)
        return {}
    server = start_server()
    # Late, as the last messages are sent when all else has ended.
    atexit.register(server.stop)
    server.watch(lambda: end_run(server))
    return {
        PREFECT_API_URL: server.api,
        PREFECT_API_AUTH_STRING: server.secret,
        # It has no pages to point to.
        PREFECT_UI_URL: "",
    }


def end_run(server: Server) -> None:
    """End this process and all that it has started, with one line."""
    print(f"run_graph: {server.describe_end()}", file=sys.stderr, flush=True)
    # Prefect would go on to complain, and to try again for minutes.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    processes.end_descendants()
    os._exit(1)


def check(url: str) -> None:
    """Make sure that a server answers at `url`, and lets us in.

    Raises:
        UserError: it does not; which of server, proxy and password it is.
    """
    host = urlsplit(url).hostname or ""
    if is_local(host):
        reach_directly()
    proxy = None
    if not urllib.request.proxy_bypass(host):
        proxies = urllib.request.getproxies()
        proxy = proxies.get(urlsplit(url).scheme) or proxies.get("all")
    place = f"{url} (PREFECT_API_URL)"
    way = f" through the proxy {proxy}" if proxy else ""
    try:
        with (
            temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}),
            get_client(sync_client=True) as client,
        ):
            client.read_flows(limit=1)
    except httpx.HTTPStatusError as error:
        if error.response.status_code in (401, 403):
            raise UserError(
                f"the server at {place} refuses the password: set PREFECT_API_AUTH_STRING"
            ) from None
        code = error.response.status_code
        raise UserError(f"{place} answers{way} with {code}, like no Prefect server") from None
    except (httpx.HTTPError, httpx.InvalidURL, ImportError, RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(
            f"no server answers at {place}{way}: {reason}; start it, or unset PREFECT_API_URL"
        ) from None
