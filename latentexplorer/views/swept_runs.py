"""The runs of a sweep, as far as their folders say how they ended."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.config import RunConfig
from latentexplorer.core.costs import watched
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.views.comparable import GIVEN_CLASS, is_density

if TYPE_CHECKING:
    from latentexplorer.runs.folder import RunFolder
    from latentexplorer.runs.sweep_folder import SweepFolder, SweepRun

BOUND, ERROR, ACTIVE = "bound", "rmse", "active_units"
"""What is measured."""
UNBOUND = "a Bernoulli of grey values"
"""What is called a bound there is none on log p(x): it orders runs of its own kind alone."""
OF_TRAINING = {"root", "limit", "train_per_class"}
"""Settings of the data that do not change which images are held out."""


@dataclass(frozen=True)
class SweptRun:
    """One run of a sweep.

    Attributes
    ----------
    name : str
    path : Path
    words : tuple of str
        The values of the settings that are varied.
    values : tuple
        The same as they are.
    seed : int
    status : str
        One of `runs.folder.STATUSES`, "damaged", or "not begun".
    measures : dict of str to float
        `BOUND` (nats per image), `ERROR` (rmse on [0, 1]) and `ACTIVE` (dimensions) after the last epoch, of a finished
        run; NaN where there is none. Beside them `watched` (held-out images that were measured), and 1 or 0: `held_out`
        (measured on such images), `dense` (the model has a density of images), `drawn` (its codes have posteriors).
    kind : tuple of str
        What must be the same where bounds are compared.
    images : tuple
        What must be the same where errors are compared.
    problem : str
        Why it failed or cannot be read.
    """

    name: str
    path: Path
    words: tuple[str, ...]
    values: tuple[Any, ...]
    seed: int
    status: str
    measures: dict[str, float]
    kind: tuple[str, ...] = ()
    images: tuple[Any, ...] = ()
    problem: str = ""

    @property
    def finished(self) -> bool:
        """Whether it counts."""
        return self.status == "finished"


def words_of(value: object) -> str:
    """A value as a person reads it."""
    if value is None or value in ("", ()):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return " x ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def read_run(sweep: SweepFolder, run: SweepRun, problem: str, stop: StopToken = NEVER) -> SweptRun:
    """What a run says; one that cannot be read says why."""
    # What is known of runs is loaded with torch.
    from latentexplorer.runs.folder import RunFolder

    settings = run.config.settings()
    values = tuple(settings[key] for key in sweep.keys)
    words = tuple(map(words_of, values))
    status, measures, kind, images = "not begun", dict[str, float](), tuple[str, ...](), tuple[Any, ...]()
    path = sweep.path / run.name
    try:
        path = sweep.run_path(run)
        if (path / "config.json").exists():
            folder = RunFolder.open(path)
            status = folder.status
            problem = problem or (folder.message if status == "failed" else "")
            if status == "finished" and len(history := folder.read_history(stop)):
                measures = _measures(folder.config, history.rows[-1])
                kind, images = _kind(folder.config), _images(folder)
                measures["watched"] = _watched(folder)
    except LatentExplorerError as error:
        status, problem = "damaged", problem or str(error)
    if problem and status == "finished":
        # It is there, but it is not the one that was asked for.
        status = "damaged"
    return SweptRun(run.name, path, words, values, run.seed, status, measures, kind, images, problem)


def _measures(config: RunConfig, last: Mapping[str, float]) -> dict[str, float]:
    """The numbers of the last epoch."""
    bound = last.get("test_log_likelihood", math.nan)
    if config.model.kind.variational:
        bound = -(last.get("test_recon", math.nan) + last.get("test_kl", math.nan))
    test = last.get("test_rmse", math.nan)
    return {
        BOUND: bound,
        ERROR: test if math.isfinite(test) else last.get("train_rmse", math.nan),
        ACTIVE: last.get("active_units", math.nan),
        "held_out": float(math.isfinite(test)),
        "drawn": float(config.model.kind.variational),
        "dense": float(config.model.kind.variational or math.isfinite(last.get("train_log_likelihood", math.nan))),
    }


def _kind(config: RunConfig) -> tuple[str, ...]:
    """What must be the same for bounds to be compared: of a density of grey values, or a probability; given a class."""
    bernoulli = "a probability of black and white pixels" if is_density(config) else UNBOUND
    density = bernoulli if config.model.likelihood == "bernoulli" else "a density of grey values"
    return (f"{density}{f', {GIVEN_CLASS}' if config.model.kind.conditional else ''}",)


def _watched(folder: RunFolder) -> float:
    """How many held-out images were measured after an epoch, as far as its folder says; NaN where it does not."""
    data = folder.environment.get("data")
    train, test = (data.get("train"), data.get("test")) if isinstance(data, dict) else (None, None)
    if not isinstance(train, int) or not isinstance(test, int):
        return math.nan
    return float(watched(folder.config, train, test))


def _images(folder: RunFolder) -> tuple[Any, ...]:
    """Which images a run was measured on, as far as its folder says: how many, and from where."""
    data = folder.environment.get("data")
    data = data if isinstance(data, dict) else {}
    asked = folder.config.data.model_dump(exclude=OF_TRAINING)
    # Held-out images are drawn black and white once, however often those that are trained on are.
    asked["binarise"] = asked["binarise"] != "none"
    return folder.image_shape, data.get("test"), folder.config.training.held_out, *asked.values()
