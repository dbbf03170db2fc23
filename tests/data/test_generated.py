"""Digits, shapes and glyphs: always there, the same for the same seed, true to their factors."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import DataConfig
from latentexplorer.core.errors import DataError, Stopped
from latentexplorer.core.events import Progress
from latentexplorer.data import factors, fonts, load_data, shapes
from latentexplorer.data.known_styles import KnownStyles


def test_digits_use_the_whole_range_and_every_image() -> None:
    split = load_data(DataConfig(name="digits"))
    assert len(split.train) + len(split.test) == 1797
    assert split.image_shape == (1, 8, 8) and split.num_classes == 10
    assert split.train.images.min() == 0 and split.train.images.max() == 255


@pytest.mark.parametrize("name", ["shapes", "glyphs"])
@pytest.mark.parametrize(("color", "channels"), [("grey", 1), ("as-is", 1), ("rgb", 3)])
def test_generated_at_any_size_and_the_same_for_the_same_seed(name: str, color: str, channels: int) -> None:
    config = DataConfig(name=name, color=color, size=(28, 20), count=90, seed=4)
    split = load_data(config)
    assert split.image_shape == (channels, 28, 20)
    assert len(split.train) + len(split.test) == 90
    assert split.fingerprint == load_data(config).fingerprint
    assert split.fingerprint != load_data(config.model_copy(update={"seed": 5})).fingerprint
    assert (split.train.images.reshape(len(split.train), -1).max(axis=1) > 100).all()
    assert set(factors(split.train)) == set(split.train.factor_names)
    assert ("colour" in split.train.columns) == (channels == 3)


def test_shapes_show_their_factors() -> None:
    train = load_data(DataConfig(name="shapes", size=64, count=400)).train
    ink = train.images[..., 0] / 255
    mass = ink.sum((1, 2))
    rows, columns = np.arange(64) + 0.5, np.arange(64) + 0.5
    assert np.abs((ink.sum(1) @ columns) / mass / 64 - train.columns["x"]).max() < 0.01
    assert np.abs((ink.sum(2) @ rows) / mass / 64 - train.columns["y"]).max() < 0.01
    area = 4 * (train.columns["size"] * 64) ** 2
    assert np.abs(mass / area - 1).max() < 0.03
    edge = np.concatenate([ink[:, 0], ink[:, -1], ink[:, :, 0], ink[:, :, -1]])
    assert edge.max() == 0, "a shape leaves the image"


def test_every_combination_of_factors_looks_different() -> None:
    codes = np.stack(np.unravel_index(np.arange(3 * 8 * 15), (3, 8, 15)), axis=1)
    codes = np.concatenate([codes, np.full((len(codes), 2), 8)], axis=1)
    images = shapes.ShapePixels(codes, (32, 32)).read(np.arange(len(codes)))
    assert len(np.unique(images.reshape(len(images), -1), axis=0)) == len(images)


def test_no_shape_comes_twice_until_all_have_come() -> None:
    split = load_data(DataConfig(name="shapes", size=8, count=5000))
    codes = np.stack([*factors(split.train).values()], axis=1)
    assert len(np.unique(codes, axis=0)) == len(codes)


def test_per_class_subsets_of_generated_sets_are_filled() -> None:
    split = load_data(DataConfig(name="shapes", size=8, train_per_class=4000, test_per_class=500))
    assert np.bincount(split.train.labels).tolist() == [4000] * 3
    assert np.bincount(split.test.labels).tolist() == [500] * 3


def test_glyphs_are_balanced_and_every_face_has_every_character() -> None:
    split = load_data(DataConfig(name="glyphs", size=16, count=720))
    assert split.num_classes == 36
    assert set(np.bincount(split.train.labels)) == {16}
    assert {"style", "slant", "weight", "x", "y"} <= set(split.train.columns)
    faces = fonts.shipped()
    assert len(faces) == 20
    assert all(fonts.draws(face, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") for face in faces)
    assert len({fonts.face_name(face) for face in faces}) == 20


def test_glyph_factors_move_the_ink_as_they_say() -> None:
    train = load_data(DataConfig(name="glyphs", size=32, count=1800)).train
    ink = train.images[..., 0] / 255
    mass = ink.sum((1, 2))
    center = (ink.sum(1) @ np.arange(32)) / mass / 32
    middle = (ink.sum(2) @ np.arange(32)) / mass / 32
    assert np.corrcoef(center, train.columns["x"])[0, 1] > 0.5
    assert np.corrcoef(middle, train.columns["y"])[0, 1] > 0.6
    dx = np.arange(32)[None] / 32 - center[:, None]
    dy = np.arange(32)[None] / 32 - middle[:, None]
    shear = -np.einsum("nij,nj,ni->n", ink, dx, dy) / np.einsum("nij,ni->n", ink, dy**2)
    upright = np.array(["Oblique" not in s and "Italic" not in s for s in train.columns["style"]])
    assert np.corrcoef(shear[upright], train.columns["slant"][upright])[0, 1] > 0.5
    edge = np.concatenate([ink[:, 0], ink[:, -1], ink[:, :, 0], ink[:, :, -1]], axis=1)
    assert edge.max() < 0.5, "a glyph is cut off"


def test_system_fonts_are_added_where_there_are_any() -> None:
    with_system = load_data(DataConfig(name="glyphs", size=8, count=36, system_fonts=True))
    found = fonts.of_system("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert f"{20 + len(found)} fonts" in with_system.notes[0]


def test_system_fonts_are_refused_where_there_are_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fonts, "_folders", lambda: [tmp_path])
    with pytest.raises(DataError, match="System fonts off"):
        load_data(DataConfig(name="glyphs", size=8, count=36, system_fonts=True))


def test_loading_reports_and_stops() -> None:
    seen = []
    load_data(DataConfig(name="shapes", count=1500, size=8), emit=seen.append)
    done = [event.done for event in seen if isinstance(event, Progress) and event.total == 1200]
    assert done == sorted(done) and len(done) > 2 and done[0] <= 500 and done[-1] == 1200
    stop = StopToken()

    def stop_at_once(event: object) -> None:
        stop.request()

    with pytest.raises(Stopped):
        load_data(DataConfig(name="shapes", count=1500, size=8), emit=stop_at_once, stop=stop)


def test_digits_are_those_of_scikit_learn_wherever_it_keeps_them(monkeypatch: pytest.MonkeyPatch) -> None:
    from sklearn.datasets import load_digits

    from latentexplorer.data import digits

    theirs = load_digits()
    for file in (digits.FILE, "moved"):
        monkeypatch.setattr(digits, "FILE", file)
        pixels, labels = digits._read()
        assert np.array_equal(pixels, theirs.images) and np.array_equal(labels, theirs.target)
        assert (pixels.dtype, labels.dtype) == (np.float64, np.int64)


@pytest.mark.parametrize("color", ["grey", "rgb"])
@pytest.mark.parametrize("name", ["shapes", "glyphs"])
def test_a_style_is_drawn_again_in_any_class_and_nothing_else_of_it_changes(name: str, color: str) -> None:
    config = DataConfig(name=name, color=color, size=(12, 14), count=120, seed=3, test_per_class=2)
    images = load_data(config).test
    styles = KnownStyles.of(config, images)
    assert styles is not None and images.labels is not None
    rows = np.arange(len(images))
    np.testing.assert_array_equal(styles.drawn(rows, images.labels), images.images)
    other = styles.drawn(rows, (images.labels + 1) % images.num_classes)
    assert (other != images.images).any((1, 2, 3)).mean() > 0.9
    assert KnownStyles.of(config.model_copy(update={"name": "digits"}), images) is None
    # What was made of the images since is not drawn.
    assert KnownStyles.of(config, replace(images, images=255 - images.images)) is None


def test_a_style_in_another_class_is_the_image_that_the_set_itself_has_of_it() -> None:
    config = DataConfig(name="shapes", size=10, count=9000)
    images = load_data(config).train
    styles = KnownStyles.of(config, images)
    assert styles is not None and images.labels is not None
    place: dict[tuple[object, ...], int] = {}
    factors_but_class = [images.columns[name] for name in images.factor_names if name != styles.of_class]
    pairs = []
    for row, style in enumerate(zip(*factors_but_class, strict=True)):
        if style in place and images.labels[place[style]] != images.labels[row]:
            pairs.append((place[style], row))
        place[style] = row
    assert len(pairs) > 100
    first, second = np.array(pairs).T
    np.testing.assert_array_equal(styles.drawn(first, images.labels[second]), images.images[second])
