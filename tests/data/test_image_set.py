"""Image sets and the pair they are trained and tested on."""

import numpy as np
import pytest
from PIL import Image

from latentexplorer.core.errors import DataError
from latentexplorer.data import DataSplit, ImageSet, big_arrays, factors
from latentexplorer.data.resizing import fitted, resize


def make(count: int = 10, seed: int = 0) -> ImageSet:
    images = np.random.default_rng(seed).integers(0, 256, (count, 6, 5, 3), np.uint8)
    columns = {"angle": np.arange(count) / 2, "style": np.array(["b", "a"] * count)[:count]}
    return ImageSet(images, np.arange(count) % 3, ("x", "y", "z"), columns, "made", factor_names=("angle", "style"))


def test_take_keeps_everything_beside_the_images() -> None:
    whole = make()
    some = whole.take([7, 2, 5]).take(np.array([True, False, True]))
    assert some.images.tolist() == whole.images[[7, 5]].tolist()
    assert some.labels is not None and some.labels.tolist() == [1, 2]
    assert some.columns["angle"].tolist() == [3.5, 2.5]
    assert some.ids is not None and some.ids.tolist() == [7, 5]
    assert some.image_shape == (3, 6, 5) and some.num_classes == 3


def test_a_range_is_a_view_and_an_empty_choice_works() -> None:
    whole = make()
    assert np.shares_memory(whole.take(slice(2, 6)).images, whole.images)
    assert len(whole.take(slice(0, 0))) == 0


def test_choices_too_large_for_memory_go_to_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(big_arrays, "IN_MEMORY_BYTES", 100)
    whole = make()
    some = whole.take([9, 1, 3])
    assert isinstance(some.images, np.memmap)
    assert np.array_equal(some.images, whole.images[[9, 1, 3]])


def test_no_room_on_the_disk_is_said() -> None:
    with pytest.raises(DataError, match=r"not enough room.*data\.limit"):
        big_arrays.empty((10**9, 10**6))


@pytest.mark.parametrize(
    "wrong",
    [
        {"images": np.zeros((2, 4, 4), np.uint8)},
        {"images": np.zeros((2, 4, 4, 1), np.float32)},
        {"images": np.zeros((2, 4, 4, 2), np.uint8)},
        {"images": np.zeros((2, 4, 4, 1), np.uint8), "labels": np.zeros(3, np.int64), "class_names": ("a",)},
        {"images": np.zeros((2, 4, 4, 1), np.uint8), "labels": np.ones(2, np.int64), "class_names": ("a",)},
        {"images": np.zeros((2, 4, 4, 1), np.uint8), "columns": {"a": np.zeros(1)}},
    ],
)
def test_sets_that_do_not_fit_together_are_refused(wrong: dict) -> None:
    with pytest.raises(DataError):
        ImageSet(**wrong)


def test_fingerprint_tells_sets_apart_and_only_sets() -> None:
    one = DataSplit(make(), make(4, 1))
    assert one.fingerprint == DataSplit(make(), make(4, 1)).fingerprint
    other_pixels = DataSplit(make(), make(4, 2))
    images = make()
    other_labels = DataSplit(ImageSet(images.images, images.labels[::-1].copy(), images.class_names), make(4, 1))
    shorter = DataSplit(make(), make(4, 1).take(slice(0, 3)))
    assert len({x.fingerprint for x in (one, other_pixels, other_labels, shorter)}) == 4


def test_parts_must_agree() -> None:
    grey = ImageSet(np.zeros((2, 6, 5, 1), np.uint8))
    with pytest.raises(DataError, match="image_shape"):
        DataSplit(make(), grey)


def test_factors_are_codes_in_order_of_their_values() -> None:
    found = factors(make())
    assert found["angle"].tolist() == list(range(10))
    assert found["style"].tolist() == [1, 0] * 5


def test_factors_with_many_values_are_cut_into_bins() -> None:
    values = np.random.default_rng(0).random(500)
    many = ImageSet(np.zeros((500, 2, 2, 1), np.uint8), columns={"v": values, "c": values * 0}, factor_names=("v", "c"))
    found = factors(many)
    assert set(found) == {"v"}
    assert found["v"].max() == 15 and (np.diff(found["v"][np.argsort(values)]) >= 0).all()


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("before", "after"),
    [((8, 8), (28, 28)), ((30, 20), (15, 10)), ((30, 20), (30, 10)), ((13, 17), (64, 5)), ((1, 1), (4, 4))],
)
def test_images_resized_together_are_those_resized_one_by_one(
    before: tuple[int, int], after: tuple[int, int], channels: int
) -> None:
    images = np.random.default_rng(0).integers(0, 256, (9, *before, channels), np.uint8)
    alone = [
        fitted(Image.fromarray(image.squeeze(-1) if channels == 1 else image), after, "squash") for image in images
    ]
    expected = np.stack([np.asarray(image).reshape(*after, channels) for image in alone])
    np.testing.assert_array_equal(resize(images, *after, "squash"), expected)
