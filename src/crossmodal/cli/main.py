"""Entry point: run one command; what goes wrong is one line and an exit code."""

import errno
import io
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress

from crossmodal.cli.parser import build_parser
from crossmodal.cli.terminal import drop_output, escape, open_closed_streams
from crossmodal.errors import UserError, explain_failure


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that `arguments` (default: the command line's) name.

    Returns:
        0; 2 after a mistake, 1 where the machine fails: then nothing was written. 130 if stopped.

    Raises:
        SystemExit: after `--help`.
    """
    open_closed_streams()
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
        drop_output()
        return 1
    except UserError as error:
        return fail(str(error), 2)
    except (OSError, MemoryError) as error:
        drop_output()
        mistake = isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG
        return fail(explain_failure(error), 2 if mistake else 1)
    except RuntimeError as error:
        # What torch says where a MemoryError is meant.
        if "allocate memory" not in str(error):
            raise
        return fail(explain_failure(MemoryError()), 1)
    except KeyboardInterrupt:
        return 130
    return 0


def fail(message: str, code: int) -> int:
    """Say why there is no result; returns the exit code."""
    with suppress(OSError):
        print(f"crossmodal: {escape(message)}", file=sys.stderr)
    return code
