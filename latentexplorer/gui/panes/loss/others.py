"""The curves of other runs beside those of the open one: what of them can share its axes, and which colour is whose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor

from latentexplorer.gui.style.plain_text import Markup
from latentexplorer.views.loss import Kind, Other, kind_of, left_out_words, on_one_axis

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


def kinds_of(run: Trained | None, others: Sequence[Other]) -> tuple[Kind, ...] | None:
    """What the axes are of; then what the open run and each other one are measured by. None where none is open.

    A run that cannot be read has no curves: it is taken for one of the axes' kind.
    """
    if run is None:
        return None
    own = kind_of(run.config, run.image_shape)
    kinds = [own, *(other.kind or own for other in others)]
    # What is solved at once has no curves that others could be held against.
    return (own if run.config.model.kind.gradient or not others else kinds[1], *kinds)


def fits(unit: str, kinds: Sequence[Kind] | None, number: int) -> bool:
    """Whether curves of a unit, of run `number` (0 is the open one), stand on the axis of it."""
    return kinds is None or on_one_axis(unit, kinds[0], kinds[1 + number])


def key_words(name: str, others: Sequence[Other], colors: Sequence[QColor], kinds: Sequence[Kind]) -> Markup:
    """`digits as below ● other (another loss: its nats are not drawn)`."""
    spot = Markup("<span style='color:{}'>●</span>&nbsp;{}")
    spots = []
    for other, color, kind in zip(others, colors, kinds[2:], strict=True):
        why = left_out_words(kinds[0], kind)
        spots.append(spot.format(color.name(), f"{other.name} ({why})" if why else other.name))
    return Markup(" &nbsp; ").join([Markup("{} as below").format(name), *spots])
