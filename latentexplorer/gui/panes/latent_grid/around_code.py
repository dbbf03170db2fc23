"""A plane around a code: the code as its centre, and the axes that are found there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentexplorer.core.settings_text import parse_setting
from latentexplorer.views.code import Code, as_setting, title_of
from latentexplorer.views.latent_grid import Settings
from latentexplorer.views.local_axes import KINDS

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


def centre_of(run: Trained, code: Code) -> str | tuple[float, ...]:
    """A code as the centre of a plane: by name, or as its numbers where it is that of no image."""
    named = parse_setting(f"centre={as_setting(run, code)}")[1]
    return named if isinstance(named, str) else tuple(named)


def along_axes(
    plane: Settings, run: Trained | None, code: Code | None, axes: str, dims: tuple[int, int]
) -> tuple[Settings, str | None]:
    """A plane along other axes, and what it is laid through then; None: as before.

    Axes around a code are those around the current one.
    """
    # Ranges belong to axes: those of other ones mean nothing.
    changes: dict[str, object] = {"axes": axes, "dims": dims, "x_range": None, "y_range": None}
    through = None
    if axes in KINDS and axes != plane.axes and run is not None and code is not None:
        changes |= {"centre": centre_of(run, code), "spacing": "auto"}
        through = title_of(run, code)
    elif axes not in KINDS and plane.axes in KINDS:
        changes |= {"centre": ""}
        through = ""
    return plane.model_copy(update=changes), through
