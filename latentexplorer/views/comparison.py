"""Several runs beside each other: the same images through each, maps, losses, settings and results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.core.paths import run_path
from latentexplorer.views.base import View
from latentexplorer.views.compared import Entry, Panel, Result, Row
from latentexplorer.views.comparison_images import images
from latentexplorer.views.comparison_losses import losses
from latentexplorer.views.comparison_maps import maps
from latentexplorer.views.comparison_numbers import numbers
from latentexplorer.views.comparison_settings import Settings

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

__all__ = ["VIEW", "Entry", "Panel", "Result", "Row", "Settings", "compare", "compute"]

WAYS = {"images": images, "maps": maps, "losses": losses, "numbers": numbers}


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Open the other runs and ask each the same."""
    from latentexplorer.runs import Trained

    if not settings.runs:
        raise NotApplicableError("There is no run to compare with", 'Name others, such as runs=["runs/other"]')
    runs = [trained]
    for name in settings.runs:
        stop.check()
        # Whoever has the images has them for all.
        found = all(run.data is None for run in runs)
        runs.append(Trained.load(run_path(name, trained.path), with_data=found, emit=emit, stop=stop))
    return compare(runs, settings, emit=emit, stop=stop)


def compare(runs: Sequence[Trained], settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Ask each of some opened runs the same; `settings.runs` is not looked at.

    Raises
    ------
    NotApplicableError, SettingsError
        Where no two of them can be set beside each other, with the reason of the first that cannot.
    """
    if len(runs) < 2:
        raise NotApplicableError("One run alone cannot be compared", "Choose two or more")
    return WAYS[settings.show](runs, settings, emit, stop)


VIEW = View(Settings, compute)
