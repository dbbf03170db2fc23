"""Images changed at random while a network trains on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.errors import SettingsError
from latentexplorer.models import Batch
from latentexplorer.models.distributions import ShareOfDraws
from latentexplorer.runs import RunFolder
from latentexplorer.training import train
from latentexplorer.training.augmentation import Augmentation

from .helpers import digits, small


def augmentation(*changes: str, family: str = "vae") -> Augmentation:
    return Augmentation(small(family, *changes), (6, 8))


def images(count: int, seed: int = 0) -> Tensor:
    return torch.rand(count, 2, 6, 8, generator=torch.Generator().manual_seed(seed))


def draws() -> torch.Generator:
    return torch.Generator().manual_seed(1)


def test_half_of_the_images_are_mirrored_and_the_others_left_alone() -> None:
    x = images(400)
    changed = augmentation("training.flip=true").changed(Batch(x), draws()).x
    same, mirrored = ((changed == other).flatten(1).all(1) for other in (x, x.flip(3)))
    assert bool((same ^ mirrored).all())
    assert 160 < int(mirrored.sum()) < 240


def test_images_are_shifted_to_all_sides_with_reflected_edges() -> None:
    x = images(1).expand(500, -1, -1, -1)
    changed = augmentation("training.shift=2").changed(Batch(x), draws()).x
    padded = np.pad(x[0].numpy(), ((0, 0), (2, 2), (2, 2)), mode="reflect")
    every = {padded[:, a : a + 6, b : b + 8].tobytes(): 0 for a in range(5) for b in range(5)}
    for image in changed.numpy():
        every[np.ascontiguousarray(image).tobytes()] += 1
    assert len(every) == 25 and min(every.values()) >= 8


def test_both_images_of_a_mixture_are_changed_by_draws_of_their_own() -> None:
    x = images(100)
    changed = augmentation("training.flip=true", family="separation-ae").changed(Batch(x, partner=x), draws())
    assert changed.partner is not None and not torch.equal(changed.x, changed.partner)
    assert not torch.equal(changed.partner, x)


def test_each_epoch_draws_its_own_black_and_white_of_all_families() -> None:
    x = images(300)
    for family in ("vae", "vad"):
        change = augmentation("data.binarise=every-epoch", family=family)
        generator = draws()
        first, second = (change.changed(Batch(x), generator).x for _ in range(2))
        assert set(first.unique().tolist()) == {0, 1} and not torch.equal(first, second)
        assert float((first - x).mean()) == pytest.approx(0, abs=0.01)
        # White with the grey value as probability: of dark and of bright pixels each.
        for low, high in ((0.0, 0.2), (0.8, 1.0)):
            some = (x >= low) & (x < high)
            assert float(first[some].mean()) == pytest.approx(float(x[some].mean()), abs=0.02)
    assert augmentation("data.binarise=fixed").changed(Batch(x), draws()).x is x


def test_several_processes_change_a_batch_as_one_does() -> None:
    x, both = images(10), augmentation("training.flip=true", "training.shift=3")
    whole = both.changed(Batch(x), draws()).x
    for rows in (torch.arange(4), torch.arange(4, 10)):
        part = both.changed(Batch(x[rows]), ShareOfDraws(draws(), rows, 10)).x
        assert torch.equal(part, whole[rows])


@pytest.mark.parametrize("family", [family.name for family in FAMILIES if not family.encoder])
def test_an_auto_decoder_sees_its_images_as_they_are(family: str) -> None:
    x = images(20)
    assert torch.equal(
        augmentation("training.flip=true", "training.shift=2", family=family).changed(Batch(x), draws()).x, x
    )


def test_a_shift_as_large_as_the_images_is_refused() -> None:
    with pytest.raises(SettingsError, match="5 or less"):
        augmentation("training.shift=6")


def test_training_sees_changed_images_and_held_out_ones_as_they_are(tmp_path: Path) -> None:
    runs = {}
    for changes in ((), ("training.flip=true", "training.shift=2")):
        config = small("ae", "training.epochs=40", *changes)
        runs[changes] = train(RunFolder.create(tmp_path / str(len(changes)), config), digits(config)).history.rows[-1]
    plain, changed = runs.values()
    assert changed["train_rmse"] > 1.05 * plain["train_rmse"]
    assert changed["test_rmse"] - changed["train_rmse"] < plain["test_rmse"] - plain["train_rmse"]


def test_a_training_draws_from_the_grey_images_and_looks_at_one_draw(tmp_path: Path) -> None:
    """An auto-encoder draws nothing itself: only other images make another run of it."""
    runs = {}
    for binarise in ("fixed", "every-epoch"):
        config = small("ae", f"data.binarise={binarise}", "training.epochs=1", "model.likelihood=bernoulli")
        runs[binarise] = train(RunFolder.create(tmp_path / binarise, config), digits(config))
    fixed, every = (run.history.rows[0] for run in runs.values())
    assert fixed["train_loss"] != every["train_loss"]
    shown = [run.images("train").images for run in runs.values()]
    assert np.array_equal(*shown) and set(np.unique(shown[0])) == {0, 255}
