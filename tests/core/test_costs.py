"""What is said of a training before it begins: images, differences, time."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from latentexplorer.core.config import RunConfig
from latentexplorer.core.costs import Cost, CostBook, cost_key, duration_text, rate_key
from latentexplorer.core.differences import differences
from latentexplorer.core.expected import Expected, expected
from latentexplorer.core.presets import presets
from latentexplorer.data import load_data


@pytest.mark.parametrize(
    "changes",
    [
        [],
        ["data.limit=100"],
        ["data.train_per_class=12", "data.test_per_class=4"],
        ["data.train_per_class=170"],
        ["data.test_fraction=0.5", "data.size=12", "data.color=rgb"],
        ["data.name=shapes", "data.train_per_class=50"],
        ["data.name=glyphs", "data.count=400"],
    ],
)
def test_images_are_counted_before_they_are_read(changes: list[str]) -> None:
    config = RunConfig().updated(changes)
    found, data = expected(config.data), load_data(config.data)
    assert found is not None
    assert found.train == len(data.train) if found.exact else abs(found.train - len(data.train)) <= 40
    channels, height, width = data.image_shape
    assert (found.shape, found.classes) == ((height, width, channels), data.num_classes)


@pytest.mark.parametrize("name", ["fashion-mnist", "mnist", "kmnist", "cifar10", "svhn"])
def test_the_tables_of_published_sets_agree(name: str) -> None:
    from latentexplorer.data.published import SETS

    config = RunConfig().updated([f"data.name={name}"])
    source, known = config.data.source, SETS[name]
    assert (source.counts, source.shape) == (known.counts, known.shape)


def test_a_subset_that_is_there_counts_as_what_it_is() -> None:
    config = RunConfig().updated(["data.name=cifar10"])
    found = expected(config.data, counts=(20_000, 4_000))
    assert found is not None and (found.train, found.held_out) == (20_000, 4_000)
    assert expected(RunConfig().updated(["data.name=images", "data.path=."]).data) is None


def test_what_costs_the_same_has_one_key() -> None:
    config, images = RunConfig(), Expected(100, 20, (8, 8, 1), 10)
    key = cost_key(config, images, "cpu")
    for same in ("model.beta=4", "training.epochs=3", "training.seed=5", "training.lr=0.1"):
        assert cost_key(config.updated([same]), images, "cpu") == key
    others = [cost_key(config.updated([one]), images, "cpu") for one in ("model.hidden=[7]", "training.batch_size=9")]
    others += [cost_key(config, Expected(100, 20, (9, 8, 1), 10), "cpu"), cost_key(config, images, "cuda")]
    assert len({key, *others}) == 5


def test_codes_of_like_sizes_share_a_rate() -> None:
    images = Expected(100, 20, (8, 8, 1), 10)
    configs = [RunConfig().updated([f"model.latent_dim={size}"]) for size in (2, 4, 16, 17, 32, 400)]
    rates = [rate_key(config, images, "cpu") for config in configs]
    assert rates[0] == rates[1] == rates[2] != rates[3] == rates[4] != rates[5]
    assert len({cost_key(config, images, "cpu") for config in configs}) == 6
    wider = RunConfig().updated(["model.hidden=[7]"])
    assert rate_key(wider, images, "cpu") not in rates and rate_key(configs[0], images, "cuda") not in rates


@pytest.mark.parametrize("damage", ["", "{", '{"machine": {}}', "[]", '{"costs": {"a": [1]}}'])
def test_costs_are_remembered_and_a_damaged_file_is_as_good_as_none(own_home: Path, damage: str) -> None:
    book = CostBook()
    assert book.add({"a": Cost(10, 0.5)}) and CostBook()["a"] == Cost(10, 0.5)
    assert not book.add({"a": Cost(10, 0.5)})
    # A whole training knows better than a few steps, in whatever order they come.
    assert book.add({"a": Cost(10, 0.75, from_run=True)}) and not book.add({"a": Cost(10, 0.25)})
    assert not book.add({"a": Cost(10, math.nan)}) and CostBook()["a"] == Cost(10, 0.75, from_run=True)
    # What is looked at after an epoch counts as a third of what is trained on.
    four = RunConfig().updated(["training.epochs=4"])
    assert Cost(10, 0.75).seconds(four, Expected(10, 0, (8, 8, 1), 0)) == 30
    assert Cost(10, 0.75).seconds(four, Expected(10, 30, (8, 8, 1), 0)) == 60
    (own_home / "costs.json").write_text(damage)
    assert CostBook()["a"] is None


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "under a second"),
        (4, "about 4 s"),
        (42, "about 40 s"),
        (200, "about 3 min"),
        (28 * 60, "about 30 min"),
        (3 * 3600, "about 3 h"),
    ],
)
def test_a_time_is_said_no_finer_than_it_is_known(seconds: float, said: str) -> None:
    assert duration_text(seconds) == said


def test_only_what_changes_something_is_a_difference() -> None:
    config = RunConfig().updated(["model.beta=4", "training.code_lr=1", "training.device=cpu", "data.path=x"])
    assert differences(config, RunConfig()) == {"model.beta": (4.0, 1.0)}


def test_every_preset_says_what_it_is_for_and_no_two_say_the_same() -> None:
    purposes = [preset.purpose for preset in presets().values()]
    assert len(set(purposes)) == len(purposes) and all(5 < len(purpose) < 60 for purpose in purposes)
