"""How much each latent dimension changes the decoded image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.latent.diagnostics import unit
from latentexplorer.models import Codes
from latentexplorer.models.encoding import at_once, chunks

COVER = 0.9
"""Part of the codes that a dimension's way spans: from their 5 % to their 95 % quantile."""
STEPS = 5
"""Values on that way."""
BUDGET = 8_000
"""Decodes that are waited for: seconds, also of a decoder of convolutions."""
FEWEST, MOST = 8, 100
"""Codes that an effect is the mean over."""
AT_ONCE = 128
"""Codes decoded between two looks at the stop token."""
DEVIATION_IMAGES = 1_000
"""Images that tell how far a data set's images lie apart."""

Decode = Callable[[np.ndarray, np.ndarray | None], np.ndarray]
"""Codes (B, D) and their classes (B,), or None, to images (B, H, W, C)."""


@dataclass(frozen=True)
class Effect:
    """What each of D dimensions does to the decode.

    Attributes
    ----------
    change : ndarray (D,), float64
        Deviation of the decoded pixels, rmse on [0, 1], while a dimension takes its values and the others stay as in a
        real code; mean over `codes` of them.
    error : ndarray (D,), float64
        Standard error of that mean; NaN for a single code.
    ranges : ndarray (D, 2), float64
        The first and the last value of each dimension.
    codes : int
        Codes that were changed.
    steps : int
        Values that each dimension took.
    """

    change: np.ndarray
    error: np.ndarray
    ranges: np.ndarray
    codes: int
    steps: int

    @property
    def order(self) -> np.ndarray:
        """Dimensions (D,), the one that changes the image most first."""
        return np.argsort(-self.change, kind="stable")


def codes_for(dims: int, steps: int = STEPS) -> int:
    """How many codes fit into `BUDGET` decodes, where each of so many dimensions takes so many values."""
    return int(np.clip(BUDGET // max(dims * steps, 1), FEWEST, MOST))


def dimension_effect(
    decode: Decode,
    codes: Codes,
    image_shape: tuple[int, ...],
    *,
    count: int | None = None,
    steps: int = STEPS,
    seed: int = 0,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Effect:
    """Pull one dimension after another through the codes' own range and see how far the image moves.

    The values are `steps` quantiles, evenly spread from 5 % to 95 %, so each is one that a code really has. Squared and
    over the variance of the decodes this is the total effect of global sensitivity analysis (Homma and Saltelli 1996),
    but that dimensions are taken as independent of each other: what is decoded may lie where no code does.

    Parameters
    ----------
    decode : callable
        Is asked for at most `AT_ONCE` codes at a time, fewer of large images.
    codes : Codes
        Those that say where dimensions go, and of which some, drawn by `seed`, are changed.
    image_shape : (H, W, C)
        Of a decode.
    count : int or None
        Codes to change at most; None for as many as `codes_for`.

    Raises
    ------
    NotApplicableError
        For fewer than two codes, or where too few of them are numbers.
    Stopped
    """
    usable = np.flatnonzero(np.isfinite(codes.loc).all(1))
    if len(usable) < 2:
        what = "One code alone has no range" if len(codes) == 1 else "The codes are not numbers"
        raise NotApplicableError(what, "Train on more images" if len(codes) == 1 else "Train with a lower rate")
    dims = codes.loc.shape[1]
    levels = np.linspace((1 - COVER) / 2, (1 + COVER) / 2, steps)
    values = np.quantile(codes.loc[usable], levels, axis=0, method="inverted_cdf").astype(np.float32)
    chosen = min(count or codes_for(dims, steps), len(usable))
    rows = np.sort(np.random.default_rng(seed).choice(usable, chosen, replace=False))
    z, y = codes.loc[rows], None if codes.labels is None else codes.labels[rows]
    moved = np.zeros((chosen, dims))
    pieces = list(chunks(chosen, max(1, at_once(image_shape, AT_ONCE) // steps)))
    for dim in range(dims):
        for piece in pieces:
            stop.check()
            moved[piece, dim] = _deviation(decode, z[piece], None if y is None else y[piece], dim, values[:, dim])
        emit(Progress(dim + 1, dims, "pulling dimensions"))
    error = moved.std(0, ddof=1) / np.sqrt(chosen) if chosen > 1 else np.full(dims, np.nan)
    return Effect(moved.mean(0), error, values[[0, -1]].T.astype(np.float64), chosen, steps)


def _deviation(decode: Decode, z: np.ndarray, y: np.ndarray | None, dim: int, values: np.ndarray) -> np.ndarray:
    """How far the decode of each code (B, D) moves about its mean while a dimension takes the values (S,); (B,)."""
    many = np.repeat(z, len(values), axis=0)
    many[:, dim] = np.tile(values, len(z))
    images = decode(many, None if y is None else np.repeat(y, len(values))).astype(np.float64)
    images = images.reshape(len(z), len(values), -1)
    # Of images that are all alike not even rounding is left.
    away = images - images[:, :1]
    away -= away.mean(1, keepdims=True)
    return np.asarray(np.sqrt(np.square(away).mean((1, 2))))


def deviation_of(images: np.ndarray, rows: np.ndarray) -> float:
    """Deviation of images about their mean image, rmse on [0, 1]: what an effect is held against.

    Parameters
    ----------
    images : ndarray (N, H, W, C), uint8, or what is read like one
    rows : ndarray (B,), int64
        Positions of those to look at, in order.
    """
    shape = images.shape[1:]
    total, squares = np.zeros(shape), np.zeros(shape)
    for piece in chunks(len(rows), at_once(shape, 256)):
        x = unit(np.asarray(images[rows[piece]])).astype(np.float64)
        total += x.sum(0)
        squares += np.square(x).sum(0)
    mean = total / len(rows)
    return float(np.sqrt(max(float((squares / len(rows) - mean**2).mean()), 0.0)))
