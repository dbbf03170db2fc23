"""Black and white by draws: what a draw depends on, what it is true to, and that every way in goes through it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import latentexplorer as le
from latentexplorer.core.config import DataConfig, RunConfig
from latentexplorer.core.errors import SettingsError
from latentexplorer.data import DataSplit, ImageSet, load_data
from latentexplorer.data.binarise import binarised
from latentexplorer.data.check import check
from latentexplorer.runs import RunFolder, Trained
from latentexplorer.runs.images_like import images_like, parts_like
from latentexplorer.training import train

NOTE = "drawn black or white"


def grey(value: int, count: int = 400) -> ImageSet:
    return ImageSet(np.full((count, 5, 7, 3), value, np.uint8))


@pytest.mark.parametrize("value", [0, 1, 60, 128, 254, 255])
def test_a_pixel_is_white_as_often_as_it_is_bright(value: int) -> None:
    drawn = binarised(grey(value), 0).images
    assert set(np.unique(drawn)) <= {0, 255}
    share = value / 255
    spread = 4 * np.sqrt(share * (1 - share) / drawn.size)
    assert (drawn / 255).mean() == pytest.approx(share, abs=spread)
    if 1 < value < 254:
        # Neither pixels nor images are copies of each other.
        assert len(np.unique(drawn.reshape(len(drawn), -1), axis=0)) > 390
        correlation = np.corrcoef(drawn.reshape(len(drawn), -1).T)
        assert abs(correlation - np.eye(len(correlation))).max() < 0.3


def test_a_draw_is_that_of_an_image_and_a_seed_whatever_else_is_there() -> None:
    rng = np.random.default_rng(0)
    images = ImageSet(rng.integers(0, 256, (50, 4, 4, 1), dtype=np.uint8))
    whole = binarised(images, 3).images
    for rows in ([7], [3, 4, 5, 20, 21], [30, 2, 49]):
        assert np.array_equal(binarised(images.take(rows), 3).images, whole[rows])
    assert not np.array_equal(binarised(images, 4).images, whole)
    assert not np.array_equal(binarised(images, 3, "test").images, whole)
    assert np.array_equal(binarised(ImageSet(whole), 9).images, whole)


def of(**settings: object) -> DataSplit:
    return load_data(DataConfig.model_validate({"name": "digits", "limit": 40, "test_per_class": 3, **settings}))


def test_settings_say_what_is_drawn_and_the_notes_say_it_once() -> None:
    plain, fixed, every = of(), of(binarise="fixed"), of(binarise="every-epoch")
    assert plain.grey is None and fixed.grey is None
    assert every.grey is not None and np.array_equal(every.grey.images, plain.train.images)
    # What is looked at is one definite draw in both.
    assert np.array_equal(fixed.train.images, every.train.images)
    assert np.array_equal(fixed.test.images, every.test.images)
    assert set(np.unique(fixed.test.images)) == {0, 255}
    for split, how in ((fixed, "once for each image"), (every, "for training anew each epoch")):
        (note,) = (note for note in split.notes if NOTE in note)
        assert how in note
    assert not any(NOTE in note for note in plain.notes)


def test_a_family_that_is_solved_at_once_has_no_epochs_to_draw_in() -> None:
    with pytest.raises(SettingsError, match="has no epochs; take fixed"):
        RunConfig().updated(["model.family=pca", "data.binarise=every-epoch"])
    RunConfig().updated(["model.family=pca", "data.binarise=fixed"])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trained, Path]:
    """A run on a person's own grey images, drawn once, and where these are."""
    folder = tmp_path_factory.mktemp("binarised")
    np.savez(folder / "own.npz", images=of().train.images)
    changes = ["data.name=images", f"data.path={folder / 'own.npz'}", "data.binarise=fixed", "training.epochs=1"]
    config = RunConfig().updated([*changes, "model.likelihood=bernoulli", "training.snapshots=0"])
    return train(RunFolder.create(folder / "run", config), load_data(config.data)), folder / "own.npz"


def test_a_check_and_other_images_are_drawn_as_those_of_the_training(run: tuple[Trained, Path]) -> None:
    trained, path = run
    surveyed = check(trained.config.data, lambda _: None).survey
    assert any(NOTE in note for note in surveyed.notes)
    # The very images of the training get the draws that they had.
    where = trained.images("train").ids
    assert where is not None
    for images in (parts_like(trained, path)["train"], images_like(trained, path)):
        assert np.array_equal(images.images[where], trained.images("train").images)
        assert sum(NOTE in note for note in images.notes) == 1
    arrays = le.open_run(trained.path or path)
    drawn = trained.images("train").images
    shades = np.full_like(drawn, 100)
    assert np.array_equal(arrays.encode(drawn), arrays.encode(drawn / 255.0))
    assert len(np.unique(arrays.encode(shades), axis=0)) > 1
