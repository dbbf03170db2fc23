"""What the map shows, as settings of its figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentexplorer.gui.panes.map.options import SLOW
from latentexplorer.gui.workers.tasks import Settings

if TYPE_CHECKING:
    from latentexplorer.gui.panes.map.pane import MapPane


def figure_settings(pane: MapPane) -> Settings:
    """Settings of the view that draw the map as it is in the window."""
    controls, result, plot = pane.controls, pane.result, pane.plot
    settings = controls.settings() | pane.ground.settings
    shown = result is not None and result.method == controls.method
    if controls.method in SLOW and (pane.layouts.running or shown):
        settings |= pane.layouts.settings_of(result)
    if not plot.following_range:
        settings["area"] = [float(f"{end:.6g}") for ends in plot.box.viewRange() for end in ends]
    if pane.legend.hidden and result is not None:
        settings["hide"] = pane.looks.hidden_names
    if not plot.names.on:
        settings["names"] = False
    if pane.light.search.found is not None:
        settings["where"] = pane.search.text
    return settings
