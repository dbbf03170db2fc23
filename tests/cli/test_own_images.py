"""A person's own arrays, trained with several families by `--set` alone, from a preset made for other images."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from latentexplorer.runs import Trained

from .conftest import Latentexplorer

FAMILIES = ("ad", "vad", "vae")
FACES = 397


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """397 images of 28 x 20 without labels: bright ellipses, turned and moved."""
    draws = np.random.default_rng(0)
    rows, columns = np.mgrid[:28, :20]
    x, y = draws.uniform(7, 13, (FACES, 1, 1)), draws.uniform(11, 17, (FACES, 1, 1))
    wide, tall = draws.uniform(3, 6, (FACES, 1, 1)), draws.uniform(6, 10, (FACES, 1, 1))
    inside = 1 - ((columns - x) / wide) ** 2 - ((rows - y) / tall) ** 2
    path = tmp_path_factory.mktemp("own") / "faces.npz"
    np.savez(path, images=(255 * np.clip(inside, 0, 1)).astype(np.uint8))
    return path


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """26 classes of 12 x 12, twelve images each, named."""
    draws = np.random.default_rng(1)
    prototypes = draws.uniform(0, 255, (26, 12, 12))
    labels = np.repeat(np.arange(26), 12)
    images = np.clip(prototypes[labels] + draws.normal(0, 10, (312, 12, 12)), 0, 255).astype(np.uint8)
    path = tmp_path_factory.mktemp("own") / "letters.npz"
    np.savez(path, images=images, labels=labels, class_names=np.array([chr(65 + number) for number in range(26)]))
    return path


def arguments(path: Path, family: str) -> list[str]:
    """Few, large steps."""
    changes = f"""
        data.name=images data.path={path} model.family={family} model.latent_dim=4 model.channels=[16,8,8]
        training.epochs=2 training.held_out=50 training.batch_size=200
    """
    return ["train", "--preset", "digits-vae", "--quiet", "--set", *changes.split()]


@pytest.mark.parametrize("family", FAMILIES)
def test_unlabelled_images_that_are_not_square(
    latentexplorer: Latentexplorer, faces: Path, tmp_path: Path, family: str
) -> None:
    run = tmp_path / "run"
    assert latentexplorer(*arguments(faces, family), "--out", run)[0] == 0
    trained = Trained.load(run)
    assert trained.image_shape == (1, 28, 20)
    assert trained.decode(np.zeros((3, 4))).shape == (3, 28, 20, 1)
    assert len(trained.codes["train"]) == round(0.8 * FACES)
    assert trained.class_names == ()
    code, out, _ = latentexplorer("evaluate", run, "--json", "--quiet", "--quick")
    assert code == 0
    assert json.loads(out)["test"]["readability"] is None
    assert latentexplorer("figure", "map", run, "--out", tmp_path / "map.png", "--quiet")[0] == 0


@pytest.mark.parametrize("family", FAMILIES)
def test_twenty_six_classes(latentexplorer: Latentexplorer, letters: Path, tmp_path: Path, family: str) -> None:
    run = tmp_path / "run"
    assert latentexplorer(*arguments(letters, family), "--out", run)[0] == 0
    trained = Trained.load(run)
    assert trained.class_names == tuple(chr(65 + number) for number in range(26))
    # The images lie elsewhere now: the run opens, with its codes and their classes, and says what is missing.
    letters.rename(letters.with_suffix(".moved"))
    try:
        again = Trained.load(run)
    finally:
        letters.with_suffix(".moved").rename(letters)
    assert str(letters) in again.missing
    assert set(again.codes["train"].labels.tolist()) == set(range(26))
    np.testing.assert_array_equal(again.decode(np.ones((2, 4))), trained.decode(np.ones((2, 4))))
