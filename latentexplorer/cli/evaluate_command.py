"""`latentexplorer evaluate`: how well a run does, on training and held-out images."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
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
    say,
    say_notices,
)
from latentexplorer.core.counting import amount_text
from latentexplorer.core.errors import RunError
from latentexplorer.core.measures import measure_of, rows_of

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


def add(commands: Any) -> None:
    """Add the command."""
    parser = command(
        commands,
        "evaluate",
        run,
        summary="Measure a run on training and held-out images; kept in its metrics.json",
        example="""
        latentexplorer evaluate runs/mine
        latentexplorer evaluate runs/mine --json > metrics.json
        latentexplorer evaluate runs/mine --quick
        latentexplorer evaluate runs/mine --iwae-draws 200 --iwae-images all
        latentexplorer evaluate runs/mine --dimensions
        """,
    )
    add_run(parser)
    add_place(parser)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="a rough look in seconds: few images, few steps, one classifier; its figures are not to be compared",
    )
    parser.add_argument(
        "--iwae-draws",
        type=positive,
        default=200,
        metavar="N",
        help="draws of a code in the importance-weighted bound (default: %(default)s)",
    )
    parser.add_argument(
        "--iwae-images",
        type=_images,
        default=100,
        metavar="N|all",
        help="held-out images that the bound is the mean of (default: %(default)s)",
    )
    parser.add_argument(
        "--dimensions",
        action="store_true",
        help="instead: what each dimension of the code changes, and what of the data it goes with",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(options: argparse.Namespace) -> int:
    """Evaluate, print the metrics and keep them in the run."""
    no_other_settings(options)
    trained = open_run(options)
    if options.dimensions:
        return _dimensions(options, trained)
    from latentexplorer.latent.evaluation import evaluate

    with listening(options) as (emit, stop):
        metrics = evaluate(
            trained,
            emit=emit,
            stop=stop,
            seed=options.seed or 0,
            quick=options.quick,
            iwae_draws=options.iwae_draws,
            iwae_images=options.iwae_images,
        )
    if options.json:
        print_json(metrics)
    else:
        print_table(metrics)
        # That it has collapsed stands among the notes of the table.
        say_notices(options, trained, besides=("collapse",))
    if options.quick:
        say(options, "A rough look, which is not kept with the run")
        return 0
    keep(trained, metrics)
    return 0


def keep(trained: Trained, metrics: dict[str, Any]) -> None:
    """Keep metrics that have been told in the run.

    Raises
    ------
    RunError
    """
    try:
        trained.folder().write_metrics(metrics)
    except RunError as error:
        raise RunError(f"The metrics could not be kept: {error.what}", error.todo) from None


def _dimensions(options: argparse.Namespace, trained: Trained) -> int:
    """Print what each dimension does, the one that changes the image most first."""
    from latentexplorer.latent.evaluation import as_json
    from latentexplorer.views import dimension_effect

    settings = dimension_effect.Settings(seed=options.seed or 0)
    with listening(options) as (emit, stop):
        result = dimension_effect.compute(trained, settings, emit=emit, stop=stop)
    if options.json:
        about = {"run": trained.name, "family": trained.config.model.family, "data": trained.config.data.name}
        print_json(about | as_json(dimension_effect.as_table(result)))
    else:
        print(f"{trained.name}  ({trained.config.model.family} on {trained.config.data.name}; {result.subtitle})")
        print(f"{'':<8}{'changes the image by':>22}{result.importance.measure:>24}  goes with")
        for dim in result.effect.order.tolist():
            known = result.goes_with(dim)
            found = "" if known is None else f"{known.words} ({known.interval})"
            change, matters = result.effect.change[dim], result.importance.value[dim]
            print(f"{f'z{dim}':<8}{change:>22.4f}{matters:>24.4g}  {found}".rstrip())
        for note in result.notes:
            print(f"* {note}.")
    return 0


def _images(text: str) -> int:
    """A number of images, or all there are."""
    return sys.maxsize if text == "all" else positive(text)


def print_table(metrics: dict[str, Any]) -> None:
    """Train and held-out figures side by side."""
    print(f"{metrics['run']}  ({metrics['family']} on {metrics['data']})")
    print(f"{'':<24}{'train':>12}{'held-out':>12}")
    for key, value, other in rows_of(metrics):
        unit = _unit(key, (metrics["train"].get("kl_per_dim") or metrics["test"].get("kl_per_dim") or ()))
        print(f"{key:<24}{_cell(value):>12}{_cell(other):>12}  {unit}".rstrip())
    if known := metrics["disentanglement"]:
        for name, value, chance in (
            ("mig", known["mig"], known["shuffled"]["mig"]),
            *((f"dci_{name}", value, known["shuffled"]["dci"][name]) for name, value in known["dci"].items()),
        ):
            cells = ("", _cell(value)) if known.get("part", "test") == "test" else (_cell(value), "")
            print(f"{name:<24}{cells[0]:>12}{cells[1]:>12}  by chance {_cell(chance)}")
        print(f"* MIG and DCI of {known['codes']:,} codes; DCI by {known['importances']}.")
    for note in metrics["notes"]:
        print(f"* {note}.")


def _unit(name: str, dims: Sequence[float]) -> str:
    measure = measure_of(name)
    unit = measure.unit if measure is not None else ""
    return f"of {len(dims):,} {unit}" if name == "active_units" and dims else unit


def _cell(value: float | None) -> str:
    return "-" if value is None else amount_text(value)
