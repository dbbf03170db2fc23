"""Planes through latent space: n x n codes to decode, spaced by the prior's quantiles or evenly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.latent.geometry import principal

Spacing = Literal["quantiles", "linear"]


@dataclass(frozen=True)
class Plane:
    """A rectangle of codes.

    Attributes
    ----------
    codes : ndarray (rows, columns, D), float32
        `codes[i, j]` lies at `u[j]` along the first axis and `v[i]` along the second.
    u : ndarray (columns,)
        Rising, so that columns are drawn from left to right.
    v : ndarray (rows,)
        Falling, so that row 0 is the top of the picture.
    origin : ndarray (D,)
        The code at u = v = 0.
    axes : ndarray (2, D)
        What one step of u and of v adds to a code.
    names : (str, str)
        What the axes are, for a person.
    """

    codes: np.ndarray
    u: np.ndarray
    v: np.ndarray
    origin: np.ndarray
    axes: np.ndarray
    names: tuple[str, str]

    def code(self, u: float, v: float) -> np.ndarray:
        """The code (D,) at a position of the plane."""
        return np.asarray(self.origin + u * self.axes[0] + v * self.axes[1], np.float32)

    def position(self, z: np.ndarray) -> np.ndarray:
        """Where codes (B, D) come nearest to the plane, as (B, 2) positions u, v."""
        away = np.atleast_2d(np.asarray(z, np.float64)) - self.origin
        return np.asarray(np.linalg.lstsq(self.axes.T.astype(np.float64), away.T, rcond=None)[0].T)


def span(origin: np.ndarray, axes: np.ndarray, u: np.ndarray, v: np.ndarray, names: tuple[str, str]) -> Plane:
    """The plane through `origin` (D,) along two vectors `axes` (2, D), at values `u` and `v` in any order.

    Raises
    ------
    SettingsError
        If the two axes are one and the same direction.
    """
    axes = np.asarray(axes, np.float64)
    origin = np.asarray(origin, np.float64)
    if np.linalg.matrix_rank(axes) < 2:
        raise SettingsError("The two axes of the plane are the same direction", "Choose two different ones")
    across, up = np.sort(np.asarray(u, np.float64)), np.sort(np.asarray(v, np.float64))[::-1]
    codes = origin + across[None, :, None] * axes[0] + up[:, None, None] * axes[1]
    return Plane(codes.astype(np.float32), across, up, origin, axes, names)


def dimension_plane(centre: np.ndarray, first: int, second: int, u: np.ndarray, v: np.ndarray) -> Plane:
    """Two dimensions take the values `u` and `v`; all others stay as in the code `centre` (D,).

    Raises
    ------
    NotApplicableError
        For a code of one dimension.
    SettingsError
        For a dimension that does not exist, or the same one twice.
    """
    dims = len(centre)
    if dims < 2:
        raise NotApplicableError("A plane needs two latent dimensions, this model has one: use the traversal")
    for dimension in (first, second):
        if not 0 <= dimension < dims:
            raise SettingsError(f"There is no latent dimension {dimension}", f"Choose from 0 to {dims - 1}")
    axes = np.zeros((2, dims))
    axes[0, first] = axes[1, second] = 1
    origin = np.array(centre, np.float64)
    origin[[first, second]] = 0
    return span(origin, axes, u, v, (f"z{first}", f"z{second}"))


def principal_plane(
    codes: np.ndarray, n: int | tuple[int, int], centre: np.ndarray | None = None, *, cover: float = 0.98
) -> Plane:
    """The two widest directions of codes (N, D), spaced evenly over the middle `cover` of the codes along each.

    Parameters
    ----------
    n : int or (rows, columns)
    centre : ndarray (D,) or None
        The code at u = v = 0; the mean of the codes where None.
    """
    if codes.shape[1] < 2:
        raise NotApplicableError("A plane needs two latent dimensions, this model has one: use the traversal")
    rows, columns = (n, n) if isinstance(n, int) else n
    found = principal(codes, 2)
    along = found.coordinates(codes)
    names = tuple(f"direction {i + 1} ({100 * share:.0f} %)" for i, share in enumerate(found.share))
    origin = found.mean if centre is None else np.asarray(centre)
    u, v = code_range(along[:, 0], columns, cover=cover), code_range(along[:, 1], rows, cover=cover)
    return span(origin, found.directions, u, v, (names[0], names[1]))


def levels(n: int) -> np.ndarray:
    """`n` probabilities with equal mass between neighbours, and half of it beyond each end: (i + 1/2) / n."""
    return (np.arange(n) + 0.5) / n


def linear(low: float, high: float, n: int) -> np.ndarray:
    """`n` values evenly from `low` to `high`, ends included; their middle for one."""
    if not (np.isfinite([low, high]).all() and low < high):
        raise SettingsError(f"A range from {low:g} to {high:g} is empty", "Give the lower end first")
    return np.linspace(low, high, n) if n > 1 else np.array([(low + high) / 2])


def code_quantiles(values: np.ndarray, n: int) -> np.ndarray:
    """`n` values with equally many of the codes' `values` (N,) between neighbours."""
    return np.asarray(np.quantile(np.asarray(values, np.float64), levels(n)))


def code_range(values: np.ndarray, n: int, *, cover: float = 0.98) -> np.ndarray:
    """`n` values evenly over the middle `cover` of the codes' `values` (N,); at least a hair's breadth wide."""
    low, high = np.quantile(np.asarray(values, np.float64), [(1 - cover) / 2, (1 + cover) / 2])
    if not low < high:
        low, high = low - 0.5, high + 0.5
    return linear(float(low), float(high), n)


def coarse_to_fine(rows: int, columns: int, first: int = 4) -> Iterator[np.ndarray]:
    """Cells of a plane in the order to decode them: every `first`-th of both directions, then those between.

    Yields
    ------
    ndarray (M,), int64
        Flat positions (row * columns + column); together every cell once.
    """
    done = np.zeros((rows, columns), bool)
    stride = first
    while stride >= 1:
        now = np.zeros_like(done)
        now[::stride, ::stride] = True
        now &= ~done
        if now.any():
            yield np.flatnonzero(now)
        done |= now
        stride //= 2
