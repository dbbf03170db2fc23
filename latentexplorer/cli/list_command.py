"""`latentexplorer list`: what there is to choose from."""

from __future__ import annotations

import argparse
from typing import Any

from latentexplorer.cli.common import command
from latentexplorer.core.catalog import FAMILIES, SOURCES


def add(commands: Any) -> None:
    """Add the command."""
    parser = command(
        commands,
        "list",
        run,
        summary="Show what there is to choose from",
        example="""
        latentexplorer list presets
        latentexplorer list models
        """,
    )
    parser.add_argument("what", choices=("presets", "datasets", "models", "figures"))


def run(options: argparse.Namespace) -> int:
    """Print one line for each: the name, then what it is."""
    rows: list[tuple[str, str]]
    if options.what == "models":
        rows = [(family.name, f"{family.title}: {family.summary}{_priors(family.priors)}") for family in FAMILIES]
    elif options.what == "datasets":
        rows = [(source.name, f"{source.title}: {source.summary}") for source in SOURCES]
    elif options.what == "presets":
        from latentexplorer.core.presets import presets

        rows = [(name, preset.title) for name, preset in presets().items()]
    else:
        from latentexplorer.views import VIEWS

        rows = [(view.name, f"{view.title}: {view.summary}") for view in VIEWS]
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        print(f"{name:<{width}}  {text}")
    return 0


def _priors(priors: tuple[str, ...]) -> str:
    return f" (priors: {', '.join(priors)})" if priors else ""
