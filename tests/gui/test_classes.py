"""One style in every class: the strip under the decoded picture, the table in the gallery, the animation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QSpinBox

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.figures import read_recipe
from latentexplorer.gui.panes.decoded.class_strip import ClassStrip
from latentexplorer.gui.window.workspaces import ALL, EXPLORE
from latentexplorer.views.class_grid import MOST_CLASSES
from tests.conftest import quick_family
from tests.gui.person import Person

CONDITIONAL = [family.name for family in FAMILIES if family.conditional]
Key = Qt.Key


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


@pytest.fixture
def opened(person: Person, make_run: Callable[..., Path]) -> Callable[..., None]:
    """Open a run of a family."""

    def open_it(family: str = "cvae") -> None:
        person.open_run(make_run(*quick_family(family)))

    return open_it


@pytest.fixture
def many_classes(tmp_path: Path, train_once: Any) -> Path:
    """A run that knows a hundred classes."""
    from latentexplorer.core.config import RunConfig

    images = np.random.default_rng(0).integers(0, 256, (300, 8, 8), np.uint8)
    names = [f"species {number:03d}" for number in range(100)]
    np.savez(tmp_path / "many.npz", images=images, labels=np.arange(300) % 100, class_names=names)
    small = (f"data.path={tmp_path / 'many.npz'}", "data.name=images", "training.epochs=1", "model.family=cvae")
    path = train_once(RunConfig().updated(small)).path
    assert path is not None
    return Path(path)


def strip(person: Person) -> Any:
    return person.find("class_strip")


def in_classes(person: Person, z: np.ndarray, classes: Any) -> np.ndarray:
    """What the model makes of a code in each of some classes."""
    classes = np.asarray(classes)
    images: np.ndarray = person.session.run.decode(z[None].repeat(len(classes), 0), classes)
    return images


def test_the_current_code_is_seen_in_every_class_beside_a_large_picture(
    person: Person, opened: Callable[..., None]
) -> None:
    for family in CONDITIONAL:
        opened(family)
        session, shown = person.session, strip(person)
        for code in (session.current.code.z, np.array([0.7, -1.1] * 5, np.float32)[: session.run.code_dim]):
            session.current.set(code, y=3)
            person.settled()
            np.testing.assert_allclose(shown.images, in_classes(person, code, range(10)), atol=1e-5)
            assert shown.names == session.run.class_names and shown.current == 3
        assert shown.isVisible() and min(person.find("decoded_image").size().toTuple()) >= 200
        # It is no wider or higher than there is room.
        assert (
            person.find("decoded_pane").rect().contains(shown.mapTo(person.find("decoded_pane"), shown.rect().center()))
        )


def test_a_class_is_chosen_in_the_strip_and_its_own_is_that_of_the_image_again(
    person: Person, opened: Callable[..., None]
) -> None:
    opened()
    current, shown = person.session.current, strip(person)
    own = current.code
    for by in ("pointer", "keys"):
        for y in ((own.y + 4) % 10, own.y):
            if by == "pointer":
                person.click(shown, shown.rect_of(y).center().toPoint())
            else:
                shown.setFocus()
                person.qtbot.keyClick(shown, Key.Key_Home)
                for _ in range(y):
                    person.qtbot.keyClick(shown, Key.Key_Right)
                person.qtbot.keyClick(shown, Key.Key_Return)
            person.settled()
            assert current.code.y == y == shown.current and np.array_equal(current.code.z, own.z)
            np.testing.assert_array_equal(person.find("decoded_image").image, in_classes(person, own.z, [y])[0])
        assert current.code.of_image and current.code.how == own.how
    # Its pictures were the same all the time; each is called by its class.
    assert [shown._tip_of(at) for at in (0, 9)] == ["0", "9"]


def test_up_and_down_lead_from_line_to_line_of_classes(person: Person, opened: Callable[..., None]) -> None:
    opened()
    shown = strip(person)
    shown.fit(120, 200)
    across = shown.layout_.across
    assert 1 < across < 10
    shown.go_to(1)
    person.qtbot.keyClick(shown, Key.Key_Down)
    assert shown._focused == 1 + across
    assert shown.index_at(shown.rect_of(1 + across).center()) == 1 + across
    person.qtbot.keyClick(shown, Key.Key_Up)
    person.qtbot.keyClick(shown, Key.Key_Up)
    assert shown._focused == 1


def test_a_model_without_classes_has_no_strip_and_no_room_for_one(person: Person, opened: Callable[..., None]) -> None:
    asked: list[str] = []
    person.session.decoder.timed.connect(lambda key, seconds: asked.append(key))
    for family in ("vae", "ad", "separation-ae"):
        opened()
        assert person.find("decoded_pane").findChild(ClassStrip).isVisible()
        opened(family)
        asked.clear()
        person.session.current.set(np.zeros(person.session.run.code_dim, np.float32))
        person.settled()
        assert "decoded:classes" not in asked
        parts = person.find("decoded_pane").findChild(ClassStrip)
        assert parts.isHidden()
        gallery = person.show("gallery")
        assert not gallery.sources.model().item(gallery.sources.findData("class-grid")).isEnabled()
        assert not any("classes" in offer.name.lower() for offer in gallery.offers() if "animation" in offer.name)


def test_the_strip_follows_a_model_that_learns(person: Person) -> None:
    person.type("field_training.epochs", "100000")
    person.choose("field_data.name", "Handwritten")
    person.choose("field_model.family", "cvae")
    person.click("train_button")
    session = person.session
    person.until(lambda: session.run is not None and session.run.path == session.training.path)
    person.until(lambda: len(strip(person).images) == 10)
    before = strip(person).images.copy()
    person.until(lambda: not np.array_equal(before, strip(person).images))
    person.click("stop_button")
    person.until(lambda: session.training.state == "idle")
    person.settled()
    np.testing.assert_allclose(strip(person).images, in_classes(person, session.current.code.z, range(10)), atol=1e-5)


def test_of_very_many_classes_a_block_is_seen_and_others_are_turned_to(person: Person, many_classes: Path) -> None:
    person.open_run(many_classes)
    pane, shown, current = person.frame.panes["decoded"], strip(person), person.session.current
    current.set(np.zeros(2, np.float32), y=5)
    person.settled()
    assert len(shown.images) == MOST_CLASSES and shown.names[0] == "species 000" and shown.current == 5
    assert f"1 to {MOST_CLASSES} of 100" in pane.classes.title.text()
    pane.classes.later.click()
    person.settled()
    assert len(shown.images) == 100 - MOST_CLASSES and shown.current == -1
    assert not pane.classes.later.isEnabled()
    person.click(shown, shown.rect_of(2).center().toPoint())
    person.settled()
    assert current.code.y == MOST_CLASSES + 2 and shown.current == 2
    # Whoever chooses a class elsewhere sees its block.
    current.set_class(1)
    person.settled()
    assert shown.names[0] == "species 000" and shown.current == 1
    # Beside the picture they are scrolled in any case: large enough to be made out.
    person.frame.arrangement.choose("explore")
    person.frame.resize(1280, 800)
    person.settled()
    assert shown.rect_of(0).width() >= 30


# -- the gallery -------------------------------------------------------------------------------------------------------


def styles(person: Person, source: str) -> Any:
    """The gallery with styles in every class."""
    gallery = person.show("gallery")
    gallery.choose("class-grid")
    gallery.controls.styles.take(gallery.controls.styles.findData(source))
    person.settled()
    return gallery


@pytest.mark.parametrize("workspace", [ALL])
@pytest.mark.parametrize("family", CONDITIONAL)
def test_styles_stand_in_every_class_and_a_click_takes_code_and_class(
    person: Person, opened: Callable[..., None], family: str
) -> None:
    opened(family)
    for source in ("prior", "held-out"):
        gallery, current = styles(person, source), person.session.current
        table, result = gallery.classes.table, gallery.result
        assert result.images.shape[:2] == (6, 10)
        gallery.classes.ensureVisible(*table.rect_of(13).center().toPoint().toTuple())
        person.click(table, table.rect_of(13).center().toPoint())
        person.settled()
        assert current.code.y == 3 and np.array_equal(current.code.z, result.codes[1]) and table.current == 13
        np.testing.assert_allclose(person.find("decoded_image").image, result.images[1, 3], atol=1e-5)
        if source == "held-out":
            own = 10 + int(result.own[1])
            person.click(table, table.rect_of(own).center().toPoint())
            assert current.code.of_image and current.code.index == result.index[1]
        person.click("gallery_draw")
        person.settled()
        assert not np.array_equal(gallery.result.codes, result.codes)
        person.frame.resize(1700, 1100)
        person.settled()
        before = table.rect_of(0).width()
        person.frame.resize(1280, 800)
        person.settled()
        assert table.rect_of(0).width() < before


def test_one_style_follows_the_current_code_and_the_way_its_anchors(
    person: Person, opened: Callable[..., None]
) -> None:
    opened()
    gallery, session = styles(person, "code"), person.session
    session.current.set(np.array([0.5, -0.5], np.float32), y=2)
    person.settled()
    assert gallery.result.codes.tolist() == [[0.5, -0.5]] and gallery.classes.table.current == 2
    gallery = styles(person, "path")
    assert gallery.refusal.isVisible() and "anchor A" in gallery.refusal.text()
    for which, pick in (("A", 1), ("B", 6)):
        session.selection.set_anchor(which, session.current.code_of("train", pick))
    person.settled()
    ends = [session.current.code_of("train", pick).z for pick in (1, 6)]
    np.testing.assert_array_equal(gallery.result.codes[[0, -1]], ends)


def test_classes_are_ticked_in_a_list_and_a_figure_brings_all_of_it_back(
    person: Person, opened: Callable[..., None], tmp_path: Path
) -> None:
    opened()
    gallery = styles(person, "held-out")
    person.click("gallery_draw")
    person.click("gallery_classes")
    names = gallery.controls.classes.list.findChild(QListWidget, "class_choice_names")
    for at in (7, 2):
        names.item(at).setCheckState(Qt.CheckState.Checked)
    gallery.controls.classes.list.hide()
    person.settled()
    assert gallery.result.class_names == ("2", "7") and "2 of 10 classes" in gallery.header.subtitle.text()
    job = gallery.export_to(tmp_path / "styles.png")
    with person.qtbot.waitSignal(job.finished):
        pass
    result = gallery.result
    recipe = read_recipe(tmp_path / "styles.png")
    assert recipe.kind == "class-grid" and recipe.settings["source"] == "held-out"
    gallery.controls.classes.list.clear()
    gallery.choose("samples")
    person.settled()
    person.drop(tmp_path / "styles.png")
    person.until(lambda: gallery.source == "class-grid" and gallery.result is not None)
    person.settled()
    np.testing.assert_array_equal(gallery.result.codes, result.codes)
    assert gallery.result.class_names == ("2", "7")


def test_the_way_from_a_to_b_moves_in_all_classes_at_once(
    person: Person, opened: Callable[..., None], tmp_path: Path
) -> None:
    opened()
    gallery, session = person.frame.panes["gallery"], person.session
    offer = next(offer for offer in gallery.offers() if offer.name == "Export animation of all classes…")
    said: list[str] = []
    session.message.connect(lambda level, text: said.append(text))
    offer.do()
    assert "anchor" in said[0].lower()
    for which, pick in (("A", 1), ("B", 6)):
        session.selection.set_anchor(which, session.current.code_of("train", pick))
    offer.do()
    dialog = person.frame.findChild(QDialog, "animation_dialog")
    path = tmp_path / "classes.apng"
    dialog.findChild(QLineEdit, "animation_file").setText(str(path))
    dialog.findChild(QSpinBox, "animation_frames").setValue(5)
    dialog.scale.setValue(1)
    with person.qtbot.waitSignal(session.message):
        dialog.accept()
    person.settled()
    # What it was to go between is taken away while it is chosen how: that is said, and nothing is written.
    offer.do()
    dialog = person.frame.findChildren(QDialog, "animation_dialog")[-1]
    dialog.findChild(QLineEdit, "animation_file").setText(str(tmp_path / "none.apng"))
    session.selection.set_anchor("B", None)
    said.clear()
    dialog.accept()
    person.settled()
    assert "anchor" in said[-1].lower() and not (tmp_path / "none.apng").exists()
    ends = np.stack([session.current.code_of("train", pick).z for pick in (1, 6)])
    with Image.open(path) as moving:
        assert moving.n_frames == 8
        for frame, z in ((0, ends[0]), (4, ends[1])):
            moving.seek(frame)
            pixels = np.asarray(moving.convert("L"), np.float32) / 255
            first = in_classes(person, z, [0])[0, ..., 0]
            assert np.abs(pixels[: first.shape[0], : first.shape[1]] - first).max() <= 0.5 / 255 + 1e-3


def test_panes_say_which_class_they_decode(person: Person, opened: Callable[..., None]) -> None:
    opened()
    current, traversal = person.session.current, person.show("traversal")
    own = current.code.y
    assert " as class " not in traversal.header.subtitle.text()
    current.set_class((own + 1) % 10)
    person.settled()
    assert f" as class {(own + 1) % 10}" in traversal.header.subtitle.text()
    for name in ("plane_class", "decoded_class"):
        choice = person.find(name)
        assert choice.prefix == "class " and choice.currentText() == str((own + 1) % 10)
