"""What the gallery can show: one entry a source, with its kind of view, its choices, and when it makes no sense."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.gui.session.selection import Selection
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.base import Array

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

MOST_SELECTED = 500
"""Selected images shown at most; the figure has the same."""

Images = tuple[str, Array]
"""A part of the data, and positions in it."""
Refusal = Callable[["Trained", Selection], str]


@dataclass(frozen=True)
class Source:
    """One source of the gallery.

    Attributes
    ----------
    kind : callable (Trained) -> str
        The view (and figure) it is for a run.
    controls : tuple of str
        The choices that change something, by the names of the view's settings; `new`: its images may be new ones.
    refusal : callable (Trained, Selection) -> str
        Why it makes no sense for a run; "" where it does.
    slow : bool
        Whether it always takes longer than a click may.
    """

    name: str
    title: str
    tip: str
    kind: Callable[[Trained], str]
    controls: tuple[str, ...]
    refusal: Refusal
    slow: bool = False


def _separates(run: Trained) -> bool:
    return run.config.model.kind.separates


def _no_images(run: Trained, selection: Selection) -> str:
    """Originals need the data."""
    return "" if run.data is not None else f"The images of {run.name} are not there. {run.missing}"


def _no_reconstructions(run: Trained, selection: Selection) -> str:
    if _separates(run):
        return "This model takes mixtures apart and does not reconstruct an image: see Separation"
    return _no_images(run, selection)


def _no_classes(run: Trained, selection: Selection) -> str:
    return "" if run.class_names else "These images carry no classes"


def _not_conditional(run: Trained, selection: Selection) -> str:
    if run.config.model.kind.conditional:
        return ""
    return f"{run.config.model.kind.title} decodes without a class: a style is the same in all of them"


def _no_selection(run: Trained, selection: Selection) -> str:
    if selection.new:
        return ""
    if not len(selected(run, selection.images)[1]):
        return "Nothing is selected: draw round some points of the map with the lasso, or drop images on the window"
    return _no_images(run, selection)


def _no_separation(run: Trained, selection: Selection) -> str:
    if not _separates(run):
        return f"{run.config.model.kind.title} takes no mixtures apart"
    return _no_images(run, selection)


def selected(run: Trained, images: Images) -> Images:
    """Those of the selected images whose codes are kept, `MOST_SELECTED` at most."""
    part, index = images
    codes = run.codes.get(part)
    known = index[np.isin(index, codes.index)] if codes is not None else index[:0]
    return part, known[:MOST_SELECTED]


def slow(settings: Settings) -> bool:
    """Whether it takes longer than a click may."""
    return settings.get("sort", "none") != "none" or settings.get("source") == "fitted" or "fade" in settings


SOURCES: dict[str, Source] = {
    source.name: source
    for source in (
        Source(
            "reconstructions",
            "Reconstructions",
            "Originals above what the model makes of them",
            lambda run: "reconstructions",
            ("part", "sort", "label", "count"),
            _no_reconstructions,
        ),
        Source(
            "odd-images",
            "Odd images",
            "The worst reconstructions beside held-out images, by p-value, with a heatmap of the error: anomaly "
            "detection, outliers, novelties, out of distribution",
            lambda run: "odd-images",
            ("part", "new", "label", "count"),
            _no_reconstructions,
            slow=True,
        ),
        Source(
            "samples",
            "Samples",
            "Random draws beside decodes of held-out codes",
            lambda run: "samples",
            ("source", "temperature", "draw", "draw_label", "count"),
            lambda run, selection: "",
        ),
        Source(
            "classes",
            "Classes",
            "The median or mean code of each class, decoded",
            lambda run: "class-decodes",
            ("statistic", "part"),
            _no_classes,
        ),
        Source(
            "class-grid",
            "Classes × styles",
            "One style in every class of a conditional model, a row each",
            lambda run: "class-grid",
            ("styles", "classes", "count", "draw"),
            _not_conditional,
        ),
        Source(
            "selection",
            "Selection",
            "The images selected in the map, or the new ones that were brought",
            lambda run: "separation" if _separates(run) else "reconstructions",
            (),
            _no_selection,
        ),
        Source(
            "separation",
            "Separation",
            "Mixtures, the two parts found in them and the two originals",
            lambda run: "separation",
            ("part", "count"),
            _no_separation,
        ),
    )
}
