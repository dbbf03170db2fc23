"""New codes: drawn from the prior, or from a mixture fitted to the codes after training.

A prior's draws look bad where the codes of real images fill only a part of it (the aggregate posterior is not the
prior). A mixture fitted to the aggregate posterior draws from where codes are (Ghosh et al. 2020, ex-post density
estimation). It is a second model, and is named as what it is wherever its draws are shown.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.latent.codes import codes_of, draw_posteriors
from latentexplorer.latent.geometry import Principal, principal
from latentexplorer.models.distributions import Prior
from latentexplorer.runs import Trained

MOST_CODES = 5_000
"""Codes a mixture is fitted to."""
COMPONENTS = (1, 2, 4, 8, 16, 32)
SHAPES = ("full", "tied", "diag")


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
class _Mixture:
    """A Gaussian mixture in the principal directions of codes that were mapped onto the whole line."""

    directions: Principal
    weights: np.ndarray
    means: np.ndarray
    factors: np.ndarray
    shape: str

    def sample(self, n: int, temperature: float, rng: np.random.Generator) -> np.ndarray:
        """Draws (n, D) on the whole line."""
        which = rng.choice(len(self.weights), n, p=self.weights)
        noise = rng.standard_normal((n, self.means.shape[1])) * temperature
        drawn = self.means[which] + np.einsum("nij,nj->ni", self.factors[which], noise)
        return self.directions.codes(drawn * _widths(self.directions))


class FittedSampler:
    """Draws from a Gaussian mixture fitted to codes; one mixture for each class where the model is conditional.

    Attributes
    ----------
    description : str
        What it is, for a person.
    """

    def __init__(
        self,
        mixtures: dict[int | None, _Mixture],
        support: tuple[float, float],
        class_shares: np.ndarray | None,
        code_dim: int,
    ) -> None:
        self.mixtures, self.support, self.class_shares, self.code_dim = mixtures, support, class_shares, code_dim
        first = next(iter(mixtures.values()))
        count = len(first.weights)
        self.description = (
            f"draws from a mixture of {count} Gaussian{'s' * (count != 1)} fitted to the training codes"
            if None in mixtures
            else "draws from a Gaussian mixture fitted to the training codes of each class"
        )

    @classmethod
    def fit(
        cls,
        codes: np.ndarray,
        *,
        labels: np.ndarray | None = None,
        num_classes: int = 0,
        support: tuple[float, float] = (-math.inf, math.inf),
        seed: int = 0,
        most_components: int = COMPONENTS[-1],
        stop: StopToken = NEVER,
    ) -> FittedSampler:
        """Fit to codes (N, D), the number and shape of the components chosen by the Bayesian information criterion.

        Parameters
        ----------
        codes : ndarray (N, D)
            Draws from the posteriors rather than their means, so that their spread is part of what is fitted.
        labels : ndarray (N,) or None
            Given: one mixture for each class.
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
        mixtures = {}
        for key, group in groups.items():
            if len(group) > MOST_CODES:
                group = group[rng.choice(len(group), MOST_CODES, replace=False)]
            mixtures[key] = _fit_mixture(group, most_components, seed, stop)
        return cls(mixtures, support, shares, codes.shape[1])

    def sample(
        self, n: int, seed: int, *, temperature: float = 1.0, y: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Draw codes; parameters and result as `PriorSampler.sample`, the temperature within each component."""
        rng = np.random.default_rng(seed)
        if None in self.mixtures:
            return _from_line(self.mixtures[None].sample(n, temperature, rng), self.support), None
        classes = _classes(n, seed, self.class_shares, y)
        if classes is None:
            raise NotApplicableError("This sampler draws for a class and was told none")
        z = np.empty((n, self.code_dim), np.float32)
        for label in np.unique(classes):
            if int(label) not in self.mixtures:
                raise NotApplicableError(f"No training image has class {label}, so there is nothing to draw from")
            mine = classes == label
            z[mine] = _from_line(self.mixtures[int(label)].sample(int(mine.sum()), temperature, rng), self.support)
        return z, classes


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


def _fit_mixture(points: np.ndarray, most: int, seed: int, stop: StopToken) -> _Mixture:
    """The mixture with the least BIC; for every shape, more components are tried while they help."""
    found = principal(points)
    white = found.coordinates(points) / _widths(found)
    best: Any = None
    for shape in SHAPES:
        last = math.inf
        for count in COMPONENTS:
            stop.check()
            if count > most or count * 4 > max(len(points), 4):
                break
            model = _mixture(white, count, shape, seed)
            score = model.bic(white)
            if best is None or score < best[0]:
                best = score, model, shape
            if score >= last:
                break
            last = score
    _, model, shape = best
    return _Mixture(found, model.weights_ / model.weights_.sum(), model.means_, _factors(model, shape), shape)


def _mixture(points: np.ndarray, count: int, shape: str, seed: int) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    with warnings.catch_warnings():
        # A mixture that is still moving a little after all its steps is still a mixture; the criterion judges it.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return GaussianMixture(
            count, covariance_type=shape, reg_covar=1e-3, max_iter=100, random_state=seed, n_init=1
        ).fit(points)


def _factors(model: Any, shape: str) -> np.ndarray:
    """A square root of every component's covariance, (components, D, D)."""
    count, dims = model.means_.shape
    if shape == "diag":
        return np.stack([np.diag(np.sqrt(row)) for row in model.covariances_])
    if shape == "tied":
        return np.broadcast_to(np.linalg.cholesky(model.covariances_), (count, dims, dims))
    return np.linalg.cholesky(model.covariances_)


def _widths(found: Principal) -> np.ndarray:
    """Standard deviations to divide by; a direction without width keeps its scale."""
    return np.where(found.std > 1e-6 * max(float(found.std[0]), 1e-12), found.std, max(float(found.std[0]), 1.0))


def _onto_line(z: np.ndarray, support: tuple[float, float]) -> np.ndarray:
    """Codes of a bounded support mapped onto the whole line, so that a Gaussian never leaves it."""
    low, high = support
    if math.isfinite(low) and math.isfinite(high):
        share = np.clip((z - low) / (high - low), 1e-4, 1 - 1e-4)
        return np.asarray(np.log(share) - np.log1p(-share))
    if math.isfinite(low):
        return np.asarray(np.log(np.maximum(z - low, 1e-4)))
    return z


def _from_line(free: np.ndarray, support: tuple[float, float]) -> np.ndarray:
    low, high = support
    if math.isfinite(low) and math.isfinite(high):
        free = low + (high - low) / (1 + np.exp(-free))
    elif math.isfinite(low):
        free = low + np.exp(np.minimum(free, 10.0))
    return np.asarray(free, np.float32)
