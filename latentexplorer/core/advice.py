"""What helps a training that went wrong, by its settings: never what they have already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from latentexplorer.core.config import RunConfig


@dataclass(frozen=True)
class Advice:
    """In one line, no full stop; and the setting (`model.beta`) that helps, with what it is to be set to."""

    text: str
    key: str
    value: bool | int | float | str

    def __str__(self) -> str:
        return f"{self.text} ({self.key}={self.value:g})" if isinstance(self.value, float) else self._plain

    @property
    def _plain(self) -> str:
        return f"{self.text} ({self.key}={self.value})"


def against_collapse(config: RunConfig, beta: float | None = None, tc_weight: float | None = None) -> Advice:
    """What gives codes something to say again.

    Where a person brings images the pixel sigma comes first: that of a preset suits the images it was made for, and
    where theirs vary by less than it, no code is worth its nats.

    Parameters
    ----------
    beta, tc_weight : float or None
        As they are now, where they were changed in the training; else as in the settings.
    """
    model, epochs = config.model, config.training.epochs
    beta = model.beta if beta is None else beta
    tc_weight = model.tc_weight if tc_weight is None else tc_weight
    scaled, own = model.likelihood != "bernoulli", config.data.source.needs == "path"
    if own and scaled and model.sigma != "learned":
        return Advice(
            f"Learn the pixel sigma, now {model.sigma}, so that it suits these images", "model.sigma", "learned"
        )
    if beta > 1:
        return Advice(f"Lower the KL weight, now {beta:g}", "model.beta", 1.0)
    if model.kind.name == "tc-vae" and tc_weight > 5:
        return Advice(f"Lower the TC weight, now {tc_weight:g}", "model.tc_weight", 5.0)
    if not isinstance(model.sigma, str) and model.sigma > 0.1 and scaled:
        text = f"Lower the pixel sigma, now {model.sigma:g}, so that images count for more"
        return Advice(text, "model.sigma", "auto")
    if model.kl_warmup == 0:
        return Advice("Let the KL weight grow slowly", "model.kl_warmup", float(max(epochs // 4, 5)))
    if model.free_bits == 0:
        return Advice("Let some of the KL cost nothing", "model.free_bits", 0.1)
    return Advice(f"Lower the KL weight, now {beta:g}", "model.beta", float(f"{beta / 4:.1g}"))


def against_a_first_leap(config: RunConfig) -> Advice:
    """What keeps the first steps from pushing outputs to where they have no gradient."""
    training = config.training
    if training.lr_warmup == 0:
        return Advice("Let the rates grow over the first epochs", "training.lr_warmup", 5.0)
    return Advice(f"Lower the learning rate, now {training.lr:g}", "training.lr", float(f"{training.lr / 3:.0e}"))
