"""Principal axes around one code: of the codes near it, or of the decoder's metric there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.latent.geometry import principal
from latentexplorer.latent.magnification import stretched
from latentexplorer.latent.neighbours import nearest
from latentexplorer.models import LatentModel
from latentexplorer.models.encoding import device_of, evaluating

Kind = Literal["nearby", "metric"]
NEARBY = 50
"""Codes that are nearby, where nobody says how many."""
LEAST = 3
"""Codes nearby that have axes."""
TOGETHER = 8
"""Dimensions that the decoder is differentiated along between two looks at whether somebody wants to stop."""


@dataclass(frozen=True, eq=False)
class LocalAxes:
    """Directions around a code, the one that matters most first.

    Attributes
    ----------
    origin : ndarray (D,), float64
        The code.
    directions : ndarray (M, D), float64
        Orthonormal rows; each row's largest entry is positive, so that signs never flip.
    std : ndarray (M,)
        One standard deviation along each, in the unit of the codes: of the codes nearby, or for the decoder's metric of
        all codes.
    share : ndarray (M,)
        Part of the variance nearby, or of the squared change of the image for steps of one length; 0..1.
    kind : "nearby" or "metric"
    count : int
        Codes that they, or their standard deviations, are of.
    """

    origin: np.ndarray
    directions: np.ndarray
    std: np.ndarray
    share: np.ndarray
    kind: Kind
    count: int

    def codes(self, places: np.ndarray) -> np.ndarray:
        """The codes (B, D), float32, at places (B, M) in standard deviations."""
        return np.asarray(self.origin + (places * self.std) @ self.directions, np.float32)

    def name(self, axis: int) -> str:
        """`axis 1, 42 % of the variance nearby (of 50 codes)`."""
        part = f"axis {axis + 1}, {100 * self.share[axis]:.0f} % of the "
        if self.kind == "nearby":
            return f"{part}variance nearby (of {self.count:,} codes)"
        return f"{part}decoder's change"

    def brief_name(self, axis: int) -> str:
        """`axis 1 (42 % of 50 codes' variance)`."""
        of = f"{self.count:,} codes' variance" if self.kind == "nearby" else "the decoder's change"
        return f"axis {axis + 1} ({100 * self.share[axis]:.0f} % of {of})"


def axes_nearby(z: np.ndarray, codes: np.ndarray, k: int = NEARBY) -> LocalAxes:
    """Principal components (Pearson 1901) of the `k` codes (N, D) that are nearest to `z` (D,).

    There are as many axes as these codes span: at most k - 1.

    Raises
    ------
    NotApplicableError
        Where there are too few codes, or those nearby are all alike.
    """
    if len(codes) < LEAST:
        raise NotApplicableError(
            f"Axes of the codes nearby need {LEAST} codes, there are {len(codes)}", "Use the decoder's metric"
        )
    index, _ = nearest(z[None], codes, max(k, LEAST))
    near = np.asarray(codes[index[0]])
    found = principal(near, min(len(near) - 1, len(z)))
    wide = found.std > 1e-7 * max(float(found.std[0]), 1e-30)
    if not found.std[0] > 0:
        raise NotApplicableError(f"The {len(near)} codes nearby are all the same", "Use the decoder's metric")
    return LocalAxes(
        np.asarray(z, np.float64), found.directions[wide], found.std[wide], found.share[wide], "nearby", len(near)
    )


def axes_of_metric(
    model: LatentModel,
    z: np.ndarray,
    codes: np.ndarray,
    y: int | None = None,
    *,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> LocalAxes:
    """Eigenvectors of J^T J at `z` (D,), J the Jacobian of the decoder as it is there; the largest value first.

    Along the first axis a step of a given length changes the image most. Images are vectors of all their numbers on
    [0, 1]. Axes along which the decoder stands still have a share of nought.

    Parameters
    ----------
    codes : ndarray (N, D)
        Whose standard deviation along each axis is the unit there; 1 where they have none.
    y : int or None
        The class that a conditional model decodes.
    emit, stop
        `Progress` in dimensions; polled every few of them.

    Raises
    ------
    NotApplicableError
        Where the decoder stands still in every direction.
    """
    device = device_of(model)
    steps = torch.eye(len(z), device=device)
    place = torch.from_numpy(np.array(z, np.float32)[None]).to(device)
    classes = None if y is None else torch.full((1,), y, dtype=torch.int64, device=device)
    columns = []
    with evaluating(model):
        for at in range(0, len(z), TOGETHER):
            stop.check()
            emit(Progress(at, len(z), "differentiating the decoder"))
            columns.append(stretched(model, place, classes, steps[at : at + TOGETHER])[0])
    jacobian = np.concatenate(columns)
    values, vectors = np.linalg.eigh(jacobian @ jacobian.T)
    values, vectors = np.maximum(values[::-1], 0), vectors.T[::-1]
    if not values[0] > 0:
        raise NotApplicableError("The decoder stands still here in every direction", "Use the axes of the codes nearby")
    largest = np.abs(vectors).argmax(1)
    vectors = vectors * np.where(vectors[np.arange(len(z)), largest] < 0, -1, 1)[:, None]
    away = np.asarray(codes, np.float64) - np.mean(codes, 0) if len(codes) > 1 else np.zeros((2, len(z)))
    std = np.sqrt(((away @ vectors.T) ** 2).sum(0) / (len(away) - 1))
    std = np.where(std > 0, std, 1.0)
    return LocalAxes(np.asarray(z, np.float64), vectors, std, values / values.sum(), "metric", len(codes))
