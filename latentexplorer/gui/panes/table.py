"""The panes of the window: one module each, one entry each in this table."""

from __future__ import annotations

from dataclasses import dataclass

from latentexplorer.core.registry import Registry

TOP, BOTTOM = "top", "bottom"


@dataclass(frozen=True)
class PaneEntry:
    """A pane and where it stands at first.

    Attributes
    ----------
    name : str
        Its object name is `{name}_pane`.
    path : str
        "module:Class", imported when the window is built.
    row : str
        "top" or "bottom"; panes of a row stand side by side in the table's order.
    width : int
        Share of the row's width.
    over : str
        Name of the pane it shares a place with, as a tab; "" for a place of its own.
    """

    name: str
    title: str
    path: str
    row: str
    width: int = 1
    over: str = ""


_HERE = "latentexplorer.gui.panes"

PANES: Registry[PaneEntry] = Registry(
    "pane",
    [
        PaneEntry("training", "Training", f"{_HERE}.training.pane:TrainingPane", TOP, 285),
        PaneEntry("map", "Map", f"{_HERE}.map.pane:MapPane", TOP, 385),
        PaneEntry("latent_grid", "Latent grid", f"{_HERE}.latent_grid.pane:LatentGridPane", TOP, 350),
        PaneEntry("decoded", "Decoded", f"{_HERE}.decoded.pane:DecodedPane", TOP, 280),
        PaneEntry("loss", "Loss", f"{_HERE}.loss.pane:LossPane", BOTTOM, 360),
        PaneEntry("traversal", "Traversal", f"{_HERE}.traversal.pane:TraversalPane", BOTTOM, 480),
        PaneEntry("interpolation", "Interpolation", f"{_HERE}.interpolation.pane:InterpolationPane", BOTTOM, 420),
        PaneEntry("gallery", "Gallery", f"{_HERE}.gallery.pane:GalleryPane", BOTTOM, over="traversal"),
        PaneEntry("runs", "Runs", f"{_HERE}.runs.pane:RunsPane", BOTTOM, over="interpolation"),
    ],
)
