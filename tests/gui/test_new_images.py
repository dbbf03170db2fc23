"""An image that is none of the data, brought to the open model: dropped, pasted, opened or drawn."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QClipboard, QDragEnterEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from latentexplorer.gui.window import exploring
from latentexplorer.gui.window.workspaces import EXPLORE
from latentexplorer.views.bring import MOST
from latentexplorer.views.code import Code
from latentexplorer.views.lookup import rmse
from tests.gui.conftest import Person

AD = ("model.family=vad", "model.architecture=mlp", "model.latent_dim=3")
QUICK = ("training.device=cpu", "data.size=12")


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Larger than the model's images, in colour, of other proportions."""
    return painted(tmp_path / "photo.png", (30, 40, 3))


def painted(path: Path, shape: tuple[int, ...], seed: int = 0) -> Path:
    pixels = np.zeros(shape, np.uint8)
    pixels[shape[0] // 4 : shape[0] // 2, shape[1] // 3 : shape[1] // 2] = 200
    pixels[0, 0] = seed
    Image.fromarray(pixels).save(path)
    return path


def brought(person: Person) -> Code:
    """Wait until a new image is there, and everything about it is on the screen."""
    session = person.session
    person.settled()
    person.until(lambda: not session.new_images.running)
    person.decoded()
    person.settled()
    assert session.current.code is not None
    return session.current.code


def dropped(person: Person, target: QWidget, *paths: Path, image: QImage | None = None) -> bool:
    """Drop files or a picture on a widget of the window, as Qt delivers them; whether they were taken."""
    content = QMimeData()
    if paths:
        content.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    if image is not None:
        content.setImageData(image)
    button, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    copy, place = Qt.DropAction.CopyAction, QPointF(target.rect().center())
    enter = QDragEnterEvent(place.toPoint(), copy, content, button, keys)
    QApplication.sendEvent(target, enter)
    if not enter.isAccepted():
        return False
    drop = QDropEvent(place, copy, content, button, keys)
    QApplication.sendEvent(target, drop)
    return drop.isAccepted()


def test_a_dropped_picture_is_encoded_shown_beside_its_decode_and_marked_on_the_map(
    person: Person, make_run: Callable[..., Path], picture: Path
) -> None:
    person.open_run(make_run(*QUICK))
    where = person.find("map_plot").viewport()
    assert dropped(person, where, picture)
    code, run = brought(person), person.session.run
    shown = code.image.pixels
    assert shown.shape == (12, 12, 1)
    np.testing.assert_allclose(code.z, encoded(run, shown), atol=1e-6)
    np.testing.assert_array_equal(person.find("original_image").image, shown)
    np.testing.assert_allclose(person.find("decoded_image").image, run.decode(code.z[None])[0], atol=1e-6)
    error = rmse(run.decode(code.z[None]), shown[None])[0]
    assert f"rmse {error:.3f}" in person.frame.panes["decoded"].error.text()
    said = person.find("new_image_text").text()
    assert "Resized to 12 x 12, padded with the colour of its border" in said
    assert "turned to grey" in said
    mark = next(mark for mark in person.frame.panes["map"].plot.marks if mark.picture is not None)
    np.testing.assert_allclose(mark.place, code.z, atol=1e-6)
    assert not mark.rough
    assert mark.caption == ("photo.png",)


def encoded(run: Any, pixels: np.ndarray, y: int | None = None) -> np.ndarray:
    from latentexplorer.models.encoding import encode_images

    return encode_images(run.model, pixels[None], None if y is None else np.array([y])).loc[0]


def test_a_picture_is_fitted_by_a_model_without_encoder_and_that_is_watched(
    person: Person, make_run: Callable[..., Path], picture: Path
) -> None:
    person.open_run(make_run(*QUICK, *AD))
    session, curves, decodes = person.session, [], []
    session.new_images.changed.connect(lambda: curves.append(session.new_images.curve))
    session.current.decoded.connect(lambda code, image: decodes.append(code))
    person.drop(picture)
    code = brought(person)
    seen = [curve for curve in curves if curve is not None]
    assert len({len(curve) for curve in seen}) > 1
    assert seen[-1].shape[1] == 4
    assert np.isfinite(seen[-1]).all()
    assert len([shown for shown in decodes if shown.image is not None]) > 1
    assert person.find("fit_curve").isVisible()
    said = person.find("new_image_text").text()
    assert "best of 4 starts" in said
    # Many codes were shown on the way: in the history they are one.
    person.click("decoded_back")
    assert session.current.code.image is None
    person.click("decoded_forward")
    np.testing.assert_array_equal(session.current.code.z, code.z)
    person.drop(picture)
    np.testing.assert_array_equal(brought(person).z, code.z)


def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fit that goes on until it is stopped."""
    monkeypatch.setattr("latentexplorer.views.bring.STEPS", 1_000_000)
    monkeypatch.setattr("latentexplorer.models.fitting._settled", lambda path: False)


def test_a_fit_that_is_stopped_keeps_the_best_so_far(
    person: Person, make_run: Callable[..., Path], picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.open_run(make_run(*QUICK, *AD))
    slow(monkeypatch)
    new = person.session.new_images
    person.drop(picture)
    person.until(lambda: new.curve is not None and len(new.curve) > 20)
    person.click("new_image_stop")
    code = brought(person)
    assert "stopped after" in " ".join(code.image.notes)
    error = rmse(person.session.run.decode(code.z[None]), code.image.pixels[None])[0]
    assert error <= new.curve[0].min() + 1e-6
    assert person.session.current.code.image is not None


def test_a_run_that_is_left_while_it_fits_leaves_nothing_of_it_in_the_next(
    person: Person, make_run: Callable[..., Path], picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.open_run(make_run(*QUICK, *AD))
    slow(monkeypatch)
    new = person.session.new_images
    person.drop(picture)
    person.until(lambda: new.curve is not None)
    person.open_run(make_run(*QUICK, "model.latent_dim=3"))
    person.until(lambda: not new._jobs.jobs)
    person.settled()
    assert not new.running
    assert new.curve is None
    assert person.session.current.code.image is None
    assert not person.session.selection.new
    assert person.find("new_image_bar").isHidden()


def test_somebody_who_has_gone_elsewhere_is_not_taken_back(
    person: Person, make_run: Callable[..., Path], picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.open_run(make_run(*QUICK, *AD))
    slow(monkeypatch)
    new = person.session.new_images
    person.drop(picture)
    person.until(lambda: new.curve is not None)
    person.session.current.pick_image("train", 3)
    before = len(new.curve)
    person.until(lambda: len(new.curve) > before)
    person.click("new_image_stop")
    brought(person)
    assert person.session.current.code.index == 3
    assert [code.image.name for code in person.session.selection.new] == ["photo.png"]


# -- how it comes ------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def clipboard(qapp: QApplication) -> Iterator[QClipboard]:
    """Content that Python made must not outlive it."""
    yield QApplication.clipboard()
    QApplication.clipboard().clear()


def pasted(person: Person, content: QMimeData) -> None:
    QApplication.clipboard().setMimeData(content)
    person.find("map_plot").setFocus()
    person.qtbot.keyClick(person.frame, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)


def as_image(path: Path) -> QMimeData:
    content = QMimeData()
    content.setImageData(QImage(str(path)))
    return content


def as_url(path: Path) -> QMimeData:
    content = QMimeData()
    content.setUrls([QUrl.fromLocalFile(str(path))])
    return content


def as_text(path: Path) -> QMimeData:
    content = QMimeData()
    content.setText(f'"{path}"\n')
    return content


def test_a_picture_that_is_too_large_is_refused_in_words(person: Person, make_run: Callable[..., Path]) -> None:
    person.open_run(make_run(*QUICK))
    person.expects_failure = True
    content = QMimeData()
    content.setImageData(QImage(8000, 8000, QImage.Format.Format_Mono))
    pasted(person, content)
    person.until(lambda: bool(person.failures))
    assert "8,000 x 8,000 pixels, 60 million at most" in person.failures[0].message


@pytest.mark.parametrize(("files", "folders", "many"), [(MOST, 30, False), (MOST + 1, 0, True), (0, 6000, True)])
def test_a_folder_is_counted_no_further_than_needed(tmp_path: Path, files: int, folders: int, many: bool) -> None:
    (tmp_path / "in").mkdir()
    for number in range(files):
        (tmp_path / "in" / f"{number}.png").touch()
    for number in range(folders):
        (tmp_path / f"{number}").mkdir()
    (tmp_path / "round").symlink_to(tmp_path)
    assert exploring._may_be_many([tmp_path]) is many


def test_a_picture_is_pasted(person: Person, make_run: Callable[..., Path], picture: Path, tmp_path: Path) -> None:
    path = copied(make_run(*QUICK), tmp_path)
    person.open_run(path)
    for content in (as_image, as_url, as_text):
        person.session.current.pick_image("train", 1)
        pasted(person, content(picture))
        person.until(lambda: person.session.current.code.image is not None)
        code = brought(person)
        np.testing.assert_allclose(code.z, encoded(person.session.run, code.image.pixels), atol=1e-6)
        (file,) = code.image.files
        if content is as_image:
            # What lies nowhere is kept with the run, as it was shown to the model.
            np.testing.assert_array_equal(np.asarray(Image.open(path / file)), code.image.pixels[..., 0])
        else:
            assert Path(file) == picture


def test_what_is_no_picture_is_said_and_nothing_is_shown(
    person: Person, make_run: Callable[..., Path], picture: Path, tmp_path: Path
) -> None:
    said: list[str] = []
    person.session.message.connect(lambda level, text: said.append(text))
    showing = person.session.showing
    run, showing.run = showing.run, None
    pasted(person, as_image(picture))
    assert "Open or train a model first" in said.pop()
    showing.run = run
    person.open_run(make_run(*QUICK))
    said.clear()
    text = QMimeData()
    text.setText("no such file")
    pasted(person, text)
    pasted(person, QMimeData())
    assert "holds a text" in said[0]
    assert "no image" in said[1]
    person.expects_failure = True
    for name, content in (("notes.png", b"no image at all"), ("cut.png", b"\x89PNG\r\n\x1a\n0000")):
        (tmp_path / name).write_bytes(content)
        person.drop(tmp_path / name)
        person.until(lambda name=name: any(name in failure.message for failure in person.failures))
    assert person.session.current.code.image is None


# -- several -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures of two classes, by name."""
    for number in range(4):
        place = tmp_path / "mine" / ("three" if number < 2 else "7")
        place.mkdir(parents=True, exist_ok=True)
        painted(place / f"{number}.png", (20, 20), seed=number)
    return tmp_path / "mine"


def test_several_images_ask_what_is_meant_and_become_the_selection(
    person: Person, make_run: Callable[..., Path], folder: Path, tmp_path: Path
) -> None:
    person.open_run(make_run(*QUICK))
    person.drop(folder)
    # Of so few all are explored.
    explore = person.button_in_dialog("explore_images")
    assert explore.window().informativeText() == ""
    person.click(explore)
    brought(person)
    session, gallery = person.session, person.frame.panes["gallery"]
    new = session.selection.new
    assert [code.image.name for code in new] == ["2.png", "3.png", "0.png", "1.png"]
    assert gallery.source == "selection"
    assert gallery.isVisible()
    z = np.stack([code.z for code in new])
    np.testing.assert_array_equal(gallery.result.originals, np.stack([code.image.pixels for code in new]))
    np.testing.assert_allclose(gallery.result.images, session.run.decode(z), atol=1e-6)
    small = [mark for mark in person.frame.panes["map"].plot.marks if mark.small]
    assert len(small) == 3
    person.click(gallery.sides[0].stacks, gallery.sides[0].stacks.rect_of(2).center().toPoint())
    person.decoded()
    assert session.current.code is new[2]
    file = person.export(gallery, tmp_path / "selection.png")
    session.selection.select("train", [1, 2])
    person.settled()
    assert not session.selection.new
    person.drop(file)
    brought(person)
    np.testing.assert_allclose(np.stack([code.z for code in session.selection.new]), z, atol=1e-6)


def test_images_that_are_to_be_trained_on_are_not_explored(
    person: Person, make_run: Callable[..., Path], folder: Path, tmp_path: Path
) -> None:
    person.open_run(make_run(*QUICK))
    array = tmp_path / "many.npz"
    np.savez(array, images=np.zeros((30, 9, 9), np.uint8))
    for path in (folder, array):
        person.drop_to_train(path)
        sheet_of(person, path)
    assert not person.session.selection.new
    single = painted(tmp_path / "one.png", (9, 9))
    person.drop(single)
    assert brought(person).image.name == "one.png"
    person.frame.actions_table["train_on_explored"].trigger()
    sheet_of(person, single)


def sheet_of(person: Person, path: Path) -> None:
    """Wait for the sheet that shows what is at a path, and close it."""
    person.until(
        lambda: person.frame.own_images._sheet is not None and person.frame.own_images._sheet.survey is not None
    )
    sheet = person.find("images_sheet")
    assert path.name in sheet.survey.settings.path
    person.qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    person.until(lambda: person.frame.own_images._sheet is None)
    person.settled()


def test_several_files_are_read_and_those_that_cannot_be_are_named(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    person.open_run(make_run(*QUICK))
    said: list[str] = []
    person.session.message.connect(lambda level, text: said.append(text))
    wide = painted(tmp_path / "shot.png", (300, 400, 4))
    array = tmp_path / "set.npy"
    np.save(array, np.full((3, 5, 7), 60, np.uint8))
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"nothing")
    assert dropped(person, person.frame, wide, broken, array)
    person.click(person.button_in_dialog("explore_images"))
    brought(person)
    new = person.session.selection.new
    assert [code.image.name for code in new] == ["shot.png", "set.npy 0", "set.npy 1", "set.npy 2"]
    assert "shown on white" in " ".join(new[0].image.notes)
    assert any("1 file left out: broken.jpg" in text for text in said)


# -- kinds of models ---------------------------------------------------------------------------------------------------


def test_a_conditional_model_is_told_the_class_by_name_or_chosen_or_the_one_that_fits_best(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    person.open_run(make_run(*QUICK, "model.family=cvae"))
    run = person.session.run
    named = painted(tmp_path / "7.png", (12, 12))
    person.drop(named)
    code = brought(person)
    assert code.y == 7
    assert "by its name" in " ".join(code.image.notes)
    other = painted(tmp_path / "unknown.png", (12, 12))
    person.drop(other)
    code = brought(person)
    errors = [
        rmse(run.decode(encoded(run, code.image.pixels, y)[None], [y]), code.image.pixels[None])[0] for y in range(10)
    ]
    assert code.y == int(np.argmin(errors))
    assert "fits best of 10" in " ".join(code.image.notes)
    person.frame.actions_table["encode_as"].trigger()
    dialog = person.find("encode_as_dialog")
    # It says which class it was encoded as, and opens like every other box.
    assert dialog.box.currentText() == str(code.y)
    dialog.box.setFocus()
    while dialog.box.currentText() != "3":
        person.qtbot.keyClick(dialog.box, Qt.Key.Key_Down if code.y < 3 else Qt.Key.Key_Up)
    person.qtbot.keyClick(dialog.box, Qt.Key.Key_Return)
    person.until(lambda: person.session.current.code.y == 3)
    code = brought(person)
    assert code.image is not None
    np.testing.assert_allclose(code.z, encoded(run, code.image.pixels, 3), atol=1e-6)
    # The same style in another class is no longer that image.
    person.session.current.set_class(5)
    assert person.session.current.code.image is None


def test_a_model_that_takes_mixtures_apart_is_given_one_or_two(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    person.open_run(make_run("training.device=cpu", "model.family=separation-ae"))
    height, width = person.session.run.image_shape[1:]
    first, second = (
        painted(tmp_path / f"{name}.png", (height, width), seed=seed) for name, seed in (("a", 9), ("b", 99))
    )
    person.drop(first)
    code = brought(person)
    assert code.image.mixture
    assert dropped(person, person.frame, first, second)
    person.click(person.button_in_dialog("explore_images"))
    code = brought(person)
    assert code.image.pixels.shape == (height, 2 * width, 1)
    assert person.find("original_image").image.shape == (height, 2 * width, 1)
    assert " and " in person.frame.panes["decoded"].error.text()
    person.expects_failure = True
    assert dropped(person, person.frame, first, second, painted(tmp_path / "c.png", (9, 9)))
    person.click(person.button_in_dialog("explore_images"))
    person.until(lambda: bool(person.failures))
    assert "these are 3" in person.failures[-1].message


# -- a code like any other ---------------------------------------------------------------------------------------------


def test_its_figure_names_its_file_and_brings_it_back(
    person: Person, make_run: Callable[..., Path], picture: Path, tmp_path: Path
) -> None:
    person.open_run(make_run(*QUICK))
    person.drop(picture)
    code = brought(person)
    pane = person.frame.panes["decoded"]
    assert str(picture) in pane.command()
    file = person.export(pane, tmp_path / "figure.png")
    for gone in (False, True):
        person.session.current.pick_image("train", 2)
        if gone:
            picture.unlink()
        person.drop(file)
        person.until(lambda: person.session.current.code.index is None)
        person.settled()
        back = person.session.current.code
        np.testing.assert_allclose(back.z, code.z, atol=1e-6)
        if gone:
            assert back.image is None
            assert "photo.png is not there" in back.how
        else:
            np.testing.assert_array_equal(back.image.pixels, code.image.pixels)


def test_it_is_an_anchor_a_bookmark_and_is_dragged_like_any_code(
    person: Person, make_run: Callable[..., Path], picture: Path, tmp_path: Path
) -> None:
    path = copied(make_run(*QUICK), tmp_path)
    person.open_run(path)
    person.drop(picture)
    code = brought(person)
    session = person.session
    dragged = Code.from_mime(code.to_mime())
    np.testing.assert_array_equal(dragged.image.pixels, code.image.pixels)
    assert dragged.image.files == (str(picture),)
    person.frame.actions_table["anchor_a"].trigger()
    assert session.selection.anchors["A"] is code
    session.bookmarks.add("mine", code)
    picture.unlink()
    person.open_run(make_run(*QUICK, "model.latent_dim=3"))
    person.open_run(path)
    person.until(lambda: "mine" in session.bookmarks.codes)
    session.current.set(session.bookmarks.codes["mine"])
    person.decoded()
    person.settled()
    np.testing.assert_array_equal(person.find("original_image").image, code.image.pixels)


def test_a_run_without_its_images_still_shows_a_new_one(
    person: Person, make_run: Callable[..., Path], picture: Path, tmp_path: Path
) -> None:
    import json

    path = copied(make_run(*QUICK, *AD), tmp_path)
    config = json.loads((path / "config.json").read_text())
    config["data"] |= {"name": "images", "path": str(tmp_path / "gone")}
    (path / "config.json").write_text(json.dumps(config))
    person.open_run(path)
    assert person.session.run.data is None
    person.drop(picture)
    code = brought(person)
    assert "random start" in " ".join(code.image.notes)
    assert person.find("original_image").isVisible()
    np.testing.assert_array_equal(person.find("original_image").image, code.image.pixels)


def test_while_a_model_trains_the_state_that_is_shown_is_asked_and_the_image_stays(
    person: Person, picture: Path
) -> None:
    person.begin_training()
    person.drop(picture)
    person.until(lambda: person.session.current.code.image is not None)
    session = person.session
    before = session.current.code.z
    person.until(lambda: not np.array_equal(session.current.code.z, before))
    assert session.current.code.image.name == "photo.png"
    assert session.current.image.shape == (*session.run.image_shape[1:], 1)
    person.click("stop_button")
    person.until(lambda: session.training.state == "idle")
    code = brought(person)
    np.testing.assert_allclose(code.z, encoded(session.run, code.image.pixels), atol=1e-5)


def test_a_negative_is_offered_to_be_inverted(person: Person, make_run: Callable[..., Path], tmp_path: Path) -> None:
    path = copied(make_run(*QUICK), tmp_path)
    person.open_run(path)
    dark = painted(tmp_path / "scan.png", (12, 12))
    Image.fromarray(255 - np.asarray(Image.open(dark))).save(dark)
    person.drop(dark)
    before = brought(person)
    person.click("new_image_invert")
    after = brought(person)
    np.testing.assert_array_equal(after.image.pixels, 255 - before.image.pixels)
    assert person.find("new_image_invert").isHidden()
    # The file that it came from shows something else.
    (kept,) = after.image.files
    np.testing.assert_array_equal(np.asarray(Image.open(path / kept)), after.image.pixels[..., 0])


# -- drawing -----------------------------------------------------------------------------------------------------------


def stroke(canvas: QWidget, *places: tuple[float, float]) -> None:
    spots = [QPoint(round(x * canvas.width()), round(y * canvas.height())) for x, y in places]
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=spots[0])
    for spot in spots[1:]:
        QTest.mouseMove(canvas, spot)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=spots[-1])


@pytest.mark.parametrize("changes", [(), AD], ids=["encoded", "fitted"])
def test_a_drawing_is_followed_while_it_is_drawn(
    person: Person, make_run: Callable[..., Path], changes: tuple[str, ...], tmp_path: Path
) -> None:
    path = copied(make_run(*QUICK, *changes), tmp_path)
    person.open_run(path)
    session = person.session
    person.frame.actions_table["draw_image"].trigger()
    dialog = person.find("drawing_dialog")
    canvas = dialog.canvas
    assert canvas.pixels.shape == (12, 12, 1)
    assert not canvas.pixels.any()
    stroke(canvas, (0.3, 0.3), (0.6, 0.3), (0.5, 0.8))
    code = brought(person)
    np.testing.assert_array_equal(code.image.pixels, canvas.pixels)
    assert canvas.pixels.max() > 200
    first = canvas.pixels
    stroke(canvas, (0.1, 0.8), (0.9, 0.8))
    brought(person)
    assert (canvas.pixels != first).any()
    np.testing.assert_array_equal(session.current.code.image.pixels, canvas.pixels)
    np.testing.assert_array_equal(dialog.decoded.image, person.find("decoded_image").image)
    np.testing.assert_allclose(dialog.decoded.image, session.run.decode(session.current.code.z[None])[0], atol=1e-6)
    person.click("drawing_undo")
    np.testing.assert_array_equal(canvas.pixels, first)
    person.click("drawing_invert")
    np.testing.assert_array_equal(canvas.pixels, 255 - first)
    person.click("drawing_undo")
    person.qtbot.keyClick(canvas, Qt.Key.Key_Up)
    person.qtbot.keyClick(canvas, Qt.Key.Key_Space)
    drawn = canvas.pixels
    person.click("drawing_keep")
    code = brought(person)
    np.testing.assert_array_equal(code.image.pixels, drawn)
    (kept,) = code.image.files
    np.testing.assert_array_equal(np.asarray(Image.open(path / kept)), drawn[..., 0])
    # All of it is one place in the history.
    person.click("decoded_back")
    assert session.current.code.image is None


def test_a_canvas_has_the_colours_and_the_ground_of_the_data(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    bright = tmp_path / "bright.npy"
    np.save(bright, np.random.default_rng(0).integers(200, 255, (20, 8, 10, 3), np.uint8))
    person.open_run(make_run("training.device=cpu", "data.name=images", f"data.path={bright}"))
    person.frame.actions_table["draw_image"].trigger()
    canvas = person.find("drawing_dialog").canvas
    assert canvas.pixels.shape == (8, 10, 3)
    assert canvas.pixels.min() == 255
    stroke(canvas, (0.5, 0.5), (0.6, 0.5))
    assert brought(person).image.pixels.shape == (8, 10, 3)
    # Another run's images have another shape: so has the canvas that is opened then.
    person.open_run(make_run(*QUICK))
    person.until(lambda: person.find_or_none("drawing_dialog") is None)
    person.frame.actions_table["draw_image"].trigger()
    assert person.find("drawing_dialog").canvas.pixels.shape == (12, 12, 1)


def copied(path: Path, into: Path) -> Path:
    """A run that may be written to."""
    return Path(shutil.copytree(path, into / "run"))
