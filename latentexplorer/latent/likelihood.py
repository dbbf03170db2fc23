"""How likely images are: given a code, and the importance-weighted bound on log p(x)."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.models import Batch, LatentModel
from latentexplorer.models.encoding import at_once, batches, chunks, device_of, to_batch

AT_ONCE = 10
"""Draws of an image between two looks at whether somebody wants to stop."""


@torch.no_grad()
def nats_given_codes(
    model: LatentModel, codes: np.ndarray, images: np.ndarray, labels: np.ndarray | None = None
) -> np.ndarray:
    """-log p(x given z) of each image (N,) at its code, nats, float32.

    Parameters
    ----------
    codes : ndarray (N, D)
    images : ndarray (N, H, W, C), uint8
    labels : ndarray (N,) or None
        For conditional models.

    Raises
    ------
    NotApplicableError
        For a model of mixtures, whose error needs the second image, too.
    """
    device = device_of(model)
    batch = to_batch(images, labels, None, device)
    recon, _ = model.loss_at(torch.tensor(np.asarray(codes, np.float32), device=device), batch)
    return np.asarray(recon.cpu().numpy())


@torch.no_grad()
def log_likelihood(
    model: LatentModel, images: np.ndarray, labels: np.ndarray | None = None, *, stop: StopToken = NEVER
) -> np.ndarray | None:
    """log p(x) of each image (N,), nats, float64, where a model has it in closed form; else None.

    Parameters
    ----------
    images : ndarray (N, H, W, C), uint8
    """
    found = []
    for _, batch in batches(model, images, labels, stop=stop):
        part = model.log_likelihood(batch)
        if part is None:
            return None
        found.append(part.cpu().numpy())
    return np.concatenate(found) if found else None


def iwae_bound(log_weights: Tensor) -> Tensor:
    """log (1/K sum_k w_k) per image (Burda et al. 2016, eq. 8), from log weights (K, B); (B,)."""
    return torch.logsumexp(log_weights, 0) - math.log(len(log_weights))


@torch.no_grad()
def log_weights(model: LatentModel, batch: Batch, draws: int, generator: torch.Generator) -> Tensor:
    """log p(x, z) - log q(z given x) of `draws` draws z from each image's posterior, (K, B), nats."""
    if model.prior is None:
        raise NotApplicableError(f"{model.kind.title} has no prior, so images have no likelihood under it")
    posterior = model.posterior(batch)
    if posterior.scale is None:
        raise NotApplicableError(f"The codes of {model.kind.title} are points: there is nothing to weigh")
    rows = []
    for _ in range(draws):
        z = posterior.rsample(generator)
        nll, _ = model.loss_at(z, batch)
        rows.append(-nll + (model.prior.log_prob(z) - posterior.log_prob(z)).sum(1))
    return torch.stack(rows)


def iwae(
    model: LatentModel,
    images: np.ndarray,
    labels: np.ndarray | None = None,
    *,
    draws: int = 200,
    seed: int = 0,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> np.ndarray:
    """Importance-weighted lower bound on log p(x) of each image (N,), nats, float64.

    One draw gives the ELBO; more draws give a tighter bound.

    Parameters
    ----------
    images : ndarray (N, H, W, C), uint8
    labels : ndarray (N,) or None
        For conditional models.

    Raises
    ------
    NotApplicableError
        For a model without an encoder or without a posterior.
    """
    if not model.kind.encoder:
        raise NotApplicableError(
            f"{model.kind.title} has no encoder: its posteriors are fitted one by one, without such a bound"
        )
    device = device_of(model)
    generator = torch.Generator(device).manual_seed(seed)
    found = np.empty(len(images))
    for part in chunks(len(images), at_once(images.shape[1:], 250)):
        batch = to_batch(images[part], None if labels is None else labels[part], None, device)
        so_far = torch.full((len(batch.x),), -math.inf, dtype=torch.float64, device=device)
        for done in range(0, draws, AT_ONCE):
            stop.check()
            more = log_weights(model, batch, min(AT_ONCE, draws - done), generator).double()
            so_far = torch.logaddexp(so_far, torch.logsumexp(more, 0))
            emit(Progress(part.start * draws + len(so_far) * done, len(images) * draws, "importance-weighted bound"))
        found[part] = (so_far - math.log(draws)).cpu().numpy()
    return found
