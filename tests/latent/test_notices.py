"""What one would not see of a run: each kind where it holds, and silence where it does not, cannot, or is too early."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.config import RunConfig
from latentexplorer.core.history import History
from latentexplorer.data import load_data
from latentexplorer.latent.notices import KINDS, Known, Notice, Steady, known_of, notices_of
from latentexplorer.latent.notices.curves import SIGMA_FLOOR as FLOOR
from latentexplorer.models import Codes
from latentexplorer.models.distributions import NormalPrior
from latentexplorer.models.likelihoods import SIGMA_FLOOR
from latentexplorer.runs import Trained
from latentexplorer.runs.dimension_history import DimensionHistory
from latentexplorer.training.controls import KEYS
from tests.conftest import Train

RNG = np.random.default_rng(0)
EPOCHS = 60


def falling(start: float = 150.0, end: float = 30.0, epochs: int = EPOCHS, noise: float = 0.1) -> np.ndarray:
    """A loss as of a training that goes well: it falls fast, then levels off."""
    way = np.exp(-np.arange(epochs) / (epochs / 10))
    return end + (start - end) * way + np.random.default_rng(1).normal(0, noise, epochs)


def history(**columns: np.ndarray | float) -> History:
    """Rows with these columns; numbers stand for columns of them."""
    epochs = max(len(column) for column in columns.values() if isinstance(column, np.ndarray))
    values = {name: np.broadcast_to(np.asarray(column, float), (epochs,)) for name, column in columns.items()}
    return History({"epoch": at + 1, **{name: float(v[at]) for name, v in values.items()}} for at in range(epochs))


def codes(width: float | np.ndarray = 0.9, count: int = 400, scale: float = 0.3) -> Codes:
    loc = np.random.default_rng(2).normal(0, 1, (count, 4)) * width
    return Codes(loc.astype(np.float32), np.full((count, 4), scale, np.float32), np.arange(count))


def healthy(*changes: str, **other: Any) -> Known:
    """A VAE with four dimensions, all in use, that has learned well."""
    epochs = other.pop("epochs", EPOCHS)
    columns: dict[str, np.ndarray | float] = {
        "train_loss": falling(epochs=epochs),
        "test_loss": falling(end=33, epochs=epochs, noise=0.3),
        "train_rmse": falling(0.34, 0.18, epochs, 0.0005),
        "active_units": 4.0,
        "beta": 1.0,
        "lr": 0.002,
        **other.pop("columns", {}),
    }
    config = RunConfig().updated(["model.latent_dim=4", "training.lr=0.002", f"training.epochs={epochs}", *changes])
    usual = Known(
        config=config,
        history=history(**columns),
        epoch=epochs,
        going=False,
        num_train=1400,
        num_test=360,
        code_dim=4,
        codes=codes(),
        kl_per_dim=np.array([3.0, 2.0, 1.5, 1.0]),
        prior=NormalPrior(),
        spread=0.27,
        class_counts={"0": 700, "1": 700},
    )
    return replace(usual, **other)


def turned_up(start: int = 30, by: float = 0.5) -> np.ndarray:
    """A held-out loss that rises again after an epoch."""
    losses = falling(end=33)
    losses[start:] = losses[start] + by * np.arange(EPOCHS - start)
    return losses


def jumping(by: float = 3.0) -> np.ndarray:
    losses = falling()
    losses[5::2] += by
    return losses


WIDE = np.array([4.0, 4.0, 3.0, 3.5])
AT_MEAN = {"train_rmse": np.full(EPOCHS, 0.27)}
LATE = np.concatenate([np.full(10, 150.0), np.linspace(150, 40, EPOCHS - 10)])
NOTHING: dict[str, Any] = {"columns": {"active_units": 0.0}, "kl_per_dim": np.zeros(4), "codes": codes(0.01, scale=1)}


def kept(alive: Sequence[int]) -> DimensionHistory:
    """What four dimensions carried that were active for so many epochs each."""
    table = DimensionHistory()
    for epoch in range(1, EPOCHS + 1):
        values = np.array([0.5 if epoch <= until else 0.001 for until in alive], np.float32)
        table.append(epoch, values, values)
    return table


DYING: dict[str, Any] = {
    "codes": codes(np.array([0.01, 0.01, 0.9, 0.9])),
    "kl_per_dim": np.array([0.001, 0.002, 1.5, 1.0]),
    "dimensions": kept([20, 40, EPOCHS, EPOCHS]),
}
SPOILED: dict[str, tuple[str, Callable[[], Known], str]] = {
    "jumping": (
        "rate-too-high",
        lambda: healthy("training.lr=0.05", columns={"train_loss": jumping(), "lr": 0.05}),
        "training.lr=0.005",
    ),
    "rate at the mean image": (
        "rate-too-high",
        lambda: healthy("training.lr=0.1", columns={**AT_MEAN, "lr": 0.1}),
        "training.lr=0.005",
    ),
    "rate of codes": (
        "rate-too-high",
        lambda: healthy("model.family=vad", "training.code_lr=5", columns={"train_loss": jumping(), "code_lr": 5.0}),
        "training.code_lr=0.2",
    ),
    "collapsed": ("collapse", lambda: healthy("model.beta=20", **NOTHING), "model.beta=1"),
    "collapsed, weight 1": ("collapse", lambda: healthy(**NOTHING), "model.kl_warmup=15"),
    "collapsed, warmed up": ("collapse", lambda: healthy("model.kl_warmup=9", **NOTHING), "model.free_bits=0.1"),
    "collapsed, sigma": ("collapse", lambda: healthy("model.sigma=0.5", **NOTHING), "model.sigma=auto"),
    "collapsed, a person's images": (
        "collapse",
        lambda: healthy("data.name=images", "data.path=mine", "model.sigma=0.707", "model.kl_warmup=9", **NOTHING),
        "model.sigma=learned",
    ),
    "collapsed, a person's images, sigma learned": (
        "collapse",
        lambda: healthy("data.name=images", "data.path=mine", "model.sigma=learned", **NOTHING),
        "model.kl_warmup=15",
    ),
    "codes that stand still": (
        "same-picture",
        lambda: healthy("model.family=ad", "training.code_lr=1e-5", columns={**AT_MEAN, "code_lr": 1e-5}),
        "training.code_lr=0.02",
    ),
    "rate too low": (
        "same-picture",
        lambda: healthy("training.lr=2e-5", columns={**AT_MEAN, "lr": 2e-5}),
        "training.lr=0.001",
    ),
    "over-fitting": (
        "over-fitting",
        lambda: healthy(columns={"test_loss": turned_up(), "train_loss": falling(end=5)}),
        "training.early_stopping=10",
    ),
    "ended early": (
        "ended-early",
        lambda: healthy(columns={"train_loss": LATE, "test_loss": LATE + 3}),
        "training.epochs=120",
    ),
    "warm-up": (
        "warm-up-under-way",
        lambda: healthy("model.kl_warmup=100", columns={"beta": np.arange(1, EPOCHS + 1) / 100}),
        "model.kl_warmup=20",
    ),
    "wide codes": ("outside-prior", lambda: healthy("model.beta=0.01", codes=codes(WIDE)), "model.beta=1"),
    "wide codes, weight 1": ("outside-prior", lambda: healthy(codes=codes(WIDE)), "model.beta=4"),
    "wide codes of a WAE": (
        "outside-prior",
        lambda: healthy("model.family=wae", "model.mmd_weight=10", codes=codes(WIDE), kl_per_dim=None),
        "model.mmd_weight=300",
    ),
    "draws, wide": ("draws-elsewhere", lambda: healthy(codes=codes(WIDE)), ""),
    "draws, narrow": ("draws-elsewhere", lambda: healthy(codes=codes(0.2, scale=0.05)), ""),
    "one unused": (
        "unused",
        # Its posterior is far from the prior, and the same for every image.
        lambda: healthy(codes=codes(np.array([0.9, 0.9, 0.01, 0.9]))),
        "model.latent_dim=3",
    ),
    "died": ("dying", lambda: healthy("model.beta=4", **DYING), "model.beta=1"),
    "died, weight 1": ("dying", lambda: healthy(**DYING), "model.kl_warmup=15"),
    "one of two unused died": (
        "dying",
        lambda: healthy(**{**DYING, "dimensions": kept([40, 0, EPOCHS, EPOCHS])}),
        "model.kl_warmup=15",
    ),
    "unused from the first epoch on": (
        "unused",
        lambda: healthy("model.beta=4", **{**DYING, "dimensions": kept([0, 0, EPOCHS, EPOCHS])}),
        "model.latent_dim=2",
    ),
    "active for a moment only": (
        "unused",
        lambda: healthy(**{**DYING, "dimensions": kept([2, 1, EPOCHS, EPOCHS])}),
        "model.latent_dim=2",
    ),
    "unused without a KL": (
        "unused",
        lambda: healthy("model.family=ae", codes=codes(np.array([1, 1, 1e-3, 1])), kl_per_dim=None, prior=None),
        "model.latent_dim=3",
    ),
    "sigma": ("sigma-at-floor", lambda: healthy("model.sigma=learned", sigma=1.02 / 255), "model.sigma=0.1"),
    "lone class": ("lone-class", lambda: healthy(class_counts={"A": 50, "B": 1, "<b>": 1}), ""),
    "few held out": ("few-held-out", lambda: healthy(num_test=12, num_train=60), "data.test_fraction=0.45"),
    "few watched": ("few-held-out", lambda: healthy("training.held_out=20"), "training.held_out=1000"),
}


def kinds(known: Known) -> set[str]:
    return {notice.kind for notice in notices_of(known)}


@pytest.mark.parametrize("name", SPOILED)
def test_it_is_said_with_its_numbers_and_a_setting_that_a_run_takes(name: str) -> None:
    kind, make, change = SPOILED[name]
    known = make()
    notice = next(notice for notice in notices_of(known) if notice.kind == kind)
    assert notice.change == change
    assert any(letter.isdigit() for letter in notice.text) and "\n" not in str(notice)
    if change:
        config = known.config.updated([change])
        assert config != known.config


@pytest.mark.parametrize("name", SPOILED)
def test_it_is_not_said_where_what_it_is_judged_by_says_little(name: str) -> None:
    known = SPOILED[name][1]()
    assert notices_of(replace(known, num_train=12)) == []
    assert notices_of(replace(known, alike=True)) == []
    assert notices_of(replace(known, epoch=2, history=History(known.history.rows[:2]))) == []


def test_a_run_that_was_stopped_is_to_go_on_and_not_to_be_followed_by_a_longer_one() -> None:
    stopped = healthy("training.epochs=90", columns={"train_loss": LATE, "test_loss": LATE + 3})
    notice = next(notice for notice in notices_of(stopped) if notice.kind == "ended-early")
    assert not notice.change and notice.advice == "Resume it, 30 of its 90 epochs are still to come"


def test_every_kind_is_tried_and_names_its_pane() -> None:
    assert {kind for kind, _, _ in SPOILED.values()} == {kind.name for kind in KINDS}
    for kind, make, _ in SPOILED.values():
        (notice,) = (notice for notice in notices_of(make()) if notice.kind == kind)
        assert notice.where in ("loss", "map", "traversal", "decoded", "gallery")


def test_nothing_is_said_of_a_healthy_run() -> None:
    assert notices_of(healthy()) == []


SILENT: dict[str, Callable[[], Known]] = {
    "a rate that is usual": lambda: healthy(columns={"train_loss": jumping()}),
    "a rate that has been lowered": lambda: healthy(
        "training.lr=0.05", columns={"train_loss": jumping(), "lr": 0.05}, live={"training.lr": 0.002}
    ),
    "four epochs near the prior": lambda: healthy(
        columns={"active_units": np.r_[np.full(EPOCHS - 4, 4.0), np.zeros(4)]}
    ),
    "collapsed while the weight still grows": lambda: healthy(
        "model.kl_warmup=100", going=True, columns={"active_units": 0.0, "beta": np.arange(EPOCHS) / 100}
    ),
    "early stopping was asked for": lambda: healthy(
        "training.early_stopping=10", columns={"test_loss": turned_up(), "train_loss": falling(end=5)}
    ),
    "a held-out loss that only wavers": lambda: healthy(columns={"test_loss": falling(end=33, noise=3)}),
    "a held-out loss that has just begun to rise": lambda: healthy(columns={"test_loss": turned_up(start=55)}),
    "a weight that was raised turns the loss up": lambda: healthy(
        columns={"test_loss": turned_up(), "beta": np.r_[np.ones(30), np.linspace(2, 9, 30)]}
    ),
    "a training under way still falls": lambda: healthy(
        going=True, columns={"train_loss": LATE, "test_loss": LATE + 3}
    ),
    "a warm-up under way": lambda: healthy(
        "model.kl_warmup=100", going=True, columns={"beta": np.arange(1, EPOCHS + 1) / 100}
    ),
    "on the way to the mean image": lambda: healthy(columns={"train_rmse": np.linspace(0.9, 0.28, EPOCHS)}),
    "one of a hundred dimensions": lambda: healthy(
        code_dim=100, kl_per_dim=np.r_[0.0, np.ones(99)], codes=Codes(RNG.normal(size=(99, 100)), None, np.arange(99))
    ),
    "a sigma that is fixed": lambda: healthy("model.sigma=0.004", sigma=None),
    "classes of one image each": lambda: healthy(class_counts={"A": 1, "B": 1}),
    "no held-out images": lambda: healthy(num_test=0, columns={"test_loss": np.nan}),
}


@pytest.mark.parametrize("name", SILENT)
def test_it_is_silent_about(name: str) -> None:
    assert notices_of(SILENT[name]()) == []


def test_one_cause_is_told_once() -> None:
    """A rate that has broken the model has collapsed it too, and a collapsed decoder says the same of every code."""
    broken = {"columns": {**AT_MEAN, "active_units": 0.0, "lr": 0.1}, "kl_per_dim": np.zeros(4)}
    assert kinds(healthy("training.lr=0.1", **broken)) == {"rate-too-high"}
    assert kinds(healthy(**{**NOTHING, "columns": {**AT_MEAN, "active_units": 0.0}})) == {"collapse"}


@pytest.mark.parametrize("family", FAMILIES.names)
def test_no_family_is_told_what_it_cannot_do(family: str) -> None:
    kind = FAMILIES[family]
    columns = {**AT_MEAN, "train_loss": jumping(), "active_units": 0.0, "code_lr": 0.02}
    likelihood = f"model.likelihood={kind.likelihoods[0]}"
    for known in (
        healthy(f"model.family={family}", likelihood, "model.beta=20", codes=codes(WIDE * [1, 1, 0.001, 1])),
        healthy(f"model.family={family}", likelihood, "training.lr=0.1", columns=columns),
        healthy(f"model.family={family}", likelihood, "training.lr=1e-5", columns=columns, kl_per_dim=None),
    ):
        for notice in notices_of(known):
            assert kind.gradient
            table, name = notice.key.split(".") if notice.key else ("", "")
            assert table != "model" or name in kind.settings, notice
            assert name != "code_lr" or not kind.encoder
            assert not (kind.separates and notice.where != "loss")


def test_what_can_change_at_once_and_the_floor_are_those_of_the_training() -> None:
    changes = {notice.key for _, make, _ in SPOILED.values() for notice in notices_of(make()) if notice.live}
    assert changes and changes <= set(KEYS) and FLOOR == SIGMA_FLOOR


# -- no flicker --------------------------------------------------------------------------------------------------------

A = Notice("unused", "traversal", "1 of 4 is not used", "")
B = Notice("over-fitting", "loss", "It has risen", "")


def test_while_it_trains_a_kind_comes_and_goes_after_some_epochs_and_not_before() -> None:
    steady = Steady()
    said = [steady.take(epoch, [A] if epoch % 2 else [], going=True) for epoch in range(9)]
    assert said == [[]] * 9
    said = [steady.take(10 + epoch, [A], going=True) for epoch in range(4)]
    assert [bool(shown) for shown in said] == [False, False, True, True]
    assert [steady.take(20, [], going=True) for _ in range(9)] == [[A]] * 9  # Snapshots of one epoch.
    assert steady.take(21, [], going=True) == [A]
    assert steady.take(22, [], going=True) == []


def test_a_training_that_has_ended_is_judged_at_once_and_numbers_stay_new() -> None:
    steady = Steady()
    assert steady.take(5, [A], going=True) == []
    assert steady.take(5, [A, B], going=False) == [B, A]
    newer = replace(A, text="2 of 4 are not used")
    assert steady.take(6, [newer, B], going=True) == [B, newer]
    assert steady.take(6, [], going=False) == []
    steady.take(7, [A], going=False)
    assert steady.take(1, [], going=True) == []


# -- real trainings ----------------------------------------------------------------------------------------------------

REAL: Mapping[str, tuple[tuple[str, ...], set[str]]] = {
    "a KL weight of 100": (("model.beta=100", "training.epochs=12"), {"collapse"}),
    "a rate of 0.1": (("training.lr=0.1", "training.epochs=12"), {"rate-too-high"}),
    "a KL weight of 0.01": (("model.beta=0.01", "training.epochs=20"), {"outside-prior", "draws-elsewhere"}),
    "sixteen dimensions, weight 10": (
        ("model.latent_dim=16", "model.beta=10", "training.epochs=30", "training.lr=0.004"),
        {"dying"},
    ),
    "60 images, many epochs": (
        (
            "model.family=ae",
            "data.limit=60",
            "training.lr=0.004",
            "training.epochs=250",
            "training.checkpoint_every=250",
        ),
        {"over-fitting"},
    ),
    "two dimensions": (("training.epochs=25", "training.lr=0.004"), set()),
    "two dimensions, another seed": (("training.epochs=25", "training.lr=0.004", "training.seed=5"), set()),
    "no prior": (("model.family=ae", "training.epochs=25", "training.lr=0.004", "training.seed=3"), set()),
    "codes without an encoder": (
        (
            "model.family=vad",
            "model.architecture=mlp",
            "model.latent_dim=8",
            "model.sigma=0.15",
            "training.epochs=40",
            "training.lr=0.003",
            "training.code_lr=0.05",
            "training.schedule=cosine",
        ),
        set(),
    ),
    "told the class": (("model.family=cvae", "training.epochs=20", "training.lr=0.004"), set()),
    "spread like the prior": (("model.family=wae", "training.epochs=25", "training.lr=0.004"), set()),
}


@pytest.mark.parametrize("name", REAL)
def test_real_trainings_of_digits(name: str, train_once: Train) -> None:
    changes, expected = REAL[name]
    usual = ("model.hidden=[128, 64]", "training.lr=0.002", "training.numerics=exact", "training.device=cpu")
    run = train_once(RunConfig().updated([*usual, "training.snapshots=0", *changes]))
    assert kinds(known_of(run)) == expected


def test_it_is_known_without_the_images_too(train_once: Train) -> None:
    config = RunConfig().updated(["data.limit=200", "training.epochs=3", "training.device=cpu"])
    run = train_once(config)
    assert run.path is not None
    known, without = known_of(run), known_of(Trained.load(run.path, with_data=False))
    data = load_data(config.data)
    pixels = data.train.images / 255
    assert known.spread == pytest.approx(np.sqrt(np.square(pixels - pixels.mean(0)).mean()), rel=0.02)
    assert sum(known.class_counts.values()) == 200 and without.spread is None and not without.alike
