"""What a latent grid says of itself: its heading, and the tips of its cells."""

from __future__ import annotations

from latentexplorer.views.latent_grid import Result
from latentexplorer.views.plane import axis_number
from latentexplorer.views.ranges import whose


def heading(result: Result, through: str, moved: bool) -> str:
    """What is shown, in a few words.

    Parameters
    ----------
    through : str
        What the plane was laid through; "" where it is the usual one.
    moved : bool
        Whether its ends were chosen.
    """
    words = whose(result.spans or ())
    through = through or ("a typical image" if result.centre else "")
    parts = [
        f"{len(result.x)} × {len(result.y)}",
        fading_words(result),
        f"spans {words}" if words else "",
        f"through {through}" if through else "",
        "moved" if moved else "",
    ]
    return " · ".join(part for part in parts if part)


def fading_words(result: Result) -> str:
    """That pictures fade, or why they do not; "" where that is not wanted."""
    if result.fading is None:
        return ""
    return "faint away from data" if result.fading.known else "too few codes to fade"


def cell_tip(result: Result, index: int, stretched: str = "") -> str:
    """Where a cell (counted row by row) lies, and what is known of its code."""
    row, column = divmod(index, len(result.x))
    across, up = (name.split(" (")[0] for name in result.axes)
    where = f"{across} = {axis_number(result.x, column)}, {up} = {axis_number(result.y, row)}"
    odd = "" if result.fading is None else result.fading.words(index)
    return "\n".join(line for line in (where, odd, stretched) if line)
