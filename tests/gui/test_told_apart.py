"""Names in little room are told apart where that can be."""

from __future__ import annotations

from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication

from latentexplorer.gui.style.theme import caption_font
from latentexplorer.gui.widgets.told_apart import told_apart


def test_names_that_begin_alike_are_told_apart_by_what_they_differ_in(qapp: QApplication) -> None:
    metrics = QFontMetrics(caption_font())
    edges = ("Cytoskeleton: actin in the leading edge", "Cytoskeleton: actin at the trailing edge")
    plates = tuple(f"plate {number:04d} of the catalogue" for number in (7, 12))
    names = (*edges, "Nucleus", *plates)
    room = metrics.horizontalAdvance("Cytoskeleton …")
    shown = told_apart(names, metrics, room)
    assert len(set(shown)) == len(names) and all(metrics.horizontalAdvance(text) <= room for text in shown)
    # What fits stays as it is; no part of a number is another number.
    assert shown[2] == "Nucleus" and "in" in shown[0] and "at" in shown[1]
    assert all(number in text for number, text in zip(("0007", "0012"), shown[3:], strict=True))
    assert told_apart(names, metrics, 1000) == names
    # Names that are alike are alike, and where there is no room for more they stay short.
    assert len(set(told_apart(("the same long name",) * 2, metrics, 60))) == 1
    assert told_apart(edges, metrics, 12) == ("…", "…")
