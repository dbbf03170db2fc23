"""What the gallery can show: one entry a source, each a kind of view, the choices it has, and what is drawn of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from latentexplorer.gui.session.session import Session
from latentexplorer.views.code import Code

MOST_SELECTED = 500
"""Selected images shown at most; the figure has the same."""


@dataclass(frozen=True)
class Panel:
    """Stacks of pictures under one heading.

    Attributes
    ----------
    layers : list of ndarray (N, H, W, C)
        Top to bottom.
    code_of : callable (int) -> Code or None
    tips : tuple of N str
    """

    layers: list[np.ndarray]
    code_of: Callable[[int], Code | None]
    captions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    tips: tuple[str, ...] = ()
    heading: str = ""


@dataclass(frozen=True)
class Source:
    """One source of the gallery.

    Attributes
    ----------
    kind : callable (Session) -> str
        The view (and figure) it is.
    controls : tuple of str
        The choices that change something.
    refusal : callable (Session) -> str
        Why it makes no sense for the open run; "" where it does.
    panels : callable (Session, result) -> list of Panel
    """

    name: str
    title: str
    tip: str
    kind: Callable[[Session], str]
    controls: tuple[str, ...]
    refusal: Callable[[Session], str]
    panels: Callable[[Session, Any], list[Panel]]


# -- whether it makes sense ---------------------------------------------------------------------------------------


def _separates(session: Session) -> bool:
    return bool(session.shown.config.model.kind.separates)


def _no_images(session: Session) -> str:
    """Originals need the data."""
    run = session.shown
    return "" if run.data is not None else f"The images of {run.name} are not there. {run.missing}"


def _no_reconstructions(session: Session) -> str:
    if _separates(session):
        return "This model takes mixtures apart and does not reconstruct an image: see Separation"
    return _no_images(session)


def _no_classes(session: Session) -> str:
    return "" if session.shown.class_names else "These images carry no classes"


def _no_selection(session: Session) -> str:
    if not len(selected(session)[1]):
        return "Nothing is selected: draw round some points of the map with the lasso"
    return _no_images(session)


def _no_separation(session: Session) -> str:
    if not _separates(session):
        return f"{session.shown.config.model.kind.title} takes no mixtures apart"
    return _no_images(session)


def selected(session: Session) -> tuple[str, np.ndarray]:
    """The part and the positions of the selected images whose codes are kept, `MOST_SELECTED` at most."""
    part, index = session.selection.images
    codes = session.shown.codes.get(part)
    known = index[np.isin(index, codes.index)] if codes is not None else index[:0]
    return part, known[:MOST_SELECTED]


# -- what is drawn ------------------------------------------------------------------------------------------------


def _class_name(names: tuple[str, ...], labels: np.ndarray | None, row: int) -> str:
    return names[int(labels[row])] if labels is not None and names else ""


def _images(session: Session, part: str, index: np.ndarray) -> Callable[[int], Code | None]:
    return lambda row: session.current.code_of(part, int(index[row]))


def _reconstructions(session: Session, result: Any) -> list[Panel]:
    tips = []
    for row, (position, error) in enumerate(zip(result.index, result.errors, strict=True)):
        words = [_class_name(result.class_names, result.labels, row), f"image {position}", f"error {error:.3f} rmse"]
        tips.append(" · ".join(word for word in words if word))
    return [
        Panel(
            [result.originals, result.images],
            _images(session, result.part, result.index),
            tuple(f"{error:.2f}" for error in result.errors),
            ("original", "decoded"),
            tuple(tips),
        )
    ]


def _samples(session: Session, result: Any) -> list[Panel]:
    def drawn(row: int) -> Code:
        y = None if result.labels is None else int(result.labels[row])
        return Code(result.codes[row], y, how=f"draw {row + 1} from the {result.source_title.split(' the ', 1)[-1]}")

    names = tuple(_class_name(result.class_names, result.labels, row) for row in range(len(result.images)))
    tips = tuple(f"draw {row + 1}" + (f" · {name}" if name else "") for row, name in enumerate(names))
    panels = [Panel([result.images], drawn, tips=tips, heading=result.source_title)]
    if result.beside is not None:
        index = result.beside_index
        panels.append(
            Panel(
                [result.beside],
                _images(session, result.beside_part, index),
                tips=tuple(f"image {position}" for position in index),
                heading=result.beside_title,
            )
        )
    return panels


def _classes(session: Session, result: Any) -> list[Panel]:
    how = result.subtitle.split(" ", 1)[0]

    def of_class(row: int) -> Code:
        return Code(result.codes[row], int(result.classes[row]), how=f"{how} code of {result.names[row]}")

    tips = tuple(f"{name} · {count:,} codes" for name, count in zip(result.names, result.counts, strict=True))
    return [Panel([result.images], of_class, result.names, tips=tips)]


def _separation(session: Session, result: Any) -> list[Panel]:
    layers = [result.mixtures]
    layers += [result.components[:, 0], result.components[:, 1], result.originals[:, 0], result.originals[:, 1]]
    tips = tuple(
        f"images {first} and {second} · error {errors[0]:.3f} and {errors[1]:.3f} rmse"
        for (first, second), errors in zip(result.index, result.errors, strict=True)
    )
    names = ("mixture", "part 1", "part 2", "original 1", "original 2")
    return [Panel(layers, _images(session, result.part, result.index[:, 0]), names=names, tips=tips)]


def _either(session: Session, result: Any) -> list[Panel]:
    return _separation(session, result) if _separates(session) else _reconstructions(session, result)


SOURCES: dict[str, Source] = {
    source.name: source
    for source in (
        Source(
            "reconstructions",
            "Reconstructions",
            "Originals above what the model makes of them",
            lambda session: "reconstructions",
            ("part", "sort", "label", "count"),
            _no_reconstructions,
            _reconstructions,
        ),
        Source(
            "samples",
            "Samples",
            "Random draws beside decodes of held-out codes",
            lambda session: "samples",
            ("source", "temperature", "draw", "draw_label", "count"),
            lambda session: "",
            _samples,
        ),
        Source(
            "classes",
            "Classes",
            "The median or mean code of each class, decoded",
            lambda session: "class-decodes",
            ("statistic", "part"),
            _no_classes,
            _classes,
        ),
        Source(
            "selection",
            "Selection",
            "The images selected in the map",
            lambda session: "separation" if _separates(session) else "reconstructions",
            (),
            _no_selection,
            _either,
        ),
        Source(
            "separation",
            "Separation",
            "Mixtures, the two parts found in them and the two originals",
            lambda session: "separation",
            ("part", "count"),
            _no_separation,
            _separation,
        ),
    )
}
