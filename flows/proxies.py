"""A server on this machine is reached directly, whatever proxy is set for the world outside.

Prefect's clients send requests to this machine through a proxy too, and do not even start with a
SOCKS proxy. So they are told to use none, and stages, which fetch from outside, get back what was
set.
"""

import os

GIVEN = "CROSSMODAL_NO_PROXY"
NAMES = ("no_proxy", "NO_PROXY")


def reach_directly() -> None:
    """From now on this process and what it starts use no proxy."""
    if GIVEN not in os.environ:
        os.environ[GIVEN] = next(filter(None, map(os.environ.get, NAMES)), "")
    for name in NAMES:
        os.environ[name] = "*"


def restore(environment: dict[str, str]) -> None:
    """Undo in a copy of the environment what `reach_directly` did."""
    given = environment.pop(GIVEN, None)
    if given is not None:
        for name in NAMES:
            environment[name] = given
