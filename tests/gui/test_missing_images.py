"""A run whose images have moved: said where one looks, and mended in the window."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QFileDialog, QLabel

from latentexplorer.core.config import RunConfig
from latentexplorer.data import load_data
from latentexplorer.gui.window.workspaces import EXPLORE
from latentexplorer.runs import RunFolder
from latentexplorer.training import train
from tests.gui.person import Person
from tests.runs.test_location import small_mnist

IMAGES = np.random.default_rng(0).integers(0, 256, (24, 8, 8, 1), np.uint8)


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


@pytest.fixture
def moved(tmp_path: Path) -> Path:
    """A run whose images are in another folder by now, beside others of the same name and shape."""
    np.savez(tmp_path / "mine.npz", images=IMAGES)
    run = trained_on(tmp_path / "mine.npz", tmp_path / "run")
    for name in ("there", "others"):
        (tmp_path / name).mkdir()
    shutil.move(tmp_path / "mine.npz", tmp_path / "there" / "mine.npz")
    np.savez(tmp_path / "others" / "mine.npz", images=IMAGES[::-1])
    return run


def trained_on(images: Path, run: Path) -> Path:
    """A run on images that lie somewhere."""
    config = RunConfig.parse(
        {
            "data": {"name": "images", "path": str(images)},
            "model": {"family": "vae", "hidden": [8]},
            "training": {"epochs": 1, "snapshots": 0, "numerics": "exact"},
        }
    )
    folder = RunFolder.create(run, config)
    train(folder, load_data(config.data))
    return folder.path


def locate(person: Person, path: Path) -> None:
    person.click("locate_images")
    dialog = person.find("locate_dialog", QFileDialog)
    dialog.setDirectory(str(path.parent))
    dialog.selectFile(path.name)
    dialog.accept()
    person.settled()


def test_images_that_are_missing_are_said_and_located(person: Person, moved: Path, tmp_path: Path) -> None:
    person.open_run(moved)
    banner = person.find("missing_images")
    assert banner.isVisible()
    assert f"{tmp_path / 'mine.npz'} is not there" in person.find("missing_images_text", QLabel).text()
    original = person.find("original_image")
    assert original.image is None and original.placeholder == "its images are not there"
    # Others are refused with words, and the way to mend it stays.
    person.expects_failure = True
    locate(person, tmp_path / "others" / "mine.npz")
    assert "not those that this run was trained on" in person.failures[-1].message
    assert banner.isVisible() and person.session.run.data is None
    locate(person, tmp_path / "there" / "mine.npz")
    person.until(lambda: person.session.run.data is not None)
    person.settled()
    assert not banner.isVisible()
    assert original.image is not None
    # The run remembers.
    person.session.open_run(moved)
    person.settled()
    assert person.session.run.data is not None and not banner.isVisible()


@pytest.mark.parametrize("name", ["my.pictures 1.2", "train-images-idx3-ubyte"])
def test_a_folder_is_located_as_a_folder_and_a_file_as_a_file_whatever_they_are_called(
    person: Person, tmp_path: Path, name: str
) -> None:
    there = tmp_path / "there"
    there.mkdir()
    if name.startswith("train"):
        (tmp_path / name).write_bytes(bytes([0, 0, 8, 3, 0, 0, 0, 24, 0, 0, 0, 8, 0, 0, 0, 8]) + IMAGES.tobytes())
    else:
        (tmp_path / name).mkdir()
        for number, image in enumerate(IMAGES[..., 0]):
            Image.fromarray(image).save(tmp_path / name / f"{number}.png")
    run = trained_on(tmp_path / name, tmp_path / "run")
    shutil.move(tmp_path / name, there / name)
    person.open_run(run)
    locate(person, there / name)
    person.until(lambda: person.session.run.data is not None)
    person.settled()
    assert not person.find("missing_images").isVisible()


def test_the_folder_of_a_named_set_is_asked_for_where_nobody_said_it(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LATENTEXPLORER_DATA", str(small_mnist(tmp_path / "sets")))
    config = RunConfig.parse(
        {
            "data": {"name": "mnist"},
            "model": {"family": "vae", "hidden": [8]},
            "training": {"epochs": 1, "snapshots": 0, "numerics": "exact"},
        }
    )
    run = RunFolder.create(tmp_path / "run", config)
    train(run, load_data(config.data))
    monkeypatch.delenv("LATENTEXPLORER_DATA")
    person.open_run(run.path)
    assert person.find("missing_images").isVisible()
    locate(person, tmp_path / "sets")
    person.until(lambda: person.session.run.data is not None)
    person.settled()
    assert not person.find("missing_images").isVisible()


def test_the_line_that_was_closed_stays_closed_for_this_run(person: Person, moved: Path) -> None:
    person.open_run(moved)
    banner = person.find("missing_images")
    person.click(banner.close_button)
    person.session.snapshot_changed.emit()
    assert not banner.isVisible()
    assert person.frame.actions_table["locate_images"].isEnabled()


def test_in_a_low_window_it_makes_way_for_what_went_wrong(person: Person, moved: Path, tmp_path: Path) -> None:
    person.open_run(moved)
    person.frame.resize(1024, 700)
    banner, failure = person.find("missing_images"), person.find("failure")
    person.expects_failure = True
    person.session.open_run(tmp_path / "nowhere")
    person.until(failure.isVisible)
    person.settled()
    assert not banner.isVisible() and person.frame.height() == 700
    person.click(failure.close_button)
    assert banner.isVisible() and person.frame.height() == 700
