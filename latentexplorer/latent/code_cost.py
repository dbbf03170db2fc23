"""What a code costs by itself, whatever it decodes to: how unlikely a model finds it, in nats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from latentexplorer.models.distributions import Prior
from latentexplorer.models.families.pca import PrincipalComponents
from latentexplorer.runs import Trained

EDGE = 1e-4
"""How near to the end of a prior's support a code may come: at the end itself the density is already nothing."""
LEAST_SPREAD = 1e-3


@dataclass(frozen=True, eq=False)
class CodeCost:
    """-log p(z), or the penalty that a model was trained with.

    Attributes
    ----------
    centre, spread : ndarray (D,), float32
        Where codes lie, and how far they reach: the units of a descent.
    words : str
        What it is, for a person.
    prior : Prior or None
    weight : float
        Of -log p(z) by `prior`; without one, of z^2.
    precision : ndarray (D, D) or None
        Of a Gaussian around `centre`, which takes their place.
    """

    centre: np.ndarray
    spread: np.ndarray
    words: str
    prior: Prior | None = None
    weight: float = 1.0
    precision: np.ndarray | None = None

    @classmethod
    def of(cls, trained: Trained) -> CodeCost:
        """That of a run: of its objective where that says it, else of a Gaussian fitted to its codes."""
        model, config = trained.model, trained.config.model
        codes, zero = trained.codes.get("train"), np.zeros(trained.code_dim, np.float32)
        if isinstance(model, PrincipalComponents):
            variance = np.maximum(model.explained_variance.cpu().numpy(), 1e-12).astype(np.float64)
            spread = np.sqrt(variance).astype(np.float32)
            return cls(zero, spread, "the components' variances", precision=np.diag(1 / variance))
        weight = config.beta if config.kind.variational else 1.0
        penalised = not config.kind.encoder and not config.kind.variational
        spread = np.ones_like(zero)
        if codes is not None and len(codes) > 1:
            spread = codes.loc.std(0)
        spread = np.maximum(spread, LEAST_SPREAD * max(float(spread.max()), 1e-6)).astype(np.float32)
        if penalised:
            return cls(zero, spread, f"{config.code_penalty:g} |z|²", weight=config.code_penalty)
        if trained.prior is not None and weight > 0:
            prior = trained.prior
            words = f"−log of the {prior.name} prior" + (f", times {weight:g}" if weight != 1 else "")
            return cls(zero + prior.mean, zero + prior.scale, words, prior=prior, weight=weight)
        if codes is None or len(codes) < 2:
            return cls(zero, spread, "nothing: no codes are known", weight=0.0)
        around = np.asarray(codes.loc.mean(0), np.float32)
        away = codes.loc.astype(np.float64) - around
        covariance = away.T @ away / (len(away) - 1) + 1e-3 * np.diag(np.square(spread.astype(np.float64)))
        return cls(
            around, spread, "−log of a Gaussian fitted to the training codes", precision=np.linalg.inv(covariance)
        )

    def __call__(self, z: Tensor) -> Tensor:
        """What codes (S, D) cost, (S,), nats; constants are left out of a Gaussian and of a penalty."""
        if self.precision is not None:
            away = z - torch.from_numpy(self.centre).to(z.device)
            matrix = torch.from_numpy(self.precision).to(z.device, z.dtype)
            return 0.5 * ((away @ matrix) * away).sum(1)
        if self.prior is not None:
            return -self.weight * self.prior.log_prob(z).sum(1)
        return self.weight * z.square().sum(1)

    def inside(self, z: Tensor) -> Tensor:
        """Codes (S, D), moved to where the prior allows any."""
        if self.prior is None or self.prior.support == (-np.inf, np.inf):
            return z
        low, high = self.prior.support
        return z.clamp(low + EDGE, high - EDGE)
