"""What `kotae` runs, and what is said where that fails."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from contextlib import suppress
from io import StringIO
from typing import NoReturn

from kotae.cli.group import cli
from kotae.errors import KotaeError, described
from kotae.plain import escape_controls, escaped_line


def run() -> NoReturn:
    """Run the command that the arguments name. Exit codes: 0 done, 1 failed, 2 wrong usage. No traceback reaches the user."""
    _end(_outcome())


def _outcome() -> int:
    """The exit code; what went wrong is said."""
    import click

    try:
        code = cli.main(prog_name="kotae", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    except click.ClickException as error:
        shown = StringIO()
        error.show(shown)
        click.echo(escape_controls(shown.getvalue()), err=True, nl=False)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        return 1
    except KotaeError as error:
        click.echo(escaped_line(f"kotae: {error}"), err=True)
        return error.exit_code
    except BrokenPipeError:
        # The reader has gone, as in `kotae ask ... | head`: nothing left to do, and nothing to say it to.
        sys.stderr.close()
        return 1
    except OSError as error:
        # What commands read and write for the user is explained where it happens; what is left is stdout.
        sys.stdout = None  # the interpreter would try to flush it once more
        click.echo(
            escape_controls(f"kotae: The output can't be written: {error.strerror or error}."), err=True
        )
        return 1
    except Exception as error:
        from kotae.cli.logs import log_failure

        where = log_failure(error)
        click.echo(escape_controls(f"kotae: {described(error)}"), err=True)
        click.echo(f"This is a fault of Kotae. {where}", err=True)
        return 1


def _end(code: int) -> NoReturn:
    """Ends the process at once where threads are left behind: a plugin that hangs, imports that nobody waits for any more.

    The interpreter takes itself apart while such threads stand wherever they are. One that stands in an import may hold the lock
    of all imports, and whatever the interpreter imports then (to warn of something, say) waits for it forever.
    """
    if any(thread.daemon for thread in threading.enumerate()):
        threading._shutdown()  # type: ignore[attr-defined]  # the others are waited for, as the interpreter would
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with suppress(AttributeError, OSError, ValueError):  # closed, or None
                stream.flush()
        os._exit(code)
    sys.exit(code)
