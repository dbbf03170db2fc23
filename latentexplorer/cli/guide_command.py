"""`latentexplorer guide`: the pages of the guide, to be read in a terminal."""

from __future__ import annotations

import argparse
from typing import Any

from latentexplorer.cli.common import command


def add(commands: Any) -> None:
    """Add the command."""
    parser = command(
        commands,
        "guide",
        run,
        summary="Print the guide: which pages there are, or one of them",
        example="""
        latentexplorer guide
        latentexplorer guide near-data
        """,
    )
    parser.add_argument("page", metavar="PAGE", nargs="?", help="name of a page; without it, all names")


def run(options: argparse.Namespace) -> int:
    """Print a page as it is written, or a line for each."""
    from latentexplorer.core.guide import page, pages

    if options.page is not None:
        print(page(options.page).text, end="")
        return 0
    width = max(map(len, pages()))
    for each in pages().values():
        print(f"{each.slug:<{width}}  {each.title}: {each.summary}")
    return 0
