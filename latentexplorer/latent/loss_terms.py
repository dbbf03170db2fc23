"""What a loss is made of, term by term, from a row of the history: no image is looked at for it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from latentexplorer.core.config import ModelConfig
from latentexplorer.latent.loss_scales import Objective

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

CLOSE = 1e-5
"""By what part of what is added up a sum may be off: numbers are summed as float32."""


@dataclass(frozen=True)
class LossTerm:
    """A term, mean over images.

    Attributes
    ----------
    name : str
        `error` and `constant` (together the reconstruction), or `recon` where they cannot be told apart; `kl`; the
        family's own by the names of `Family.terms`.
    value : float
        Before its weight: in nats, an error in its own unit.
    weight : float
        What a unit of it costs; of a KL whose weight changed during the epoch, or whose free bits cost nothing, what it
        came to on average. NaN where that is not known, as the value is zero.
    cost : float
        Nats of an image: the weighted term as the total holds it.
    is_rest : bool
        Whether the cost is what the other terms leave of the total, as weight times value is not what was minimised.
    """

    name: str
    value: float
    weight: float
    cost: float
    is_rest: bool = False


@dataclass(frozen=True)
class LossOfPart:
    """The loss of training or held-out images after an epoch, nats per image.

    Attributes
    ----------
    terms : tuple of LossTerm
        What adds up to `total`.
    watched : dict of str to float
        Terms that are told and cost nothing by themselves, such as the parts of a KL.
    recon, kl : float
        As the history has them; NaN of a KL where there is no posterior.
    total : float
        What the history says: `train_loss` or `test_loss`.
    """

    terms: tuple[LossTerm, ...]
    watched: dict[str, float]
    recon: float
    kl: float
    total: float

    @property
    def rest(self) -> float:
        """What the terms do not say of the total, nats: rounding."""
        return self.total - math.fsum(term.cost for term in self.terms)

    def of(self, name: str) -> LossTerm | None:
        """A term by its name; None where it has none of that name."""
        return next((term for term in self.terms if term.name == name), None)


def weights_of(model: ModelConfig, beta: float | None = None) -> dict[str, float]:
    """What each term costs, by its name: `kl`, and the family's own; those that are only watched are left out.

    `beta`: the weight of the KL where it is another one than that of the settings.
    """
    weights = {"kl": model.beta if beta is None else beta} if model.kind.variational else {}
    for name, weight in model.term_weights.items():
        cost = model.code_penalty if name == "penalty" else weight
        if cost:
            weights[name] = cost
    return weights


def objective_of(trained: Trained, beta: float | None = None) -> Objective:
    """The objective of a run as its model is now: a learned sigma is what it has come to."""
    from latentexplorer.models.likelihoods import Bernoulli, Gaussian, Laplace

    likelihood = trained.model.likelihood
    channels, height, width = trained.model.decoded_shape
    assert isinstance(likelihood, Gaussian | Laplace | Bernoulli)
    return Objective(
        type(likelihood).__name__.lower(),
        None if isinstance(likelihood, Bernoulli) else likelihood.sigma,
        channels * height * width,
        trained.code_dim,
        weights_of(trained.config.model, beta),
    )


def splits(model: ModelConfig) -> bool:
    """Whether a reconstruction of any epoch can be told apart into error and constant: sigma did not move meanwhile."""
    return model.likelihood != "bernoulli" and (model.sigma != "learned" or not model.kind.gradient)


def read_loss(
    row: Mapping[str, float], part: str, model: ModelConfig, objective: Objective, *, split: bool = True
) -> LossOfPart | None:
    """The terms of the loss of `train` or `test` images; None where the row has none.

    Parameters
    ----------
    row : mapping
        A row of the history.
    objective : Objective
        With the sigma of that epoch.
    split : bool
        Whether the reconstruction is told as error and constant, see `splits`.
    """
    total, recon = (row.get(f"{part}_{name}", math.nan) for name in ("loss", "recon"))
    if not (math.isfinite(total) and math.isfinite(recon)):
        return None
    terms = [LossTerm("recon", recon, 1.0, recon)]
    if split and objective.sigma is not None:
        nats, constant = objective.nats_of_error, objective.constant
        terms = [
            LossTerm("error", (recon - constant) / nats, nats, recon - constant),
            LossTerm("constant", constant, 1.0, constant),
        ]
    own, watched = _own_terms(row, part, model)
    kl = row.get(f"{part}_kl", math.nan) if model.kind.variational else math.nan
    if math.isfinite(kl):
        beta = row.get("beta", model.beta)
        own.insert(0, LossTerm("kl", kl, beta, beta * kl))
    if own:
        own[0] = _closed(own, total - recon, CLOSE * (abs(recon) + abs(total)), model)
    # From the error over what the code costs to the constant.
    return LossOfPart((terms[0], *own, *terms[1:]), watched, recon, kl, total)


def _own_terms(row: Mapping[str, float], part: str, model: ModelConfig) -> tuple[list[LossTerm], dict[str, float]]:
    """The family's own terms that cost something, and the values of those that are only watched."""
    own, watched = [], {}
    for name, weight in model.term_weights.items():
        value = row.get(f"{part}_{name}", math.nan)
        if not math.isfinite(value):
            continue
        if name == "penalty":
            # The column holds it with its weight.
            if model.code_penalty:
                own.append(LossTerm(name, value / model.code_penalty, model.code_penalty, value))
        elif weight:
            own.append(LossTerm(name, value, weight, weight * value))
        else:
            watched[name] = value
    return own, watched


def _closed(own: list[LossTerm], left: float, close: float, model: ModelConfig) -> LossTerm:
    """The first of the terms beside the reconstruction: by its weight where they add up to what is left, else the rest.

    They do not where free bits cost nothing, and where a weight changed during the epoch.
    """
    first, others = own[0], math.fsum(term.cost for term in own[1:])
    if not (first.name == "kl" and model.free_bits) and abs(left - others - first.cost) <= close + CLOSE * abs(others):
        return first
    cost = left - others
    return LossTerm(first.name, first.value, cost / first.value if first.value else math.nan, cost, is_rest=True)
