"""Try the trained models in the browser, on this machine only."""

import argparse
import os
import sys
from pathlib import Path

from crossmodal.errors import UserError, check_extra, explain_failure

EPILOG = (
    "Nothing leaves this machine: the page is served to it alone, asks no other host for anything, "
    "and forgets what it was given when it ends."
)


def main() -> None:
    """Parse the command line and serve; a person's mistake ends in one line."""
    parser = argparse.ArgumentParser(
        "python -m crossmodal.demo", description=__doc__, epilog=EPILOG
    )
    folder = Path(os.environ.get("CROSSMODAL_MODELS", "data/bundles"))
    parser.add_argument(
        "--models", type=Path, default=folder, metavar="FOLDER", help="(default: %(default)s)"
    )
    parser.add_argument("--port", type=int, help="(default: a free one from 7860 on)")
    options = parser.parse_args()
    if options.port is not None and not 1 <= options.port <= 65535:
        parser.error(f"--port {options.port}; allowed: 1 to 65535")
    try:
        check_extra("demo", "gradio", "the page")
        # Only now: whoever asks for help need not wait for torch.
        from crossmodal.demo.server import serve

        serve(options.models, options.port)
    except UserError as error:
        print(f"crossmodal.demo: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except (OSError, MemoryError) as error:
        print(f"crossmodal.demo: {explain_failure(error)}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
    # A native thread that still loads a model would abort the interpreter's own way to end.
    sys.stdout.flush()
    os._exit(0)
