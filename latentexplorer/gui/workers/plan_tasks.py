"""Worked out before a training begins: what earlier ones took, what it would take, what its images look like."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import DataConfig, RunConfig
from latentexplorer.core.costs import Cost, cost_key, epoch_images, rate_key, this_machine
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.expected import Expected
from latentexplorer.gui.workers.job import Report
from latentexplorer.views.base import Array

MOST_RUNS = 200


@dataclass(frozen=True)
class PastRun:
    """A run in the runs folder, as what can be trained once more.

    Attributes
    ----------
    path : Path
    config : RunConfig
    images : Expected or None
        What it was trained on.
    modified : float
        Seconds since 1970.
    """

    path: Path
    config: RunConfig
    images: Expected | None
    modified: float


@dataclass(frozen=True)
class Past:
    """What is known from earlier runs: them, the last changed first, and what they took, by `cost_key`."""

    runs: tuple[PastRun, ...]
    costs: dict[str, Cost]


def look_back(emit: Report, stop: StopToken) -> Past:
    """Read the settings and times of the runs in the runs folder; a damaged one is passed over."""
    from latentexplorer.runs.folder import RunFolder
    from latentexplorer.runs.listing import list_runs

    runs, costs = [], dict[str, Cost]()
    for summary in list_runs(stop=stop)[:MOST_RUNS]:
        stop.check()
        if summary.config is None:
            continue
        try:
            folder = RunFolder.open(summary.path)
            found = folder.environment
            clock_s = [0.0, *(row.get("seconds", math.nan) for row in folder.read_history(stop))]
        except LatentExplorerError:
            continue
        images = _images(found, summary.config.data.source.balanced[0])
        runs.append(PastRun(summary.path, summary.config, images, summary.modified))
        known = _cost(summary.config, found, images, [after - before for before, after in pairwise(clock_s)])
        if known is not None:
            # The newest comes first, and counts.
            keys, cost = known
            for key in keys if cost.timed else keys[:1]:
                costs.setdefault(key, cost)
    return Past(tuple(runs), costs)


def _images(environment: dict[str, object], classes: int) -> Expected | None:
    """What a run was trained on, as its `environment.json` has it."""
    data = environment.get("data")
    if not isinstance(data, dict):
        return None
    try:
        channels, height, width = map(int, data["image_shape"])
        return Expected(int(data["train"]), int(data["test"]), (height, width, channels), classes)
    except (KeyError, TypeError, ValueError):
        return None


def _cost(
    config: RunConfig, environment: dict[str, object], images: Expected | None, epochs_s: list[float]
) -> tuple[tuple[str, str], Cost] | None:
    """What a run took, with what parameters and time are known by; None where it does not say."""
    model, numerics = environment.get("model"), environment.get("numerics")
    if images is None or not images.train or not isinstance(model, dict) or not isinstance(numerics, dict):
        return None
    weights, device = model.get("weights"), numerics.get("device")
    if not isinstance(weights, int) or not isinstance(device, str):
        return None
    here = all(environment.get(key) == value for key, value in this_machine().items())
    taken = [seconds for seconds in epochs_s if math.isfinite(seconds) and seconds > 0]
    image_s = statistics.median(taken) / epoch_images(config, images) if here and taken else math.nan
    keys = cost_key(config, images, device), rate_key(config, images, device)
    return keys, Cost(weights, image_s, from_run=here and bool(taken))


def measure(config: RunConfig, images: Expected, timed: bool, emit: Report, stop: StopToken) -> Cost:
    """What a training would take, by a few steps of it where they are to be `timed`; nothing of it is kept."""
    from latentexplorer.training.measuring import measure as steps

    return steps(config, images, stop, timed=timed)


@dataclass(frozen=True, eq=False)
class Thumbnails:
    """Some images (n, H, W, C), uint8, of a set, and how many there are.

    Attributes
    ----------
    counts : (int, int)
        To train on and held out; zeros where they were not counted.
    problem : str
        Why there are none; "" where the set is only not on this machine.
    """

    images: Array
    counts: tuple[int, int]
    problem: str = ""


def thumbnails(data: DataConfig, count: int, emit: Report, stop: StopToken) -> Thumbnails:
    """Look at some images of a set, where it is on this machine."""
    from latentexplorer.data.glimpse import Glimpse, glimpse

    try:
        found, problem = glimpse(data, count, stop), ""
    except LatentExplorerError as error:
        found, problem = Glimpse(), error.what
    return Thumbnails(found.images, found.counts, problem)
