"""`latentexplorer reproduce`: the systems of the reports, trained again and measured with their own metric.

`latentexplorer reproduce published`: the same for figures that others published.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from latentexplorer.cli.common import add_data_root, command, listening, positive, print_json, say
from latentexplorer.cli.published import Measured, Published, published
from latentexplorer.cli.reference import Row, figures_of_several, measured, rows, spread
from latentexplorer.cli.reproduced_run import (
    Finished,
    UnfinishedError,
    measured_run,
    runs_folder,
    seconds_of,
    trained_run,
)
from latentexplorer.cli.reproduced_table import SAMPLES, Result, markdown, text, text_line
from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import LatentExplorerError, RunError, SettingsError, Stopped
from latentexplorer.core.events import Emit
from latentexplorer.core.paths import expanded

PUBLISHED = "published"
Key = tuple[str, ...]


def add(commands: Any) -> None:
    """Add the command."""
    parser = command(
        commands,
        "reproduce",
        run,
        summary="Train the reference systems again; print reported beside measured",
        example="""
        latentexplorer reproduce --quick --data-root data
        latentexplorer reproduce ad-128 vae-3 --data-root data
        latentexplorer reproduce --seeds 3 --figures figures --json --data-root data
        latentexplorer reproduce published --data-root data
        latentexplorer reproduce published --finished --markdown
        """,
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="systems (default: all), or 'vae-3 model.beta=1': one of several rows; `published` (first): the figures "
        "that others published, all or those named after it",
    )
    parser.add_argument("--quick", action="store_true", help="a few images and epochs of each, to show that all work")
    parser.add_argument(
        "--seeds", type=positive, default=1, metavar="N", help="runs of each: mean and range are printed"
    )
    parser.add_argument(
        "--validate",
        action="store_true",
        help="measure on training images held back instead of test images: for tuning",
    )
    parser.add_argument(
        "--finished", action="store_true", help="train nothing: only the rows whose runs are finished and measured"
    )
    parser.add_argument("--figures", metavar="DIR", help="write every figure of every finished run there")
    parser.add_argument("--out", metavar="DIR", help="folder of the runs (default: reproduce in the runs folder)")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="print one JSON document")
    shape.add_argument("--markdown", action="store_true", help="print the table in Markdown")
    add_data_root(parser)


def run(options: argparse.Namespace) -> int:
    """Train what is not there yet, measure, tell each row as it is done and end with the whole table."""
    wanted: Sequence[Row] = _published(options) if options.names[:1] == [PUBLISHED] else rows(options.names)
    results: list[Result] = []
    paths: dict[Key, Path] = {}
    unkept: list[str] = []
    failed = 0
    try:
        with listening(options) as (emit, stop):
            measure = _measure(options, paths, unkept, emit, stop)
            for row in wanted:
                try:
                    result = measure(row)
                except Stopped:
                    raise
                except LatentExplorerError as error:
                    failed += not isinstance(error, UnfinishedError)
                    result = _unmeasured(row, str(error))
                results.append(result)
                say(options, text_line(result))
            if options.figures is not None:
                _figures(options, paths, emit, stop)
    finally:
        # Also what was there when somebody stopped it.
        _print(options, results)
    if unkept:
        raise RunError(f"Not everything could be kept: {unkept[0]}")
    return 2 if failed else 0


def _print(options: argparse.Namespace, results: Sequence[Result]) -> None:
    if options.json:
        print_json(results)
    elif results:
        print((markdown if options.markdown else text)(results, finished=options.finished), flush=True)


def _published(options: argparse.Namespace) -> list[Published]:
    if options.validate:
        raise SettingsError("--validate does not go with published figures", "They are of test images; leave it out")
    return published(options.names[1:])


def _measure(
    options: argparse.Namespace, paths: dict[Key, Path], unkept: list[str], emit: Emit, stop: StopToken
) -> Callable[[Row], Result]:
    """What trains and measures a row; runs that several rows share are trained once."""
    known = Measured(runs_folder(options), unkept, finished=options.finished)
    done: dict[Key, list[Finished]] = {}

    def measure(row: Row) -> Result:
        if isinstance(row, Published):
            return _measured_published(options, row, known, paths, emit, stop)
        key = (row.preset, *row.settings)
        if key not in done:
            done[key] = [measured_run(options, row, seed, emit, stop) for seed in _seeds(options)]
            paths[key] = done[key][0].path
            unkept.extend(one.unkept for one in done[key] if one.unkept)
        return _result(row, done[key])

    return measure


def _seeds(options: argparse.Namespace) -> range:
    first = options.seed or 0
    return range(first, first + options.seeds)


def _measured_published(
    options: argparse.Namespace, row: Published, known: Measured, paths: dict[Key, Path], emit: Emit, stop: StopToken
) -> Result:
    values, seconds, notes, runs = [], [], [row.note], []
    for seed in _seeds(options):
        if not row.preset:
            value, took = known.of_tool(row, options.data_root, seed, options.quick, emit, stop)
        else:
            trained, said = trained_run(options, row, seed, emit, stop, row.takes)
            value, took = known.of_run(row, trained, seed, options.quick, emit, stop), seconds_of(trained)
            folder = trained.folder().path
            paths.setdefault((row.preset,), folder)
            runs.append(str(folder))
            notes += said
        values.append(value)
        seconds.append(took)
    return _row(row, values, values, seconds, notes, runs)


def _result(row: Row, finished: list[Finished]) -> Result:
    values = [value for one in finished if (value := measured(row, one.metrics, one.history)) is not None]
    every = [value for one in finished for value in spread(row, one.metrics, one.history)]
    found = [note + "." for one in finished for note in one.metrics.get("notes", ())]
    notes = [row.note, *finished[0].notes, *dict.fromkeys(found)]
    if row.metric.endswith("separation_error"):
        floor = finished[0].metrics["test"].get("assignment_floor")
        notes.append(f"Floor of a fixed assignment of a symmetric mixture: {floor:.3f}." if floor else "")
    if row.metric == "test.norm_metric":
        notes += _starts(finished)
    result = _row(row, values, every, [one.seconds for one in finished], notes, [str(one.path) for one in finished])
    return result | {"samples": _samples(finished)}


def _starts(finished: Sequence[Finished]) -> list[str]:
    """How far it matters where fits of codes begin, where that was measured."""
    told = [one.metrics["test"] for one in finished]
    if not all("cold_images" in one for one in told):
        return []
    cold, warm = (statistics.fmean(one[f"norm_metric_{start}"] for one in told) for start in ("cold", "warm"))
    return [f"Of {told[0]['cold_images']} images, fitted from random codes: {cold:.4f}; from known codes: {warm:.4f}."]


def _samples(finished: Sequence[Finished]) -> dict[str, float | None]:
    """How far draws, reconstructions and training images lie from held-out ones: means over the runs."""
    told = [one.metrics.get("samples") or {} for one in finished]
    known = {key: [one[key] for one in told if one.get(key) is not None] for key in SAMPLES}
    return {key: statistics.fmean(values) if values else None for key, values in known.items()}


def _row(
    row: Row,
    values: Sequence[float],
    every: Sequence[float],
    seconds: Sequence[float],
    notes: Sequence[str],
    runs: Sequence[str],
) -> Result:
    """A row of the table; `every`: all that `values` are means of."""
    mean = statistics.fmean(values) if values else None
    against = row.goal if row.reported is None else row.reported
    inside = against is not None and len(set(every)) > 1 and min(every) <= against <= max(every)
    return {
        "name": row.name,
        "settings": list(row.settings),
        "metric": row.metric,
        "kind": row.kind,
        "reported": row.reported,
        "goal": row.goal,
        "measured": mean,
        "range": [min(every), max(every)] if every else None,
        "met": row.met(mean, every),
        # Only one of what `measured` is the mean of is as good: equal within the spread, and not better.
        "by_range_alone": bool(row.met(mean, every)) and not row.met(mean),
        # What was measured lies on both sides of it: chance may have put the mean on the better one.
        "inside_range": inside,
        "seconds": round(statistics.fmean(seconds), 1) if seconds else None,
        "note": " ".join(note for note in notes if note),
        "samples": None,
        "runs": list(runs),
        **(row.columns if isinstance(row, Published) else {}),
    }


def _unmeasured(row: Row, why: str) -> Result:
    return _row(row, (), (), (), (why,), ())


def _figures(options: argparse.Namespace, paths: dict[Key, Path], emit: Emit, stop: StopToken) -> None:
    """Every figure of every run into a folder of its own, and those of several runs beside the folders."""
    from latentexplorer.figures import export, export_all
    from latentexplorer.runs import Trained

    places = {} if options.data_root is None else {"data.root": options.data_root}

    def opened(path: Path) -> Trained:
        return Trained.load(path, places=places, emit=emit, stop=stop)

    folder = expanded(options.figures)
    for path in paths.values():
        for kind, result in export_all(opened(path), folder / path.name, emit=emit, stop=stop):
            if not isinstance(result, Path):
                say(options, f"no {kind} of {path.name}: {result}")
    by_system = {" ".join(key): path.resolve() for key, path in paths.items()}
    for figure in figures_of_several():
        there = [by_system[name] for name in figure.of if name in by_system]
        if len(there) > 1:
            others = json.dumps([str(path) for path in there[1:]])
            settings = [*figure.settings, f"runs={others}"]
            export(figure.kind, opened(there[0]), folder / f"{figure.name}.png", settings, emit=emit, stop=stop)
