"""What the window tells of the current code, and how one gets to others from there."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QFileDialog, QLineEdit, QListWidget
from pytestqt.qtbot import QtBot

from latentexplorer.gui.panes.decoded.support_bar import SupportBar
from latentexplorer.gui.window.workspaces import ALL, EXPLORE
from latentexplorer.views.code import Code
from tests.gui.conftest import Person


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


@pytest.fixture
def opened(person: Person, make_run: Callable[..., Path]) -> Callable[..., None]:
    return lambda *changes: reopened(person, make_run(*changes))


def known(person: Person) -> None:
    """Wait until everything about the current code is on the screen."""
    pane = person.frame.panes["decoded"]
    person.decoded()
    person.until(lambda: pane.facts is not None and pane.facts.code is person.session.current.code)
    person.settled()


def test_the_error_and_the_nats_are_those_of_the_model(person: Person, opened: Callable[..., None]) -> None:
    import torch

    from latentexplorer.models.encoding import to_batch

    opened()
    person.session.current.pick_image("test", 5)
    known(person)
    run, pane, code = person.session.run, person.frame.panes["decoded"], person.session.current.code
    image = run.images("test").images[5]
    np.testing.assert_array_equal(person.find("original_image").image, image)
    rmse = np.sqrt(np.mean((image / 255.0 - run.decode(code.z[None])[0]) ** 2))
    with torch.no_grad():
        terms = run.model.loss(to_batch(image[None]))
    assert pane.facts.recon == pytest.approx(float(terms.recon[0]), rel=1e-4)
    assert pane.facts.kl == pytest.approx(float(terms.kl[0]), rel=1e-3)
    assert f"rmse {rmse:.3f}" in pane.error.text()
    assert "nats" in pane.error.text()


@pytest.mark.parametrize("workspace", [ALL])
def test_a_click_on_a_nearest_image_goes_there(person: Person, opened: Callable[..., None]) -> None:
    opened()
    person.session.current.pick_image("train", 7)
    known(person)
    pane, run = person.frame.panes["decoded"], person.session.run
    loc = run.codes["train"].loc
    away = np.linalg.norm(loc - loc[7], axis=1)
    away[7] = np.inf
    assert pane.facts.nearest[0] == away.argmin()
    np.testing.assert_array_equal(pane.nearest.images[0], run.images("train").images[away.argmin()])
    person.click(pane.nearest, pane.nearest.rect_of(2).center().toPoint())
    assert (person.session.current.code.part, person.session.current.code.index) == ("train", pane.facts.nearest[2])
    known(person)
    person.click("decoded_back")
    assert person.session.current.code.index == 7
    person.click("decoded_forward")
    assert person.session.current.code.index != 7


def test_support_falls_away_from_the_data(person: Person, opened: Callable[..., None]) -> None:
    opened()
    person.session.current.pick_image("train", 0)
    known(person)
    pane = person.frame.panes["decoded"]
    near = pane.support.value
    person.session.current.set(np.full(2, 60.0, np.float32), how="nowhere")
    known(person)
    assert pane.support.words == "far from any data"
    assert pane.support.value < 0.01 < near
    # A code of no image has neither an original nor a posterior.
    assert person.find("original_image").image is None
    assert not pane.draws.isVisible()
    assert pane.error.isHidden()
    assert "nowhere" in pane.how.text()


def test_draws_from_the_posterior_are_shown_and_can_be_gone_to(person: Person, opened: Callable[..., None]) -> None:
    opened()
    # In a low pane they give way to the picture.
    person.frame.resize(1920, 1080)
    pane = person.frame.panes["decoded"]
    person.until(lambda: pane.facts.draws is not None and pane.draws.isVisible())
    code = person.session.current.code
    away = (pane.facts.drawn - code.z) / code.scale
    assert 0.5 < np.sqrt(np.mean(away**2)) < 1.6
    person.click(pane.draws, pane.draws.rect_of(1).center().toPoint())
    np.testing.assert_array_equal(person.session.current.code.z, pane.facts.drawn[1])
    assert "posterior" in person.session.current.code.how


def test_bookmarks_are_kept_gone_to_renamed_and_deleted(person: Person, opened: Callable[..., None]) -> None:
    opened()
    pane = person.frame.panes["decoded"]
    person.session.current.pick_image("train", 4)
    person.click("bookmarks_button")
    name = pane.bookmarks.findChild(QLineEdit, "bookmark_name")
    name.selectAll()
    person.qtbot.keyClicks(name, "a nice one")
    person.qtbot.keyClick(name, Qt.Key.Key_Return)
    pane.bookmarks.hide()
    person.session.current.pick_image("train", 9)
    person.click("bookmarks_button")
    names = pane.bookmarks.findChild(QListWidget, "bookmark_list")
    assert [names.item(at).text() for at in range(names.count())] == ["a nice one"]
    person.click(names.viewport(), names.visualItemRect(names.item(0)).center())
    assert person.session.current.code.index == 4
    assert not pane.bookmarks.isVisible()

    person.click("bookmarks_button")
    names.setCurrentRow(0)
    names.setFocus()
    person.click(pane.bookmarks.rename)
    editor = names.findChild(QLineEdit)
    editor.selectAll()
    person.qtbot.keyClicks(editor, "four")
    person.qtbot.keyClick(editor, Qt.Key.Key_Return)
    person.until(lambda: list(person.session.bookmarks.codes) == ["four"])
    names.setCurrentRow(0)
    names.setFocus()
    person.qtbot.keyClick(names, Qt.Key.Key_Delete)
    assert not person.session.bookmarks.codes
    pane.bookmarks.hide()


def reopened(person: Person, path: Path) -> None:
    """The run is opened once more."""
    person.open_run(path)
    known(person)


def test_bookmarks_are_kept_with_the_run(person: Person, make_run: Callable[..., Path], tmp_path: Path) -> None:
    path = tmp_path / "mine"
    shutil.copytree(make_run("model.family=cvae"), path)
    reopened(person, path)
    session = person.session
    session.current.pick_image("train", 4)
    session.bookmarks.add("four", session.current.code)
    free = Code(np.array([0.123456789, -1e-7], np.float32), 3, how="by hand")
    session.current.set(free)
    session.bookmarks.add("free", session.current.code)
    session.bookmarks.rename("four", "4")
    person.settled()
    reopened(person, make_run())
    assert not session.bookmarks.codes
    reopened(person, path)
    assert list(session.bookmarks.codes) == ["4", "free"]
    assert session.bookmarks.codes["free"].same(free) and session.bookmarks.codes["free"].how == "by hand"
    four = session.bookmarks.codes["4"]
    assert (four.part, four.index) == ("train", 4) and four.scale is not None
    session.bookmarks.remove("4")
    person.settled()
    reopened(person, path)
    assert list(session.bookmarks.codes) == ["free"]


def test_bookmarks_that_are_damaged_are_told_and_left_alone(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    damaged = (
        "{",
        '{"bookmarks": [{"name": "a", "z": [1, 2, 3]}]}',
        '{"bookmarks": [{"name": "a", "z": [1, 2], "y": 99}]}',
    )
    said: list[str] = []
    person.session.message.connect(lambda level, text: said.append(text))
    for number, content in enumerate(damaged):
        said.clear()
        path = tmp_path / str(number)
        shutil.copytree(make_run(), path)
        (path / "bookmarks.json").write_text(content)
        reopened(person, path)
        person.until(lambda: any("bookmarks.json" in text for text in said))
        # The window goes on, and what cannot be read is not overwritten.
        person.session.bookmarks.add("mine", person.session.current.code)
        assert list(person.session.bookmarks.codes) == ["mine"]
        assert "only while the run is open" in said[-1]
        assert (path / "bookmarks.json").read_text() == content


def test_a_folder_that_cannot_be_written_to_is_told(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    path = tmp_path / "mine"
    shutil.copytree(make_run(), path)
    reopened(person, path)
    said: list[str] = []
    person.session.message.connect(lambda level, text: said.append(text))
    # As a file is where a folder should be, nothing can be written, whoever asks.
    shutil.rmtree(path)
    path.write_text("")
    person.session.bookmarks.add("mine", person.session.current.code)
    assert "only while the run is open" in said[-1]
    assert "mine" in person.session.bookmarks.codes


def test_the_class_of_a_conditional_model_is_chosen_here(person: Person, opened: Callable[..., None]) -> None:
    opened("model.family=cvae")
    choice = person.find("decoded_class")
    assert choice.isVisible()
    z, y = person.session.current.code.z, (person.session.current.code.y + 3) % 10
    person.choose(choice, str(y))
    known(person)
    np.testing.assert_array_equal(person.session.current.code.z, z)
    np.testing.assert_array_equal(
        person.find("decoded_image").image, person.session.run.decode(z[None], np.array([y]))[0]
    )
    # What it is now is not the image any more.
    assert person.find("original_image").image is None


def test_an_image_of_a_class_with_a_long_name_is_known_by_its_number_where_little_room_is(
    person: Person, opened: Callable[..., None]
) -> None:
    opened("model.family=cvae")
    row, code = person.frame.panes["decoded"].row, person.session.current.code
    names = [f"cytoskeleton, filaments of kind {at}" for at in range(10)]
    row.show_code(code, names, False, False)
    seen = []
    for words in (f"image {code.index}", str(code.index)):
        row.how.resize(row.how.fontMetrics().horizontalAdvance(words) + 4, row.how.height())
        seen.append(row.how.shown)
    assert seen == [f"image {code.index}", str(code.index)]
    # Of no class, by its part too.
    row.show_code(replace(code, label=None), names, False, False)
    short = code.how.replace(" image ", " ")
    row.how.resize(row.how.fontMetrics().horizontalAdvance(short) + 4, row.how.height())
    assert row.how.shown == short != code.how


def test_what_a_family_does_not_have_is_left_out(person: Person, opened: Callable[..., None]) -> None:
    for family in ("ad", "pca", "separation-ae"):
        size = ("data.size=32",) if family == "separation-ae" else ()
        opened(f"model.family={family}", *size)
        pane = person.frame.panes["decoded"]
        assert person.find("decoded_image").image is not None
        assert pane.facts.kl is None
        assert not pane.draws.isVisible()
        assert not pane.nearest.isHidden()
        assert not pane.klass.isVisible()


def test_a_run_without_its_images_still_tells_what_it_can(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    import json

    path = tmp_path / "lost"
    shutil.copytree(make_run(), path)
    config = json.loads((path / "config.json").read_text())
    config["data"] |= {"name": "images", "path": str(tmp_path / "gone.npz")}
    (path / "config.json").write_text(json.dumps(config))
    reopened(person, path)
    pane = person.frame.panes["decoded"]
    assert person.session.run.data is None
    assert not pane.original.isVisible()
    assert "decoded" in pane.near_title.text()
    assert len(pane.nearest.images)
    assert pane.support.isVisible()


def test_the_decoded_image_is_saved_pixel_by_pixel(person: Person, opened: Callable[..., None], tmp_path: Path) -> None:
    from PIL import Image

    opened()
    pane = person.frame.panes["decoded"]
    pane.save_image()
    dialog = person.find("save_image_dialog", QFileDialog)
    dialog.selectFile(str(tmp_path / "one.png"))
    person.qtbot.keyClick(dialog, Qt.Key.Key_Return)
    person.until((tmp_path / "one.png").is_file)
    image = np.asarray(Image.open(tmp_path / "one.png"))
    shown = person.find("decoded_image").image
    np.testing.assert_array_equal(image, (shown[..., 0] * 255 + 0.5).astype(np.uint8))


def test_any_code_is_exported_as_a_figure_that_brings_it_back(
    person: Person, opened: Callable[..., None], tmp_path: Path
) -> None:
    from latentexplorer.figures import read_recipe
    from latentexplorer.views.decoded import compute

    for family in ("vae", "cvae"):
        opened(f"model.family={family}")
        pane, session = person.frame.panes["decoded"], person.session
        session.current.pick_image("train", 11)
        assert "code=train:11" in pane.view_settings()
        # A code of no image, and of another class than any image it came from.
        free = Code(np.linspace(-0.7, 0.6, session.run.code_dim, dtype=np.float32), 4)
        session.current.set(free)
        known(person)
        shown = person.find("decoded_image").image
        path = tmp_path / f"{family}.png"
        person.click("decoded_pane_export")
        dialog = person.frame.findChild(QDialog, "export_dialog")
        dialog.findChild(QLineEdit, "export_file").setText(str(path))
        person.click(dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Save))
        person.until(path.is_file)
        settings = read_recipe(path).view_settings()
        np.testing.assert_array_equal(compute(session.run, settings).image, shown)
        session.current.pick_image("test", 2)
        assert pane.restore("decoded", settings.model_dump(exclude_unset=True))
        wanted = replace(free, y=4 if family == "cvae" else None)
        person.until(lambda wanted=wanted: person.session.current.code.same(wanted))
        # The figure of single images shows its image here, too.
        assert pane.restore("reconstructions", {"part": "train", "index": (11,)})
        assert (session.current.code.part, session.current.code.index) == ("train", 11)


def test_a_mixture_is_shown_beside_both_its_originals(person: Person, opened: Callable[..., None]) -> None:
    opened("model.family=separation-ae", "data.size=32")
    session = person.session
    session.current.pick_image("train", 3)
    known(person)
    codes, images = session.run.codes["train"], session.run.images("train").images
    partner = codes.index[(np.flatnonzero(codes.index == 3)[0] + 1) % len(codes.index)]
    both, decoded = person.find("original_image").image, person.find("decoded_image").image
    assert both.shape == decoded.shape
    halves = {half.tobytes() for half in np.split(both, 2, axis=1)}
    assert halves == {images[3].tobytes(), images[partner].tobytes()}
    assert f"images 3 and {partner}" in person.frame.panes["decoded"].how.text()
    # Each stands below the part that is compared with it.
    place = [person.find(f"{name}_image").geometry() for name in ("decoded", "original")]
    assert place[0].left() == place[1].left() and place[0].width() == place[1].width()
    assert place[1].top() >= place[0].bottom()
    # The rest of a low pane's width is that of the nearest images.
    person.settled()
    pane, near = person.frame.panes["decoded"], person.find("nearest_images")
    left, right = (near.mapTo(pane.content, end).x() for end in (near.rect().topLeft(), near.rect().topRight()))
    assert pane.pair.geometry().left() + pane.decoded.width() < left < right - 40
    assert right > 0.9 * pane.content.width()
    swapped = np.concatenate(np.split(both, 2, axis=1)[::-1], axis=1)
    errors = [np.abs(one / 255.0 - decoded).mean() for one in (both, swapped)]
    assert errors[0] <= errors[1]


def test_frozen_it_keeps_its_image_until_another_code_is_chosen(person: Person) -> None:
    person.begin_training()
    pane, session = person.frame.panes["decoded"], person.session
    person.decoded()
    assert pane.freeze_button.isVisible()
    person.click(pane.freeze_button)
    shown, z = person.find("decoded_image").image, pane.bars.z
    epoch = session.run.epoch
    person.until(lambda: session.run.epoch > epoch and not np.array_equal(session.current.code.z, z))
    person.decoded()
    np.testing.assert_array_equal(person.find("decoded_image").image, shown)
    np.testing.assert_array_equal(pane.bars.z, z)
    # Another code is shown, and kept in turn.
    session.current.pick_image("train", 5)
    person.until(lambda: pane.decoded.code is not None and pane.decoded.code.index == 5)
    assert not np.array_equal(person.find("decoded_image").image, shown)
    person.click(pane.freeze_button)
    person.until(lambda: pane.decoded.code is session.current.image_of)
    person.click("stop_button")
    person.until(lambda: session.training.state == "idle")
    person.settled()


def test_a_bar_that_is_pulled_changes_that_dimension(person: Person, opened: Callable[..., None]) -> None:
    for size in (2, 8, 24):
        opened(f"model.latent_dim={size}")
        pull_a_bar(person, size)


def pull_a_bar(person: Person, size: int) -> None:
    """Of a code of so many numbers, with the mouse; back, and with the keys."""
    person.frame.arrangement.choose("explore")
    person.frame.resize(1280, 860)
    session, bars = person.session, person.find("code_bars")
    session.current.pick_image("train", 4)
    known(person)
    before = session.current.code.z
    # Eight are listed with their numbers, in more than one column.
    at, listed = size // 2, size <= 8
    assert bars.listed == listed
    assert size != 8 or bars.row_of(at).left() > 0.3 * bars.width() > bars.row_of(0).left()

    def pulled_bar() -> QPoint:
        return bars.row_of(at).center().toPoint() if listed else QPoint(int((at + 0.5) * bars.width() / size), 20)

    start = pulled_bar()
    to = [start + (QPoint(9 * step, 0) if listed else QPoint(0, -4 * step)) for step in range(1, 5)]
    decoded: list[Code] = []
    session.current.decoded.connect(lambda code, image: decoded.append(code))
    QTest.mousePress(bars, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    for place in to:
        QTest.mouseMove(bars, place)
        QApplication.processEvents()
    person.until(lambda: bool(decoded))  # While the button is down.
    QTest.mouseRelease(bars, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, to[-1])
    person.decoded()
    z = session.current.code.z
    assert z[at] > before[at] or z[at] > 0
    np.testing.assert_array_equal(np.delete(z, at), np.delete(before, at))
    np.testing.assert_array_equal(person.find("decoded_image").image, session.run.decode(z[None])[0])
    assert f"z{at} = " in session.current.code.how and "training image 4" in session.current.code.how
    # The whole pull is one step back.
    person.click("decoded_back")
    np.testing.assert_array_equal(session.current.code.z, before)
    person.click("decoded_forward")
    known(person)
    person.qtbot.mouseDClick(bars, Qt.MouseButton.LeftButton, pos=pulled_bar())
    assert session.current.code.z[at] == 0
    person.qtbot.keyClick(bars, Qt.Key.Key_Plus)
    assert session.current.code.z[at] == pytest.approx(0.1)
    person.qtbot.keyClick(bars, Qt.Key.Key_Delete)
    assert session.current.code.z[at] == 0 and session.current.code.how.count("from") == 1
    known(person)


def test_in_a_high_pane_the_pictures_stand_one_above_the_other(person: Person, opened: Callable[..., None]) -> None:
    opened()
    person.frame.arrangement.choose("diagnose")
    for size, stacked in (((1280, 800), False), ((2560, 1600), True)):
        person.frame.resize(*size)
        person.settled()
        pane = person.frame.panes["decoded"]
        below = pane.original.y() >= pane.decoded.y() + pane.decoded.height()
        assert below == stacked and pane.original.height() == pane.decoded.height()
        if stacked:
            assert pane.decoded.height() > pane.content.width() / 2
            # What they leave of the width belongs to the strips.
            strips = pane.below.strips
            at = strips.mapTo(pane.content, QPoint()).x()
            assert at > pane.decoded.width() and at + strips.width() > 0.95 * pane.content.width()


@pytest.mark.parametrize("workspace", [ALL])
def test_the_pictures_and_strips_fill_the_pane(person: Person, opened: Callable[..., None]) -> None:
    opened()
    for size in ((1280, 800), (1000, 700), (2400, 1500)):
        person.frame.resize(*size)
        person.settled()
        pane = person.frame.panes["decoded"]
        room = pane.content.contentsRect().height()
        left = pane.bars.mapTo(pane.content, pane.bars.rect().bottomLeft()).y()
        assert left <= room
        assert pane.bars.height() < max(0.4 * room, 60)
        # The decoded image is what the pane is for: where it is low, the strips give way to it.
        assert pane.decoded.height() >= 48
        assert (pane.nearest.height() > 0) == (size[1] >= 800)
        if pane.nearest.height():
            row = pane.nearest.rect_of(pane.nearest.columns - 1)
            assert row.right() > 0.9 * pane.nearest.width()


def test_pictures_of_strips_are_large_enough_to_be_made_out(person: Person, opened: Callable[..., None]) -> None:
    opened()
    pane = person.frame.panes["decoded"]
    for width in (420, 551, 700):
        for height in range(232, 500, 4):
            pane.room.fit(QSize(width, height), pane.row.bookmarks_button.sizeHint().height(), (8, 8), 1)
            heights = [strip.maximumHeight() for strip in (pane.nearest, pane.draws) if strip.maximumHeight()]
            assert min(heights, default=40) >= 30, (width, height)


def test_a_pane_that_grows_loses_no_strip(person: Person, opened: Callable[..., None]) -> None:
    opened()
    pane = person.frame.panes["decoded"]
    for width in (420, 551, 700):
        strips, shown = (pane.nearest, pane.draws), [0]
        for height in range(240, 900, 4):
            pane.room.fit(QSize(width, height), pane.row.bookmarks_button.sizeHint().height(), (8, 8), 1)
            shown.append(sum(strip.maximumHeight() > 0 for strip in strips))
        assert shown == sorted(shown)
        assert shown[-1] == 2


def test_how_near_to_data_is_said_with_its_number_where_there_is_room(qtbot: QtBot) -> None:
    bar = SupportBar()
    qtbot.addWidget(bar)
    bar.show_support(0.2, "near data", "a line of the tip", "Odder than 93 % of 358 held-out images")
    seen = []
    for width in (700, 260, 90):
        bar.resize(width, 20)
        seen.append(bar.shown)
    assert seen == ["near data · odder than 93 % of 358 held-out images", "near data · odder than 93 %", "near data"]
    # Where it is not known how odd it is nothing else takes its place.
    bar.show_support(0.2, "near data", "By the prior more likely than 4 %")
    bar.resize(700, 20)
    assert bar.shown == "near data"
