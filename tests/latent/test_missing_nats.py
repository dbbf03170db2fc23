"""How likely what is missing of an image is, given what is seen: against both integrals over the codes themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from scipy.special import logsumexp, xlog1py, xlogy

from latentexplorer.runs import Trained
from tests.benchmarks.quadrants import nats_missing, seen_of

Small = Callable[..., Trained]
LEARNED = ("model.latent_dim=2", "model.likelihood=bernoulli", "training.epochs=30", "training.lr=0.01")


@dataclass(frozen=True)
class Lattice:
    """A lattice of all codes that a standard Normal has: its log density (P,), and pixels (P, H, W, 1) in (0, 1)."""

    prior: np.ndarray
    pixels: np.ndarray

    def integrated(self, image: np.ndarray, seen: np.ndarray) -> float:
        """-log of p(whole) / p(seen), each summed over the lattice."""
        x = image / 255
        log_p = (xlogy(x, self.pixels) + xlog1py(1 - x, -self.pixels)).sum(-1)
        return float(logsumexp(self.prior + log_p[:, seen].sum(1)) - logsumexp(self.prior + log_p.sum((1, 2))))


@pytest.fixture(scope="module")
def lattice(small_run: Small) -> Callable[[str], Lattice]:
    """That of a family's run, decoded once."""

    @cache
    def of(family: str) -> Lattice:
        line = np.linspace(-6, 6, 161)
        places = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)
        pixels = small_run(family, *LEARNED).decode(places.astype(np.float32)).astype(np.float64)
        return Lattice(-0.5 * np.square(places).sum(1), np.clip(pixels, 1e-6, 1 - 1e-6))

    return of


@pytest.mark.parametrize(
    ("family", "seed", "off"), [("vae", 0, 0.02), ("vae", 1, 0.02), ("vae", 2, 0.02), ("vad", 0, 0.15)]
)
def test_importance_draws_come_to_the_integrals(
    small_run: Small, lattice: Callable[[str], Lattice], family: str, seed: int, off: float
) -> None:
    run = small_run(family, *LEARNED)
    image = run.images("test").images[seed]
    told = []
    for quadrants in (1, 2, 3):
        seen = seen_of(quadrants, *image.shape[:2])
        assert seen.mean() == quadrants / 4
        told.append(nats_missing(run, image, seen, draws=1_000, seed=seed))
        assert told[-1] == pytest.approx(lattice(family).integrated(image, seen), abs=off)
    # The more is seen the less is missing.
    assert told[0] > told[1] > told[2] > 0
