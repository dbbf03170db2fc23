"""An image that is none of the data, brought to the open model: dropped, pasted, opened or drawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QWidget

from latentexplorer.views.code import Code
from latentexplorer.views.lookup import rmse
from tests.gui.conftest import Person

AD = ("model.family=vad", "model.architecture=mlp", "model.latent_dim=3")
QUICK = ("training.device=cpu", "data.size=12")


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
    np.testing.assert_allclose(code.z, run.model.kind and encoded(run, shown), atol=1e-6)
    np.testing.assert_array_equal(person.find("original_image").image, shown)
    np.testing.assert_allclose(person.find("decoded_image").image, run.decode(code.z[None])[0], atol=1e-6)
    error = rmse(run.decode(code.z[None]), shown[None])[0]
    assert f"rmse {error:.3f}" in person.frame.panes["decoded"].error.text()
    said = person.find("new_image_text").text()
    assert "30 x 40" in said
    assert "colour turned to grey" in said
    mark = next(mark for mark in person.frame.panes["map"].plot.marks if mark.picture is not None)
    np.testing.assert_allclose(mark.place, code.z, atol=1e-6)
    assert not mark.rough
    assert "photo.png" in mark.caption


def encoded(run: Any, pixels: np.ndarray) -> np.ndarray:
    from latentexplorer.models.encoding import encode_images

    return encode_images(run.model, pixels[None]).loc[0]
