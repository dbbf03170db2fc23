"""`latentexplorer fit`: find the code of one image by descent, from several starts."""

from __future__ import annotations

import argparse
from typing import Any

from latentexplorer.cli.asked import add_asked, asked_changes
from latentexplorer.cli.common import (
    add_place,
    add_run,
    command,
    listening,
    no_other_settings,
    open_run,
    print_json,
)


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
    add_asked(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON document, the error of every step in it")
    add_place(parser)


def run(options: argparse.Namespace) -> int:
    """Seek it and print how each start ended."""
    from latentexplorer.views.code_found import Settings, compute, document
    from latentexplorer.views.registry import settings_of

    no_other_settings(options)
    settings = settings_of("code-found", asked_changes(options))
    assert isinstance(settings, Settings)
    trained = open_run(options)
    with listening(options) as (emit, stop):
        result = compute(trained, settings, emit=emit, stop=stop)
    if options.json:
        print_json(document(result))
        return 0
    print(result.subtitle)
    print(f"{'start':<42}{'rmse at first':>14}{'rmse found':>12}{'nats':>12}")
    for at, name in enumerate(result.names):
        mark = "*" if at == result.best else " "
        print(f"{mark} {name:<40}{result.errors[0, at]:>14.4f}{result.error[at]:>12.4f}{result.least[at]:>12.1f}")
    for note in result.notes:
        print(f"* {note}.")
    return 0
