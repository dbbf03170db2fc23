"""Posteriors and priors of latent codes, and the draws from them."""

from latentexplorer.models.distributions.base import Posterior, Prior
from latentexplorer.models.distributions.draws import (
    Draws,
    ShareOfDraws,
    centred_uniform,
    draw,
    standard_exponential,
    standard_laplace,
    standard_normal,
    unit_uniform,
)
from latentexplorer.models.distributions.posteriors import (
    ExponentialPosterior,
    LaplacePosterior,
    LogExponentialPosterior,
    NormalPosterior,
    Point,
    UniformPosterior,
)
from latentexplorer.models.distributions.priors import (
    ExponentialPrior,
    LaplacePrior,
    LogExponentialPrior,
    NormalPrior,
    UniformPrior,
    make_prior,
)

__all__ = [
    "Draws",
    "ExponentialPosterior",
    "ExponentialPrior",
    "LaplacePosterior",
    "LaplacePrior",
    "LogExponentialPosterior",
    "LogExponentialPrior",
    "NormalPosterior",
    "NormalPrior",
    "Point",
    "Posterior",
    "Prior",
    "ShareOfDraws",
    "UniformPosterior",
    "UniformPrior",
    "centred_uniform",
    "draw",
    "make_prior",
    "standard_exponential",
    "standard_laplace",
    "standard_normal",
    "unit_uniform",
]
