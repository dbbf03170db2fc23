"""The same objective as others write it, in words and weights."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from latentexplorer.core.config import ModelConfig

if TYPE_CHECKING:
    from latentexplorer.latent.loss_scales import Objective


@dataclass(frozen=True)
class Scale:
    """One way to write a loss.

    Attributes
    ----------
    name : str
        For programs: `as_set`, `weight_one`, `sum`, `mean`, `means`, `sigma_one`.
    words : str
        What stands before the weighted terms.
    weights : dict of str to float
        Of each term, by its name.
    sigma : float or None
        Standard deviation of the pixels where the likelihood is kept; None where an error stands in its place.
    """

    name: str
    words: str
    weights: Mapping[str, float]
    sigma: float | None = None


def plain(value: float) -> str:
    """Three digits, with a true minus sign: `0.02`, `1.28e−5`."""
    if not math.isfinite(value):
        return "–"
    head, mark, power = f"{value:.3g}".partition("e")
    return (f"{head}e{int(power)}" if mark else head).replace("-", "−")


def scales_of(objective: Objective, learned: bool = False) -> tuple[Scale, ...]:
    """Ways to write the same objective; their gradients differ by a factor only.

    `learned`: sigma is learned with the weights, and these are the weights as it is now.
    """
    named = objective.likelihood.capitalize()
    now = " now" if learned else ""
    sigma = "" if objective.sigma is None else f", σ {plain(objective.sigma)}{now}"
    found = [Scale("as_set", f"{named}{sigma}, in nats", objective.weights, objective.sigma)]
    one = None if learned else objective.at_weight_one("kl")
    if one is not None and objective.weights["kl"] != 1:
        found.append(Scale("weight_one", f"{named}, σ {plain(one.sigma or 0)}, in nats", one.weights, one.sigma))
    error = objective.error
    found.append(Scale("sum", f"Summed {error}", objective.at_sum))
    found.append(Scale("mean", f"Mean {error} of {objective.pixels:,} values", objective.at_mean))
    if set(objective.weights) == {"kl"} and objective.dims > 1:
        words = f"The same, KL averaged over {objective.dims:,} dimensions"
        found.append(Scale("means", words, objective.at_means))
    if objective.likelihood == "gaussian" and objective.sigma != 1 and not learned:
        half = objective.at_sigma(1.0)
        found.append(Scale("sigma_one", "Half the summed squared error (σ 1)", half.weights, 1.0))
    return tuple(found)


def remarks_on(model: ModelConfig, objective: Objective, learned: bool = False) -> tuple[str, ...]:
    """What the weights are called in papers, and what cannot be said otherwise; a sentence each, no full stop."""
    weights, said = objective.weights, []
    if "kl" in weights:
        beta = plain(weights["kl"])
        if model.kind.name == "tc-vae":
            both = plain(weights["kl"] + weights.get("tc", 0))
            said.append(f"β of Chen et al. 2018, eq. 4: {both} on the total correlation, {beta} on the other two")
        else:
            said.append(
                f"β of Higgins et al. 2017 is {beta}; for any size of image and code (β D / N): "
                f"{plain(objective.normalised('kl'))}"
            )
        if objective.sigma is None and weights["kl"] != 1:
            said.append("A Bernoulli has no σ that a weight could be moved into")
        elif learned:
            said.append("σ is learned: what stands here holds for what it is now, and a weight would move it")
    if "penalty" in weights:
        width = plain(1 / math.sqrt(2 * weights["penalty"]))
        said.append(f"The penalty is that of a normal prior with a standard deviation of {width}, up to its constant")
    if "mmd" in weights:
        weight = plain(objective.at_sum["mmd"])
        said.append(f"λ of Tolstikhin et al. 2018, beside the summed {objective.error}: {weight}")
    if not weights:
        said.append(f"With nothing beside the {objective.error} σ only sets the unit: the minimum is where it was")
    return tuple(said)
