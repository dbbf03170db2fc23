"""How likely a code is by the prior, and by the sampler that is fitted to the codes, beside codes of held-out images.

A density by itself says nothing: in 60 dimensions it spans hundreds of nats, and the most likely code of a normal prior
is its middle, where no image lies (Nalisnick et al. 2019). So what is shown is the part of held-out codes that are less
likely. Of a well-kept code that is any number; only the lowest few per cent are unusual, and the highest as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from latentexplorer.core.counting import percent_text
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.latent.codes import draw_posteriors
from latentexplorer.latent.sampler import FittedSampler
from latentexplorer.latent.support import LEAST, known_codes
from latentexplorer.models import Codes
from latentexplorer.models.distributions import Prior
from latentexplorer.runs import Trained

PRIOR, FITTED = "prior", "fitted sampler"
LIMIT, COUNT = 2_000, 200
"""Training codes that the sampler is fitted to, and codes that others are compared with, at most."""
TILE = 20


@dataclass(frozen=True)
class Likely:
    """How likely B codes are by one density.

    Attributes
    ----------
    by : "prior" or "fitted sampler"
    share : ndarray (B,)
        Part of the known codes that are less likely, 0..1; of as likely ones half.
    same : ndarray (B,)
        Whether all known codes are as likely, as inside of a uniform prior.
    whose : str
        What they are compared with: "240 held-out codes".
    """

    by: str
    share: np.ndarray
    same: np.ndarray
    whose: str

    def sentence(self, at: int = 0) -> str:
        """What that means for one of the codes, for a person."""
        if self.same[at]:
            return f"By the {self.by} as likely as all {self.whose}"
        return f"By the {self.by} more likely than {percent_text(float(self.share[at]))} of {self.whose}"


class Densities:
    """Judges how likely codes of a run are. Made by `learn`.

    Without codes of held-out images the sampler is fitted to every second training code, and the others take their
    place: a density is higher at what it was fitted to.
    """

    def __init__(self, trained: Trained, *, seed: int = 0) -> None:
        codes = trained.codes.get("train")
        codes = None if codes is None else codes.take(np.flatnonzero(np.isfinite(codes.loc).all(1)))
        if codes is None or len(codes) < 2 * LEAST:
            raise NotApplicableError(f"Fewer than {2 * LEAST} codes do not tell how likely another one is")
        known, which = known_codes(trained), "held-out codes"
        if known is None or len(known) < LEAST:
            known, codes, which = codes.take(slice(1, None, 2)), codes.take(slice(0, None, 2)), "training codes"
        rng = np.random.default_rng(seed)
        self._train, self._known = _some(codes, LIMIT, rng), _some(known, COUNT, rng)
        self._prior, self._conditional = trained.prior, trained.config.model.kind.conditional
        self._classes, self._seed = len(trained.class_names), seed
        self._whose = f"{len(self._known)} {which}"
        self._sorted: dict[str, np.ndarray] = {}

    def learn(self) -> Iterator[None]:
        """What is usual, step by step."""
        labels = self._train.labels if self._conditional else None
        prior = self._prior
        support = (-np.inf, np.inf) if prior is None or self._train.scale is None else prior.support
        drawn = draw_posteriors(prior, self._train, self._seed)
        self._fitted = FittedSampler.fit(
            drawn, labels=labels, num_classes=self._classes, support=support, seed=self._seed
        )
        yield
        found: dict[str, list[np.ndarray]] = {}
        for start in range(0, len(self._known), TILE):
            some = self._known.take(slice(start, start + TILE))
            for by, nats in self._nats(some.loc, some.labels).items():
                found.setdefault(by, []).append(nats)
            yield
        self._sorted = {by: np.sort(np.concatenate(nats)) for by, nats in found.items()}

    def __call__(self, z: np.ndarray, y: np.ndarray | None = None) -> tuple[Likely, ...]:
        """How likely codes (B, D) are, with their classes (B,) for a conditional model."""
        z = np.atleast_2d(np.asarray(z, np.float32))
        judged = []
        for by, nats in self._nats(z, y).items():
            known = self._sorted[by]
            below, above = np.searchsorted(known, nats, "left"), np.searchsorted(known, nats, "right")
            judged.append(Likely(by, (below + above) / 2 / len(known), above - below == len(known), self._whose))
        return tuple(judged)

    def _nats(self, z: np.ndarray, y: np.ndarray | None) -> dict[str, np.ndarray]:
        """The densities of codes (B, D), nats (B,); what is not to be told apart is the same."""
        found = {} if self._prior is None else {PRIOR: prior_log_density(self._prior, z)}
        return {by: np.round(nats, 3) for by, nats in {**found, FITTED: self._fitted.log_density(z, y)}.items()}


def densities_of(trained: Trained, *, seed: int = 0) -> Densities:
    """Densities of a run, learned at once.

    Raises
    ------
    NotApplicableError
        Where there are too few codes.
    """
    densities = Densities(trained, seed=seed)
    for _ in densities.learn():
        pass
    return densities


def prior_log_density(prior: Prior, z: np.ndarray) -> np.ndarray:
    """log p(z) of codes (B, D), nats (B,); -inf outside of the support."""
    return np.asarray(prior.log_prob(torch.from_numpy(np.asarray(z, np.float64))).sum(1).numpy())


def _some(codes: Codes, most: int, rng: np.random.Generator) -> Codes:
    return codes if len(codes) <= most else codes.take(np.sort(rng.choice(len(codes), most, replace=False)))
