"""The command line: one module per command. Results go to stdout, progress and messages to stderr."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from latentexplorer.core.errors import LatentExplorerError, Stopped
from latentexplorer.core.launch import Launch

COMMANDS = (
    "gui",
    "demo",
    "list",
    "check",
    "train",
    "evaluate",
    "figure",
    "encode",
    "decode",
    "sample",
    "project",
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
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments:
        arguments = ["gui"]
    try:
        launch = Launch.of()
        if launch.size > 1 and arguments[0] != "train":
            # One of the processes does the work: two windows or two writers of one file help nobody.
            if launch.rank:
                return 0
            print("latentexplorer: only train shares its work among processes; this one works alone", file=sys.stderr)
        options = parser().parse_args(arguments)
        code = int(options.run(options))
        # Here, where a reader who has gone is answered, and not when the interpreter ends.
        sys.stdout.flush()
        return code
    except LatentExplorerError as error:
        print(f"latentexplorer: {error}", file=sys.stderr)
        return 2
    except MemoryError:
        print("latentexplorer: The memory is full. Use fewer images or a smaller batch", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing is wrong, and Python must not complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        print(f"latentexplorer: {name}{error.strerror or error}", file=sys.stderr)
        return 2
    except (KeyboardInterrupt, Stopped):
        print("latentexplorer: stopped", file=sys.stderr)
        return 130


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
