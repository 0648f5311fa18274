"""Prefect runs the graph that dvc.yaml declares; it holds no second copy of it.

`run_graph` runs what is out of date, independent stages side by side. `heal` clears up after a
killed run, `verify` finds and mends damaged data, `retrain` trains a revision on a schedule and
promotes it if it is no worse, `serve` shows it all in a browser. All of them talk to DVC through
its command line and its documented files.
"""

import sys

from crossmodal.errors import MissingExtra, check_extra

try:
    check_extra("flow", "prefect", "the flow")
except MissingExtra as error:
    sys.exit(f"{error}; or `make flow`, which installs the locked versions")
