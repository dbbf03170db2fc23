"""`latentexplorer compare`: whether two models organise the same images alike."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from latentexplorer.cli.common import (
    add_place,
    add_run,
    command,
    listening,
    no_other_settings,
    open_run,
    positive,
    print_json,
    run_path,
)

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
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    add_place(parser)


def run(options: argparse.Namespace) -> int:
    """Print the numbers, or one JSON document."""
    from latentexplorer.latent.evaluation import as_json
    from latentexplorer.views.duel import Settings, compute
    from latentexplorer.views.registry import settings_of

    no_other_settings(options)
    chosen = {
        "other": str(run_path(options.other_folder)),
        "part": options.part,
        "limit": options.limit,
        "rows": 0,
        "seed": options.seed or 0,
    }
    settings = settings_of("duel", chosen)
    assert isinstance(settings, Settings)
    trained = open_run(options)
    with listening(options) as (emit, stop):
        result = compute(trained, settings, emit=emit, stop=stop)
    if options.json:
        print_json(as_json({"run": trained.name, **result.numbers}))
    else:
        print_table(result)
    return 0


def print_table(result: Result) -> None:
    """The same for a person."""
    from latentexplorer.views.duel_words import lines, match_words, matched_text

    print(result.subtitle)
    print(f"{'':<26}{'both':>14}{'by chance':>12}{'two seeds':>14}")
    for title, value, chance, seeds in lines(result):
        print(f"{title:<26}{value:>14}{chance:>12}{seeds or '–':>14}")
    print(f"{matched_text(result.matches)}:")
    for row in range(min(len(result.matches.r), LISTED)):
        pair, size = match_words(result.matches, row)
        print(f"  {pair:<14}{size}")
    if len(result.matches.r) > LISTED:
        print(f"  and {len(result.matches.r) - LISTED} more (--json)")
    for note in result.notes:
        print(f"* {note}.")
