"""What the reports say, row by row, and how each row is measured again."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from latentexplorer.core.errors import SettingsError
from latentexplorer.core.paths import resource
from latentexplorer.core.registry import suggest

if TYPE_CHECKING:
    from latentexplorer.core.history import History


@dataclass(frozen=True)
class Row:
    """One reported figure.

    Attributes
    ----------
    name, preset : str
        The system; the preset that describes it.
    settings : tuple of str
        Changes of the preset, `KEY=VALUE`.
    metric : str
        `train.` or `test.` and what is measured.
    kind : str
        How: `running` (mean over the last epoch), `stored`, `fitted` (see `latentexplorer.latent.evaluation`).
    reported, goal : float or None
        What the report says, and what we want.
    better : str
        `lower` or `higher`.
    within_spread : bool
        Whether it is enough that the reported figure lies within the range of what is measured.
    gradient_steps, reported_images : int
        Of the reported training, 0 where that is the preset's own: with fewer images on disk there are more epochs.
    comparable : bool
        Whether what was reported is of the same as what is measured: else neither is called better.
    """

    name: str
    metric: str
    kind: str
    preset: str = ""
    settings: tuple[str, ...] = ()
    reported: float | None = None
    goal: float | None = None
    better: str = "lower"
    within_spread: bool = False
    note: str = ""
    gradient_steps: int = 0
    reported_images: int = 0
    comparable: bool = True

    @property
    def system(self) -> str:
        """The preset and its changes, in one word each."""
        return " ".join([self.preset, *self.settings])

    def met(self, measured: float | None, spread: Iterable[float] = ()) -> bool | None:
        """Whether `measured` is at least as good as reported (as the goal, where nothing was); None: no saying.

        Parameters
        ----------
        measured : float or None
        spread : iterable of float
            Everything that `measured` is the mean of.
        """
        against = self.goal if self.reported is None else self.reported
        if against is None or measured is None or not self.comparable:
            return None
        found = [measured, *(spread if self.within_spread else ())]
        return min(found) <= against if self.better == "lower" else max(found) >= against


@dataclass(frozen=True)
class Beside:
    """A figure that a report shows of several systems.

    Attributes
    ----------
    name : str
        Of the file.
    kind : str
        The figure.
    settings : tuple of str
        Its settings, `KEY=VALUE`.
    of : tuple of str
        Presets with their changes, as `Row.system` names them; the first one is the figure's run.
    """

    name: str
    kind: str
    of: tuple[str, ...]
    settings: tuple[str, ...] = ()


def figures_of_several() -> list[Beside]:
    """The figures that reports show of several systems."""
    table = tomllib.loads(resource("reference.toml").read_text(encoding="utf-8"))["figure"]
    return [Beside(one["name"], one["kind"], tuple(one["of"]), tuple(one.get("settings", ()))) for one in table]


def rows(names: Iterable[str] = ()) -> list[Row]:
    """The rows of the named systems (`vae-3`: all of its rows; `vae-3 model.beta=1`: that one), by default of all."""
    table = tomllib.loads(resource("reference.toml").read_text(encoding="utf-8"))["row"]
    found = [Row(**{"preset": row["name"], **row, "settings": tuple(row.get("settings", ()))}) for row in table]
    known = list(dict.fromkeys([*(row.name for row in found), *(row.system for row in found)]))
    wanted = list(names) or known
    for name in wanted:
        if name not in known:
            raise SettingsError(f"There is no reference system named {name!r}", suggest(name, known))
    return [row for row in found if row.name in wanted or row.system in wanted]


def sigmoid_floor(images: npt.NDArray[np.uint8]) -> float:
    """Least squared error that outputs in [0, 1] can have on images shown on [-1, 1].

    Parameters
    ----------
    images : ndarray (N, H, W, C), uint8

    Returns
    -------
    float
        Summed over pixels, mean over images: every pixel below the middle is missed by its distance to 0.
    """
    dark = (np.arange(256) / 127.5 - 1).clip(max=0) ** 2
    counts = np.bincount(images.reshape(-1), minlength=256)
    return float(counts @ dark) / len(images)


def measured(row: Row, metrics: dict[str, Any], history: History) -> float | None:
    """The row's figure, from what `evaluate` found (`kind` running: from the last row of the history)."""
    part, _, name = row.metric.partition(".")
    if row.kind == "running":
        last = history.rows[-1]

        def value(key: str) -> float:
            return last.get(f"{part}_{key}", math.nan)

        if name == "mse255_plus_kl":
            found = (value("rmse") * 255) ** 2 + value("kl")
        elif name == "4sse_plus_kl":
            found = 4 * (value("sse_plus_kl") - value("kl")) + value("kl")
        else:
            found = value(name)
        return found if math.isfinite(found) else None
    figures = metrics[part]
    if name == "readability":
        return None if figures["readability"] is None else float(figures["readability"]["mean"])
    if name == "separation_error":
        # Mean absolute errors of both parts, on [-1, 1], summed: twice the range of [0, 1], two parts.
        return None if figures["mae"] is None else 4 * float(figures["mae"])
    return None if figures[name] is None else float(figures[name])


def spread(row: Row, metrics: dict[str, Any], history: History) -> list[float]:
    """The row's figure as `measured` has it; of readability the least and the most of its classifiers instead."""
    part, _, name = row.metric.partition(".")
    if name == "readability" and metrics[part]["readability"] is not None:
        return [float(value) for value in metrics[part]["readability"]["range"]]
    value = measured(row, metrics, history)
    return [] if value is None else [value]
