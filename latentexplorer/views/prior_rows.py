"""What codes were held against, in numbers and words: how far they are from it, and what chance gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from latentexplorer.views.base import Array, count_text

if TYPE_CHECKING:
    from latentexplorer.latent.prior_mismatch import Mismatch


@dataclass(frozen=True, eq=False)
class Row:
    """What codes were held against, and what is decoded from its draws.

    Attributes
    ----------
    name : str
        own, normal, laplace, exponential, uniform, gaussian or sampler.
    title : str
        For a person.
    own : bool
        Whether it is the run's own prior.
    mismatch : Mismatch
    density : (M, G) float64
        Of the dimensions and at the places of the result.
    images : (B, H, W', C) float32
    codes : (B, D) float32
    labels : (B,) int64 or None
    """

    name: str
    title: str
    own: bool
    mismatch: Mismatch
    density: Array
    images: Array
    codes: Array
    labels: Array | None

    @property
    def distance(self) -> str:
        """`0.31`, the mean distance of a dimension."""
        return number(self.mismatch.mean)

    @property
    def chance(self) -> str:
        """`0.02 to 0.05`: what as many draws from it have."""
        return span(self.mismatch.chance.low, self.mismatch.chance.high)

    @property
    def mmd(self) -> str:
        """`0.012`; `–` for a single code."""
        return "–" if self.mismatch.mmd is None else number(self.mismatch.mmd)

    @property
    def mmd_chance(self) -> str:
        """`−0.0004 to 0.0006`."""
        known = self.mismatch.mmd_chance
        return "–" if known is None else span(known.low, known.high)

    @property
    def brief(self) -> str:
        """Both in two lines where there is little room."""
        known = self.mismatch.mmd_chance
        all_together = "" if known is None else f"\nMMD² {self.mmd}, chance < {number(known.high)}"
        return f"{self.distance}, chance {self.chance}{all_together}"

    @property
    def sentence(self) -> str:
        """`Distance 0.31; codes drawn from it itself: 0.02 to 0.05. MMD² 0.04; ...`."""
        found = self.mismatch
        all_together = "" if found.mmd is None else f". MMD² {self.mmd}; by chance {self.mmd_chance}"
        off = f"{found.beyond:,} of {count_text(len(found.wasserstein), 'dimension')} beyond chance"
        return f"Distance {self.distance}; codes drawn from it itself: {self.chance}{all_together}. {off}"

    @property
    def numbers(self) -> dict[str, Any]:
        """As JSON has them."""
        found, chance = self.mismatch, self.mismatch.mmd_chance
        return {
            "own": self.own,
            "wasserstein": found.mean,
            "wasserstein_by_chance": [found.chance.low, found.chance.high],
            "wasserstein_per_dimension": found.wasserstein.tolist(),
            "per_dimension_by_chance_below": found.bound.tolist(),
            "dimensions_beyond_chance": found.beyond,
            "mmd2": found.mmd,
            "mmd2_by_chance": None if chance is None else [chance.low, chance.high],
            "codes": found.count,
            "codes_of_mmd2": found.pairs_of,
        }


def number(value: float) -> str:
    """Two digits that count, and no more than four after the point: `0.31`, `12`, `−0.0004`."""
    text = f"{value:.2g}" if abs(value) >= 1e-3 else f"{value:.4f}"
    if abs(value) >= 100:
        text = f"{value:,.0f}"
    return (text if float(text.replace(",", "")) else "0").replace("-", "−")


def span(low: float, high: float) -> str:
    """`0.02 to 0.05`."""
    return f"{number(low)} to {number(high)}"
