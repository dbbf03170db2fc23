"""What the map draws besides its points: names, pictures, what lies under the mouse, and what its legend can do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from latentexplorer.gui.panes.map.cloud import Stamp
from latentexplorer.gui.panes.map.legend import MOST, Legend
from latentexplorer.gui.panes.map.mark import flag_at
from latentexplorer.gui.panes.map.names import beside_marks, points_for
from latentexplorer.gui.panes.map.pane import MapPane
from latentexplorer.gui.panes.map.room import MapRoom
from latentexplorer.gui.panes.map.scatter import Scatter
from latentexplorer.gui.widgets.color_bar import ColorBar
from latentexplorer.gui.window.workspaces import ALL, EXPLORE
from latentexplorer.views.map import compute
from tests.gui.conftest import PatientBot, Person

VAE = ("model.family=vae", "model.latent_dim=4", "data.train_per_class=40")


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


def opened(person: Person, path: Path) -> MapPane:
    """The map of a run, drawn, in the whole window."""
    person.open_run(path)
    pane = person.frame.panes["map"]
    assert isinstance(pane, MapPane)
    person.until(lambda: pane.result is not None)
    pane.plot.grab()
    return pane


def empty_place(pane: MapPane) -> QPoint:
    """A place of the plot about which there is nothing."""
    area = pane.plot.box.sceneBoundingRect()
    beside = [QPointF(x, y) for x in (-20, 0, 20) for y in (-20, 0, 20)]
    for y in range(int(area.top()) + 22, int(area.bottom()) - 22, 6):
        for x in range(int(area.left()) + 22, int(area.right()) - 22, 6):
            at = QPointF(x, y)
            if all(pane.plot.row_at(at + by) < 0 and pane.plot.names.group_at(at + by) < 0 for by in beside):
                return at.toPoint()
    raise AssertionError("there is no empty place")


def free_place(pane: MapPane, box: QRectF) -> QPoint | None:
    """A place in the box of a name that is on no point."""
    inside = box.toAlignedRect().adjusted(1, 1, -1, -1)
    places = [QPoint(x, y) for x in range(inside.left(), inside.right()) for y in range(inside.top(), inside.bottom())]
    return next((place for place in places if pane.plot._under(QPointF(place))[1] >= 0), None)


def point_at(pane: MapPane, place: QPoint) -> None:
    QTest.mouseMove(pane.plot.viewport(), place + QPoint(3, 3))
    QTest.mouseMove(pane.plot.viewport(), place)


def zoomed(person: Person, pane: MapPane) -> list[int]:
    """Zoom in until there are pictures, all of which are loaded."""
    pane.plot.setFocus()
    for _ in range(30):
        person.qtbot.keyClick(pane.plot, Qt.Key.Key_Plus)
        pane.plot.grab()
        person.settled()
        pane.plot.grab()
        if len(pane.plot.thumbs.wanted) >= 4:
            break
    person.settled()
    pane.plot.grab()
    return list(pane.plot.thumbs.wanted)


# -- names ------------------------------------------------------------------------------------------------------------


def test_a_name_at_its_points_selects_them_and_lets_them_go(person: Person, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*VAE))
    result, session = pane.result, person.session
    # So near that there is room between the points, which go before the names.
    pane.switches._actions["map_pictures"].setChecked(False)
    pane.plot.setFocus()
    for _ in range(3):
        person.qtbot.keyClick(pane.plot, Qt.Key.Key_Plus)
        pane.plot.grab()
    free = [(group, free_place(pane, box)) for group, box in pane.plot.names.shown]
    (group, here), (other, elsewhere) = [(group, place) for group, place in free if place is not None][:2]
    size = pane.plot.size()
    person.click(pane.plot.viewport(), here)
    # What is said of the selection does not move the map under the pointer.
    assert person.find("map_selection_line").isVisible() and pane.plot.size() == size
    part, index = session.selection.images
    np.testing.assert_array_equal(np.sort(index), np.sort(result.index[result.groups == group]))
    assert part == "train"
    # With another one on top, then without the first.
    control = Qt.KeyboardModifier.ControlModifier
    person.qtbot.mouseClick(pane.plot.viewport(), Qt.MouseButton.LeftButton, control, elsewhere)
    assert len(session.selection.images[1]) == np.isin(result.groups, [group, other]).sum()
    person.qtbot.mouseClick(pane.plot.viewport(), Qt.MouseButton.LeftButton, control, here)
    np.testing.assert_array_equal(np.sort(session.selection.images[1]), np.sort(result.index[result.groups == other]))
    person.click(pane.plot.viewport(), elsewhere)
    assert not len(session.selection.images[1])
    # A point under a name is still what a click on it takes.
    places = [pane.plot.scene_position(row) for row in range(len(result.index))]
    row = next(row for row, place in enumerate(places) if pane.plot.names.group_at(place.toPoint().toPointF()) >= 0)
    person.click(pane.plot.viewport(), places[row].toPoint())
    assert not len(session.selection.images[1]) and pane.plot.cursor >= 0


def test_hidden_classes_lose_their_names_and_all_can_be_switched_off(
    person: Person, make_run: Callable[..., Path]
) -> None:
    pane = opened(person, make_run(*VAE))
    names = pane.plot.names
    group, _ = names.shown[0]
    for box in (box for _, box in names.shown):
        assert pane.plot.box.sceneBoundingRect().contains(box)
        assert not any(box.intersects(other) for _, other in names.shown if other is not box)
    person.click(f"map_legend_{group}")
    pane.plot.grab()
    assert names.shown and group not in [shown for shown, _ in names.shown]
    # As the command palette does it; the figure follows, and the next start.
    offers = {offer.name: offer for offer in pane.offers()}
    offers["Write class names at their points"].do()
    pane.plot.grab()
    assert not names.shown and "names=false" in pane.command()
    assert person.session is not None and not MapPane().switches.on("map_names")
    assert pane.restore("map", {"method": "pca"})
    person.settled()
    pane.plot.grab()
    assert names.shown
    choice = next(offer for offer in pane.offers() if offer.name == "Colour of the points: One colour")
    choice.do()
    person.settled()
    pane.plot.grab()
    assert not names.shown


# -- pictures ---------------------------------------------------------------------------------------------------------


def test_points_that_have_room_become_pictures_that_are_points_still(
    person: Person, make_run: Callable[..., Path]
) -> None:
    pane = opened(person, make_run(*VAE))
    thumbs = pane.plot.thumbs
    assert not thumbs.wanted
    rows = zoomed(person, pane)
    boxes = [thumbs.box_of(row) for row in rows]
    assert len(rows) >= 4 and all(boxes)
    for at, box in enumerate(boxes):
        assert not any(box.intersects(other) for other in boxes[:at])
        assert not any(box.intersects(name) for _, name in pane.plot.names.shown)
    image = pane.thumbs.pictures[rows[0]]
    original = person.session.run.images("train").images[pane.result.index[rows[0]]]
    assert (image.height(), image.width()) == original.shape[:2]
    assert image.pixelColor(3, 2).red() == original[2, 3, 0]
    # Moved a little, what stays in sight stays a picture.
    before = {row for row, box in zip(rows, boxes, strict=True) if pane.plot.box.sceneBoundingRect().contains(box)}
    width = pane.plot.box.viewRect().width()
    pane.plot.box.translateBy(x=width / 20, y=0)
    person.settled()
    pane.plot.grab()
    inside = {row for row in before if pane.plot.box.sceneBoundingRect().contains(pane.scene_position(row))}
    assert inside and inside <= set(thumbs.wanted)
    # A click anywhere on a picture is one on its point.
    area = pane.plot.box.sceneBoundingRect()
    row, corner = next(
        (row, box.topLeft() + QPointF(2, 2))
        for row in thumbs.wanted
        if (box := thumbs.box_of(row)) is not None and area.contains(box)
    )
    person.click(pane.plot.viewport(), corner.toPoint())
    assert person.session.current.code.index == pane.result.index[row]
    # The map as a whole is one of points, and so is one without them.
    person.qtbot.keyClick(pane.plot, Qt.Key.Key_Home)
    pane.plot.grab()
    assert not thumbs.wanted
    zoomed(person, pane)
    next(offer for offer in pane.offers() if offer.name == "Show pictures when zoomed in").do()
    pane.plot.grab()
    assert not thumbs.wanted


def test_where_other_points_have_come_no_picture_of_before_is_found(
    person: Person, make_run: Callable[..., Path]
) -> None:
    pane = opened(person, make_run(*VAE))
    place = pane.plot.thumbs.box_of(zoomed(person, pane)[0]).center()
    assert pane.plot.row_at(place) >= 0
    # Before they are drawn: the pointer may move in between.
    pane.plot.set_points(pane.plot.cloud.coords[:1] + 1000)
    assert pane.plot.row_at(place) <= 0


# -- under the mouse --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [VAE, ("model.family=vae", "model.latent_dim=2")])
def test_an_empty_place_shows_what_would_be_decoded_there(
    person: Person, make_run: Callable[..., Path], changes: tuple[str, ...]
) -> None:
    pane = opened(person, make_run(*changes))
    session, tip = person.session, pane.hover.tip
    code = session.current.code
    place = empty_place(pane)
    point_at(pane, place)
    person.until(tip.isVisible)
    person.settled()
    there = pane.plot.place_at(QPointF(place))
    z, how = pane.result.projection.code_at((there.x(), there.y()), code.z)
    np.testing.assert_allclose(tip.images[0], session.run.decode(z[None])[0], atol=1e-5)
    assert tip.text.startswith(f"Decoded here: {how}")
    # Of two numbers the place is the code; of more it says less than the code.
    assert "code " in tip.text and ("place " in tip.text) == (len(z) > 2)
    assert session.current.code is code
    QTest.mousePress(pane.plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert not tip.isVisible()
    QTest.mouseRelease(pane.plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    person.settled()
    next(offer for offer in pane.offers() if offer.name == "Decode under the mouse").do()
    point_at(pane, place)
    person.settled()
    assert not tip.isVisible()


@pytest.mark.parametrize("workspace", [ALL])
def test_one_glimpse_at_a_time_and_none_before_what_others_wait_for(
    person: Person, make_run: Callable[..., Path]
) -> None:
    pane = opened(person, make_run(*VAE))
    decoder, order = person.session.decoder, []
    # It asks the decoder too, once a second.
    person.session.watcher.end()
    person.settled()
    decoder.timed.connect(lambda key, seconds: order.append(key))
    place = empty_place(pane)
    someone_waits = threading.Event()
    woken: list[int] = []
    decoder.rested.connect(lambda: woken.append(1))
    decoder.ask("first", someone_waits.wait, lambda answer: None)
    for step in range(12):
        QTest.mouseMove(pane.plot.viewport(), place + QPoint(step % 4, step // 4))
        QApplication.processEvents()
    assert not order
    someone_waits.set()
    person.until(pane.hover.tip.isVisible)
    person.settled()
    # Of the twelve places the last one is what the pointer is over.
    assert order == ["first", "map:glimpse"] and len(woken) == 2
    last = pane.plot.place_at(QPointF(place + QPoint(3, 2)))
    z, _ = pane.result.projection.code_at((last.x(), last.y()), person.session.current.code.z)
    np.testing.assert_allclose(pane.hover.tip.images[0], person.session.run.decode(z[None])[0], atol=1e-5)


def test_a_training_is_not_held_up_by_the_mouse(person: Person) -> None:
    person.begin_training()
    pane = person.frame.panes["map"]
    person.until(lambda: pane.result is not None)
    session, keys = person.session, []
    session.decoder.timed.connect(lambda key, seconds: keys.append(key))
    pane.plot.grab()
    point_at(pane, empty_place(pane))
    person.until(lambda: "map:glimpse" in keys)

    def too_slow() -> bool:
        # One that is under way would say itself how long it took.
        if session.decoder.busy:
            return False
        pane.glimpses._rest.stop()
        pane.glimpses._took_s = 9.0
        keys.clear()
        return True

    # After one that took too long there are no more until another training, or none.
    person.until(too_slow)
    assert pane.glimpses.paused
    for step in range(4):
        point_at(pane, empty_place(pane) + QPoint(step, 0))
    session.current.draw_random(1)
    person.until(lambda: "current" in keys)
    person.until(lambda: not session.decoder.busy)
    assert "map:glimpse" not in keys
    session.training.stop()
    person.until(lambda: session.training.state == "idle")
    assert not pane.glimpses.paused
    person.settled()


# -- far from points --------------------------------------------------------------------------------------------------


def test_a_code_near_data_and_a_place_far_from_points_are_two_statements(
    person: Person, make_run: Callable[..., Path]
) -> None:
    pane = opened(person, make_run(*VAE))
    pane.controls.options.set_value("steps", 250)
    pane.controls._select_method("tsne")
    pane.lay_out()
    person.until(lambda: pane.result.method == "tsne" and not pane.layouts.running)
    person.settled()
    person.click(pane.plot.viewport(), QPoint(3, 3))
    person.until(lambda: person.session.current.code.where is not None)
    person.settled()
    support = person.frame.panes["decoded"].support
    code = person.session.current.code
    assert code.where.far
    assert support.words.startswith("code ") and support.words.endswith("· place far from points")
    assert "times the distance within which" in support.toolTip()
    assert "far from points" in pane.plot.marks[-1].caption
    # It is said of the place, and no more where the code has left it.
    person.frame.panes["decoded"]._pull(0, 0.5, passing=False)
    person.settled()
    assert "place" not in support.words and not pane.plot.marks[-1].caption


# -- axes and legend --------------------------------------------------------------------------------------------------


def test_a_scale_of_years_is_one_of_years(qtbot: PatientBot) -> None:
    bar = ColorBar("scale")
    qtbot.addWidget(bar)
    for low, high, ends in ((1990, 2019, ("1990", "2019")), (-1234.4, 120_400, ("−1234", "120,400"))):
        bar.set_scale("year", low, high, ["#000000", "#ffffff"])
        assert bar.ends == ends and bar.accessibleName() == f"year, from {ends[0]} to {ends[1]}"


def test_titles_of_axes_are_never_cut(qtbot: PatientBot) -> None:
    plot = Scatter("map_plot")
    qtbot.addWidget(plot)
    plot.axes.set_names(("component 1 (40 % of the variance)", "component 2 (33 % of the variance)"))
    plot.show()
    seen = set()
    for side in (700, 330, 260, 210, 150, 210, 260, 330, 700):
        plot.resize(side, side)
        qtbot.wait(1)
        title = plot.getAxis("left").label
        words = title.toPlainText()
        seen.add(words)
        if plot.getAxis("left").label.isVisible() and words.strip():
            assert title.boundingRect().width() <= plot.getAxis("left").boundingRect().height(), (side, words)
            middle = title.mapRectToParent(title.boundingRect()).center().y()
            assert abs(middle - plot.getAxis("left").size().height() / 2) < 3, (side, words)
    assert {"component 2 (33 % of the variance)", "component 2 (33 %)"} <= {words.strip() for words in seen}
    plot.axes.set_names(("", ""))
    assert not plot.getAxis("left").isVisible() and not plot.getAxis("bottom").isVisible()


def a_legend(qtbot: PatientBot, count: int) -> Legend:
    legend = Legend("map_legend")
    qtbot.addWidget(legend)
    legend.resize(400, 200)
    legend.set_entries([(at, f"<b>species {at:04d}</b> & co", Stamp("#4477AA")) for at in range(count)])
    legend.show()
    return legend


@pytest.mark.parametrize("count", [1, 26, 62, 1000])
def test_a_legend_of_any_length_is_narrow_low_and_searched(qtbot: PatientBot, count: int) -> None:
    legend = a_legend(qtbot, count)
    assert legend.minimumSizeHint().width() < 80 and legend.minimumSizeHint().height() < 90
    assert len(legend.entries) == min(count, MOST)
    assert legend.search.isVisible() == (count > 30)
    assert [offer.name for offer in legend.offers()][-1] == f"Hide class <b>species {count - 1:04d}</b> & co"
    legend.offers()[-1].do()
    assert legend.hidden == {count - 1}
    if count <= 30:
        return
    last = count - 1
    qtbot.keyClicks(legend.search, f"{last:04d}")
    (entry,) = legend.entries
    assert entry.number == last and not entry.isChecked()
    qtbot.mouseDClick(entry, Qt.MouseButton.LeftButton)
    assert legend.hidden == frozenset(range(count)) - {last}
    legend.show_all()
    # All that were found are hidden together; what was looked for before stays as it is.
    legend.search.setText("species 000")
    legend.hide_all()
    legend.search.clear()
    assert legend.hidden == frozenset(range(10)) and len(legend.entries) == min(count, MOST)
    legend.search.setText("nothing")
    assert not legend.entries and legend.more.isVisible()


@pytest.mark.parametrize(("width", "rows"), [(330, 2), (640, 1)])
def test_ten_classes_with_long_names_are_all_in_sight(qtbot: PatientBot, width: int, rows: int) -> None:
    legend, pane = Legend("map_legend"), QWidget()
    qtbot.addWidget(pane)
    pane.resize(width, 230 if rows == 2 else 160)
    legend.setParent(pane)
    legend.resize(width, 60)
    names = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
    legend.set_entries([(at, name, Stamp("#4477AA")) for at, name in enumerate(names)])
    pane.show()
    legend.resize(width, 60)
    inside = legend.area.viewport().rect()
    places = [entry.geometry() for entry in legend.entries]
    assert all(inside.contains(place) for place in places)
    assert len({place.y() for place in places}) == rows
    assert not any(one.intersects(other) for at, one in enumerate(places) for other in places[:at])


def test_names_stand_in_the_figure_too_and_do_not_touch(person: Person, make_run: Callable[..., Path]) -> None:
    from matplotlib.figure import Figure

    from latentexplorer.figures.map import draw
    from latentexplorer.figures.style import Style
    from latentexplorer.views.registry import settings_from

    pane = opened(person, make_run(*VAE))
    for on in (True, False):
        pane.switches.set_names(on)
        figure: Any = Figure()
        draw(compute(person.session.run, settings_from("map", pane.view_settings())), figure, Style())
        figure.canvas.draw()
        axes = figure.axes[0]
        boxes = [text.get_window_extent() for text in axes.texts]
        assert (len({text.get_text() for text in axes.texts}) >= 5) == on
        assert all(axes.bbox.x0 <= box.x0 and box.x1 <= axes.bbox.x1 for box in boxes)
        assert not any(one.overlaps(other) for at, one in enumerate(boxes) for other in boxes[:at])


@pytest.mark.parametrize("count", [10, 1000])
@pytest.mark.parametrize(("width", "height", "beside"), [(640, 260, True), (520, 220, True), (400, 400, False)])
def test_a_legend_stands_beside_a_map_that_is_low(
    qtbot: PatientBot, count: int, width: int, height: int, beside: bool
) -> None:
    legend, plot, room = a_legend(qtbot, count), QWidget(), QWidget()
    qtbot.addWidget(room)
    room.setLayout(MapRoom(plot, legend))
    room.layout().setContentsMargins(0, 0, 0, 0)
    room.resize(400, 400)
    room.show()
    room.resize(width, height)
    qtbot.waitUntil(lambda: legend.geometry().right() < width and legend.geometry().bottom() < height)
    assert (legend.x() > plot.geometry().right()) == beside == (plot.height() == height)
    assert plot.width() > (0.5 if beside else 0.99) * width
    if count == 10:
        # However they stood before.
        qtbot.waitUntil(lambda: legend.area.verticalScrollBar().maximum() == 0)


@pytest.mark.parametrize("place", [QPointF(100, 100), QPointF(100, 4), QPointF(196, 100), QPointF(197, 3)])
def test_the_flag_of_an_anchor_is_not_cut_at_the_edge(place: QPointF) -> None:
    area = QRectF(0, 0, 200, 200)
    flag = flag_at(place, area)
    assert area.contains(flag) and not flag.contains(place)


def test_names_are_larger_on_a_large_map() -> None:
    sizes = [points_for(QRectF(0, 0, side, side)) for side in (200, 599, 750, 900, 3000)]
    assert sizes[0] == sizes[1] == 9 < sizes[2] < sizes[3] < sizes[4] == 15


@pytest.mark.parametrize(
    "name", [QRectF(80, 90, 60, 14), QRectF(80, 100, 60, 14), QRectF(80, 2, 60, 14), QRectF(80, 184, 60, 14)]
)
def test_a_name_keeps_off_the_current_code(name: QRectF) -> None:
    area = QRectF(0, 0, 200, 200)
    marked = QPointF(110, name.center().y() + 2)
    found = beside_marks(name, [marked], area)
    assert area.contains(found) and abs(found.center().y() - marked.y()) >= found.height() / 2 + 8
    assert beside_marks(name, [QPointF(10, 10)], area) == name


def test_a_name_that_keeps_off_the_current_code_lies_on_no_other() -> None:
    area, name, marked = QRectF(0, 0, 200, 200), QRectF(80, 90, 60, 14), QPointF(110, 97)
    others = [QRectF(60, 112, 60, 14)]
    above = beside_marks(name, [marked], area, others)
    assert above.bottom() < marked.y() and not above.intersects(others[0])
    others.append(QRectF(100, 70, 60, 14))
    beside = beside_marks(name, [marked], area, others)
    assert beside.right() < marked.x() and not any(beside.intersects(other) for other in others)
    # Amid names there is no free place: it stays where it belongs.
    assert beside_marks(name, [marked], area, [QRectF(0, 60, 200, 90)]) == name
