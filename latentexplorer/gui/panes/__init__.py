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
        PaneEntry("training", "Training", f"{_HERE}.training:TrainingPane", TOP, 285),
        PaneEntry("map", "Map", f"{_HERE}.map:MapPane", TOP, 385),
        PaneEntry("latent_grid", "Latent grid", f"{_HERE}.latent_grid:LatentGridPane", TOP, 350),
        PaneEntry("decoded", "Decoded", f"{_HERE}.decoded:DecodedPane", TOP, 280),
        PaneEntry("loss", "Loss", f"{_HERE}.loss:LossPane", BOTTOM, 360),
        PaneEntry("traversal", "Traversal", f"{_HERE}.traversal:TraversalPane", BOTTOM, 480),
        PaneEntry("interpolation", "Interpolation", f"{_HERE}.interpolation:InterpolationPane", BOTTOM, 420),
        PaneEntry("gallery", "Gallery", f"{_HERE}.gallery:GalleryPane", BOTTOM, over="traversal"),
        PaneEntry("runs", "Runs", f"{_HERE}.runs:RunsPane", BOTTOM, over="interpolation"),
    ],
)
