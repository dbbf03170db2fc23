"""The way of a command that says what a view comes to: settings checked, the run opened, worked out, and told."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from latentexplorer.cli.common import add_place, listening, no_other_settings, open_run, output_path, print_json

if TYPE_CHECKING:
    from latentexplorer.runs import Trained
    from latentexplorer.views.base import ViewResult

R = TypeVar("R", bound="ViewResult")
PICTURES = (".png", ".npz")


def add_answer(parser: argparse.ArgumentParser, *, out: str = "", json: str = "print one JSON document") -> None:
    """The options `--out`, where `out` says what it writes, and `--json`; and where a run's images are now."""
    if out:
        parser.add_argument("--out", metavar="FILE", help=out)
    parser.add_argument("--json", action="store_true", help=json)
    add_place(parser)


def asked_file(options: argparse.Namespace, suffixes: tuple[str, ...] = PICTURES) -> Path | None:
    """The file of `--out`, checked before any work is done; None where nothing is to be written."""
    return None if options.out is None else output_path(options.out, suffixes)


def worked_out(
    options: argparse.Namespace,
    kind: str,
    chosen: Mapping[str, Any],
    compute: Callable[..., R],
    *,
    with_data: bool = True,
) -> tuple[Trained, R]:
    """The run that the command line names, and what a view comes to of it.

    Parameters
    ----------
    kind, compute
        The view, and its own function.
    chosen : mapping
        Its settings, as the command line means them.

    Raises
    ------
    LatentExplorerError
        Before anything is opened where the settings are wrong.
    """
    from latentexplorer.views.registry import settings_of

    no_other_settings(options)
    settings = settings_of(kind, dict(chosen))
    trained = open_run(options, with_data=with_data)
    with listening(options) as (emit, stop):
        return trained, compute(trained, settings, emit=emit, stop=stop)


def tell(
    options: argparse.Namespace,
    document: Mapping[str, Any],
    lines: Iterable[str],
    notes: Iterable[str],
    out: Path | None = None,
) -> int:
    """Print one JSON document or, for a person, lines, notes and the file that was written; gives the exit code."""
    from latentexplorer.latent.evaluation import as_json

    if options.json:
        print_json(as_json(dict(document)))
        return 0
    for line in lines:
        print(line)
    for note in notes:
        print(f"* {note}.")
    if out is not None:
        print(out)
    return 0
