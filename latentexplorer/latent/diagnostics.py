"""How far decoded images are from the originals, and which latent dimensions are in use."""

from __future__ import annotations

import math

import numpy as np

from latentexplorer.core.measures import ACTIVE_VARIANCE

STUCK = 1e-4
"""Standard deviation on [0, 1] below which a decoded pixel counts as the same in every image."""
NORM_BATCH = 64
"""Images in one batch of the norm metric, part of its definition."""


def standard_error(values: np.ndarray) -> float | None:
    """That of the mean of values (N,), each of another image; None of one alone."""
    return float(values.std(ddof=1) / math.sqrt(len(values))) if len(values) > 1 else None


def squared_error(x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
    """Squared error of each image, summed over pixels: (N,) float64.

    Parameters
    ----------
    x, x_hat : ndarray (N, H, W, C)
        float in [0, 1], or uint8.
    """
    total = np.empty(len(x))
    for start in range(0, len(x), 256):
        part = slice(start, start + 256)
        away = unit(x[part]).astype(np.float64) - unit(x_hat[part])
        total[part] = (away.reshape(len(away), -1) ** 2).sum(1)
    return total


def unit(images: np.ndarray) -> np.ndarray:
    """Images as float32 in [0, 1], whichever of the two forms they have."""
    return images.astype(np.float32) / np.float32(255) if images.dtype == np.uint8 else images.astype(np.float32)


def outside(x_hat: np.ndarray) -> float:
    """Share 0..1 of decoded values that are below 0 or above 1."""
    return float(((x_hat < 0) | (x_hat > 1)).mean()) if len(x_hat) else 0.0


def rmse(x: np.ndarray, x_hat: np.ndarray) -> float:
    """Root mean squared error over all pixels of all images, on [0, 1]."""
    return float(np.sqrt(squared_error(x, x_hat).mean() / x[0].size))


def psnr(x: np.ndarray, x_hat: np.ndarray) -> float:
    """Peak signal-to-noise ratio, 10 log10(1 / MSE) of each image, averaged over images; dB.

    An image met exactly counts as 100 dB, so that the mean stays a number.
    """
    mse = squared_error(x, x_hat) / x[0].size
    return float((-10 * np.log10(np.maximum(mse, 1e-10))).mean())


def norm_metric(x: np.ndarray, x_hat: np.ndarray) -> float:
    """||x - x_hat||_2 / numel(x) of batches of 64 images in order, pixels 0..255, mean over batches.

    Every batch weighs the same, the last one too, which may be smaller. It depends on batch size and scale: only to
    compare with figures that are defined the same way.
    """
    squared = squared_error(x, x_hat) * 255**2
    batches = [squared[start : start + NORM_BATCH] for start in range(0, len(squared), NORM_BATCH)]
    return float(np.mean([np.sqrt(batch.sum()) / (len(batch) * x[0].size) for batch in batches]))


def ssim(x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
    """Structural similarity of each image (N,), -1..1, colour channels averaged (Wang et al. 2004, eq. 13).

    Gaussian window of 11 x 11, sigma 1.5, where it lies wholly inside the image; the largest odd window that fits for
    images smaller than that. K1 = 0.01, K2 = 0.03, dynamic range 1.

    Parameters
    ----------
    x, x_hat : ndarray (N, H, W, C)
        float in [0, 1], or uint8.
    """
    height, width = x.shape[1:3]
    rows, columns = _window(height), _window(width)
    c1, c2 = 0.01**2, 0.03**2
    found = np.empty(len(x))
    for start in range(0, len(x), 256):
        a, b = (unit(part[start : start + 256]).astype(np.float64) for part in (x, x_hat))

        def smooth(image: np.ndarray) -> np.ndarray:
            return np.asarray(np.einsum("ph,nhwc,qw->npqc", rows, image, columns, optimize=True))

        mean_a, mean_b = smooth(a), smooth(b)
        var_a, var_b = smooth(a * a) - mean_a**2, smooth(b * b) - mean_b**2
        covariance = smooth(a * b) - mean_a * mean_b
        alike = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
        alike /= (mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2)
        found[start : start + 256] = alike.reshape(len(a), -1).mean(1)
    return found


def _window(size: int) -> np.ndarray:
    """Gaussian weights of every place of the window along a side, as a (places, size) matrix."""
    length = min(11, size if size % 2 else size - 1)
    offset = np.arange(length) - length // 2
    weights = np.exp(-(offset**2) / (2 * 1.5**2))
    matrix = np.zeros((size - length + 1, size))
    for place in range(len(matrix)):
        matrix[place, place : place + length] = weights / weights.sum()
    return matrix


def active_dimensions(means: np.ndarray) -> np.ndarray:
    """Which dimensions the posterior means (N, D) vary in by more than `ACTIVE_VARIANCE`; (D,) bool."""
    return np.asarray(np.var(np.asarray(means, np.float64), axis=0) > ACTIVE_VARIANCE)


def collapse_warning(means: np.ndarray, kl_per_dim: np.ndarray | None, advice: str) -> str:
    """One line where the posterior has collapsed onto the prior, wholly (with what helps) or mostly; else "".

    A code without a posterior (`kl_per_dim` None) cannot collapse this way.
    """
    if kl_per_dim is None:
        return ""
    dims, active = means.shape[1], int(active_dimensions(means).sum())
    if active == 0:
        return f"The posterior has collapsed: every image has the same code. {advice}"
    if active * 10 < dims:
        return f"Only {active} of {dims} dimensions are in use, the others have collapsed onto the prior"
    return ""


def stuck_pixels(x: np.ndarray, x_hat: np.ndarray) -> int:
    """How many of an image's values are the same in every decoded image though they clearly differ in the originals.

    A sigmoid that a large step has pushed to black or white has no gradient any more and stays there.

    Parameters
    ----------
    x, x_hat : ndarray (N, H, W, C)
        float in [0, 1], or uint8.
    """
    same = unit(x_hat).std(0) < STUCK
    return int((same & (unit(x).std(0) > 0.1)).sum())


def stuck_warning(x: np.ndarray, x_hat: np.ndarray, advice: str) -> str:
    """One line, with what helps, where some, but not most, of the values of decoded images are stuck; else ""."""
    stuck = stuck_pixels(x, x_hat)
    if stuck == 0 or 2 * stuck > x[0].size:  # most of them: every image has the same code, which is another trouble
        return ""
    return (
        f"{stuck} of {x[0].size:,} pixel values are the same in every decoded image: a step at the start was too "
        f"large. {advice}"
    )
