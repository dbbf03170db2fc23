"""An image, its style in every class: which class it is encoded as, what is decoded, what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from latentexplorer.core.errors import DataError, NotApplicableError, SettingsError
from latentexplorer.runs import Trained
from latentexplorer.views.asked_image import Asked
from latentexplorer.views.registry import settings_from
from latentexplorer.views.swapped import VIEW, Result, swap

Small = Callable[..., Trained]


def swapped(trained: Trained, *changes: str) -> Result:
    found: Any = VIEW.compute(trained, settings_from("swapped", changes))
    return found  # type: ignore[no-any-return]


@pytest.mark.parametrize("family", ["cvae", "conv-cvae"])
def test_the_code_of_the_image_is_decoded_as_every_class_and_the_next_one_is_chosen(
    small_run: Small, family: str
) -> None:
    trained = small_run(family)
    found = swapped(trained, "code=test:2")
    codes = trained.codes_of("test")
    row = int(np.flatnonzero(codes.index == 2)[0])
    own = int(codes.labels[row])  # type: ignore[index]
    np.testing.assert_array_equal(found.z, codes.loc[row])
    assert (found.own, found.to) == (own, (own + 1) % 10) and found.names == trained.class_names
    np.testing.assert_array_equal(found.original, trained.images("test").images[2])
    whole = trained.decode(np.repeat(found.z[None], 10, 0), np.arange(10), clamped=False)
    np.testing.assert_allclose(found.images, whole, atol=1e-5)
    np.testing.assert_allclose(found.swap, whole[found.to], atol=1e-5)
    assert found.said == f"encoded as {trained.class_names[own]}, its class"
    # Digits are nobody's drawing: what they would be in another class is not known, and that is said.
    assert found.truth is None and found.swaps is None and "cannot be told" in found.notes[-1]


def test_another_class_is_another_code_and_some_classes_are_a_strip(small_run: Small) -> None:
    trained = small_run("cvae")
    found = swapped(trained, "code=test:2", "label=7", "to=3", "classes=[5, 3]")
    known = trained.codes_of("test")
    assert not np.array_equal(found.z, known.loc[known.index == 2][0])
    assert found.names == ("5", "3") and found.at == 1 and found.said == "encoded as 7, as chosen"
    added = swapped(trained, "code=test:2", "to=3", "classes=[5]")
    assert added.names == ("5", "3")
    with pytest.raises(SettingsError, match="no class 'Bag'"):
        swapped(trained, "to=Bag")


def test_a_file_of_no_known_class_is_encoded_as_the_one_that_fits_best(small_run: Small, tmp_path: Path) -> None:
    trained = small_run("cvae")
    pixels = trained.images("test").images[4]
    Image.fromarray(pixels[..., 0]).save(tmp_path / "one.png")
    found = swapped(trained, f"image=['{tmp_path / 'one.png'}']")
    errors = []
    for y in range(10):
        image = Asked(pixels, "x", trained.class_names[y])
        mine = swap(trained, image).images[y]
        errors.append(float(np.square(mine - pixels / 255).mean()))
    assert found.own == int(np.argmin(errors)) and "fits best of 10 classes" in found.said
    with pytest.raises(DataError):
        swapped(trained, "image=['none.png']")


def test_what_cannot_be_swapped_says_why_and_what_to_train(small_run: Small, tmp_path: Path) -> None:
    with pytest.raises(NotApplicableError, match=r"decodes without a class.*glyphs-cvae.*model\.family=cvae"):
        swapped(small_run("vae"))
    trained = small_run("cvae")
    shape = Asked(np.zeros((3, 4, 1), np.uint8), "a stamp", "3")
    with pytest.raises(SettingsError, match=r"a stamp is 3 × 4 × 1"):
        swap(trained, shape)
    np.savez(tmp_path / "one.npz", images=np.full((6, 8, 8), 9, np.uint8), labels=np.zeros(6, int))
    alone = small_run("cvae", "data.name=images", f"data.path={tmp_path / 'one.npz'}")
    found = swapped(alone)
    assert found.own == found.to == 0 and any("one class only" in note for note in found.notes)
    # Without the images of the run, a file is swapped all the same.
    pixels = trained.images("test").images[0]
    bare = replace(trained, data=None, missing="gone")
    assert swap(bare, Asked(pixels, "x", "1")).images.shape[0] == 10


def test_a_generated_style_has_its_true_image_and_what_it_is_checked_by(small_run: Small) -> None:
    trained = small_run("cvae", "data.name=shapes", "data.size=10", "data.count=120")
    found = swapped(trained, "code=test:1", "checks=30")
    assert found.truth is not None and found.swaps is not None
    np.testing.assert_array_equal(found.truth.images[found.own], found.original)
    error, mean = found.truth.error(found.swap, found.to)
    true = found.truth.images[found.to] / 255
    assert error == pytest.approx(float(np.sqrt(np.square(found.swap - true).mean())), rel=1e-5)
    told = found.numbers
    assert told["classes"][found.at]["error"] == pytest.approx(error)
    assert told["classes"][found.at]["mean_image_error"] == pytest.approx(mean)
    assert told["checked"]["swaps"] == 30 and told["checked"]["images"] <= 60
    assert found.notes[0].startswith("Encoded as ") and f"it is {error:.3f} from the true image" in found.notes[1]
    assert "30 swaps" in found.notes[-1] and f"{told['checked']['error']:.3f} ±" in found.notes[-1]
    assert swapped(trained, "checks=30", "seed=1").numbers["checked"]["error"] != told["checked"]["error"]
