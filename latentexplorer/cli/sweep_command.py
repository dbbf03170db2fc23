"""`latentexplorer sweep`: one run for each combination of the values of some settings; a table and a figure."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentexplorer.cli.common import (
    add_data_root,
    add_set,
    command,
    listening,
    output_path,
    positive,
    print_json,
    say,
)
from latentexplorer.cli.train_command import config_of
from latentexplorer.core.errors import SettingsError, Stopped
from latentexplorer.core.events import Emit, Event, SweepRunBegan, SweepRunEnded
from latentexplorer.core.paths import expanded
from latentexplorer.core.sweeps import SEED, Combination, combinations, parse_variation

if TYPE_CHECKING:
    from latentexplorer.core.config import RunConfig
    from latentexplorer.runs.sweep_folder import SweepFolder

FIGURE = "sweep.png"
"""Beside the runs."""
SUFFIXES = (".png", ".svg", ".pdf")


def add(commands: Any) -> None:
    """Add the command."""
    parser = command(
        commands,
        "sweep",
        run,
        summary="Train a run for each value of a setting; print where the results level off",
        example="""
        latentexplorer sweep --preset digits-vae --vary model.latent_dim=1,2,4,8,16 --seeds 3 --out dims
        latentexplorer sweep --preset digits-vae --vary model.latent_dim=2,8 --vary model.beta=0.5,1,4 --out both
        latentexplorer sweep --set data.name=shapes model.family=pca --vary model.latent_dim=2,4,8,16 --out dims-pca
        latentexplorer sweep --out dims

        the last one goes on with a sweep that was stopped, and prints it again when it is finished
        """,
    )
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--preset", metavar="NAME", help="ready-made settings, see: latentexplorer list presets")
    start.add_argument("--config", metavar="FILE.toml", help="your own settings (a run's config.json also works)")
    parser.add_argument(
        "--vary",
        metavar="KEY=V1,V2,...",
        action="append",
        default=[],
        help="a setting and its values; may be repeated: then every combination is trained",
    )
    parser.add_argument("--seeds", type=positive, default=1, metavar="N", help="runs of each combination (default: 1)")
    add_set(parser, "change a setting of all runs, such as training.epochs=20; may be repeated")
    add_data_root(parser)
    parser.add_argument("--out", metavar="DIR", required=True, help="folder of the runs, new or begun before")
    parser.add_argument(
        "--figure", metavar="FILE", help=f"where the figure goes: .png, .svg or .pdf (default: {FIGURE})"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(options: argparse.Namespace) -> int:
    """Train what is not trained yet, then print the table; exit code 2 where a run could not be trained."""
    from latentexplorer.training.sweeping import run_sweep

    figure = output_path(options.figure, SUFFIXES) if options.figure is not None else None
    sweep = _sweep(options)
    problems: dict[str, str] = {}
    try:
        with listening(options) as (emit, stop):
            problems = run_sweep(sweep, emit=_Telling(options, emit), stop=stop)
    except (Stopped, KeyboardInterrupt):
        say(options, f"stopped; go on with: latentexplorer sweep --out {shlex.quote(str(sweep.path))}")
        _tell(options, sweep, {}, figure)
        raise Stopped from None
    _tell(options, sweep, problems, figure)
    return 2 if problems else 0


class _Telling:
    """Says which run begins, and passes on what its training tells."""

    def __init__(self, options: argparse.Namespace, emit: Emit) -> None:
        self._options, self._emit = options, emit

    def __call__(self, event: Event) -> None:
        if isinstance(event, SweepRunBegan):
            say(self._options, f"{event.text}: {event.name}")
        elif isinstance(event, SweepRunEnded):
            if event.problem:
                say(self._options, f"{event.name}: {event.problem}")
        else:
            self._emit(event)


def _sweep(options: argparse.Namespace) -> SweepFolder:
    """The sweep to be trained, everything of it checked; its folder is there."""
    from latentexplorer.runs.sweep_folder import SweepFolder

    if not options.vary:
        if options.preset or options.config or options.set or options.seed is not None or options.seeds > 1:
            raise SettingsError("Nothing is varied", "Name a setting and its values: --vary model.latent_dim=2,4,8")
        sweep = SweepFolder.open(expanded(options.out))
        if options.data_root is None and options.device is None:
            return sweep
        base, asked = sweep.base, [Combination(run.changes, run.seed, run.config) for run in sweep.runs]
        moved = [f"data.root={options.data_root}"] if options.data_root is not None else []
        moved += [f"training.device={options.device}"] if options.device is not None else []
        return SweepFolder.begin(sweep.path, base.updated(moved), asked)
    base, asked = _asked(options)
    return SweepFolder.begin(options.out, base, asked)


def _asked(options: argparse.Namespace) -> tuple[RunConfig, list[Combination]]:
    """The settings that all runs have, and all combinations of the others."""
    variations = [parse_variation(text) for text in options.vary]
    wanted = [text.partition("=")[0].strip() for text in options.set or []]
    both = [variation.key for variation in variations if variation.key in wanted]
    if both:
        raise SettingsError(f"{both[0]} is set and varied", "Leave it out of --set")
    if SEED in wanted:
        raise SettingsError(f"{SEED} is the first of several seeds here", "Say --seed N, and how many: --seeds N")
    # A path that is varied is not missing.
    first = [f"{variation.key}={_first(variation.key, options.vary)}" for variation in variations]
    base = config_of(argparse.Namespace(**{**vars(options), "set": [*(options.set or []), *first], "seed": None}))
    start = options.seed if options.seed is not None else base.training.seed
    return base, combinations(base, variations, range(start, start + options.seeds))


def _first(key: str, texts: list[str]) -> str:
    """The first value of a setting as it was typed: any of them makes the settings whole."""
    from latentexplorer.core.sweeps import split_values

    listed = next(text.partition("=")[2] for text in texts if text.partition("=")[0].strip() == key)
    return split_values(listed)[0].strip()


def _tell(options: argparse.Namespace, sweep: SweepFolder, problems: dict[str, str], figure: Path | None) -> None:
    """Print what there is by now, and draw it."""
    from latentexplorer.cli.sweep_table import as_json, table
    from latentexplorer.views.sweep import compute

    result = compute(sweep, problems=problems)
    if result.panels:
        from latentexplorer.figures.sweep import export

        drawn = export(result, figure or sweep.path / FIGURE)
        say(options, f"figure: {drawn}")
    if options.json:
        print_json(as_json(result, sweep.path))
        return
    print("\n".join(table(result)))
    print(sweep.path)
