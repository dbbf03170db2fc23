"""How the terms of a loss are called, and what a total is, in one sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from latentexplorer.core.config import RunConfig
from latentexplorer.core.measures import MEASURES
from latentexplorer.views.base import Part
from latentexplorer.views.comparable import NO_DENSITY, is_bound, is_density, log_p_words
from latentexplorer.views.loss import QUANTITIES
from latentexplorer.views.loss_scales import plain

if TYPE_CHECKING:
    from latentexplorer.latent.loss_scales import Objective
    from latentexplorer.latent.loss_terms import LossOfPart

HISTORY = {
    "train": "Of training images these are means over the epoch, while the model still learned",
    "rest": "Where a weight changed during the epoch, or some of a KL cost nothing, a term is what the others leave",
}


def nats(value: float) -> str:
    """`1,204.3`, with a true minus sign; three digits where it is small."""
    if abs(value) < 1:
        return plain(value)
    return f"{value:,.1f}".replace("-", "−")


def title_of(name: str, objective: Objective) -> tuple[str, str]:
    """What a term is called, and what it is, in one sentence without a full stop."""
    if name == "error":
        cost = {"gaussian": "1 / (2 σ²)", "laplace": "√2 / σ"}[objective.likelihood]
        title = objective.error.capitalize()
        return (
            title,
            f"Summed over {objective.pixels:,} values, each unit costs {cost} = {objective.nats_of_error:.4g} nats",
        )
    if name == "constant":
        formula = {"gaussian": "N log(σ √(2π))", "laplace": "N log(√2 σ)"}[objective.likelihood]
        return "Constant of σ", f"{formula}: the same for every image and every model with this σ; no gradient knows it"
    if name == "penalty":
        return "Code penalty", "Squared length of the code times model.code_penalty"
    tip = {"kl": MEASURES["kl"].summary, "recon": MEASURES["recon"].summary}.get(name, QUANTITIES[name].summary)
    return QUANTITIES[name].title, tip


def sentence_of(config: RunConfig, losses: Mapping[Part, LossOfPart]) -> str:
    """What the total is; of held-out images where there are any."""
    part: Part = "test" if "test" in losses else "train"
    loss = losses[part]
    whose = "A held-out image" if part == "test" else "A training image"
    paid = [
        f"{nats(term.cost)} for {_payment(term.name, _weighted(term.weight))}"
        for term in loss.terms
        if term.name not in ("error", "constant", "recon")
    ]
    parts = ", ".join([f"{nats(loss.recon)} for its pixels given the code", *paid])
    return f"{whose} costs {nats(loss.total)} nats{f': {parts}' if paid else ''}. {_bound(config, loss)}"


def _payment(name: str, weighted: str) -> str:
    if name == "kl":
        return f"its code (KL{weighted})"
    title = QUANTITIES[name].title
    return f"{title if title[:2].isupper() else title.lower()}{weighted}"


def _weighted(weight: float) -> str:
    return "" if weight == 1 else f" × {plain(weight)}"


def _bound(config: RunConfig, loss: LossOfPart) -> str:
    """What that says of log p(x)."""
    model = config.model
    if not model.kind.gradient:
        return "PCA is solved at once: that is −log p(x given its best code), no prior is paid, it bounds nothing"
    if not model.kind.variational:
        return "It is −log p(x given one code): no prior is paid for the code, so it bounds nothing"
    if not is_density(config):
        return NO_DENSITY
    if is_bound(model):
        return f"That is −ELBO: −{log_p_words(config)} is at most that"
    return f"Weights of one make −ELBO, {nats(loss.recon + loss.kl)}: −{log_p_words(config)} is at most that"


def apart_words(images: int) -> str:
    """From how many images a KL was taken apart, and what that means for mutual information."""
    return (
        f"estimated from the codes of {images:,} images, one draw each; mutual information is at most "
        f"log {images:,} = {math.log(images):.1f}"
    )
