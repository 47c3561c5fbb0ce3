"""`rowlock` and `python -m rowlock`."""

import os
import sys

from rowlock import garbage


def main() -> None:
    """Run the command line. Wrong usage is one line and code 2; a reader that went away or Ctrl-C ends it quietly."""
    garbage.relax()
    from typer import Abort
    from typer.exceptions import TyperException

    from rowlock.cli.app import command_line
    from rowlock.cli.complaints import complain

    try:
        code = command_line("".join(sys.argv[1:2]))(standalone_mode=False)
    except TyperException as error:
        complain(error.format_message())
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # Python flushes standard output at exit and would complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (KeyboardInterrupt, Abort):
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
