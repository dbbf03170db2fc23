"""What the pane shows, as settings of a figure, and what of it can move."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from latentexplorer.gui.panes.animation import Animated
from latentexplorer.gui.panes.traversal.shown import Shown
from latentexplorer.gui.panes.traversal.slider_ranges import SliderRanges
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.widgets.fading import fade
from latentexplorer.views.code import Code, as_setting
from latentexplorer.views.lookup import decoded_shape

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

ALL = "those that are seen, one after another"


def rows_settings(
    session: Session,
    run: Trained,
    code: Code,
    dimensions: Sequence[int],
    steps: int,
    ranges: SliderRanges,
    shown: Shown,
) -> list[str]:
    """Of a traversal of some dimensions of a code."""
    settings = [f"dims=[{', '.join(map(str, dimensions))}]", f"steps={steps}", f"base={as_setting(run, code)}"]
    settings += ["fade=true"] if fade.on else []
    if shown.dimensions is not None:
        settings += ranges.settings(shown.dimensions.spans, dimensions, session.training.active)
    return settings + class_settings(session, run, code)


def class_settings(session: Session, run: Trained, code: Code) -> list[str]:
    """The class that a code is decoded with, where the model wants one."""
    return [f"label={run.class_names[code.y]}"] if session.current.conditional and code.y is not None else []


def movable(run: Trained, order: Sequence[int], seen: Sequence[int], touched: int | None) -> Animated:
    """What can be animated: the dimension that was moved last, all that are seen, each other one."""
    first = touched if touched is not None and touched in order else seen[0]
    others = [dimension for dimension in order if dimension != first]
    parts = (f"z{first}", *([ALL] if len(seen) > 1 else []), *(f"z{dimension}" for dimension in others))
    return Animated("traversal", run.name, decoded_shape(run)[:2], "Dimension", parts)
