"""What of two runs can be compared: losses of one kind on images of one kind, and how that is said.

A loss in nats is mostly a constant of its likelihood and the number of pixels, and holds whatever terms its family has:
numbers of two kinds say nothing about which model is better. The plain pixel error does not depend on any of that.
"""

from __future__ import annotations

from latentexplorer.core.config import RunConfig

Shape = tuple[int, int, int]
"""(C, H, W) of images."""


def size_words(shape: Shape) -> str:
    """`28 x 28 grey`."""
    channels, height, width = shape
    return f"{height} x {width} {'colour' if channels == 3 else 'grey'}"


def data_words(config: RunConfig, shape: Shape | None) -> str:
    """Which images: `Fashion-MNIST, 28 x 28 grey`; the size is left out where it is not known."""
    size = size_words(shape) if shape is not None else ""
    if not size and config.data.size_px is not None:
        size = "{} x {}".format(*config.data.size_px)
    return ", ".join(filter(None, (config.data.source.title, size)))


def likelihood_words(config: RunConfig) -> str:
    """`Gaussian, σ 0.1`: what a reconstruction is measured by; two of one kind share a scale on the same images."""
    model = config.model
    words = model.likelihood.capitalize()
    if model.likelihood == "bernoulli":
        return words
    return f"{words}, σ {model.sigma if isinstance(model.sigma, str) else f'{model.sigma:g}'}"


def loss_words(config: RunConfig) -> str:
    """`Gaussian, σ 0.1, + 4 × KL`: the likelihood and the terms that a total holds with their weights."""
    model = config.model
    weights = {"KL": model.beta} if model.kind.variational else {}
    for term in model.kind.terms:
        # Its own weight is part of what the column holds.
        title = f"{term.title} of {model.code_penalty:g}" if term.name == "penalty" else term.title
        weights[title] = model.term_weights[term.name]
    terms = [f"+ {'' if weight == 1 else f'{weight:g} × '}{name}" for name, weight in weights.items() if weight]
    return " ".join([likelihood_words(config) + ("," if terms else ""), *terms])


def loss_kind(config: RunConfig, shape: Shape | None) -> str:
    """What two runs have in common where the numbers of their losses can be compared, in words."""
    return f"{loss_words(config)} · {data_words(config, shape)}"
