"""A duel in the window: two maps that are clicked, the same image and path in both, and why two have none."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication

from latentexplorer.core.paths import runs_dir
from latentexplorer.gui.panes.comparison.nothing import ALL, NONE_YET, OTHERS
from latentexplorer.gui.panes.comparison.pane import ComparisonPane
from latentexplorer.gui.window.command_palette import CommandPalette
from latentexplorer.views.base import Refused
from tests.gui.conftest import Person
from tests.gui.test_comparison import compare, comparison
from tests.gui.test_fit import SMALL, USUAL, look
from tests.gui.test_runs import EXAMPLE, add_run


@pytest.fixture
def workspace() -> str:
    """The one that is made for it."""
    return "compare"


def duel(person: Person, *names: str) -> ComparisonPane:
    pane = compare(person, *names)
    person.click(pane.head.buttons["duel"])
    person.until(lambda: pane.found is not None and (pane.found.duel is not None or _refused(pane)))
    person.settled()
    return pane


def _refused(pane: ComparisonPane) -> bool:
    return pane.found is not None and isinstance(pane.found.result, Refused)


def test_an_image_clicked_in_one_map_is_the_same_in_the_other_and_decoded_by_both(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    add_run(make_run(), "one")
    add_run(make_run("model.family=ae", "model.latent_dim=5"), "two")
    pane = duel(person, "one", "two")
    found = pane.found.duel
    board = pane.duel
    assert board.found is found
    assert f"CKA {found.alike.cka:.2f}" in person.find("duel_numbers").text() and "by chance" in board.numbers.text()
    person.open_run(runs_dir() / "two")
    first, second = board.maps.maps
    for one, other in ((first, second), (second, first)):
        row = 5 if one is first else 9
        one.plot.grab()
        place = QPointF(*one.found.coords[row].tolist())
        position = one.nearest(one.plot.getViewBox().mapViewToScene(place))
        assert position == one.found.index[row]
        view = one.plot
        person.click(view.viewport(), view.mapFromScene(view.getViewBox().mapViewToScene(place)))
        person.settled()
        at = np.flatnonzero(other.found.index == position)[0]
        ring = [other.ring.data["x"][0], other.ring.data["y"][0]]
        np.testing.assert_allclose(ring, other.found.coords[at], rtol=1e-5)
        pictures = [each.image for each in board.same.views]
        for run, picture in zip((found.pairs.first, found.pairs.second), pictures[1:], strict=True):
            codes = run.codes["test"]
            z = codes.loc[codes.index == position]
            np.testing.assert_allclose(picture, run.decode(z, clamped=False)[0], atol=1e-4)
        assert np.array_equal(pictures[0], found.pairs.original(int(at)))
        # It is the current code of the open run, too.
        assert (person.session.current.code.part, person.session.current.code.index) == ("test", position)
    found_cut = []
    before = person.frame.size()
    for size in (SMALL, USUAL):
        person.frame.resize(*size)
        found_cut += look(person.frame, person.settled, size, "duel")
    person.frame.resize(before)
    person.settled()
    assert not found_cut, "\n".join(found_cut)
    # The anchors of the open run are the ends of the path in both.
    codes = [person.session.current.code_of("test", int(first.found.index[row])) for row in (7, 3)]
    person.session.selection.set_anchors({"A": codes[0], "B": codes[1]})
    person.settled()
    assert [end.pick for end in board.found.ends] == [f"test:{code.index}" for code in codes]
    stacks = board.path.stacks
    theirs = found.pairs.second.codes["test"]
    decoded = found.pairs.second.decode(theirs.loc[theirs.index == codes[1].index], clamped=False)[0]
    np.testing.assert_allclose(stacks.layers[1][-1], decoded, atol=1e-4)
    # As it stands it is exported, and comes back.
    assert "figure duel" in pane.command() and 'start="test:7' in pane.command()
    # The plane goes up to the image that was clicked last.
    picks = [corner.pick for corner in board.plane.plane.corners]
    assert picks[:2] == [end.pick for end in board.found.ends] and picks[2] == f"test:{position}"
    picture = person.export(pane, tmp_path / "duel.png")
    person.session.compare_apart([])
    person.open_run(runs_dir() / "one")
    person.drop(picture)
    person.until(lambda: pane.found is not None and pane.found.duel is not None)
    assert pane.found.duel.alike == found.alike
    person.settled()
    assert [end.pick for end in board.found.ends] == picks[:2] and board.plane.plane.corners[2].pick == picks[2]
    # In a large window strips end where the pane does.
    person.frame.resize(2400, 1500)
    person.settled()
    for stacks in (board.path.stacks, board.dimensions.blocks[0].stacks):
        assert stacks.rect_of(len(stacks.images) - 1).right() > 0.95 * board.viewport().width()
    # Another way of comparing is as it was.
    person.click(pane.head.buttons["numbers"])
    person.until(lambda: getattr(pane.found.result, "show", "") == "numbers")
    assert "figure comparison" in pane.command()


def test_two_that_share_no_images_say_so_and_a_third_is_left_out(person: Person, make_run: Callable[..., Path]) -> None:
    for name, changes in (("one", ()), ("two", ("training.seed=2",)), ("small", ("data.size=12",))):
        add_run(make_run(*changes), name)
    duel(person, "one", "small")
    said = person.find("compare_refusal").text()
    assert all(word in said for word in ("one", "small", "12 x 12"))
    pane = duel(person, "one", "two", "small")
    assert "small is left out" in person.find("compare_notes").text()
    assert "seed alone" in person.find("duel_verdict").text()
    # Which two is a choice.
    person.choose("compare_pair", "two and small")
    person.settled()
    assert "two and small" in person.find("compare_refusal").text()
    person.choose("compare_pair", "one and two")
    person.settled()
    assert pane.found.duel is not None and [path.name for path in pane.found.paths] == ["one", "two", "small"]


def test_an_empty_one_says_what_it_asks_and_offers_a_run_to_set_beside_the_open_one(
    person: Person, make_run: Callable[..., Path]
) -> None:
    person.begin()
    person.open_run(make_run())
    pane = person.show("comparison")
    person.click(pane.head.buttons["duel"])
    assert "organise the same images alike" in person.find("compare_refusal").text()
    assert not person.find("compare_align").isEnabled()
    menu = pane.nothing.menu

    def choose(entry: str) -> None:
        person.click("compare_choose")
        person.until(menu.isVisible)
        actions = [action for action in menu.actions() if not action.isSeparator()]
        at = next(action for action in actions if action.text().partition("\t")[0] == entry)
        person.click(menu, menu.actionGeometry(at).center())

    # Of the program's own run, which is of larger images, there is no duel.
    choose(EXAMPLE)
    person.settled()
    assert EXAMPLE in person.find("compare_refusal").text() and person.find("compare_choose").isVisible()
    add_run(make_run("training.seed=2"), "two & more")
    person.session.compare_apart([])
    person.click("compare_choose")
    person.until(menu.isVisible)
    offered = [action.text().partition("\t")[0] for action in menu.actions() if not action.isSeparator()]
    assert offered == ["two && more", OTHERS, EXAMPLE, ALL]
    person.qtbot.keyClick(menu, Qt.Key.Key_Down)
    person.qtbot.keyClick(menu, Qt.Key.Key_Return)
    person.until(lambda: pane.found is not None and pane.found.duel is not None)
    person.settled()
    assert [path.name for path in pane.found.paths] == [person.session.run.path.name, "two & more"]
    assert not person.find("compare_choose").isVisible() and person.find("compare_align").isEnabled()
    # Where there is no other one it leads to a new run.
    person.session.compare_apart([])
    for name in ("two & more", EXAMPLE):
        shutil.rmtree(runs_dir() / name)
    choose(NONE_YET)
    person.until(lambda: person.find_or_none("new_run_chooser") is not None)


def test_it_is_found_by_its_names(person: Person, make_run: Callable[..., Path]) -> None:
    add_run(make_run(), "one")
    add_run(make_run("model.family=pca"), "two")
    compare(person, "one", "two")
    person.qtbot.keyClick(person.frame, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = next(each for each in QApplication.topLevelWidgets() if isinstance(each, CommandPalette))
    for typed in ("duel", "CKA", "matched dimensions", "representational similarity", "model duel"):
        palette.line.clear()
        person.qtbot.keyClicks(palette.line, typed)
        rows = range(min(4, palette.list.topLevelItemCount()))
        assert "Comparison: Duel" in [palette.list.topLevelItem(row).text(0) for row in rows], typed
    person.qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    pane = comparison(person)
    person.until(lambda: pane.head.kind == "duel")
