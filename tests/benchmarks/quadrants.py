"""Missing quadrants of MNIST: how likely what is missing is, given one, two or three quadrants.

    python -m tests.benchmarks.quadrants
    python -m tests.benchmarks.quadrants --small    (fewer images and epochs, some minutes)

A variational auto-encoder, a variational auto-decoder and a principal component analysis are trained on whole digits
and never told what will be missing. Of held-out digits the lower left quadrant, the left half, or all but the upper
right quadrant is seen; the code is sought as the window does it, and the missing part is judged in two ways: its root
mean squared error, and -log p(missing given seen), nats, for Bernoulli pixels.

The latter is a ratio of two integrals over codes. Both are estimated by the same importance draws, from normal
distributions around the codes that several starts have found, each as wide as the Hessian of the objective says
(Laplace's approximation, with J^T W J of the decoder for the pixels). Few draws rather give too many nats than too few:
those that fit what is seen seldom fit all that is missing.

Beside it: the figures of a public tutorial after Sohn et al. 2015, of a plain network and of a conditional
auto-encoder that were trained for each of these questions. Goal: below the plain network at one and two quadrants.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

import numpy as np
import torch
from scipy.special import logsumexp

from latentexplorer.core.presets import preset
from latentexplorer.data import load_data
from latentexplorer.latent.code_cost import CodeCost
from latentexplorer.latent.code_search import search
from latentexplorer.latent.code_starts import starts_for
from latentexplorer.latent.magnification import stretched
from latentexplorer.models.encoding import evaluating
from latentexplorer.runs import RunFolder, Trained
from latentexplorer.training import train
from latentexplorer.views.asked_image import Asked
from latentexplorer.views.mended import Settings, complete
from latentexplorer.views.missing_part import part_of
from tests.benchmarks.bench import Options, Row, limit_row, run, say

PLAIN = {1: 100.4, 2: 61.9, 3: 25.4}
CONDITIONAL = {1: 71.8, 2: 51.0, 3: 24.2}
SEEN = {1: ("lower-left",), 2: ("left",), 3: ("left", "lower-right")}
SURE = 1e-6
"""Pixels are never surer than this: nats of a sure one that is wrong have no end."""
WIDER = 1.2
"""Standard deviations of the draws beside those of the Hessian: what it does not see lies in wide tails."""
GREY = ('data.binarise="none"',)
"""Grey pixels as probabilities, as the tutorial has them."""
RUNS = (
    ("pca-30", "pca-30-mnist", (), (), False),
    ("vae-16", "vae-binary-mnist", (*GREY, "model.latent_dim=16"), ("training.epochs=30",), True),
    ("vad-16", "vae-binary-mnist", (*GREY, "model.family=vad", "model.latent_dim=16"), ("training.epochs=60",), True),
)


@dataclass(frozen=True)
class Missing:
    """Means over images: nats of what is missing, NaN for pixels that are not Bernoulli, and its error on [0, 1]."""

    nats: float
    error: float


def seen_of(quadrants: int, height: int, width: int) -> np.ndarray:
    """The pixels (H, W), bool, that are seen where so many quadrants are."""
    return np.any([part_of(name, height, width) for name in SEEN[quadrants]], axis=0)


def nats_missing(trained: Trained, image: np.ndarray, seen: np.ndarray, draws: int, seed: int = 0) -> float:
    """-log p(missing given seen) of an image (H, W, C), uint8, with Bernoulli pixels, by so many importance draws."""
    cost = CodeCost.of(trained)
    found = search(trained, image, starts_for(trained, image, seen=seen, seed=seed), seen=seen)
    near = found.z[found.least < found.least.min() + 20]
    factors = [_factor(trained, z, seen, cost) for z in near]
    rng = np.random.default_rng(seed)
    which = rng.integers(len(near), size=draws)
    noise = rng.normal(size=(draws, near.shape[1]))
    codes = np.stack([near[at] + factors[at] @ each for at, each in zip(which, noise, strict=True)]).astype(np.float32)
    # Of the mixture that they are drawn from, constants left out: they stand in both integrals.
    logs = []
    for z, factor in zip(near, factors, strict=True):
        away = np.linalg.solve(factor, (codes - z).T)
        logs.append(-0.5 * np.square(away).sum(0) - np.linalg.slogdet(factor)[1])
    drawn = logsumexp(logs, axis=0)
    with torch.no_grad():
        prior = -cost(torch.from_numpy(codes)).double().numpy()
    pixels = np.clip(trained.decode(codes).astype(np.float64), SURE, 1 - SURE)
    x = image / 255
    log_p = (x * np.log(pixels) + (1 - x) * np.log1p(-pixels)).sum(-1)
    weights = prior + log_p[:, seen].sum(1) - drawn
    return float(logsumexp(weights) - logsumexp(weights + log_p[:, ~seen].sum(1)))


def _factor(trained: Trained, z: np.ndarray, seen: np.ndarray, cost: CodeCost) -> np.ndarray:
    """A root (D, D) of the covariance of Laplace's approximation around a code."""
    size = len(z)
    steps = torch.eye(size)
    with evaluating(trained.model):
        jacobian = stretched(trained.model, torch.from_numpy(z[None].copy()), None, steps)[0]
    shape = trained.image_shape
    jacobian = np.moveaxis(jacobian.reshape(size, *shape), 1, -1)[:, seen].reshape(size, -1)
    p = np.clip(trained.decode(z[None])[0][seen].reshape(-1).astype(np.float64), 1e-3, 1 - 1e-3)
    precision = (jacobian / (p * (1 - p))) @ jacobian.T + np.diag(1 / np.square(cost.spread.astype(np.float64)))
    return WIDER * np.linalg.cholesky(np.linalg.inv(precision))


def judge(trained: Trained, quadrants: int, images: int, draws: int, bernoulli: bool) -> Missing:
    """What a run makes of so many held-out images, evenly spread."""
    held_out = trained.images("test").images
    rows = np.linspace(0, len(held_out) - 1, min(images, len(held_out))).astype(np.int64)
    nats, errors = [], []
    for row in rows:
        image = held_out[row]
        seen = seen_of(quadrants, *image.shape[:2])
        nats.append(nats_missing(trained, image, seen, draws) if bernoulli else float("nan"))
        found = complete(trained, Asked(image, f"image {row}"), ~seen, Settings(starts=2))
        errors.append(float(found.missing[0]))
    return Missing(float(np.mean(nats)), float(np.mean(errors)))


def measure(options: Options) -> list[Row]:
    """Rows of each run for one, two and three quadrants."""
    small = options.quick or getattr(options.extra, "small", False)
    images, draws = (8, 500) if options.quick else (40, 2_000) if small else (200, 5_000)
    rows = []
    for title, name, changes, longer, bernoulli in RUNS:
        learned = "training.epochs=1" if options.quick else "training.epochs=8"
        sizes = ["data.limit=10000", *(() if name.startswith("pca") else (learned,))] if small else list(longer)
        config = preset(name).config([*changes, *sizes], root=options.data_root)
        say(f"training {title}")
        trained = train(RunFolder.create(options.home / title, config), load_data(config.data))
        for quadrants in (1, 2, 3):
            found = judge(trained, quadrants, images, draws, bernoulli)
            seen = f"mnist-quadrants {title}, {quadrants} seen"
            told = f"{images} images; missing part: error {found.error:.3f} on [0, 1]"
            if not bernoulli:
                rows.append(Row(f"{seen}: error", "", found.error, note=told))
                continue
            beside = f"plain network {PLAIN[quadrants]}, conditional VAE {CONDITIONAL[quadrants]}; {told}"
            if quadrants < 3:
                rows.append(limit_row(f"{seen}: nats", "nats", found.nats, PLAIN[quadrants], beside))
            else:
                rows.append(Row(f"{seen}: nats", "nats", found.nats, PLAIN[quadrants], note=beside))
    return rows


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--small", action="store_true", help="fewer images and epochs")


if __name__ == "__main__":
    sys.exit(run(__doc__, measure, _add))
