"""What others published, row by row, and what of our runs and tools is held against it."""

from __future__ import annotations

import json
import math
import sys
import time
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from latentexplorer.cli.common import version
from latentexplorer.cli.reference import Row
from latentexplorer.cli.reproduced_run import UNMEASURED, UnfinishedError
from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import RunError, SettingsError
from latentexplorer.core.events import Emit
from latentexplorer.core.outside_json import parsed
from latentexplorer.core.paths import replacing, resource
from latentexplorer.core.registry import suggest

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

KEPT = "published.json"
"""Figures that were measured already, in the folder of the runs."""
QUICK = {"draws": 5, "images": 100}
NOISE = 0.1
"""How far a bound of one draw an image may come out above what it is below, nats."""


@dataclass(frozen=True)
class Published(Row):
    """A figure that others published.

    Attributes
    ----------
    preset : str
        What is trained; "" where a tool is measured and nothing is.
    tolerance : float
    direction : "within", "higher", "lower" or "below"
        See `resources/published.toml`.
    source : str
        Where it was published.
    draws, images : int
        Of the importance-weighted bound; held-out images, or points of a map.
    takes : str
        How long the training takes on one quiet core, in words; "" where it is soon over.
    """

    tolerance: float = 0.0
    direction: str = "within"
    source: str = ""
    draws: int = 200
    images: int = 10_000
    takes: str = ""

    @property
    def accepted(self) -> tuple[float, float]:
        """Least and greatest value that is as good as published."""
        reported = math.nan if self.reported is None else self.reported
        low, high = reported - self.tolerance, reported + self.tolerance
        return {
            "within": (low, high),
            "higher": (low, math.inf),
            "lower": (-math.inf, high),
            "below": (low, reported + NOISE),
        }[self.direction]

    def met(self, measured: float | None, spread: Iterable[float] = ()) -> bool | None:
        """Whether what was measured is as good as published."""
        if measured is None:
            return None
        low, high = self.accepted
        # As exact as the published digits.
        return bool(low - 1e-9 <= measured <= high + 1e-9)

    @property
    def columns(self) -> dict[str, Any]:
        """What its result has beside that of a reference row; a side without an end is None."""
        ends = [end if math.isfinite(end) else None for end in self.accepted]
        return {"preset": self.preset or None, "tolerance": self.tolerance, "accepted": ends, "source": self.source}


def published(names: Iterable[str] = ()) -> list[Published]:
    """The rows of the named figures or presets, by default all."""
    table = tomllib.loads(resource("published.toml").read_text(encoding="utf-8"))["row"]
    found = [Published(**row) for row in table]
    known = list(dict.fromkeys(name for row in found for name in (row.name, row.preset) if name))
    wanted = list(names) or known
    for name in wanted:
        if name not in known:
            raise SettingsError(f"There is no published figure named {name!r}", suggest(name, known))
    return [row for row in found if row.name in wanted or row.preset in wanted]


class Measured:
    """Figures by what they are of, kept in a file, so that none is measured twice.

    Parameters
    ----------
    folder : Path
        That of the runs.
    unkept : list of str
        Takes why something could not be kept, which is told all the same.
    finished : bool
        Whether no run is measured that was not before.
    """

    def __init__(self, folder: Path, unkept: list[str], *, finished: bool = False) -> None:
        self._unkept, self._finished = unkept, finished
        self.file = folder / KEPT
        try:
            known = parsed(self.file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            known = {}
        self.known: dict[str, dict[str, float]] = known if isinstance(known, dict) else {}

    def of_run(self, row: Published, trained: Trained, seed: int, quick: bool, emit: Emit, stop: StopToken) -> float:
        """The row's figure of a trained model."""
        from latentexplorer.latent.anchors import MEASURES, Asked

        stored = (trained.folder().path / "model.safetensors").stat().st_mtime_ns
        asked = Asked(**_effort(row, quick), seed=seed, emit=emit, stop=stop)
        key = f"{trained.name} {stored} {row.metric} {asked.draws} {asked.images}"
        if key not in self.known:
            if self._finished:
                raise UnfinishedError(UNMEASURED)
            self._keep(key, MEASURES[row.metric](trained, asked), 0.0)
        return self.known[key]["value"]

    def of_tool(
        self, row: Published, root: str | None, seed: int, quick: bool, emit: Emit, stop: StopToken
    ) -> tuple[float, float]:
        """The row's figure of a tool, and how many seconds it took."""
        from latentexplorer.core.config import DataConfig
        from latentexplorer.data import load_data
        from latentexplorer.latent.anchors import OF_IMAGES, Asked

        asked = Asked(**_effort(row, quick), seed=seed, emit=emit, stop=stop)
        key = f"{version()} {row.metric} {asked.images} seed {seed}"
        if key not in self.known:
            images = np.zeros((0, 28, 28, 1), np.uint8)
            if row.metric == "trustworthiness":
                images = load_data(DataConfig(name="mnist", root=root), emit=emit, stop=stop).train.images
            begin = time.perf_counter()
            value = OF_IMAGES[row.metric](images, asked)
            self._keep(key, value, time.perf_counter() - begin)
        return self.known[key]["value"], self.known[key]["seconds"]

    def _keep(self, key: str, value: float, seconds: float) -> None:
        self.known[key] = {"value": value, "seconds": round(seconds, 1)}
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with replacing(self.file) as file:
                file.write_text(json.dumps(self.known, indent=2), encoding="utf-8")
        except (RunError, OSError) as error:
            self._unkept.append(f"{self.file}: {error}")


def _effort(row: Published, quick: bool) -> dict[str, int]:
    most = QUICK if quick else dict.fromkeys(QUICK, sys.maxsize)
    return {"draws": min(row.draws, most["draws"]), "images": min(row.images, most["images"])}
