"""`latentexplorer fit`: find the code of one image by descent, from several starts."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from latentexplorer.cli.asked import add_image, add_search, asked_search
from latentexplorer.cli.common import add_run, command
from latentexplorer.cli.worked_out import add_answer, tell, worked_out

if TYPE_CHECKING:
    from latentexplorer.views.code_found import Result


def add(commands: Any) -> None:
    """Add the command."""
    parser = command(
        commands,
        "fit",
        run,
        summary="Find the code of an image by descent from several starts, also beside what an encoder says",
        example="""
        latentexplorer fit runs/mine test:3
        latentexplorer fit runs/mine photo.png --starts 8 --steps 1000 --json
        """,
    )
    add_run(parser)
    add_image(parser)
    add_search(parser)
    add_answer(parser, json="print one JSON document, the error of every step in it")


def run(options: argparse.Namespace) -> int:
    """Seek it and print how each start ended."""
    from latentexplorer.views.code_found import compute, document

    _, result = worked_out(options, "code-found", asked_search(options), compute)
    return tell(options, document(result), lines(result), result.notes)


def lines(result: Result) -> Iterator[str]:
    """A line for each start; the best has a star."""
    yield result.subtitle
    yield f"{'start':<42}{'rmse at first':>14}{'rmse found':>12}{'cost, nats':>12}"
    for at, name in enumerate(result.names):
        mark = "*" if at == result.best else " "
        yield f"{mark} {name:<40}{result.errors[0, at]:>14.4f}{result.error[at]:>12.4f}{result.least[at]:>12.1f}"
