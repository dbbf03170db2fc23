"""How learning rates and the weight of the KL change with the steps: plain functions of the step number."""

from __future__ import annotations

import math
from dataclasses import dataclass

from latentexplorer.core.config import RunConfig


@dataclass(frozen=True)
class Rates:
    """What changes from step to step.

    Attributes
    ----------
    lr, code_lr : float
        Learning rates of the networks and of an auto-decoder's codes.
    beta : float
        Weight of the KL.
    """

    lr: float
    code_lr: float
    beta: float


@dataclass(frozen=True)
class Schedule:
    """Factors on the learning rates and on `beta` at each step of a run.

    Attributes
    ----------
    kind : "constant", "cosine" or "steps"
    total, lr_warmup, kl_warmup : float
        Lengths in steps.
    milestones : tuple of int
        Steps from which the learning rates are `factor` of what they were, once more at each.
    factor : float
    """

    kind: str
    total: float
    lr_warmup: float
    kl_warmup: float
    milestones: tuple[int, ...] = ()
    factor: float = 1.0

    @classmethod
    def of(cls, config: RunConfig, steps_per_epoch: int, epochs: int) -> Schedule:
        """The schedule a configuration asks for, over so many epochs."""
        return cls(
            config.training.schedule,
            epochs * steps_per_epoch,
            config.training.lr_warmup * steps_per_epoch,
            config.model.kl_warmup * steps_per_epoch,
            tuple(epoch * steps_per_epoch for epoch in config.training.milestones),
            config.training.milestone_factor,
        )

    def lr_factor(self, step: int) -> float:
        """Part of the learning rates that is in force at a step (counted from 0), 0..1.

        A linear warm-up; then constant, in steps, or a cosine to zero (Loshchilov and Hutter 2017, eq. 5).
        """
        if step < self.lr_warmup:
            return (step + 1) / (self.lr_warmup + 1)
        if self.kind == "steps":
            return self.factor ** sum(step >= milestone for milestone in self.milestones)
        if self.kind == "constant" or self.total <= self.lr_warmup:
            return 1.0
        part = min(1.0, (step - self.lr_warmup) / (self.total - self.lr_warmup))
        return 0.5 * (1 + math.cos(math.pi * part))

    def beta_factor(self, step: int) -> float:
        """Part of `beta` that is in force at a step, 0..1: a linear warm-up (Bowman et al. 2016)."""
        return min(1.0, (step + 1) / self.kl_warmup) if self.kl_warmup > 0 else 1.0

    def rates(self, config: RunConfig, step: int) -> Rates:
        """What is in force at a step under these settings."""
        factor, training = self.lr_factor(step), config.training
        return Rates(factor * training.lr, factor * training.code_lr, self.beta_factor(step) * config.model.beta)

    def kl_warm(self, step: int) -> bool:
        """Whether the warm-up of `beta` is over."""
        return step >= self.kl_warmup
