"""What lessons measure in a run that takes longer than a blink: jobs' work, plain functions without Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.events import Progress
from latentexplorer.gui.workers.job import Report
from latentexplorer.views.base import Array

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

STEPS = 200
"""Codes beside which one looks."""


def stepped(z: Array, seed: int = 0) -> Array:
    """Some codes (n, D) of (N, D), each moved by one standard deviation in one dimension."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(z))[:STEPS]
    moved = np.array(z[rows], np.float32)
    which = rng.integers(0, z.shape[1], len(rows))
    moved[np.arange(len(rows)), which] += rng.choice((-1, 1), len(rows)) * z.std(0)[which]
    return moved


def beside(run: Trained, emit: Report, stop: StopToken) -> tuple[float, float]:
    """What lies one step in one dimension beside the codes of a run.

    Returns
    -------
    odd : float
        Part of the steps that end where it is odder than at 95 % of held-out images (0..1).
    away : float
        Median distance of the pictures there to the nearest training image: rmse of the pixels on [0, 1].
    """
    from latentexplorer.latent.neighbours import nearest_images
    from latentexplorer.latent.support import Survey, known_codes

    codes = run.codes_of("train")
    survey = Survey(codes, known_codes(run), run.prior, count=STEPS)
    parts = survey.left + 2
    while (judge := survey.step(run.decode)) is None:
        stop.check()
        emit(Progress(parts - 2 - survey.left, parts, f"measuring {STEPS} steps beside its codes"))
    z = stepped(codes.loc)
    pictures = run.decode(z)
    odd = float(np.mean(judge(z, pictures).score > 1))
    stop.check()
    emit(Progress(parts - 1, parts, "comparing with real digits"))
    _, apart = nearest_images(pictures, run.images("train").images, 1, stop=stop)
    return odd, float(np.median(apart))
