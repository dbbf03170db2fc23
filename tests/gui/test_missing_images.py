"""A run whose images have moved: said where one looks, and mended in the window."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog, QLabel

from latentexplorer.core.config import RunConfig
from latentexplorer.data import load_data
from latentexplorer.runs import RunFolder
from latentexplorer.training import train
from tests.gui.person import Person

IMAGES = np.random.default_rng(0).integers(0, 256, (24, 8, 8, 1), np.uint8)


@pytest.fixture
def moved(tmp_path: Path) -> Path:
    """A run whose images are in another folder by now, beside others of the same name and shape."""
    np.savez(tmp_path / "mine.npz", images=IMAGES)
    config = RunConfig.parse(
        {
            "data": {"name": "images", "path": str(tmp_path / "mine.npz")},
            "model": {"family": "vae", "hidden": [8]},
            "training": {"epochs": 1, "snapshots": 0, "numerics": "exact"},
        }
    )
    run = RunFolder.create(tmp_path / "run", config)
    train(run, load_data(config.data))
    for name in ("there", "others"):
        (tmp_path / name).mkdir()
    shutil.move(tmp_path / "mine.npz", tmp_path / "there" / "mine.npz")
    np.savez(tmp_path / "others" / "mine.npz", images=IMAGES[::-1])
    return run.path


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


def test_the_line_that_was_closed_stays_closed_for_this_run(person: Person, moved: Path) -> None:
    person.open_run(moved)
    banner = person.find("missing_images")
    person.click(banner.close_button)
    person.session.snapshot_changed.emit()
    assert not banner.isVisible()
    assert person.frame.actions_table["locate_images"].isEnabled()
