"""Codes of a run's images, and of new ones: encoded, or fitted where a model has no encoder."""

from __future__ import annotations

import numpy as np
import torch

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.models import Codes
from latentexplorer.models.distributions import Point, Posterior, Prior
from latentexplorer.models.fitting import Inferred, InferSettings, infer_codes
from latentexplorer.runs import Trained

FIT_STEPS = 300
"""Gradient steps of a fit that is measured or kept: more than where a person waits for the code.

A fit that is cut off measures its own haste. By how much the error of 100 unseen images is above that of 2,000 steps
after 60, 200 and 300: digits, `ad` 0.7, 0.2, 0.2 %, `vad` with a normal prior 3.1, 0.9, 0.7 %, with a Laplace prior
4.6, 1.1, 0.4 %; 2,000 images of Fashion-MNIST, `vad-laplace-60` (beside 500 steps) 1.9, 0.3, 0.1 %. Of 24
unseen images of Fashion-MNIST after 60 and 300: `vad-normal-60` 1.4 and 0.1 %, of the worst in twenty 4.6 and 0.5 %,
`ad-128` 1.4 and 0.0 %, 3.4 and 0.2 %; a plain loop of 2,000 steps from there, written apart, gained .04 % more, of the
worst in twenty .12 %.
"""
PARTS = {"train": "training", "test": "held-out"}


def codes_of(trained: Trained, part: str) -> Codes:
    """The codes kept with a run for `train` or `test` images.

    Raises
    ------
    NotApplicableError
        If the run keeps none for that part.
    """
    codes = trained.codes.get(part)
    if codes is None or not len(codes):
        raise NotApplicableError(f"This run keeps no codes of {PARTS.get(part, part)} images")
    return codes


def infer(
    trained: Trained,
    images: np.ndarray,
    labels: np.ndarray | None = None,
    *,
    start: str = "warm",
    steps: int | None = None,
    starts: int = 1,
    seed: int = 0,
    watched: bool = False,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Inferred:
    """Codes of new images, with the path of the fit.

    An encoder answers at once. Without one, a code is fitted to each image with the decoder frozen; `warm` begins at
    the codes of the nearest training images (pixels only, never labels), which needs the run's data, and begins cold
    where that is missing. Numbers have the format that the run was trained with: float32 for `exact` runs.

    Parameters
    ----------
    images : ndarray (N, H, W, C), uint8
    labels : ndarray (N,) or None
        Classes; needed by conditional models.
    start : "warm" or "cold"
    steps : int or None
        Gradient steps; None leaves it to the model's room.
    starts : int
        Starts tried for each image, the best result kept.
    watched : bool
        Whether the fit is reported step by step, and keeps what it has when it is stopped.

    Returns
    -------
    Inferred
        `codes`, `path` ((step, mean objective) pairs), `steps_taken`, `started_at`.
    """
    if trained.config.model.kind.conditional and labels is None:
        raise NotApplicableError("This model is conditional: encoding an image needs its class", "Give labels")
    known = trained.warm_start() if start == "warm" else None
    chosen = {} if steps is None else {"steps": steps}
    settings = InferSettings(
        start="cold" if known is None else "warm",
        starts=starts,
        seed=seed,
        bf16=trained.bf16,
        watched=watched,
        steady=trained.steady,
        **chosen,
    )
    return infer_codes(trained.model, images, labels, known=known, settings=settings, emit=emit, stop=stop)


def posterior_of(prior: Prior | None, codes: Codes, device: torch.device | str = "cpu") -> Posterior:
    """The posteriors behind stored codes: their means and, for variational models, scales."""
    loc = torch.from_numpy(np.require(codes.loc, np.float32, ["C", "W"])).to(device)
    if prior is None or codes.scale is None:
        return Point(loc)
    scale = torch.from_numpy(np.require(codes.scale, np.float32, ["C", "W"])).to(device)
    return prior.posterior(prior.params_of(loc, scale))


def draw_posteriors(prior: Prior | None, codes: Codes, seed: int) -> np.ndarray:
    """One draw from each code's posterior (N, D), float32; the code itself where it is a point."""
    generator = torch.Generator().manual_seed(seed)
    return np.asarray(posterior_of(prior, codes).rsample(generator).numpy(), np.float32)


def kl_per_dim(prior: Prior | None, codes: Codes) -> np.ndarray | None:
    """Mean KL of each dimension over the codes (D,), nats; None where codes have no posterior."""
    if prior is None or codes.scale is None or not len(codes):
        return None
    return np.asarray(posterior_of(prior, codes).kl(prior).double().mean(0).numpy())
