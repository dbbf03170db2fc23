"""Maps with an exact inverse: two raw dimensions, and principal components."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.latent.geometry import Principal, principal
from latentexplorer.latent.maps import Method, Projection, described

OF_THE_END = "The axes are those of the codes at the run's end"


class DimensionMap(Projection):
    """Two raw dimensions of the codes."""

    dims: tuple[int, int]

    def place(self, new: np.ndarray, *, stop: StopToken = NEVER) -> np.ndarray:
        """The two dimensions of new codes."""
        return _two(np.asarray(new, np.float32), self.dims)

    place_roughly = place

    def code_at(self, position: Sequence[float] | np.ndarray, base: np.ndarray | None = None) -> tuple[np.ndarray, str]:
        """The two dimensions as they are; the others from `base`, else at the mean of the codes."""
        z = np.array(self.codes.mean(0) if base is None else base, np.float32)
        for axis, dimension in reversed(list(enumerate(self.dims))):
            z[dimension] = position[axis]
        if len(z) <= 2:
            return z, "exact"
        return z, "exact in the two dimensions shown, the others " + (
            "at the mean of the codes" if base is None else "as in the current code"
        )


class PrincipalMap(Projection):
    """The two widest directions of the codes."""

    found: Principal

    def place(self, new: np.ndarray, *, stop: StopToken = NEVER) -> np.ndarray:
        """The coordinates of new codes along the same directions."""
        return _two(self.found.coordinates(np.asarray(new, np.float64)).astype(np.float32), (0, 1))

    place_roughly = place

    def code_at(self, position: Sequence[float] | np.ndarray, base: np.ndarray | None = None) -> tuple[np.ndarray, str]:
        """The exact inverse; in the directions not shown as `base`, else the mean of the codes."""
        shown = np.asarray(position, np.float64)[: len(self.found.directions)]
        z = self.found.codes(shown)
        if base is not None:
            inside = self.found.coordinates(np.asarray(base, np.float64))
            z = z + (np.asarray(base, np.float64) - self.found.codes(inside))
        if len(z) <= 2:
            return z.astype(np.float32), "exact inverse of the projection"
        return z.astype(np.float32), "exact inverse of the projection, the directions not shown " + (
            "at the mean of the codes" if base is None else "as in the current code"
        )


def _two(values: np.ndarray, columns: tuple[int, int]) -> np.ndarray:
    coords = np.zeros((len(values), 2), np.float32)
    for axis, column in enumerate(columns):
        if column < values.shape[1] and (axis == 0 or values.shape[1] > 1):
            coords[:, axis] = values[:, column]
    return coords


def _flat_note(dims: int) -> tuple[str, ...]:
    return ("The code has one dimension: it lies along a line",) if dims == 1 else ()


def dimension_map(codes: np.ndarray, index: np.ndarray, dims: tuple[int, int]) -> Projection:
    """Two raw dimensions of `codes`; the only one twice where there is but one."""
    count = codes.shape[1]
    if count == 1:
        dims = (0, 0)
    else:
        for dimension in dims:
            if not 0 <= dimension < count:
                raise SettingsError(f"There is no latent dimension {dimension}", f"Choose from 0 to {count - 1}")
    what = f"dimensions {dims[0]} and {dims[1]}" if count > 1 else "the only dimension"
    made = DimensionMap(
        codes,
        _two(codes, dims),
        index,
        "dims",
        described(what, len(codes), len(codes)),
        _flat_note(count),
        np.arange(len(codes)),
    )
    made.dims = dims
    return made


def principal_map(codes: np.ndarray, index: np.ndarray, along: np.ndarray | None = None) -> Projection:
    """The two widest directions of `codes`, or those of other codes `along` (M, D)."""
    found = principal(codes, 2) if along is None else principal(along, 2).seen_by(codes)
    share = " + ".join(f"{100 * part:.0f} %" for part in found.share)
    made = PrincipalMap(
        codes,
        np.empty((0, 2), np.float32),
        index,
        "pca",
        f"{described('principal components', len(codes), len(codes))}, {share} of the variance",
        (*_flat_note(codes.shape[1]), *(() if along is None else (OF_THE_END,))),
        np.arange(len(codes)),
    )
    made.found = found
    made.coords = made.place(codes)
    return made


def plane_of(projection: Projection) -> tuple[np.ndarray, np.ndarray]:
    """The plane of the latent space that an exact map shows: a place (x, y) of it is `origin + x a + y b`.

    Directions that the map does not show are at the mean of its codes.

    Returns
    -------
    origin : ndarray (D,), float64
    basis : ndarray (2, D), float64
        a and b, orthonormal.

    Raises
    ------
    NotApplicableError
        For maps whose places are no places of the latent space (t-SNE, UMAP), and where a code has one dimension.
    """
    dims = projection.codes.shape[1]
    if dims < 2:
        raise NotApplicableError("The code has one dimension, in which there are no areas")
    if isinstance(projection, DimensionMap):
        if projection.dims[0] == projection.dims[1]:
            raise NotApplicableError("Both sides of the map are the same dimension, in which there are no areas")
        basis = np.eye(dims)[list(projection.dims)]
        mean = projection.codes.mean(0, dtype=np.float64)
        return mean - (mean @ basis.T) @ basis, basis
    if isinstance(projection, PrincipalMap):
        return projection.found.mean, projection.found.directions
    raise no_plane(projection.method)


def no_plane(method: Method) -> NotApplicableError:
    """Why a map of t-SNE or UMAP has no plane."""
    name = {"tsne": "t-SNE", "umap": "UMAP"}.get(method, method)
    return NotApplicableError(
        f"A place of a {name} map is no place of the latent space, so there is no area to be stretched",
        "Choose PCA or Dimensions",
    )
