"""The pixel error of a decode, and what its image costs in nats, in a line."""

from __future__ import annotations

import numpy as np

from latentexplorer.views.base import Array
from latentexplorer.views.code_facts import Facts


def cost_words(original: Array | None, image: Array | None, components: int, facts: Facts | None) -> str:
    """`rmse 0.123 · recon 45.2 · KL 6.1 nats`, as far as it is known.

    Nothing is added up: a bound takes draws of the posterior, whose decodes cost more than that of its mean.

    Parameters
    ----------
    original, image : (H, W', C) uint8, (H, W', C) float32, or None
        Compared where both are of one shape.
    components : int
        How many images stand side by side in either; each has an error of its own.
    """
    parts = []
    if original is not None and image is not None and original.shape == image.shape:
        halves = np.array_split((original / 255.0 - image) ** 2, components, axis=1)
        parts.append("rmse " + " and ".join(f"{float(np.sqrt(half.mean())):.3f}" for half in halves))
    if facts is not None:
        nats = [("recon", facts.recon), ("KL", facts.kl)]
        words = [f"{name} {_short(value)}" for name, value in nats if value is not None]
        if words:
            parts.append(" · ".join(words) + " nats")
    return " · ".join(parts).replace("-", "−")


def _short(nats: float) -> str:
    return f"{nats:,.0f}" if abs(nats) >= 100 else f"{nats:.1f}"
