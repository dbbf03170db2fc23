"""How the learning rate and the weight of the KL change while a model trains."""

from __future__ import annotations

import pytest

from latentexplorer.core.config import RunConfig
from latentexplorer.training.schedules import Schedule


def test_learning_rate_warms_up_and_falls_along_a_cosine() -> None:
    schedule = Schedule("cosine", total=110, lr_warmup=10, kl_warmup=0)
    factors = [schedule.lr_factor(step) for step in range(110)]
    assert 0 < factors[0] < 0.1 and factors[:11] == sorted(factors[:11])
    assert factors[10] == 1.0
    assert factors[60] == pytest.approx(0.5)
    assert factors[10:] == sorted(factors[10:], reverse=True)
    assert 0 < factors[-1] < 0.001
    assert {Schedule("constant", 110, 0, 0).lr_factor(step) for step in range(200)} == {1.0}


def test_the_weight_of_the_kl_grows_to_one() -> None:
    schedule = Schedule("constant", total=100, lr_warmup=0, kl_warmup=20)
    assert schedule.beta_factor(0) == pytest.approx(1 / 20)
    assert schedule.beta_factor(9) == pytest.approx(0.5)
    assert (schedule.beta_factor(19), schedule.beta_factor(99)) == (1.0, 1.0)
    assert (schedule.kl_warm(19), schedule.kl_warm(20)) == (False, True)


def test_steps_fall_once_more_at_each_milestone() -> None:
    schedule = Schedule("steps", total=500, lr_warmup=0, kl_warmup=0, milestones=(200, 350), factor=10**-0.2)
    factors = [schedule.lr_factor(step) for step in (0, 199, 200, 349, 350, 499)]
    assert factors == pytest.approx([1, 1, 10**-0.2, 10**-0.2, 10**-0.4, 10**-0.4])
    config = RunConfig().updated(["training.schedule=steps", "training.milestones=[2, 5]"])
    assert Schedule.of(config, steps_per_epoch=10, epochs=8).milestones == (20, 50)
