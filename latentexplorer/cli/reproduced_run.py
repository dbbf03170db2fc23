"""The run of a reproduced row: trained as its preset says, or taken up where an earlier call left it."""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentexplorer.cli.common import say
from latentexplorer.cli.evaluate_command import keep
from latentexplorer.cli.reference import Row, sigmoid_floor
from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import RunError
from latentexplorer.core.events import Emit
from latentexplorer.core.paths import expanded, runs_dir, slug

if TYPE_CHECKING:
    from latentexplorer.core.config import RunConfig
    from latentexplorer.data import DataSplit
    from latentexplorer.runs import RunFolder, Trained

QUICK = (
    "data.limit=64",
    "training.epochs=2",
    "training.held_out=0",
    "training.snapshots=0",
    "data.train_per_class=none",
    "data.test_per_class=3",
)

VALIDATION = {"mnist": ("data.train_per_class=5000", "data.test_per_class=200")}
"""Of sets that are trained on whole: so much less is trained on to have something to tune on."""


UNMEASURED = "Trained, not measured yet"


class UnfinishedError(RunError):
    """A row has no finished run or is not measured, and nothing was to be trained or measured."""


@dataclass
class Finished:
    """A trained and measured run of a system."""

    path: Path
    metrics: dict[str, Any]
    history: Any
    seconds: float
    notes: list[str] = field(default_factory=list)
    unkept: str = ""
    """Why what was measured could not be kept in it: it is told all the same."""


def runs_folder(options: argparse.Namespace) -> Path:
    """Where the runs are."""
    return expanded(options.out) if options.out else runs_dir() / "reproduce"


def trained_run(
    options: argparse.Namespace, row: Row, seed: int, emit: Emit, stop: StopToken, takes: str = ""
) -> tuple[Trained, list[str]]:
    """The finished run of a row and seed, and what is to be said of it.

    Parameters
    ----------
    takes : str
        How long the training takes, told before it begins; "" where it is soon over.

    Raises
    ------
    UnfinishedError
        If it is not finished and `--finished` asks for no training.
    Stopped
    """
    from latentexplorer.core.presets import preset
    from latentexplorer.data import load_data
    from latentexplorer.runs import RunFolder, Trained
    from latentexplorer.training import train

    changes = [*row.settings, f"training.seed={seed}", f"training.device={options.device or 'auto'}"]
    if options.validate:
        changes += ["data.held_out_from=train", *VALIDATION.get(preset(row.preset).config().data.name, ())]
    if options.quick:
        changes += QUICK
    config = preset(row.preset).config(changes, options.data_root)
    kinds = [name for name in ("quick", "validate") if getattr(options, name)]
    path = runs_folder(options) / slug("-".join([row.preset, *row.settings, f"seed{seed}", *kinds]))
    notes = ["Measured on training images held back."] if options.validate else []
    there = (path / "config.json").exists()
    folder = RunFolder.open(path) if there else None
    if options.finished and (folder is None or folder.status != "finished"):
        raise UnfinishedError("Not trained yet" if folder is None else f"Trained for {_epochs(folder)} so far")
    say(options, f"{row.name} {row.system if row.preset != row.name else ' '.join(row.settings)} seed {seed}")
    data: DataSplit | None = None
    if folder is not None:
        notes += _other_settings(folder, config, row)
    else:
        data = load_data(config.data, emit=emit, stop=stop)
        config = _as_many_steps(config, row, data, notes, quick=options.quick)
        folder = RunFolder.create(path, config)
    if folder.status == "finished":
        places = {} if options.data_root is None else {"data.root": options.data_root}
        return Trained.load(path, places=places, device=options.device or "auto", emit=emit, stop=stop), notes
    if takes and not options.quick:
        say(options, f"This training takes {takes} on one quiet core; stopped with Ctrl-C it goes on at the next call.")
    data = data or load_data(folder.config.data, emit=emit, stop=stop)
    trained = train(folder, data, emit=emit, stop=stop, resume=folder.status != "empty")
    stop.check()
    return trained, notes


def measured_run(options: argparse.Namespace, row: Row, seed: int, emit: Emit, stop: StopToken) -> Finished:
    """The run of a row and seed with everything that `evaluate` says of it."""
    from latentexplorer.latent.evaluation import evaluate

    trained, notes = trained_run(options, row, seed, emit, stop)
    folder = trained.folder()
    metrics, unkept = folder.metrics, ""
    if not metrics or metrics.get("evaluation", {}).get("epoch") != trained.epoch:
        if options.finished:
            raise UnfinishedError(UNMEASURED)
        metrics = evaluate(trained, emit=emit, stop=stop, both_starts=True, quick=options.quick)
        try:
            keep(trained, metrics)
        except RunError as error:
            unkept = str(error)
    if row.reported_images and len(trained.images("train")) < row.reported_images and not options.quick:
        notes.append(
            f"{len(trained.images('train')):,} images on disk, {row.reported_images:,} reported: as many gradient steps"
        )
    if row.metric.endswith("4sse_plus_kl"):
        notes.append(
            f"Floor of a sigmoid on these images in [-1, 1]: {sigmoid_floor(trained.images('train').images):.0f}."
        )
    return Finished(folder.path, metrics, trained.history, seconds_of(trained), notes, unkept)


def seconds_of(trained: Trained) -> float:
    """Time spent training: the last row counts from the start."""
    return float(trained.history.rows[-1]["seconds"])


def _epochs(folder: RunFolder) -> str:
    return f"{len(folder.history):,} of {folder.config.training.epochs:,} epochs"


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
