"""New codes: drawn from the prior, or from a density fitted to the codes after training.

A prior's draws look bad where the codes of real images fill only a part of it (the aggregate posterior is not the
prior). A density fitted to the aggregate posterior draws from where codes are (Ghosh et al. 2020, ex-post density
estimation). It is a second model, and is named as what it is wherever its draws are shown.

The density is a mixture with one Gaussian a code, as wide in every direction as the code's neighbours lie apart
(manifold Parzen windows, Vincent and Bengio 2003), drawn together a little so that the variance of each dimension is
that of the codes (the shrunken smoothed bootstrap, Silverman and Young 1987). Gaussian mixtures of few components were
tried as well: with some thousand codes of a hundred numbers they know too little of any neighbourhood.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from scipy.special import logsumexp

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.core.imports import one_at_a_time
from latentexplorer.latent.codes import codes_of, draw_posteriors
from latentexplorer.models.distributions import Prior
from latentexplorer.runs import Trained

MOST_CODES = 5_000
"""Codes a density is fitted to."""
A_TIME = 16
"""Codes whose density is worked out together: more would need too much memory."""
ASKED_A_TIME = 512
"""Codes whose neighbours are looked for together: a tenth of a second."""
NEIGHBOURS = 5
WIDTH = 0.35
"""Standard deviation of a draw around its code, as a fraction of the distance of that code's neighbours. The widest
that was tried, with their number, whose draws were within twice the Frechet distance of reconstructions on two runs:
codes of 60 numbers of 500 digits of MNIST have 7.4 (reconstructions 3.7; 14.1 with 0.7 and ten neighbours), of 1,000
images of Fashion-MNIST 0.51 (0.41; 0.72). Against held-out images the order is the same: 5.5 and 0.52 against 10.7 and
0.65 (of draws one by one; with those that use all codes evenly 4.4 and 0.46). The price is novelty: a draw's nearest
decode of a training code is 0.4 of the usual gap between those away, with 0.7 it was 0.7."""

SMOOTH = 1.0
"""The same where a density is asked for. Its rank correlation with the true one, for 600 codes of two Gaussians in two
dimensions: 0.4 with 0.35, 0.8 with 1; for 2,000 in eight 0.63 and 0.88, in thirty 0.91 and 0.93."""


class PriorSampler:
    """Draws from the prior.

    Parameters
    ----------
    prior : Prior
    code_dim : int
    class_shares : ndarray (K,) or None
        For conditional models: how often each class is drawn.
    """

    description = "draws from the prior"

    def __init__(self, prior: Prior, code_dim: int, class_shares: np.ndarray | None = None) -> None:
        self.prior, self.code_dim, self.class_shares = prior, code_dim, class_shares

    def sample(
        self, n: int, seed: int, *, temperature: float = 1.0, y: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Draw codes.

        Parameters
        ----------
        n : int
        seed : int
        temperature : float
            Distance of every draw from the prior's mean, 1 for the prior itself.
        y : ndarray (n,) or None
            Classes to draw, for conditional models; drawn by their shares where None.

        Returns
        -------
        z : ndarray (n, D), float32
        y : ndarray (n,), int64, or None
        """
        generator = torch.Generator().manual_seed(seed)
        z = self.prior.sample((n, self.code_dim), generator).double().numpy()
        z = np.clip(self.prior.mean + temperature * (z - self.prior.mean), *self.prior.support)
        return z.astype(np.float32), _classes(n, seed, self.class_shares, y)


@dataclass
class _Neighbourhoods:
    """One Gaussian for each of the points (n, D) on the whole line; `nearest` (n, k): rows of their neighbours."""

    points: np.ndarray
    nearest: np.ndarray

    @classmethod
    def of(cls, points: np.ndarray, stop: StopToken = NEVER) -> _Neighbourhoods:
        """The neighbourhoods of two points or more."""
        count = min(NEIGHBOURS, len(points) - 1)
        with one_at_a_time():
            from sklearn.neighbors import NearestNeighbors

        search, nearest = NearestNeighbors(n_neighbors=count + 1).fit(points), []
        for start in range(0, len(points), ASKED_A_TIME):
            stop.check()
            found = search.kneighbors(points[start : start + ASKED_A_TIME], return_distance=False)
            others = found != np.arange(start, start + len(found))[:, None]
            # Amid more equal points than are asked for a point need not be its own nearest.
            others[others.all(1), 0] = False
            nearest.append(found[others].reshape(len(found), count))
        return cls(points, np.concatenate(nearest))

    def sample(self, n: int, temperature: float, rng: np.random.Generator, alone: bool = False) -> np.ndarray:
        """Draws (n, D) on the whole line; `alone`: each as if there were no others."""
        points, nearest = self.points, self.nearest
        width = temperature * WIDTH / math.sqrt(nearest.shape[1])
        which = rng.integers(len(points), size=n) if alone else _evenly(len(points), n, rng)
        noise = width * rng.standard_normal((n, nearest.shape[1]))
        drawn, added = points[which].copy(), np.zeros(points.shape[1])
        for neighbour, weights in zip(nearest.T, noise.T, strict=True):
            away = points[neighbour] - points
            drawn += weights[:, None] * away[which]
            added += width**2 * np.square(away).mean(0)
        return np.asarray(points.mean(0) + _shrink(points, added) * (drawn - points.mean(0)))

    def log_density(self, x: np.ndarray) -> np.ndarray:
        """Nats (B,) at points (B, D) on the whole line: the mean of Gaussians N(c, U^T U + s I), one a code.

        Draws lie in the span of a code's neighbours, beside which there is no density: half of the variance along
        U (k, D) is spread over all dimensions instead, as s. They also keep closer to their codes (`WIDTH`) than this
        is wide (`SMOOTH`): at their width it would tell little more than whether a code is hit.
        """
        centres, along, inside, aside, log_scale = self._kernels
        found = np.empty(len(x))
        for start in range(0, len(x), A_TIME):
            away = x[start : start + A_TIME, None] - centres
            shares = np.matmul(along, away.transpose(1, 2, 0)) / aside[:, None, None]
            nearer = np.einsum("nkb,nkl,nlb->bn", shares, inside, shares)
            quadratic = np.square(away).sum(2) / aside - nearer
            found[start : start + A_TIME] = logsumexp(-0.5 * quadratic - log_scale, axis=1)
        return found - math.log(len(centres))

    @cached_property
    def _kernels(self) -> tuple[np.ndarray, ...]:
        """Centres (n, D), U (n, k, D), (I + U U^T / s)^-1 (n, k, k), s (n,), log of the normalising constants (n,)."""
        points, count, dims = self.points, self.nearest.shape[1], self.points.shape[1]
        along = SMOOTH / math.sqrt(count) * (points[self.nearest] - points[:, None])
        shrink = _shrink(points, np.square(along).sum(1).mean(0))
        along = math.sqrt(0.5) * shrink * along
        least = 1e-6 * float(points.var(0).mean()) + 1e-12
        aside = np.maximum(np.square(along).sum((1, 2)) / dims, least)
        whole = np.eye(count) + np.matmul(along, along.transpose(0, 2, 1)) / aside[:, None, None]
        log_scale = 0.5 * (dims * np.log(2 * np.pi * aside) + np.linalg.slogdet(whole)[1])
        centres = points.mean(0) + shrink * (points - points.mean(0))
        return centres, along, np.linalg.inv(whole), aside, log_scale


def _evenly(count: int, n: int, rng: np.random.Generator) -> np.ndarray:
    """Which of `count` codes each of n draws is near to (n,): in any order, but each as often as any other, or once
    more (the balanced bootstrap, Davison, Hinkley and Schechtman 1986).

    Drawn one by one some would be there four times and a third not at all, and classes in other parts than among the
    codes: of 1,000 draws that chance alone is as much as all that is wrong with them.
    """
    return np.concatenate([rng.permutation(count) for _ in range(-(-n // count))] or [np.zeros(0, np.int64)])[:n]


def _shrink(points: np.ndarray, added: np.ndarray) -> np.ndarray:
    """What draws are drawn together by (D,), so that `added` variance leaves that of the points."""
    variance = points.var(0)
    return np.asarray(np.sqrt(np.divide(variance, variance + added, out=np.ones_like(added), where=added > 0)))


class FittedSampler:
    """Draws from a density fitted to codes; one for each class where the model is conditional.

    Attributes
    ----------
    description : str
        What it is, for a person.
    """

    def __init__(
        self,
        densities: dict[int | None, _Neighbourhoods],
        support: tuple[float, float],
        class_shares: np.ndarray | None,
        code_dim: int,
    ) -> None:
        self.densities, self.support, self.class_shares, self.code_dim = densities, support, class_shares, code_dim
        whose = "the training codes" if None in densities else "the training codes of each class"
        self.description = f"draws from a density fitted to {whose}: near a code, as its neighbours vary"

    @classmethod
    def fit(
        cls,
        codes: np.ndarray,
        *,
        labels: np.ndarray | None = None,
        num_classes: int = 0,
        support: tuple[float, float] = (-math.inf, math.inf),
        seed: int = 0,
        stop: StopToken = NEVER,
    ) -> FittedSampler:
        """Fit to codes (N, D), of more than `MOST_CODES` to a random part.

        Parameters
        ----------
        codes : ndarray (N, D)
            Draws from the posteriors rather than their means, so that their spread is part of what is fitted.
        labels : ndarray (N,) or None
            Given: one density for each class.
        support : (float, float)
            Where codes may lie; draws stay inside.

        Raises
        ------
        NotApplicableError
            For fewer than two codes.
        """
        if len(codes) < 2:
            raise NotApplicableError("A sampler needs at least two codes to be fitted to")
        rng = np.random.default_rng(seed)
        free = _onto_line(np.asarray(codes, np.float64), support)
        groups: dict[int | None, np.ndarray] = {None: free}
        shares = None
        if labels is not None:
            shares = np.bincount(labels, minlength=num_classes) / len(labels)
            # A class that is there once lends its shape from all codes, so that it can be drawn at all.
            groups = {int(c): free[labels == c] if (labels == c).sum() > 1 else free for c in np.unique(labels)}
        densities = {}
        for key, group in groups.items():
            stop.check()
            if len(group) > MOST_CODES:
                group = group[rng.choice(len(group), MOST_CODES, replace=False)]
            densities[key] = _Neighbourhoods.of(group, stop)
        return cls(densities, support, shares, codes.shape[1])

    def sample(
        self, n: int, seed: int, *, temperature: float = 1.0, y: np.ndarray | None = None, alone: bool = False
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Draw codes; parameters and result as `PriorSampler.sample`, the temperature around each code.

        Every code has as many draws near it as any other; `alone`: each draw as if there were no others, which says
        what chance makes of n of them.
        """
        rng = np.random.default_rng(seed)
        if None in self.densities:
            return _from_line(self.densities[None].sample(n, temperature, rng, alone), self.support), None
        classes = _classes(n, seed, self.class_shares, y)
        if classes is None:
            raise NotApplicableError("This sampler draws for a class and was told none")
        z = np.empty((n, self.code_dim), np.float32)
        for label in np.unique(classes):
            if int(label) not in self.densities:
                raise NotApplicableError(f"No training image has class {label}, so there is nothing to draw from")
            mine = classes == label
            drawn = self.densities[int(label)].sample(int(mine.sum()), temperature, rng, alone)
            z[mine] = _from_line(drawn, self.support)
        return z, classes

    def log_density(self, z: np.ndarray, y: np.ndarray | None = None) -> np.ndarray:
        """How likely codes (B, D) are, nats (B,); -inf outside of the support.

        Parameters
        ----------
        y : ndarray (B,) or None
            Classes, where there is a density for each; -inf for one that no training image has.
        """
        z = np.asarray(z, np.float64)
        free, low, high = _onto_line(z, self.support), *self.support
        if None in self.densities:
            found = self.densities[None].log_density(free)
        else:
            if y is None:
                raise NotApplicableError("This sampler draws for a class and was told none")
            found = np.full(len(z), -math.inf)
            for label, density in self.densities.items():
                mine = np.asarray(y) == label
                found[mine] = density.log_density(free[mine])
        return np.where(((z >= low) & (z <= high)).all(1), found + _stretched(z, self.support).sum(1), -math.inf)


def prior_sampler(trained: Trained) -> PriorSampler:
    """The prior's sampler of a run.

    Raises
    ------
    NotApplicableError
        For a family without a prior.
    """
    if trained.prior is None:
        raise NotApplicableError(
            f"{trained.config.model.kind.title} has no prior to draw from", "Draw from a sampler fitted to its codes"
        )
    return PriorSampler(trained.prior, trained.code_dim, class_shares(trained))


def fitted_sampler(trained: Trained, *, seed: int = 0, stop: StopToken = NEVER) -> FittedSampler:
    """A sampler fitted to the training codes of a run, their posteriors' spread included."""
    codes = codes_of(trained, "train")
    if len(codes) > MOST_CODES and not trained.config.model.kind.conditional:
        codes = codes.take(np.sort(np.random.default_rng(seed).choice(len(codes), MOST_CODES, replace=False)))
    labels = codes.labels if trained.config.model.kind.conditional else None
    support = (-math.inf, math.inf) if trained.prior is None or codes.scale is None else trained.prior.support
    drawn = draw_posteriors(trained.prior, codes, seed)
    return FittedSampler.fit(
        drawn, labels=labels, num_classes=len(trained.class_names), support=support, seed=seed, stop=stop
    )


def draw(
    trained: Trained,
    count: int,
    *,
    origin: Literal["prior", "fitted"] = "prior",
    seed: int = 0,
    label: int | None = None,
    temperature: float = 1.0,
    stop: StopToken = NEVER,
) -> tuple[np.ndarray, np.ndarray | None]:
    """New codes of a run, with classes for a conditional model.

    Parameters
    ----------
    origin : "prior" or "fitted"
    label : int or None
        The class of all draws, for conditional models.

    Returns
    -------
    z : ndarray (count, D), float32
    y : ndarray (count,), int64, or None
    """
    y = None
    if label is not None:
        if not trained.config.model.kind.conditional:
            raise NotApplicableError(f"{trained.config.model.kind.title} draws without a class", "Leave the class out")
        if not 0 <= label < len(trained.class_names):
            raise SettingsError(f"There is no class {label}", f"Choose from 0 to {len(trained.class_names) - 1}")
        y = np.full(count, label, np.int64)
    sampler: PriorSampler | FittedSampler
    sampler = prior_sampler(trained) if origin == "prior" else fitted_sampler(trained, seed=seed, stop=stop)
    return sampler.sample(count, seed, temperature=temperature, y=y)


def class_shares(trained: Trained) -> np.ndarray | None:
    """How often each class occurs among the training codes (K,), for conditional models; else None."""
    if not trained.config.model.kind.conditional:
        return None
    count = len(trained.class_names)
    codes = trained.codes.get("train")
    if codes is None or codes.labels is None or not len(codes):
        return np.full(count, 1 / count)
    return np.asarray(np.bincount(codes.labels, minlength=count) / len(codes))


def _classes(n: int, seed: int, shares: np.ndarray | None, y: np.ndarray | None) -> np.ndarray | None:
    if shares is None:
        return None
    if y is not None:
        return np.asarray(y, np.int64)
    return np.random.default_rng([seed, 1]).choice(len(shares), n, p=shares).astype(np.int64)


def _onto_line(z: np.ndarray, support: tuple[float, float]) -> np.ndarray:
    """Codes of a bounded support mapped onto the whole line, so that a Gaussian never leaves it."""
    low, high = support
    if math.isfinite(low) and math.isfinite(high):
        share = np.clip((z - low) / (high - low), 1e-4, 1 - 1e-4)
        return np.asarray(np.log(share) - np.log1p(-share))
    if math.isfinite(low):
        return np.asarray(np.log(np.maximum(z - low, 1e-4)))
    return z


def _stretched(z: np.ndarray, support: tuple[float, float]) -> np.ndarray:
    """Log of the derivative of `_onto_line`, the shape of `z`."""
    low, high = support
    if math.isfinite(low) and math.isfinite(high):
        share = np.clip((z - low) / (high - low), 1e-4, 1 - 1e-4)
        return np.asarray(-np.log(share) - np.log1p(-share) - math.log(high - low))
    if math.isfinite(low):
        return np.asarray(-np.log(np.maximum(z - low, 1e-4)))
    return np.zeros_like(z)


def _from_line(free: np.ndarray, support: tuple[float, float]) -> np.ndarray:
    low, high = support
    if math.isfinite(low) and math.isfinite(high):
        free = low + (high - low) / (1 + np.exp(-free))
    elif math.isfinite(low):
        free = low + np.exp(np.minimum(free, 10.0))
    return np.asarray(free, np.float32)
