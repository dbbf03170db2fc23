"""The command line: one module per command. Results go to stdout, progress and messages to stderr."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from latentexplorer.core.errors import LONGEST, LatentExplorerError, RunError, Stopped, both_ends, is_out_of_memory
from latentexplorer.core.launch import Launch
from latentexplorer.core.surroundings import lose, settled

COMMANDS = (
    "gui",
    "demo",
    "list",
    "guide",
    "check",
    "train",
    "sweep",
    "evaluate",
    "loss",
    "odd",
    "compare",
    "attribute",
    "figure",
    "fit",
    "mend",
    "swap",
    "encode",
    "decode",
    "sample",
    "project",
    "report",
    "export",
    "reproduce",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv : sequence of str or None
        Arguments without the program's name; None takes those of the process.

    Returns
    -------
    int
        0 on success, 2 for wrong arguments, settings or data (with one line on stderr), 130 when interrupted.
    """
    with settled():
        try:
            code = _command(list(sys.argv[1:] if argv is None else argv))
            # Here, where a reader who has gone is answered, and not when the interpreter ends.
            sys.stdout.flush()
            return code
        except LatentExplorerError as error:
            return _told(str(error), 2)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            return _told("The memory is full. Use fewer images or a smaller batch", 2)
        except BrokenPipeError:
            # The reader of our output went away (`| head`): nothing is wrong, and Python must not complain at exit.
            lose(sys.stdout)
            return 0
        except OSError as error:
            try:
                sys.stdout.flush()
            except OSError:
                lose(sys.stdout)
            name = f"{error.filename}: " if error.filename else ""
            return _told(f"{name}{error.strerror or error}", 2)
        except (KeyboardInterrupt, Stopped):
            return _told("stopped", 130)


def _command(arguments: list[str]) -> int:
    """The exit code of one command."""
    arguments = arguments or ["gui"]
    try:
        Path.cwd()
    except OSError:
        # Libraries end the process there, or look in vain for their own files.
        raise RunError("The folder that this was called in is not there any more", "Change into another one") from None
    launch = Launch.of()
    if launch.size > 1 and arguments[0] != "train":
        # One of the processes does the work: two windows or two writers of one file help nobody.
        if launch.rank:
            return 0
        _told("only train shares its work among processes; this one works alone", 0)
    try:
        options = parser().parse_args(arguments)
    except SystemExit as end:
        # After --help or --version.
        return int(end.code or 0)
    return int(options.run(options))


def _told(text: str, code: int) -> int:
    print(f"latentexplorer: {both_ends(text, LONGEST)}", file=sys.stderr)
    return code


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    from latentexplorer.cli.common import Parser, version

    top = Parser(
        prog="latentexplorer",
        description="Train latent-variable models of images, explore what they learn. Without a command: the window.",
        epilog="Try first:  latentexplorer demo --out demo        then:  latentexplorer list presets",
    )
    top.add_argument("--version", action="version", version=version())
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = importlib.import_module(f"latentexplorer.cli.{name}_command")
        module.add(commands)
    return top
