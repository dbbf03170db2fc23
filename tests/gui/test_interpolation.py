"""Interpolation: two anchors, a slider between them, a strip whose ends are exact, an animation that can be opened."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QComboBox, QDialogButtonBox, QSlider, QSpinBox

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import SettingsError, Stopped
from latentexplorer.figures.animation import there_and_back, write_animation
from latentexplorer.gui.panes.interpolation.ends import ONE_CLASS
from latentexplorer.gui.panes.interpolation.pane import InterpolationPane
from latentexplorer.gui.widgets.pictures import MIME_CODE
from latentexplorer.gui.window.workspaces import EXPLORE
from latentexplorer.views.code import Code

VAE = ("model.family=vae", "model.latent_dim=4")


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


def opened(person: Any, path: Path) -> InterpolationPane:
    """The pane with a run open and in front."""
    pane = person.open_run(path, "interpolation")
    assert isinstance(pane, InterpolationPane)
    return pane


def drawn(person: Any, pane: InterpolationPane) -> None:
    """Wait until the strip shows the way between the anchors of now."""

    def there() -> bool:
        path = pane.path()
        shown = pane.shown
        return (
            path is not None
            and shown is not None
            and len(shown.codes) == pane.steps.value()
            and np.array_equal(shown.codes[0], path.first.z)
            and np.array_equal(shown.codes[-1], path.last.z)
        )

    person.until(there)


def drag(person: Any, slider: QSlider, start: int, end: int, steps: int = 6) -> None:
    """Pull the handle from one place to another with the pointer."""
    from PySide6.QtTest import QTest

    middle = slider.height() // 2
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(start, middle))
    for part in range(1, steps + 1):
        QTest.mouseMove(slider, QPoint(start + (end - start) * part // steps, middle))
        QApplication.processEvents()
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(end, middle))


def test_an_empty_pane_offers_two_images_and_both_ends_are_exact(person: Any, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*VAE))
    assert pane.prompt.isVisible()
    person.click("pick_two_images")
    drawn(person, pane)
    run, anchors = person.session.run, person.session.selection.anchors
    assert anchors["A"].of_image and anchors["B"].of_image and anchors["A"].label != anchors["B"].label
    images = run.decode(np.linspace(0, 1, 10)[:, None] * (anchors["B"].z - anchors["A"].z) + anchors["A"].z)
    assert np.allclose(pane.strip.images, images, atol=1e-5)
    assert np.array_equal(pane.shown.codes[0], anchors["A"].z) and np.array_equal(pane.shown.codes[-1], anchors["B"].z)


def test_dragging_the_slider_walks_from_a_to_b(person: Any, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*VAE))
    person.click("pick_two_images")
    drawn(person, pane)
    slider = person.find("interpolation_slider", QSlider)
    seen: list[float] = []
    first, last = person.session.selection.anchors["A"].z, person.session.selection.anchors["B"].z

    def note(code: Any) -> None:
        seen.append(float((code.z - first) @ (last - first) / ((last - first) @ (last - first))))

    person.session.current.changed.connect(note)
    drag(person, slider, slider.width() // 2, slider.width() - 2)
    person.session.current.changed.disconnect(note)
    assert len(seen) > 3 and seen == sorted(seen)
    assert person.session.current.code is person.session.selection.anchors["B"]
    assert pane.strip.current == len(pane.strip) - 1
    person.decoded()
    assert np.array_equal(person.session.current.image, person.session.run.decode(last[None])[0])
    # The whole drag is one step back.
    person.session.current.go(-1)
    assert not np.array_equal(person.session.current.code.z, last)
    assert not any(
        0.5 < at < 1 and np.array_equal(person.session.current.code.z, first + at * (last - first)) for at in seen
    )


def test_keyboard_number_and_double_click(person: Any, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*VAE))
    person.click("pick_two_images")
    drawn(person, pane)
    slider = person.find("interpolation_slider", QSlider)
    first, last = person.session.selection.anchors["A"].z, person.session.selection.anchors["B"].z
    person.qtbot.keyClick(slider, Qt.Key.Key_Home)
    assert person.session.current.code is person.session.selection.anchors["A"]
    pane.slider.number.setFocus()
    pane.slider.number.selectAll()
    person.qtbot.keyClicks(pane.slider.number, "25")
    person.qtbot.keyClick(pane.slider.number, Qt.Key.Key_Return)
    assert np.allclose(person.session.current.code.z, first + 0.25 * (last - first), atol=1e-6)
    person.qtbot.mouseDClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(4, slider.height() // 2))
    assert np.allclose(person.session.current.code.z, (first + last) / 2, atol=1e-6)


def test_spherical_swap_steps_and_a_click_on_a_cell(person: Any, make_run: Callable[..., Path]) -> None:
    from latentexplorer.latent.interpolation import slerp

    pane = opened(person, make_run(*VAE))
    person.click("pick_two_images")
    drawn(person, pane)
    first, last = person.session.selection.anchors["A"].z, person.session.selection.anchors["B"].z
    method = person.find("interpolation_method", QComboBox)
    person.qtbot.keyClick(method, Qt.Key.Key_Down)
    assert method.currentText() == "spherical"
    steps = person.find("interpolation_steps", QSpinBox)
    steps.setFocus()
    steps.selectAll()
    person.qtbot.keyClicks(steps, "7")
    drawn(person, pane)
    person.until(lambda: len(pane.strip) == 7)
    assert np.allclose(pane.shown.codes[3], slerp(first, last, 0.5), atol=1e-6)
    person.click("interpolation_swap")
    drawn(person, pane)
    assert np.array_equal(pane.shown.codes[0], last)
    person.qtbot.mouseClick(pane.strip, Qt.MouseButton.LeftButton, pos=pane.strip.rect_of(2).center().toPoint())
    assert np.allclose(person.session.current.code.z, slerp(last, first, 2 / 6), atol=1e-6)
    assert pane.strip.current == 2 and pane.slider.value == pytest.approx(100 * 2 / 6)
    # What comes from elsewhere lies somewhere else: no picture of the strip is marked any more.
    person.session.current.set(np.zeros(4, np.float32))
    assert pane.strip.current == -1


def test_a_picture_is_dropped_on_an_anchor_and_one_of_another_model_is_refused(
    person: Any, make_run: Callable[..., Path]
) -> None:
    pane = opened(person, make_run(*VAE))
    code = person.session.current.code_of("train", 5)
    said: list[str] = []
    person.session.message.connect(lambda level, text: said.append(text))
    for dropped, expected in ((code, True), (Code(np.zeros(2)), False)):
        mime = QMimeData()
        mime.setData(MIME_CODE, dropped.to_mime())
        view = pane.ends.views["B"]
        how = (mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
        enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, *how)
        QApplication.sendEvent(view, enter)
        assert enter.isAccepted()
        QApplication.sendEvent(view, QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, *how))
        assert np.array_equal(person.session.selection.anchors["B"].z, code.z)
        assert bool(said) is not expected


def test_class_means_and_random_codes_by_name(person: Any, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*VAE))
    person.click("draw_two_codes")
    drawn(person, pane)
    first = person.session.selection.anchors["A"]
    assert first.pick.startswith("random:")
    pane.finder.pick_means()
    person.until(
        lambda: (
            person.session.selection.anchors["A"] is not first
            and person.session.selection.anchors["B"].pick.startswith("mean:")
        )
    )
    drawn(person, pane)
    codes = person.session.run.codes["train"]
    name = person.session.selection.anchors["A"].pick.removeprefix("mean:")
    members = codes.loc[codes.labels == person.session.run.class_names.index(name)]
    assert np.allclose(person.session.selection.anchors["A"].z, members.mean(0), atol=1e-6)


def test_there_are_means_only_of_classes_that_have_codes(person: Any, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run("data.limit=1", "data.test_per_class=none"))
    said: list[str] = []
    person.session.message.connect(lambda level, text: said.append(text))
    pane.finder.pick_means()
    person.settled()
    assert said == [ONE_CLASS]
    menu = pane.controls.choose.menu()
    pane.finder.fill(menu)
    texts = {action.text(): action for action in menu.actions()}
    run = person.session.run
    (own,) = set(run.codes["train"].labels.tolist())
    mean = next(each.menu() for each in texts["A"].menu().actions() if each.text() == "Mean of a class")
    assert [action.text() for action in mean.actions()] == [run.class_names[own]]
    assert not texts["Two class means"].isEnabled()


def test_each_end_is_chosen_from_the_menu(person: Any, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*VAE))
    person.click("pick_two_images")
    drawn(person, pane)
    menu, anchors = pane.controls.choose.menu(), person.session.selection.anchors

    def choose(*names: str) -> None:
        menu.aboutToShow.emit()
        at = menu
        for name in names[:-1]:
            at = next(action.menu() for action in at.actions() if action.text() == name)
        next(action for action in at.actions() if action.text() == names[-1]).trigger()

    person.session.current.pick_image("train", 7)
    choose("B", "The current code")
    assert person.session.selection.anchors["B"] is person.session.current.code
    assert person.session.selection.anchors["A"] is anchors["A"]
    choose("A", "A random code")
    person.until(lambda: person.session.selection.anchors["A"].pick.startswith("random:"))
    name = person.session.run.class_names[3]
    choose("A", "Mean of a class", name)
    person.until(lambda: person.session.selection.anchors["A"].pick == f"mean:{name}")
    choose("Two images")
    assert all(code.of_image for code in person.session.selection.anchors.values())
    drawn(person, pane)


def test_it_plays_until_it_is_hidden(person: Any, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run(*VAE))
    person.click("pick_two_images")
    drawn(person, pane)
    person.click("interpolation_play")
    assert pane.playing
    before = person.session.current.code
    with person.qtbot.waitSignal(person.session.current.changed, timeout=60_000):
        pass
    assert person.session.current.code is not before
    person.frame.docks["interpolation"].hide()
    assert not pane.playing


def test_a_conditional_model_decodes_each_end_with_its_class(person: Any, make_run: Callable[..., Path]) -> None:
    pane = opened(person, make_run("model.family=cvae", "model.latent_dim=3"))
    person.click("pick_two_images")
    drawn(person, pane)
    ends = person.session.selection.anchors
    assert list(pane.shown.classes) == [ends["A"].y] * 5 + [ends["B"].y] * 5
    klass = person.find("interpolation_class", QComboBox)
    klass.setFocus()
    person.qtbot.keyClick(klass, Qt.Key.Key_Down)
    person.until(lambda: set(pane.shown.classes) == {0})
    person.qtbot.keyClick(person.find("interpolation_slider"), Qt.Key.Key_Home)
    assert person.session.current.code.y == 0 and np.array_equal(person.session.current.code.z, ends["A"].z)


def test_the_figure_shows_what_the_pane_shows(person: Any, make_run: Callable[..., Path]) -> None:
    from latentexplorer.views import VIEWS, settings_from

    for family in ("vae", "cvae", "pca", "ad", "separation-ae"):
        pane = opened(person, make_run(f"model.family={family}", "model.latent_dim=4"))
        person.click("pick_two_images")
        drawn(person, pane)
        # An end without a name is written as numbers.
        code = person.session.selection.anchors["B"]
        person.session.selection.set_anchor("B", type(code)(code.z * np.float32(0.9), code.y))
        drawn(person, pane)
        result = VIEWS.load("interpolation").compute(
            person.session.run, settings_from("interpolation", pane.view_settings())
        )
        assert np.array_equal(result.codes[[0, -1]], pane.shown.codes[[0, -1]])
        assert np.allclose(result.images, pane.strip.images, atol=1e-5)
        command = shlex.split(pane.command())
        assert command[:3] == ["latentexplorer", "figure", "interpolation"]
        assert [word for word in command if "=" in word] == pane.view_settings()


def test_the_animation_has_the_frames(person: Any, make_run: Callable[..., Path], tmp_path: Path) -> None:
    # Principal components: no two frames are alike, so none is left out.
    pane = opened(person, make_run("model.family=pca", "model.latent_dim=4"))
    person.click("pick_two_images")
    drawn(person, pane)
    for suffix in (".gif", ".apng", ".webp"):
        pane.export_animation()
        dialog = next(widget for widget in QApplication.topLevelWidgets() if widget.objectName() == "animation_dialog")
        path = tmp_path / f"way{suffix}"
        dialog.file.setText(str(path))
        dialog.frames.setValue(9)
        dialog.scale.setValue(3)
        with person.qtbot.waitSignal(person.session.message, timeout=60_000):
            person.qtbot.mouseClick(
                dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Save),
                Qt.MouseButton.LeftButton,
            )
        ends = person.session.selection.anchors
        t = np.linspace(0, 1, 9)[:, None]
        wanted = person.session.run.decode(((1 - t) * ends["A"].z + t * ends["B"].z).astype(np.float32))
        wanted = there_and_back(wanted)
        with Image.open(path) as animation:
            assert animation.n_frames == 16 and animation.size == (24, 24)
            for at, image in enumerate(wanted):
                animation.seek(at)
                pixels = np.asarray(animation.convert("L"), np.float32)[1::3, 1::3] / 255
                assert np.abs(pixels - image[..., 0]).max() < 1.5 / 255
        assert b'"kind":"interpolation"' in path.read_bytes()


def test_animations_are_exact_in_colour_and_carry_their_recipe(tmp_path: Path) -> None:
    from latentexplorer.figures import read_recipe

    images = np.random.default_rng(0).integers(0, 256, (5, 6, 8, 3), dtype=np.uint8)
    recipe = json.dumps({"kind": "interpolation", "settings": {"steps": 5}})
    for suffix in (".apng", ".png", ".webp"):
        path = write_animation(tmp_path / f"a{suffix}", images, frames_per_s=10, recipe=recipe)
        with Image.open(path) as animation:
            assert animation.n_frames == 5 and animation.info.get("loop", 0) == 0
            for at in range(5):
                animation.seek(at)
                assert np.array_equal(np.asarray(animation.convert("RGB")), images[at])
            assert animation.info["duration"] == 100
    assert read_recipe(tmp_path / "a.apng").settings == {"steps": 5}


def test_an_animation_that_cannot_be_written_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    images = np.zeros((4, 8, 8, 1), np.float32)
    with pytest.raises(SettingsError, match=r"ending of \.gif"):
        write_animation(tmp_path / "a.mp4", images)
    with pytest.raises(SettingsError, match="too large"):
        write_animation(tmp_path / "a.gif", images, scale=1000)
    stop = StopToken()
    stop.request()
    with pytest.raises(Stopped):
        write_animation(tmp_path / "a.gif", images, stop=stop)
    assert not list(tmp_path.iterdir())
