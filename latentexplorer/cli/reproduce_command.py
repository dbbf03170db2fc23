"""`latentexplorer reproduce`: the systems of the reports, trained again and measured with their own metric."""

from __future__ import annotations

import argparse
import json
import math
import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentexplorer.cli.common import add_data_root, command, listening, positive, print_json, say
from latentexplorer.cli.reference import Row, figures_of_several, measured, rows, sigmoid_floor, spread
from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import LatentExplorerError, Stopped
from latentexplorer.core.events import Emit
from latentexplorer.core.paths import expanded, runs_dir, slug

if TYPE_CHECKING:
    from latentexplorer.core.config import RunConfig
    from latentexplorer.data import DataSplit
    from latentexplorer.runs import RunFolder

QUICK = (
    "data.limit=256",
    "training.epochs=2",
    "training.held_out=0",
    "training.snapshots=0",
    "data.train_per_class=none",
    "data.test_per_class=10",
)

VALIDATION = {"mnist": ("data.train_per_class=5000", "data.test_per_class=200")}
"""Of sets that are trained on whole: so much less is trained on to have something to tune on."""


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
        """,
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="systems (default: all), or 'vae-3 model.beta=1': one of several rows"
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
    parser.add_argument("--figures", metavar="DIR", help="write every figure of every finished run there")
    parser.add_argument("--out", metavar="DIR", help="folder of the runs (default: reproduce in the runs folder)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    add_data_root(parser)


@dataclass
class Finished:
    """A trained and measured run of a system."""

    path: Path
    metrics: dict[str, Any]
    history: Any
    seconds: float
    notes: list[str] = field(default_factory=list)


def run(options: argparse.Namespace) -> int:
    """Train what is not there yet, measure, print a line a row as it is done; a row that fails says why."""
    wanted = rows(options.names)
    results: list[dict[str, Any]] = []
    done: dict[tuple[str, ...], list[Finished]] = {}
    failed = 0
    if not options.json:
        print(LINE.format("name", "metric", "reported", "measured", "range", "", "time", "note"))
    with listening(options) as (emit, stop):
        for row in wanted:
            key = (row.preset, *row.settings)
            try:
                if key not in done:
                    done[key] = [_finished(options, row, seed, emit, stop) for seed in _seeds(options)]
                result = _result(row, done[key])
            except Stopped:
                raise
            except LatentExplorerError as error:
                failed += 1
                result = _failure(row, str(error))
            results.append(result)
            if not options.json:
                print(_line(result), flush=True)
        if options.figures is not None:
            _figures(options, done, emit, stop)
    if options.json:
        print_json(results)
    return 2 if failed else 0


def _seeds(options: argparse.Namespace) -> range:
    first = options.seed or 0
    return range(first, first + options.seeds)


def _finished(options: argparse.Namespace, row: Row, seed: int, emit: Emit, stop: StopToken) -> Finished:
    """The run of a row and seed: taken up where an earlier call left it."""
    from latentexplorer.core.presets import preset
    from latentexplorer.data import load_data
    from latentexplorer.latent.evaluation import evaluate
    from latentexplorer.runs import RunFolder, Trained
    from latentexplorer.training import train

    changes = [*row.settings, f"training.seed={seed}", f"training.device={options.device or 'auto'}"]
    if options.validate:
        changes += ["data.held_out_from=train", *VALIDATION.get(preset(row.preset).config().data.name, ())]
    if options.quick:
        changes += QUICK
    config = preset(row.preset).config(changes, options.data_root)
    kinds = [name for name in ("quick", "validate") if getattr(options, name)]
    folder_name = slug("-".join([row.preset, *row.settings, f"seed{seed}", *kinds]))
    path = expanded(options.out) / folder_name if options.out else runs_dir() / "reproduce" / folder_name
    notes = ["Measured on training images held back."] if options.validate else []
    say(options, f"{row.name} {' '.join(row.settings)} seed {seed}")
    data: DataSplit | None = None
    if (path / "config.json").exists():
        folder = RunFolder.open(path)
        notes += _other_settings(folder, config, row)
    else:
        data = load_data(config.data, emit=emit, stop=stop)
        config = _as_many_steps(config, row, data, notes, quick=options.quick)
        folder = RunFolder.create(path, config)
    if folder.status != "finished":
        data = data or load_data(folder.config.data, emit=emit, stop=stop)
        trained = train(folder, data, emit=emit, stop=stop, resume=folder.status != "empty")
        stop.check()
    else:
        trained = Trained.load(path, places=_places(options), device=options.device or "auto", emit=emit, stop=stop)
    metrics = folder.metrics
    if not metrics or metrics.get("evaluation", {}).get("epoch") != trained.epoch:
        metrics = evaluate(trained, emit=emit, stop=stop, both_starts=True, quick=options.quick)
        trained.folder().write_metrics(metrics)
    if row.reported_images and len(trained.images("train")) < row.reported_images and not options.quick:
        notes.append(
            f"{len(trained.images('train')):,} images on disk, {row.reported_images:,} reported: as many gradient steps"
        )
    if row.metric.endswith("4sse_plus_kl"):
        notes.append(
            f"Floor of a sigmoid on these images in [-1, 1]: {sigmoid_floor(trained.images('train').images):.0f}."
        )
    seconds = trained.history.rows[-1]["seconds"]  # counted from the start of the training
    return Finished(path, metrics, trained.history, seconds, notes)


def _places(options: argparse.Namespace) -> dict[str, str]:
    return {} if options.data_root is None else {"data.root": options.data_root}


def _other_settings(folder: RunFolder, config: RunConfig, row: Row) -> list[str]:
    """A note where a run was made with other settings than its row has now: its figures are not the row's."""
    elsewhere = {"data.root", "training.device", *(["training.epochs"] if row.gradient_steps else [])}
    had, has = folder.config.settings(), config.settings()
    changed = [f"{key} {had[key]}, now {has[key]}" for key in has if key not in elsewhere and had[key] != has[key]]
    if not changed:
        return []
    return [f"Trained with other settings ({'; '.join(changed)}): remove {folder.path} to train it anew."]


def _as_many_steps(config: RunConfig, row: Row, data: DataSplit, notes: list[str], *, quick: bool) -> RunConfig:
    """The configuration with as many epochs as give the reported number of gradient steps."""
    if not row.gradient_steps or quick:
        return config
    steps = len(data.train) / config.training.batch_size
    each = math.floor(steps) if config.training.drop_last else math.ceil(steps)
    return config.updated([f"training.epochs={max(1, round(row.gradient_steps / max(1, each)))}"])


def _result(row: Row, finished: list[Finished]) -> dict[str, Any]:
    values = [value for one in finished if (value := measured(row, one.metrics, one.history)) is not None]
    mean = statistics.fmean(values) if values else None
    every = [value for one in finished for value in spread(row, one.metrics, one.history)]
    found = [note + "." for one in finished for note in one.metrics.get("notes", ())]
    notes = [row.note, *finished[0].notes, *dict.fromkeys(found)]
    if row.metric.endswith("separation_error"):
        floor = finished[0].metrics["test"].get("assignment_floor")
        notes.append(f"Floor of a fixed assignment of a symmetric mixture: {floor:.3f}." if floor else "")
    cold = [one.metrics["test"].get("norm_metric_cold") for one in finished]
    if row.metric == "test.norm_metric" and None not in cold:
        notes.append(f"Fitted from random codes: {statistics.fmean(cold):.4f}.")
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
        "seconds": round(statistics.fmean(one.seconds for one in finished), 1),
        "note": " ".join(note for note in notes if note),
        "runs": [str(one.path) for one in finished],
    }


def _failure(row: Row, why: str) -> dict[str, Any]:
    empty = dict.fromkeys(("measured", "range", "met", "seconds"))
    return {
        "name": row.name,
        "settings": list(row.settings),
        "metric": row.metric,
        "kind": row.kind,
        "reported": row.reported,
        "goal": row.goal,
        **empty,
        "note": why,
        "runs": [],
    }


LINE = "{:<34} {:<30} {:>9} {:>9} {:>19} {:<7} {:>8}  {}"


def _line(result: dict[str, Any]) -> str:
    verdict = {True: "better", False: "worse", None: "-"}[result["met"]]
    spread = "" if result["range"] is None else "{:.4g} .. {:.4g}".format(*result["range"])
    seconds = "" if result["seconds"] is None else f"{result['seconds']:.0f} s"
    name = " ".join([result["name"], *(change.removeprefix("model.") for change in result["settings"])])
    metric = f"{result['metric']} ({result['kind']})"
    return LINE.format(
        name, metric, _cell(result["reported"]), _cell(result["measured"]), spread, verdict, seconds, result["note"]
    ).rstrip()


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _figures(
    options: argparse.Namespace, done: dict[tuple[str, ...], list[Finished]], emit: Emit, stop: StopToken
) -> None:
    """Every figure of every run into a folder of its own, and those of several runs beside the folders."""
    from latentexplorer.figures import export, export_all
    from latentexplorer.runs import Trained

    def opened(path: Path) -> Trained:
        return Trained.load(path, places=_places(options), emit=emit, stop=stop)

    folder = expanded(options.figures)
    for finished in done.values():
        for kind, result in export_all(opened(finished[0].path), folder / finished[0].path.name, emit=emit, stop=stop):
            if not isinstance(result, Path):
                say(options, f"no {kind} of {finished[0].path.name}: {result}")
    paths = {" ".join(key): finished[0].path.resolve() for key, finished in done.items()}
    for figure in figures_of_several():
        there = [paths[name] for name in figure.of if name in paths]
        if len(there) > 1:
            others = json.dumps([str(path) for path in there[1:]])
            settings = [*figure.settings, f"runs={others}"]
            export(figure.kind, opened(there[0]), folder / f"{figure.name}.png", settings, emit=emit, stop=stop)
