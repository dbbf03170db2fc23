"""What is asked of a latent grid: its settings with those of the session, and how it fades until that is known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.gui.panes.latent_grid.around_code import centre_of
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.widgets.fading import fade
from latentexplorer.gui.widgets.regions import judge_choice
from latentexplorer.views.base import Array
from latentexplorer.views.code import Code
from latentexplorer.views.latent_grid import Result, Settings
from latentexplorer.views.lookup import decoded_shape
from latentexplorer.views.plane import around, filling, over, place_of, shown_range

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


LEAST_PX, KEPT_PX = 22, 17
"""Height of a picture, as long as nobody has said how many there are to be; and of those that stand already, which stay
what they are where a pane becomes somewhat lower."""


def in_room(plane: Settings, run: Trained, room: tuple[float, float], shown: Settings | None = None) -> Settings:
    """The same plane in as many rows and columns as fill a room (width, height); rather as it is `shown`."""
    height, width = decoded_shape(run)[:2]
    ways = (LEAST_PX, KEPT_PX) if plane.n == Settings().n else (0,)
    fit = [plane.in_shape(*filling(plane.n, room, width / height, least)) for least in ways]
    return next((each for each in fit if shown is not None and each.shape == shown.shape), fit[0])


def fresh(before: Settings, run: Trained) -> Settings:
    """The usual plane of another run, with what was chosen that means the same there."""
    usual = Settings(axes=Settings().axes_for(run.code_dim))
    kept = ("n", "magnification", "regions")
    return usual.model_copy(update={name: getattr(before, name) for name in kept})


def settings_of(run: Trained, plane: Settings, session: Session) -> dict[str, object]:
    """What a plane's figure is told: the plane, the class that codes are decoded with, whether pictures fade."""
    settings = plane.given()
    code = session.current.code
    # A code of another run that has come belongs to no class of this one: that run is drawn when all know of it.
    if session.current.conditional and code is not None and code.y is not None and code.y < len(run.class_names):
        settings["label"] = run.class_names[code.y]
    if plane.regions and judge_choice.file:
        settings["classifier"] = judge_choice.file
    return settings | ({"fade": True} if fade.on else {})


def choice_of(given: Settings, run: Trained) -> Settings:
    """What a person chose who exported a figure; what the session says, and whether pictures fade, stands elsewhere."""
    fade.set_on(given.fade)
    if given.regions:
        judge_choice.choose(given.classifier)
    others = {"epoch": None, "label": "", "fade": False, "classifier": ""}
    return given.model_copy(update={"axes": given.axes_for(run.code_dim), **others})


def axes_now(plane: Settings, result: Result, shape: tuple[int, int]) -> tuple[Array, Array]:
    """Values of the columns (S,) and rows (R,), top row first: those chosen last, which may not have been answered."""
    if plane.x_range is None or plane.y_range is None:
        return result.x, result.y
    (left, right), (low, high) = plane.x_range, plane.y_range
    return np.linspace(left, right, shape[1]), np.linspace(high, low, shape[0])


def laid_through(plane: Settings, run: Trained, result: Result, code: Code) -> Settings:
    """A plane through a code, with the code in its middle, over as wide a rectangle as before."""
    # Axes around a code begin at it, and so do directions whose values are counted from it.
    begins = plane.axes not in ("dims", "directions") or (plane.axes == "directions" and plane.origin == "centre")
    middle = (0.0, 0.0) if begins else place_of(result, code.z).values
    through = plane.model_copy(update={"centre": centre_of(run, code)})
    return over(through, *around(shown_range(result), middle))


def still_faded(result: Result, before: Result | None) -> Result:
    """A plane that does not know yet where it fades does so as the plane before did at the nearest cells.

    While a plane moves nothing blinks; what is true follows in a moment.
    """
    known = None if before is None else before.fading
    if not fade.on or result.fading is not None or before is None or known is None or before.axes != result.axes:
        return result
    rows, columns = (
        np.abs(new[:, None] - old[None]).argmin(1) for new, old in ((result.y, before.y), (result.x, before.x))
    )
    at = np.ix_(rows, columns)
    return replace(result, fading=known.at(at))
