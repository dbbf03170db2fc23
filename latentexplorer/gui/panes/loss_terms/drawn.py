"""What is drawn of an explained loss: lines with bars that begin where the one before ended, and weights on scales."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentexplorer.gui.panes.loss_terms.lines import DrawnLine
from latentexplorer.views.base import Part
from latentexplorer.views.loss import PART_TITLES, QUANTITIES, term_color
from latentexplorer.views.palette import SECOND, class_color

if TYPE_CHECKING:
    from latentexplorer.views.loss_terms import Result

OF_VALUE = "per value"


def term_lines(result: Result, *, dark: bool) -> tuple[list[str], list[DrawnLine]]:
    """Titles of the columns, and the lines: terms, their total, and what is told beside it."""
    from latentexplorer.views.loss_lines import lines_of

    parts, last = result.parts, result.parts[-1]
    ends: dict[Part, float] = dict.fromkeys(parts, 0.0)
    terms = {row.name for row in result.rows}
    drawn = []
    for line in lines_of(result):
        bars = []
        for part in parts:
            if part in line.values and (line.name in terms or line.name == "total" or line.name.startswith("kl_")):
                begin = ends[part] if line.name in terms else 0.0
                bars.append((begin, begin + line.values[part]))
                ends[part] = begin + line.values[part] if line.name in terms else ends[part]
        cells = (*(line.cell(part) for part in parts), line.of_value(result, last))
        title = f"{line.title} {line.weight}".strip()
        color = "accent" if line.name == "total" else _color(line.name, dark=dark)
        scale = int(line.name.startswith("kl_"))
        drawn.append(DrawnLine(title, line.tip, cells, tuple(bars), color, line.name == "total", scale))
    return ["nats per image", *(PART_TITLES[part].lower() for part in parts), OF_VALUE], drawn


def _color(name: str, *, dark: bool) -> str:
    """Colour of a line's bar: a token of the theme, or `#RRGGBB`."""
    common = {"error": class_color(7, dark=dark), "recon": class_color(7, dark=dark), "kl": SECOND, "constant": "muted"}
    own = name.removeprefix("kl_")
    return common.get(name) or (term_color(own, dark=dark) if own in QUANTITIES else "muted")


def scale_lines(result: Result) -> tuple[list[str], list[DrawnLine]]:
    """Titles of the columns, and a line for each way to write the same objective; one title where it has no weights."""
    from latentexplorer.views.loss_scales import plain

    names = list(result.objective.weights)
    titles = ["The same objective", *(QUANTITIES[name].short for name in names)]
    tip = "Gradients differ from those of the others by a factor only: the minimum is the same"
    lines = [DrawnLine(s.words, tip, tuple(plain(s.weights[name]) for name in names)) for s in result.scales]
    return titles, lines if names else []
