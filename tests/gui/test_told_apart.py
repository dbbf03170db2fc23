"""Names in little room are told apart where that can be."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from latentexplorer.gui.panes.comparison.numbers import in_lines
from latentexplorer.gui.style.theme import caption_font
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.picture_table import PictureTable
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
    # As small as the pictures of a strip: what differs stays, and of what begins alike next to nothing.
    little = metrics.horizontalAdvance("Cyt…")
    shown = told_apart(edges, metrics, little)
    assert "in" in shown[0] and "at" in shown[1]
    assert len(set(told_apart(("Nucleus", "Nucleolus and what is around it"), metrics, little))) == 2
    # No number of a run is lost for the sake of its last one.
    runs = ("digits-vae-seed0-latent_dim-16", "digits-vae-seed1-latent_dim-16")
    shown = told_apart(runs, metrics, metrics.horizontalAdvance("digi…seed0"))
    assert "seed0" in shown[0] and "seed1" in shown[1]


def test_a_closed_box_tells_its_entry_from_others_that_begin_alike(qtbot: QtBot) -> None:
    box = Choice("classes", "Class")
    qtbot.addWidget(box)
    box.addItems(["Cytoskeleton: actin in the leading edge", "Cytoskeleton: actin at the trailing edge", "Nucleus"])
    box.setFixedWidth(120)
    box.show()
    seen = []
    for at in range(box.count()):
        box.setCurrentIndex(at)
        seen.append(box.shown)
    assert len(set(seen)) == 3 and seen[2] == "Nucleus"


def test_pictures_too_small_for_any_name_have_the_room_of_the_names(qtbot: QtBot) -> None:
    names = ["Mitochondria of the outer membrane", "Endoplasmic reticulum", "Lysosomes of all kinds", "Peroxisomes"]
    table = PictureTable(20)
    qtbot.addWidget(table)
    table.set_table(np.zeros((1, 4, 8, 8, 1), np.uint8), names)
    column = table.laid_out(32, 160)
    assert column.head_px == 0 and column.cell_h > (160 - 4 * table.head_px) / 4
    # Where names can be read they are there.
    assert table.laid_out(400, 160).head_px == table.head_px


def test_the_name_of_a_run_stands_in_lines_above_its_column(qapp: QApplication) -> None:
    metrics = QFontMetrics(caption_font())
    name, room = "digits-vae-seed0-latent_dim-16", metrics.horizontalAdvance("latent_dim-16")
    lines = in_lines(name, metrics, room)
    assert lines.replace("\n", "") == name and "\n" in lines
    assert all(metrics.horizontalAdvance(line) <= room for line in lines.split("\n"))
    assert in_lines(name, metrics, 1000) == name
    # Where it would take too many lines, one that is cut keeps its end.
    short = in_lines(
        "a-name-of-very-many-long-words-in-a-row-with-the-number-16", metrics, metrics.horizontalAdvance("name…16")
    )
    assert "\n" not in short and short.endswith("16")
