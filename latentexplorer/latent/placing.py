"""Places for new codes on a t-SNE that stands still (Poličar et al. 2023)."""

from __future__ import annotations

from typing import Any

import numpy as np

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.imports import one_at_a_time
from latentexplorer.latent.affinities import conditional, sparse
from latentexplorer.latent.neighbours import nearest

STEPS = 100
PERPLEXITY = 5


def placed(new: np.ndarray, points: np.ndarray, layout: np.ndarray, n_jobs: int, stop: StopToken) -> np.ndarray:
    """Coordinates (B, 2) of new codes among `points` (M, D) that lie at `layout` (M, 2)."""
    with one_at_a_time():
        from openTSNE.tsne import gradient_descent, kl_divergence_bh

    if not len(new):
        return np.empty((0, 2))
    neighbours, distances = nearest(new, points, min(25, len(points)), stop=stop)
    found = np.ascontiguousarray(np.median(layout[neighbours], axis=1))
    k = min(3 * PERPLEXITY, len(points))
    perplexity = min(float(PERPLEXITY), k / 3)
    pull = sparse(conditional(distances[:, :k], perplexity, n_jobs, stop), neighbours[:, :k], len(points))
    reference = np.ascontiguousarray(layout)

    def gradient(embedding: np.ndarray, P: Any, should_eval_error: bool = False, **rest: Any) -> tuple[float, Any]:
        if should_eval_error:
            return float("nan"), None
        stop.check()
        rest["reference_embedding"] = reference
        return kl_divergence_bh(embedding, P * 1.5, should_eval_error=False, **rest)  # type: ignore[no-any-return]

    gradient_descent()(
        embedding=found,
        P=pull,
        n_iter=STEPS,
        objective_function=gradient,
        learning_rate=0.1,
        momentum=0.8,
        max_grad_norm=0.25,
        max_step_norm=None,
        n_jobs=n_jobs,
        reference_embedding=_Standing(reference),
    )
    return found


class _Standing(np.ndarray):
    """Points that others are placed among: openTSNE reads two attributes of its grid, which is not used here."""

    interp_coeffs = None
    box_x_lower_bounds = None

    def __new__(cls, points: np.ndarray) -> _Standing:
        return np.array(points).view(cls)
