"""Curves of training as the window draws them: which there are, how they are smoothed, those of other runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.history import History

QUANTITIES = {"loss": "Total", "recon": "Reconstruction", "kl": "KL", "rmse": "Pixel error"}
PARTS = {"train": "Train", "test": "Held-out"}

Curves = dict[tuple[str, str], tuple[np.ndarray, np.ndarray]]
"""Epochs and values by part and quantity."""


@dataclass(frozen=True)
class Other:
    """Curves of a run beside the open one."""

    path: Path
    name: str
    history: History


def curves_of(history: History, smoothing: float, log: bool) -> Curves:
    """Epochs and values of the curves that have something to show, by part and quantity."""
    from latentexplorer.views.loss import smooth

    epochs = np.asarray(history.column("epoch"), dtype=float)
    found: Curves = {}
    for part in PARTS:
        total = np.asarray(history.column(f"{part}_loss"), dtype=float)
        for quantity in QUANTITIES:
            values = np.asarray(history.column(f"{part}_{quantity}"), dtype=float)
            known = np.isfinite(values) & ((values > 0) | (not log))
            if not known.any() or (quantity == "kl" and not values[known].any()):
                continue
            if quantity == "recon" and np.array_equal(values, total, equal_nan=True):
                continue  # Without a KL the two are one line.
            found[part, quantity] = (epochs[known], smooth(values[known], smoothing))
    return found


def histories(paths: tuple[Path, ...]) -> Callable[[], list[Other]]:
    """A question for the decoder's thread: the histories of other runs."""

    def question() -> list[Other]:
        from latentexplorer.runs.folder import RunFolder

        found = []
        for path in paths:
            try:
                folder = RunFolder.open(path)
                found.append(Other(path, folder.name, folder.history))
            except LatentExplorerError:
                found.append(Other(path, path.name, History()))
        return found

    return question


def short(value: float) -> str:
    """A value for reading off: three digits or four."""
    digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 3
    return f"{value:,.{digits}f}".replace("-", "−")


def briefly(value: float) -> str:
    """A value where there is little room: three digits."""
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return text.replace("-", "−")
