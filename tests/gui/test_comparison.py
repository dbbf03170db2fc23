"""Compare: the runs that were selected beside each other, those and no others, in each of the four ways."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QSize, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.events import Emit
from latentexplorer.core.paths import runs_dir
from latentexplorer.gui.panes.comparison.curves import pen_of
from latentexplorer.gui.panes.comparison.dueling import left_out
from latentexplorer.gui.panes.comparison.maps import RunMap, RunMaps
from latentexplorer.gui.panes.comparison.pane import ComparisonPane
from latentexplorer.gui.panes.comparison.pictures import RunPictures
from latentexplorer.gui.style.theme import DARK, LIGHT, SYSTEM, theme
from latentexplorer.gui.window.workspaces import WORKSPACES
from latentexplorer.gui.workers import run_tasks
from latentexplorer.views.base import Refused
from tests.gui.conftest import Person
from tests.gui.fitting import faults
from tests.gui.test_runs import EXAMPLE, add_run, runs_pane, select

SHOWS = ("images", "maps", "losses", "numbers")


@pytest.fixture
def workspace() -> str:
    """The one that is made for it."""
    return "compare"


def comparison(person: Person) -> ComparisonPane:
    pane = person.frame.panes["comparison"]
    assert isinstance(pane, ComparisonPane)
    return pane


def compare(person: Person, *names: str) -> ComparisonPane:
    """Select runs and press Compare."""
    runs = runs_pane(person)
    select(person, runs, *names)
    person.click(runs.buttons["compare"])
    person.settled()
    return comparison(person)


def show(person: Person, pane: ComparisonPane, kind: str) -> Any:
    """The result of one way."""
    person.click(pane.head.buttons[kind])
    person.until(lambda: pane.found is not None and getattr(pane.found.result, "show", "") == kind)
    person.settled()
    return pane.found.result


def ringed(pane: ComparisonPane, position: int) -> bool:
    """Whether the first of the maps rings an image."""
    one = pane.maps.maps[0]
    at = one.found.coords[np.flatnonzero(one.found.index == position)[0]]
    ring = one.ring.data
    return len(ring) == 1 and np.allclose([ring["x"][0], ring["y"][0]], at, rtol=1e-5)


def test_a_code_that_changes_before_the_other_way_is_there_is_shown_in_the_way_that_is(
    person: Person, make_run: Callable[..., Path]
) -> None:
    for name, changes in (("one", ()), ("two", ("model.family=ae",))):
        add_run(make_run("data.size=12", *changes), name)
    person.open_run(runs_dir() / "one")
    pane = compare(person, "one", "two")

    def wait(emit: Emit, stop: StopToken) -> None:
        while not go.wait(0.01):
            stop.check()

    # From the pictures to each of the others, and back.
    ways = [way for other in SHOWS[1:] for way in (("images", other), (other, "images"))]
    for number, (before, after) in enumerate(ways):
        shown = show(person, pane, before)
        go = threading.Event()
        for quick in (False, True):
            person.session.submit("Something long", wait, quick=quick, of_run=False)
        person.click(pane.head.buttons[after])
        person.session.current.pick_image(shown.part, number)
        assert pane.found.result is shown
        if before == "maps":
            person.until(lambda number=number: ringed(pane, number))
        go.set()
        person.until(lambda kind=after: pane.found.result.show == kind)
        person.settled()


def test_exactly_the_selected_runs_are_compared_in_their_order(person: Person, make_run: Callable[..., Path]) -> None:
    # Not even their images are those of the open one.
    for name, changes in (("one", ()), ("two", ("model.family=ae",)), ("three", ("training.seed=3",))):
        add_run(make_run("data.size=12", *changes), name)
    loss = person.show("loss")
    person.settled()
    before = {key: curve.opts["pen"].color().name() for key, curve in loss.curves.items()}
    pane = compare(person, "three", "one", "two")
    for kind in SHOWS:
        result = show(person, pane, kind)
        assert result.names == ("three", "one", "two"), kind
        assert EXAMPLE not in pane.command() and pane.command().count("two") == 1, kind
    # The loss of the open run stays as it was.
    assert not loss.others and not loss.key.isVisible()
    assert {key: curve.opts["pen"].color().name() for key, curve in loss.curves.items()} == before
    # Another run is opened: the comparison stays.
    person.open_run(runs_dir() / "one")
    assert pane.found.result is result


def test_one_alone_says_what_to_do(person: Person, make_run: Callable[..., Path]) -> None:
    add_run(make_run(), "one")
    said: list[str] = []
    person.session.message.connect(lambda level, text: said.append(text))
    for name in (EXAMPLE, "one"):
        said.clear()
        pane = compare(person, name)
        assert any("Ctrl" in text for text in said), name
        assert person.session.selection.compared == () and pane.found is None
        assert "Select two or more" in person.find("compare_refusal").text()


def test_pictures_are_clicked_and_their_errors_told(person: Person, make_run: Callable[..., Path]) -> None:
    add_run(make_run(), "one")
    add_run(make_run("model.family=pca"), "two")
    pane = compare(person, "one", "two")
    person.open_run(runs_dir() / "two")
    result = show(person, pane, "images")
    stacks = pane.pictures.stacks
    person.click(stacks, stacks.layer_rect(1, 1).center().toPoint())
    person.decoded()
    assert person.session.current.code.index == result.index[1]
    np.testing.assert_allclose(person.session.current.image, result.entries[1].images[1], atol=1e-5)
    assert stacks.current == 1
    assert f"two {result.entries[1].errors[1]:.4f}" in stacks.tip_at(1, result)
    # Rows do not overlap, and all of them are in the pane.
    for layer in range(2):
        assert stacks.layer_rect(0, layer).bottom() < stacks.layer_rect(0, layer + 1).top()
    last = stacks.layer_rect(len(result.index) - 1, 2).bottom()
    assert 0.75 * pane.pictures.viewport().height() < last <= pane.pictures.viewport().height()
    # A run of other images: its codes mean nothing here.
    person.open_run(runs_dir() / EXAMPLE)
    before = person.session.current.code
    person.click(stacks, stacks.layer_rect(2, 1).center().toPoint())
    assert person.session.current.code is before


def test_images_are_chosen_by_draw_class_and_difference(person: Person, make_run: Callable[..., Path]) -> None:
    add_run(make_run(), "one")
    add_run(make_run("model.family=ae"), "two")
    pane = compare(person, "one", "two")
    first = show(person, pane, "images").index
    for _ in range(2):
        before = pane.found.result
        person.click(pane.head.draw)
        person.until(lambda before=before: pane.found.result is not before)
        assert not np.array_equal(pane.found.result.index, first)
        first = pane.found.result.index
    pane.head.label.take(pane.head.label.findData("3"))
    person.until(lambda: set(pane.found.result.labels) == {3})
    pane.head.order.take(pane.head.order.findData("differences"))
    person.until(lambda: "differ most" in pane.found.result.subtitle)
    assert "order=differences" in pane.command() and 'label="3"' in pane.command()


def test_maps_ring_the_same_image_and_move_together(person: Person, make_run: Callable[..., Path]) -> None:
    add_run(make_run(), "one")
    add_run(make_run("model.latent_dim=5"), "two")
    pane = compare(person, "one", "two")
    result = show(person, pane, "maps")
    first, second = pane.maps.maps
    assert "fit" in second.text.text() and "Procrustes" in person.find("compare_notes").text()
    row = 3
    first.plot.grab()
    place = first.plot.getViewBox().mapViewToScene(_point(first.found.coords[row]))
    assert first.nearest(place) == result.entries[0].map.index[row]
    first.pointed.emit(int(first.found.index[row]))
    at = np.flatnonzero(second.found.index == first.found.index[row])[0]
    np.testing.assert_allclose([second.ring.data["x"][0], second.ring.data["y"][0]], second.found.coords[at], rtol=1e-5)
    # Nothing is cut before somebody moves them.
    for one in (first, second):
        one.plot.grab()
        seen = one.plot.getViewBox().viewRect()
        assert all(seen.contains(_point(at)) for at in one.found.coords)
    first.plot.getViewBox().scaleBy((0.5, 0.5))
    first.plot.getViewBox().sigRangeChangedManually.emit([True, True])
    second.plot.grab()
    ranges = [one.plot.getViewBox().viewRange()[0] for one in (first, second)]
    np.testing.assert_allclose(ranges[0], ranges[1], atol=0.05)


class InTurns(QObject):
    """In which turn of the event loop each map was made and shown: one is over when somebody else's event comes."""

    def __init__(self) -> None:
        super().__init__()
        self.turn, self.made, self.shown = 0, list[int](), list[int]()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        heard = {QEvent.Type.ChildAdded: (RunMaps, self.made), QEvent.Type.Show: (RunMap, self.shown)}
        kind, turns = heard.get(event.type(), (None, []))
        if kind is not None and isinstance(watched, kind):
            turns.append(self.turn)
            QCoreApplication.postEvent(self, QEvent(QEvent.Type.User))
        return False

    def event(self, event: QEvent) -> bool:
        self.turn += 1
        return True


def test_each_map_has_a_turn_of_its_own(
    person: Person, make_run: Callable[..., Path], qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if each took long.
    monkeypatch.setattr("latentexplorer.gui.workers.turns.LONG_S", 0.0)
    for name, seed in (("one", 1), ("two", 2), ("three", 3)):
        add_run(make_run(f"training.seed={seed}"), name)
    person.open_run(runs_dir() / "one")
    pane = compare(person, "one", "two", "three")
    heard = InTurns()
    qapp.installEventFilter(heard)
    result = show(person, pane, "maps")
    qapp.removeEventFilter(heard)
    for turns in (heard.made, heard.shown):
        assert len(turns) == len(set(turns)) == 3
    assert [one.name.text() for one in pane.maps.maps] == ["one", "two", "three"]
    # So has each in other colours, where what was marked stays so.
    person.session.current.pick_image(result.part, 5)
    assert ringed(pane, 5)
    theme.choose(LIGHT if theme.dark else DARK)
    assert not pane.maps.maps
    person.settled()
    assert len(pane.maps.maps) == 3 and ringed(pane, 5)
    theme.choose(SYSTEM)
    person.settled()
    # Fewer of them leave none of the others behind.
    compare(person, "two", "three")
    assert [one.name.text() for one in pane.maps.findChildren(RunMap) if not one.isHidden()] == ["two", "three"]


def _point(coords: np.ndarray) -> Any:
    from PySide6.QtCore import QPointF

    return QPointF(float(coords[0]), float(coords[1]))


def test_curves_differ_by_colour_dash_and_width_and_the_key_says_so(
    person: Person, make_run: Callable[..., Path]
) -> None:
    for name, seed in (("one", 1), ("two", 2), ("three", 3)):
        add_run(make_run("model.family=vae", "training.epochs=2", f"training.seed={seed}"), name)
    pane = compare(person, "one", "two", "three")
    show(person, pane, "losses")
    person.click(pane.head.terms["recon"])
    person.click(pane.head.terms["kl"])
    person.until(lambda: len({curve.quantity for curve in pane.found.result.panels[0].curves}) == 3)
    looks = set()
    for panel in pane.curves.panels:
        for item in panel.items.values():
            pen = item.opts["pen"]
            looks.add((panel.panel.unit, pen.color().name(), pen.style(), pen.width() > 1, pen.color().alpha()))
    assert len(looks) == sum(len(panel.items) for panel in pane.curves.panels) == 3 * 2 * (3 + 1)
    key = person.find("compare_key").text()
    assert all(word in key for word in ("one", "two", "three", "Total", "KL", "held-out", "training"))
    assert pen_of(0, "solid", "test").color() != pen_of(1, "solid", "test").color()
    panel = pane.curves.panels[0]
    panel.pointed.emit(2)
    assert "epoch 2" in pane.header.subtitle.text() and "three" in pane.header.subtitle.text()


def test_numbers_mark_the_better_one(person: Person, make_run: Callable[..., Path]) -> None:
    add_run(make_run(), "one")
    add_run(make_run("model.family=tc-vae", "training.epochs=2"), "two")
    pane = compare(person, "one", "two")
    result = show(person, pane, "numbers")
    model = pane.numbers.numbers
    texts = [[str(model.index(row, at).data() or "") for at in range(3)] for row in range(model.rowCount())]
    assert any(row[0] == "Model" and row[2] == "tc-vae" for row in texts)
    marked = [row for row in texts if any("✓" in cell for cell in row)]
    error = next(row for row in result.metrics if row.title.startswith("Pixel error, held"))
    assert any(row[0] == error.title and "✓" in row[1 + error.best[0]] for row in marked)
    # In a wide pane the runs stand beside each other still.
    person.frame.resize(2400, 1000)
    person.settled()
    header = pane.numbers.horizontalHeader()
    assert header.sectionSize(1) == header.sectionSize(2) < header.width() // 4


def test_numbers_come_with_the_images_that_say_how_sure_they_are(make_run: Callable[..., Path]) -> None:
    paths = [make_run(), make_run("model.family=tc-vae", "training.epochs=2")]
    found = run_tasks.compare({}, paths, {"show": "numbers"}, lambda _: None, NEVER)
    assert not isinstance(found.result, Refused) and any(row.best for row in found.result.metrics)


def test_a_run_that_cannot_be_read_or_compared_does_not_hide_the_others(
    person: Person, make_run: Callable[..., Path]
) -> None:
    for name, size in (("one", 8), ("two", 8), ("small", 12), ("hurt", 8)):
        add_run(make_run(f"data.size={size}", f"training.seed={len(name)}"), name)
    shutil.rmtree(runs_dir() / "hurt" / "checkpoint")
    (runs_dir() / "hurt" / "model.safetensors").write_bytes(b"no tensors")
    pane = compare(person, "hurt", "one", "small", "two")
    result = show(person, pane, "images")
    assert result.names == ("one", "small", "two")
    said = person.find("compare_notes").text()
    assert "hurt cannot be compared" in said and "small: it knows images of 12 x 12" in said
    assert "hurt" not in pane.command()
    assert pane.run.name == "one"
    # Only those that cannot be set beside each other are left: the reason stands where they would.
    pane = compare(person, "one", "small")
    person.until(lambda: isinstance(pane.found.result, Refused))
    assert (
        "12 x 12" in person.find("compare_refusal").text()
        and "still be compared" in person.find("compare_refusal").text()
    )
    assert show(person, pane, "losses").panels


def test_runs_without_images_say_so_and_are_located(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    from PySide6.QtWidgets import QFileDialog

    file = tmp_path / "mine.npz"
    np.savez(file, images=np.random.default_rng(1).integers(0, 255, (40, 8, 8), dtype=np.uint8))
    for name, family in (("one", "vae"), ("two", "ae")):
        add_run(make_run("data.name=images", f"data.path={file}", f"model.family={family}"), name)
    moved = tmp_path / "moved.npz"
    file.rename(moved)
    pane = compare(person, "one", "two")
    assert isinstance(pane.found.result, Refused)
    assert str(file) in person.find("compare_refusal").text()
    assert show(person, pane, "losses").panels
    person.click(pane.head.buttons["images"])
    person.settled()
    person.click("compare_locate")
    dialog = person.find("locate_dialog", QFileDialog)
    dialog.fileSelected.emit(str(moved))
    dialog.close()
    # One has them for both.
    person.until(lambda: getattr(pane.found.result, "source", "") == "one")
    assert "two" in person.find("compare_notes").text()


def test_of_all_figures_a_comparison_is_called_after_its_own_runs_and_not_after_the_open_one(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    add_run(make_run(), "one")
    add_run(make_run("model.family=ae"), "two")
    show(person, compare(person, "one", "two"), "images")
    assert person.session.shown.name not in ("one", "two")
    person.frame.actions_table["export_all"].trigger()
    dialog = person.find("export_all_dialog")
    for name, box in dialog.boxes.items():
        box.setChecked(name == "comparison")
    dialog.folder.setText(str(tmp_path / "figures"))
    person.click("export_all_save")
    person.until(lambda: person.find("show_folder").isVisible())
    assert [path.name for path in (tmp_path / "figures").iterdir()] == ["one-comparison.png"]


def test_the_figure_is_exported_and_comes_back(person: Person, make_run: Callable[..., Path], tmp_path: Path) -> None:
    add_run(make_run(), "one")
    add_run(make_run("model.family=ae"), "two")
    pane = compare(person, "one", "two")
    show(person, pane, "images")
    pane.head.order.take(2)
    person.settled()
    # The toolbar's export is of the pane that was used last.
    assert person.frame.commands.pane_in_use() is pane
    picture = person.export(pane, tmp_path / "two.png")
    wanted = pane.found.result.index
    person.session.compare_apart([])
    assert "Select two" in person.find("compare_refusal").text()
    assert pane.nothing_to_export()
    person.drop(picture)
    person.until(lambda: pane.found is not None and getattr(pane.found.result, "show", "") == "images")
    assert pane.found.result.names == ("one", "two")
    assert np.array_equal(pane.found.result.index, wanted)


def test_what_is_trained_on_is_compared_anew(person: Person, make_run: Callable[..., Path]) -> None:
    add_run(make_run(), "one")
    add_run(make_run("model.family=ae"), "two")
    pane = compare(person, "one", "two")
    person.open_run(runs_dir() / "one")
    before = show(person, pane, "numbers")
    person.session.training.train_more(1)
    person.until(lambda: person.session.training.state != "idle")
    person.until(lambda: person.session.training.state == "idle")
    person.until(lambda: pane.found.result is not before)
    epochs = next(row for row in pane.found.result.metrics if row.title == "Epochs")
    assert epochs.values == ("2", "1")


def test_all_of_it_is_found_by_the_palette(person: Person, make_run: Callable[..., Path]) -> None:
    add_run(make_run(), "one")
    add_run(make_run("model.family=ae"), "two")
    pane = compare(person, "one", "two")
    assert {"Images", "Maps", "Losses", "Numbers", "Which images: Differ most"} <= {o.name for o in pane.offers()}
    next(offer for offer in pane.offers() if offer.name == "Maps").do()
    person.settled()
    assert {"Align", "Maps by: t-SNE", "Export this figure"} <= {offer.name for offer in pane.offers()}


@pytest.mark.parametrize("name", WORKSPACES)
def test_it_has_a_place_in_every_workspace(name: str) -> None:
    from latentexplorer.gui.window.workspaces import places

    assert any("comparison" in place.all for place in places(WORKSPACES[name].root))


def test_pictures_grow_with_the_window(person: Person, make_run: Callable[..., Path]) -> None:
    add_run(make_run(), "one")
    add_run(make_run("model.family=ae"), "two")
    pane = compare(person, "one", "two")
    show(person, pane, "images")
    stacks = pane.pictures.stacks
    for size in ((1024, 700), (1280, 800), (1920, 1080)):
        person.frame.resize(*size)
        person.settled()
        assert stacks.cell_px >= 48, size
        last = stacks.layer_rect(len(stacks) - 1, 2)
        assert last.right() <= pane.pictures.viewport().width(), size
        assert isinstance(last.topLeft().toPoint(), QPoint) and pane.head.isVisible()
    assert stacks.focusPolicy() == Qt.FocusPolicy.StrongFocus


def test_many_runs_fill_the_width_with_low_pictures(qtbot: QtBot) -> None:
    pictures = RunPictures()
    qtbot.addWidget(pictures)
    # Pictures of eight runs are low, so that more of them stand beside each other than the usual six.
    assert 8 <= pictures.count_for(QSize(680, 570), 8) <= 12
    assert pictures.count_for(QSize(680, 570), 2) == 14
    assert left_out(["a"]) == ["a is left out: choose above which two"] and not left_out([])
    assert left_out(["a", "b"]) == ["2 other runs are left out: choose above which two"]


def test_the_first_training_can_be_compared_with_the_example(person: Person) -> None:
    example = person.session.run
    person.train(epochs=1)
    person.session.compare_apart([example.path, person.session.run.path])
    result = show(person, person.show("comparison"), "images")
    assert [entry.why for entry in result.entries] == ["", ""]
    # Other images have their own size.
    person.choose("field_data.name", "Shapes")
    assert person.session.training.draft.data.size is None


def test_no_choice_stands_alone_in_a_row(person: Person, make_run: Callable[..., Path]) -> None:
    for name, seed in (("one", 0), ("two", 1)):
        add_run(make_run(f"training.seed={seed}"), name)
    pane = compare(person, "one", "two")
    for width in (1024, 1280, 1600):
        person.frame.resize(width, 800)
        for kind in (*SHOWS, "duel"):
            person.click(pane.head.buttons[kind])
            person.settled()
            shown = [widget for widget in (*pane.head.buttons.values(), *pane.head._of[kind]) if not widget.isHidden()]
            rows: dict[int, int] = {}
            for widget in shown:
                row = widget.geometry().center().y() // 20
                rows[row] = rows.get(row, 0) + 1
            assert min(rows.values()) > 1, (kind, rows)


def test_in_a_low_place_what_is_chosen_is_whole_and_remarks_are_in_a_tip(
    person: Person, make_run: Callable[..., Path]
) -> None:
    for name, seed in (("one", 0), ("two", 1)):
        add_run(make_run(f"training.seed={seed}"), name)
    pane = compare(person, "one", "two")
    person.frame.arrangement.choose("explore")
    person.frame.resize(1024, 700)
    person.show("comparison")
    for kind in (*SHOWS, "duel"):
        person.click(pane.head.buttons[kind])
        person.settled()
        assert not faults(person.frame), kind
    assert person.frame.height() == 700 and not pane.notes.isVisible()
    assert "Procrustes" in pane.header.subtitle.meaning == pane.notes.text()


def test_a_pane_that_grows_shows_more_images(person: Person, make_run: Callable[..., Path]) -> None:
    for name, seed in (("one", 0), ("two", 1)):
        add_run(make_run(f"training.seed={seed}"), name)
    person.frame.resize(1024, 700)
    pane = compare(person, "one", "two")
    before = len(show(person, pane, "images").index)
    stacks, height = pane.pictures.stacks, pane.pictures.viewport().height

    def filled() -> bool:
        """No empty part below, and the last row is as long as the others."""
        rows, columns = stacks.shape
        return stacks.layer_rect(len(stacks) - 1, 2).bottom() > 0.75 * height() and rows * columns == len(stacks)

    assert filled()
    person.frame.resize(2400, 1500)
    person.until(lambda: pane.found is not None and len(pane.found.result.index) > before)
    person.settled()
    assert filled()
