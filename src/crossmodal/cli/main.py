"""Entry point: run one command; a person's mistake is one line and exit code 2."""

import io
import os
import sys
import warnings
from collections.abc import Sequence

from crossmodal.cli.parser import build_parser
from crossmodal.cli.terminal import escape
from crossmodal.errors import UserError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that `arguments` (default: the command line's) name.

    Returns:
        0, or 2 after a mistake: then nothing is on standard output, and nothing was written.

    Raises:
        SystemExit: after `--help`.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What a terminal cannot show must not end the command.
        sys.stdout.reconfigure(errors="replace")
    if not sys.warnoptions:
        # Those of libraries are for programmers.
        warnings.simplefilter("ignore")
    try:
        options = build_parser().parse_args(arguments)
        # Only now is anything loaded that takes time.
        from crossmodal.cli.commands import COMMANDS

        COMMANDS[options.command](options)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; nothing is left to flush at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (UserError, OSError) as error:
        print(f"crossmodal: {escape(str(error))}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0
