"""What the map shows, as settings of its figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentexplorer.gui.panes.map.options import SLOW
from latentexplorer.gui.workers.tasks import Settings

if TYPE_CHECKING:
    from latentexplorer.gui.panes.map.controls import MapControls
    from latentexplorer.gui.panes.map.layout import MapLayout
    from latentexplorer.gui.panes.map.scatter import Scatter
    from latentexplorer.views.map import Result


def figure_settings(
    controls: MapControls, layouts: MapLayout, plot: Scatter, result: Result | None, hidden: list[str]
) -> Settings:
    """Settings of the view that draw the map as it is in the window, `hidden` groups left out."""
    settings = controls.settings()
    shown = result is not None and result.method == controls.method
    if controls.method in SLOW and (layouts.running or shown):
        settings |= layouts.settings_of(result)
    if not plot.following_range:
        settings["area"] = [float(f"{end:.6g}") for ends in plot.box.viewRange() for end in ends]
    if hidden:
        settings["hide"] = hidden
    if not plot.names.on:
        settings["names"] = False
    return settings
