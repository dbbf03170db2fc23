"""What of two runs can be compared: losses of one kind on images of one kind, and how that is said.

A loss in nats is mostly a constant of its likelihood and the number of pixels, and holds whatever terms its family has:
numbers of two kinds say nothing about which model is better. The plain pixel error does not depend on any of that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from latentexplorer.core.config import ModelConfig, RunConfig
from latentexplorer.core.measures import bits_per_dim
from latentexplorer.core.paths import expanded

Shape = tuple[int, int, int]
"""(C, H, W) of images."""


def size_words(shape: Shape) -> str:
    """`28 x 28 grey`."""
    channels, height, width = shape
    return f"{height} x {width} {'colour' if channels == 3 else 'grey'}"


READ = {"crop": "cropped", "squash": "squashed"}
"""What became of images of other proportions, where they were not padded."""


def set_words(config: RunConfig) -> str:
    """`Fashion-MNIST`, or the folder or file of a person's own images."""
    path = config.data.path
    return (expanded(path).name if path else "") or config.data.source.title


def data_words(config: RunConfig, shape: Shape | None) -> str:
    """Which images, and as what they were read: `Fashion-MNIST, 28 x 28 grey, drawn black and white`.

    The size is left out where it is not known. A number of nats compares on images that are called the same only.
    """
    size = size_words(shape) if shape is not None else ""
    if not size and config.data.size_px is not None:
        size = "{} x {}".format(*config.data.size_px)
    fit = READ.get(config.data.fit, "") if config.data.source.needs == "path" else ""
    drawn = "" if config.data.binarise == "none" else "drawn black and white"
    return ", ".join(filter(None, (set_words(config), size, fit, drawn)))


def likelihood_words(config: RunConfig, shape: Shape | None = None) -> str:
    """`Gaussian, σ 0.1`: what a reconstruction is measured by; two of one kind share a scale on the same images.

    A model that is told the class of an image has less to say of it: `Gaussian, σ 0.1, given the class`.
    """
    model = config.model
    words = model.likelihood.capitalize()
    if model.likelihood != "bernoulli":
        words = f"{words}, σ {_sigma_words(model, shape)}"
    return f"{words}, {GIVEN_CLASS}" if model.kind.conditional else words


USUAL_SIGMA, USUAL_SIDE = 0.1, 32
"""A sigma of its own is that for images of such a side at most, see `models.budget.sigma_of`; of larger ones it is what
as many principal components leave as a code has numbers: another one for each length of the code."""


def _sigma_words(model: ModelConfig, shape: Shape | None) -> str:
    if model.sigma != "auto" or shape is None:
        return model.sigma if isinstance(model.sigma, str) else f"{model.sigma:g}"
    large = model.sizing >= 2 and max(shape[1:]) > USUAL_SIDE
    return f"by PCA of {model.latent_dim}" if large else f"{USUAL_SIGMA:g}"


GIVEN_CLASS = "given the class"
NO_DENSITY = "A Bernoulli is a probability of black and white pixels: of grey ones nothing here bounds log p(x)"


def is_bound(model: ModelConfig) -> bool:
    """Whether a total is minus the ELBO: a posterior, its KL with a weight of one, and nothing else."""
    return model.kind.variational and model.beta == 1 and not model.free_bits and not any(model.term_weights.values())


def is_density(config: RunConfig) -> bool:
    """Whether its likelihood is a density, or a probability, of the pixels that there are."""
    return config.model.likelihood != "bernoulli" or config.data.binarise != "none"


def log_p_words(config: RunConfig) -> str:
    """`log p(x)`: what a bound of a model bounds; of a conditional one it is that of an image whose class is known."""
    return f"log p(x {GIVEN_CLASS})" if config.model.kind.conditional else "log p(x)"


def bound_words(config: RunConfig) -> str:
    """What a total says of log p(x), in one sentence without a full stop."""
    model = config.model
    if model.kind.variational and not is_density(config):
        return NO_DENSITY
    if is_bound(model):
        since = f", once the KL weight has grown to 1 (epoch {model.kl_warmup:g})" if model.kl_warmup else ""
        return f"Total = −ELBO, an upper bound on −{log_p_words(config)}{since}"
    if model.kind.variational:
        return f"Total is not the ELBO, whose weights are one: it is no measure of {log_p_words(config)}"
    return "Total is −log p(x given one code of each image): no prior is paid for the code, it bounds nothing"


def bits_per_dim_of(config: RunConfig, shape: Shape | None, last: Mapping[str, float]) -> float:
    """Of held-out images, from the last row of a history: the ELBO or log p(x); NaN where there is none, see
    `core.measures`. Whatever likelihood of grey values, sigma and size runs have, it can be compared.
    """
    if shape is None or config.model.likelihood == "bernoulli":
        return math.nan
    nats = last.get("test_log_likelihood", math.nan)
    if config.model.kind.variational:
        nats = -(last.get("test_recon", math.nan) + last.get("test_kl", math.nan))
    return bits_per_dim(nats, math.prod(shape))


def loss_words(config: RunConfig, shape: Shape | None = None) -> str:
    """`Gaussian, σ 0.1, + 4 × KL`: the likelihood and the terms that a total holds with their weights.

    Where no prior is paid for the code that is said: `Gaussian, σ 0.1, at one code`.
    """
    model = config.model
    weights = {"KL": model.beta} if model.kind.variational else {}
    for term in model.kind.terms:
        # Its own weight is part of what the column holds.
        title = f"{term.title} of {model.code_penalty:g}" if term.name == "penalty" else term.title
        weights[title] = model.term_weights[term.name]
    terms = [f"+ {'' if weight == 1 else f'{weight:g} × '}{name}" for name, weight in weights.items() if weight]
    if model.kind.variational and model.free_bits:
        terms.append(f"with {model.free_bits:g} free nats")
    head = likelihood_words(config, shape) + ("" if model.kind.variational else ", at one code")
    return " ".join([head + ("," if terms else ""), *terms])


def loss_kind(config: RunConfig, shape: Shape | None) -> str:
    """What two runs have in common where the numbers of their losses can be compared, in words."""
    return f"{loss_words(config, shape)} · {data_words(config, shape)}"


def recon_kind(config: RunConfig, shape: Shape | None) -> str:
    """The same where reconstructions, or bounds on log p(x), can be compared: whatever the weights in a loss are."""
    return f"{likelihood_words(config, shape)} · {data_words(config, shape)}"
