"""What may be changed on a server while it serves: runs, and nothing that decides what they start.

Prefect lets whoever has the password make deployments of any file, give runs a command of their own
or let an automation do so. None of this is needed to run what `prefect.yaml` names, so it is
refused once that is set up.
"""

import json
import re

from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

READING = ("GET", "HEAD", "OPTIONS")
# Prefect asks many questions by POST.
QUESTIONS = re.compile(
    r"/api/.*/(filter|paginate|count|concurrency_status|get_scheduled_flow_runs|get_runs)"
)
# What runs, the worker and the pages write.
WRITABLE = re.compile(
    r"/api/((flow_runs|task_runs|logs|artifacts|events|concurrency_limits|v2|saved_searches|ui)(/.*)?"
    r"|flows/?"
    r"|deployments/[^/]+/(create_flow_run(/bulk)?|(pause|resume)_deployment|schedules?(/[^/]+)?)"
    r"|work_pools/[^/]+/workers/heartbeat)"
)
RUNS = re.compile(r"/api/(flow_runs(/[^/]*)?|deployments/[^/]+/create_flow_run(/bulk)?)")
REFUSAL = "fixed while it is served: change prefect.yaml and start `make serve` again"


class Gate(BaseHTTPMiddleware):
    """Once `closed`, answers 403 to requests that would change what the worker starts."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app)
        self.closed = False

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        """Let a request through, or answer it."""
        path = request.scope["path"]  # By which the server finds what answers.
        if self.closed and request.method not in READING:
            if not is_open(request.method, path):
                return JSONResponse({"detail": REFUSAL}, 403)
            if RUNS.fullmatch(path) and sets_job(await request.body()):
                return JSONResponse({"detail": f"job_variables are {REFUSAL}"}, 403)
        return await call_next(request)


def is_open(method: str, path: str) -> bool:
    """Whether a request that is no plain reading can be let through."""
    asks = method == "POST" and QUESTIONS.fullmatch(path)
    return bool(asks or WRITABLE.fullmatch(path))


def sets_job(body: bytes) -> bool:
    """Whether one of the runs in a request's body has job variables of its own."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return False  # The server refuses it too.
    runs = content if isinstance(content, list) else [content]
    return any(isinstance(run, dict) and run.get("job_variables") for run in runs)
