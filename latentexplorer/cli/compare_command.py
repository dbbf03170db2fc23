"""`latentexplorer compare`: whether two models organise the same images alike."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from latentexplorer.cli.common import add_run, command, positive, run_path
from latentexplorer.cli.worked_out import add_answer, tell, worked_out

if TYPE_CHECKING:
    from latentexplorer.views.duel import Result

LISTED = 20
"""Pairs of dimensions that a person is told."""


def add(commands: Any) -> None:
    """Add the command."""
    parser = command(
        commands,
        "compare",
        run,
        summary="Compare two runs: do they organise the same images alike, and which dimensions match",
        example="""
        latentexplorer compare runs/one runs/other
        latentexplorer compare runs/one runs/other --part train --json
        latentexplorer figure duel runs/one --set other=runs/other --out duel.png
        """,
    )
    add_run(parser)
    parser.add_argument("other_folder", metavar="OTHER", help="the run to set beside it")
    parser.add_argument("--part", choices=("test", "train"), default="test", help="held-out or training images")
    parser.add_argument(
        "--limit", type=positive, metavar="N", default=2000, help="images at most, evenly spread (default: 2000)"
    )
    add_answer(parser)


def run(options: argparse.Namespace) -> int:
    """Print the numbers, or one JSON document."""
    from latentexplorer.views.duel import compute

    chosen = {
        "other": str(run_path(options.other_folder)),
        "part": options.part,
        "limit": options.limit,
        "rows": 0,
        "seed": options.seed or 0,
    }
    trained, result = worked_out(options, "duel", chosen, compute)
    return tell(options, {"run": trained.name, **result.numbers}, lines(result), result.notes)


def lines(result: Result) -> Iterator[str]:
    """The same for a person."""
    from latentexplorer.views import duel_words

    yield result.subtitle
    yield f"{'':<26}{'both':>14}{'by chance':>12}{'two seeds':>14}"
    for title, value, chance, seeds in duel_words.lines(result.alike, result.seeds):
        yield f"{title:<26}{value:>14}{chance:>12}{seeds or '–':>14}"
    yield f"{duel_words.matched_text(result.matches)}:"
    for row in range(min(len(result.matches.r), LISTED)):
        pair, size = duel_words.match_words(result.matches, row)
        yield f"  {pair:<14}{size}"
    if len(result.matches.r) > LISTED:
        yield f"  and {len(result.matches.r) - LISTED} more (--json)"
