"""What the sheet that swaps classes asks of the window's threads: plain functions without Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.gui.workers.job import Report
from latentexplorer.views.asked_image import Asked
from latentexplorer.views.base import Refused
from latentexplorer.views.new_image import png_of

if TYPE_CHECKING:
    from latentexplorer.runs import Trained
    from latentexplorer.views.swapped import Result, Truth


def swap(run: Trained, image: Asked, label: str, to: str) -> Result | Refused:
    """A question: the style of an image in every class, or why there is none."""
    from latentexplorer.views.swapped import swap as swapped

    try:
        return swapped(run, image, label, to)
    except LatentExplorerError as error:
        return Refused.of(error)


def truth(run: Trained, image: Asked, emit: Report, stop: StopToken) -> Truth | None:
    """The same style in every class, where it is known."""
    from latentexplorer.views.swapped import truth_of

    return truth_of(run, image)


def check(run: Trained, emit: Report, stop: StopToken) -> str:
    """How true swaps of held-out images are, in words."""
    from latentexplorer.views.swapped import UNKNOWN, check_words, checked

    found = checked(run, run, emit=emit, stop=stop)
    return UNKNOWN if found is None else check_words(found)


def kept(run: Trained, image: Asked) -> str:
    """A file in the run's folder that a drawing lies in, so that a figure can name it.

    Raises
    ------
    LatentExplorerError
        Where the folder takes nothing.
    """
    return run.folder().keep_picture(image.name, png_of(image.pixels))
