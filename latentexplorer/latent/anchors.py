"""Figures that others published, measured of our runs and of our tools in the same way as theirs.

`MEASURES` are of a run and its held-out images, `OF_IMAGES` of a tool and some images; each by the name of its row's
metric in `resources/published.toml`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.core.imports import one_at_a_time
from latentexplorer.latent import likelihood
from latentexplorer.latent.disentanglement import dci, mig
from latentexplorer.latent.projection import project
from latentexplorer.models.encoding import batches, device_of, evaluating
from latentexplorer.models.families.pca import principal_codes
from latentexplorer.runs import Trained


@dataclass(frozen=True)
class Asked:
    """How a figure is measured.

    Attributes
    ----------
    draws : int
        Of the importance-weighted bound.
    images : int
        Held-out images at most, the first ones in order; points of a map.
    seed : int
        Of everything drawn.
    """

    draws: int = 200
    images: int = 10_000
    seed: int = 0
    emit: Emit = field(default=ignore, repr=False)
    stop: StopToken = field(default=NEVER, repr=False)


@torch.no_grad()
def squared_error(trained: Trained, asked: Asked) -> float:
    """Squared error on [0, 1] summed over pixels, mean over images, of the decode as it is, not clamped."""
    model, some = trained.model, trained.images("test").take(slice(asked.images))
    total = 0.0
    with evaluating(model):
        for _, batch in batches(model, some.images, some.labels, stop=asked.stop):
            x_hat = model.decode(model.posterior(batch).mean, batch.y, clamped=False)
            total += float((x_hat - batch.x).double().square().sum())
    return total / len(some)


@torch.no_grad()
def bound(trained: Trained, asked: Asked) -> float:
    """Evidence lower bound (ELBO), nats per image, one draw of a code for each."""
    model, some = trained.model, trained.images("test").take(slice(asked.images))
    generator = torch.Generator(device_of(model)).manual_seed(asked.seed)
    total = 0.0
    with evaluating(model):
        for _, batch in batches(model, some.images, some.labels, stop=asked.stop):
            terms = model.loss(batch, generator)
            total -= float((terms.recon.double() + terms.kl.double()).sum())
    return total / len(some)


def tighter_bound(trained: Trained, asked: Asked) -> float:
    """Importance-weighted bound, nats per image."""
    some = trained.images("test").take(slice(asked.images))
    with evaluating(trained.model):
        found = likelihood.iwae(
            trained.model,
            some.images,
            some.labels,
            draws=asked.draws,
            seed=asked.seed,
            emit=asked.emit,
            stop=asked.stop,
        )
    return float(found.mean())


def log_likelihood(trained: Trained, asked: Asked) -> float:
    """log p(x) in closed form, nats per image: that of probabilistic PCA."""
    some = trained.images("test").take(slice(asked.images))
    found = likelihood.log_likelihood(trained.model, some.images, some.labels, stop=asked.stop)
    if found is None:
        raise NotApplicableError(f"{trained.model.kind.title} has no likelihood in closed form")
    return float(found.mean())


def trustworthiness(images: np.ndarray, asked: Asked) -> float:
    """Of a t-SNE map of images (N, H, W, C), after PCA to 50: the trustworthiness of 5 neighbours, 0..1.

    Venna and Kaski 2001: how many of a point's neighbours on the map are near in truth, and how near.
    """
    with one_at_a_time():
        from sklearn.manifold import trustworthiness as of_map

    points = principal_codes(images[: asked.images], 50, asked.stop)
    laid_out = project(points, "tsne", seed=asked.seed, emit=asked.emit, stop=asked.stop)
    asked.stop.check()
    return float(of_map(points, laid_out.coords, n_neighbors=5))


def shared_factors(images: np.ndarray, asked: Asked) -> float:
    """DCI's disentanglement of five codes that each fix two of ten factors: 1 - ln 2 / ln 10."""
    factors = np.random.default_rng(asked.seed).integers(0, 5, (max(asked.images, 100), 10))
    codes = factors[:, ::2] * 5.0 + factors[:, 1::2]
    named = {f"factor {number}": column for number, column in enumerate(factors.T)}
    return dci(codes, named, seed=asked.seed, stop=asked.stop).disentanglement


def duplicated(images: np.ndarray, asked: Asked) -> float:
    """MIG of codes that are all there twice: no dimension tells more of a factor than its copy."""
    factors = np.random.default_rng(asked.seed).integers(0, 5, (max(asked.images, 100), 10))
    named = {f"factor {number}": column for number, column in enumerate(factors.T)}
    return mig(np.concatenate([factors, factors], axis=1).astype(np.float64), named)


MEASURES: dict[str, Callable[[Trained, Asked], float]] = {
    "test.sse": squared_error,
    "test.elbo": bound,
    "test.iwae": tighter_bound,
    "test.log_likelihood": log_likelihood,
}
OF_IMAGES: dict[str, Callable[[np.ndarray, Asked], float]] = {
    "trustworthiness": trustworthiness,
    "dci.disentanglement": shared_factors,
    "mig": duplicated,
}
