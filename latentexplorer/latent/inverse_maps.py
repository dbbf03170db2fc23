"""A code for an empty place of a map, by several ways, and how wrong each will be: measured by hiding codes.

The code of a point is known, so what a way would say at its place can be held against it: the code is hidden, alone or
with all others around, and inferred from what is left. An empty place will be as wrong as hidden codes near it were
that lay as far from what was left as the place lies from the points.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.latent.exact_maps import DimensionMap, PrincipalMap
from latentexplorer.latent.inverse_network import STEPS, InverseNetwork, fit_networks
from latentexplorer.latent.maps import NEIGHBOURS, Projection, amid

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

Way = Literal["exact", "nearest", "neighbours", "network"]
WAYS: tuple[Way, ...] = ("exact", "nearest", "neighbours", "network")
OCTAVE = 2.0
"""Twice the gap is as unlike as a place so many times as far away as a third of the codes that answer. With less, a
place far out is told the error of the points nearest to it; with more, places say less (tried: 1, 2, 3 and 5)."""
Decode = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Images (B, ...) of codes (B, D) that stand for the points at some rows (B,): decoded in their classes."""

FEWEST = 20
"""Codes below which nothing can be hidden and judged by those that are left."""
MEASURED = 400
"""Codes hidden at most, three times each."""
PARTS = 4
"""Parts that the codes are hidden in, one after the other."""
GROUPS = 16
"""Of the largest groups of neighbours that are hidden together."""
ALIKE = 24
"""Hidden codes that answer for a place."""


@dataclass(frozen=True, eq=False)
class Tried:
    """Codes that were hidden and inferred again, H in all; each several times, with more and more others around.

    Attributes
    ----------
    rows : ndarray (H,), int64
        Which point of the map.
    places : ndarray (H, 2)
    gaps : ndarray (H,)
        How far the nearest point that was not hidden lay, in units of the map.
    alone : ndarray (H,), bool
        Whether others were hidden at random rather than around it.
    """

    rows: np.ndarray
    places: np.ndarray
    gaps: np.ndarray
    alone: np.ndarray


@dataclass(frozen=True, eq=False)
class WayError:
    """How far off the hidden codes were by one way.

    Attributes
    ----------
    code, pixel : ndarray (H,)
        Distance to the true code; RMSE of its decode to that of the true code, on [0, 1].
    """

    code: np.ndarray
    pixel: np.ndarray


@dataclass(frozen=True, eq=False)
class Predicted:
    """How wrong some places will be.

    Attributes
    ----------
    code, pixel : ndarray (P,)
        Means over the `ALIKE` hidden codes that were most alike.
    beyond : ndarray (P,), bool
        The place lies farther from all points than any hidden code did: the error is at least that.
    """

    code: np.ndarray
    pixel: np.ndarray
    beyond: np.ndarray


@dataclass(frozen=True, eq=False)
class InverseMap:
    """Ways from the places of a map to codes, measured.

    Attributes
    ----------
    projection : Projection
    tried : Tried
    errors : dict
        `WayError` of each way that was measured.
    chance : (float, float)
        Mean distance of the codes of two images at random, and mean RMSE of their decodes.
    network : InverseNetwork or None
    """

    projection: Projection
    tried: Tried
    errors: dict[Way, WayError]
    chance: tuple[float, float]
    network: InverseNetwork | None

    def code_at(
        self, way: Way, place: Sequence[float] | np.ndarray, base: np.ndarray | None = None
    ) -> tuple[np.ndarray, str]:
        """A code (D,), float32, for a place (x, y), and how it was found, for a person; see `Projection.code_at`."""
        return code_by(way, self.projection, place, base, self.network)

    def overall(self, way: Way) -> tuple[float, float]:
        """Mean code distance and mean pixel RMSE of codes that were hidden among others that were not."""
        error, alone = self.errors[way], self.tried.alone
        return float(error.code[alone].mean()), float(error.pixel[alone].mean())

    @property
    def count(self) -> int:
        """How many codes were hidden."""
        return int(self.tried.alone.sum())

    def predicted(self, way: Way, places: np.ndarray) -> Predicted:
        """How wrong the codes of places (P, 2) will be."""
        points, usual, reach, known = self._judge
        places = np.asarray(places, np.float64).reshape(-1, 2)
        gaps = points.query(places)[0]
        alike = known.query(_alikeness(places, gaps, usual, reach), min(ALIKE, len(self.tried.rows)))[1]
        error = self.errors[way]
        return Predicted(error.code[alike].mean(1), error.pixel[alike].mean(1), gaps > self.tried.gaps.max())

    @cached_property
    def _judge(self) -> tuple[cKDTree, float, float, cKDTree]:
        """The points; how far they and the hidden ones lie apart; and the hidden ones by place and gap."""
        from scipy.spatial import cKDTree

        tried = self.tried
        coords = np.asarray(self.projection.coords, np.float64)
        points, usual = cKDTree(coords), apart(coords)
        hidden = tried.places[tried.alone]
        reach = float(np.median(cKDTree(hidden).query(hidden, min(ALIKE // 3 + 1, len(hidden)))[0][:, -1])) or 1.0
        return points, usual, reach, cKDTree(_alikeness(tried.places, tried.gaps, usual, reach))


def code_by(
    way: Way,
    projection: Projection,
    place: Sequence[float] | np.ndarray,
    base: np.ndarray | None = None,
    network: InverseNetwork | None = None,
) -> tuple[np.ndarray, str]:
    """A code (D,), float32, for a place (x, y) by one way, and how it was found, for a person.

    Raises
    ------
    NotApplicableError
        For `network` where there is none yet, and for `exact` on a map that has no exact inverse.
    """
    at = np.asarray(place, np.float64)
    if way == "network":
        if network is None:
            raise NotApplicableError("No network has been fitted to this map yet")
        return network.codes(at[None])[0], "inverse network of the map"
    if way == "exact":
        _check_exact(projection)
        return projection.code_at(place, base)
    if way == "nearest":
        row = int(np.square(projection.coords.astype(np.float64) - at).sum(1).argmin())
        return np.array(projection.codes[row], np.float32), "the code nearest on the map"
    return Projection.code_at(projection, place)


def ways_of(projection: Projection) -> tuple[Way, ...]:
    """The ways that a map has: only principal components and raw dimensions have an exact inverse."""
    return WAYS if isinstance(projection, (PrincipalMap, DimensionMap)) else WAYS[1:]


def measure(
    projection: Projection,
    decode: Decode,
    *,
    ways: Sequence[Way] | None = None,
    seed: int = 0,
    most: int = MEASURED,
    steps: int = STEPS,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> InverseMap:
    """Fit what a map's inverse needs, and measure each way by hiding codes.

    Parameters
    ----------
    decode : callable
        See `Decode`; what it gives is compared pixel by pixel.
    ways : sequence of Way or None
        None: all that the map has. Without `network` none is fitted.
    seed : int
        Of what is hidden and of the network.
    most : int
        Codes hidden at most.
    steps : int
        Of the network.

    Raises
    ------
    NotApplicableError
        Where the map has fewer than `FEWEST` codes, or not the way that is asked for.
    """
    coords, codes = np.asarray(projection.coords, np.float64), projection.codes
    count = len(coords)
    if count < FEWEST:
        raise NotApplicableError(
            f"How wrong a place of the map will be cannot be told from {count} codes", f"It takes {FEWEST} of them"
        )
    ways = ways_of(projection) if ways is None else tuple(ways)
    if "exact" in ways:
        _check_exact(projection)
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.choice(count, min(most, count), replace=False))
    parts = [_parts(coords, groups, rng) for groups in (count, round((count * GROUPS) ** 0.5), GROUPS)]
    network = None
    if "network" in ways:
        kept = np.stack([np.ones(count, bool), *(part != number for part in parts for number in range(PARTS))])
        network = fit_networks(coords, codes, kept, noise=apart(coords), seed=seed, steps=steps, emit=emit, stop=stop)
    tried, guesses = _hide(projection, rows, parts, network, ways, rng)
    errors, chance = _errors(codes, tried, guesses, decode, rng, emit, stop)
    return InverseMap(projection, tried, errors, chance, None if network is None else network.first)


def apart(coords: np.ndarray) -> float:
    """Median distance from a point (N, 2) to the nearest that lies elsewhere; 1 where no two differ."""
    from scipy.spatial import cKDTree

    places = np.unique(coords, axis=0)
    return float(np.median(cKDTree(places).query(places, 2)[0][:, 1])) if len(places) > 1 else 1.0


def _check_exact(projection: Projection) -> None:
    if "exact" not in ways_of(projection):
        raise NotApplicableError("This map has no exact inverse", "Choose nearest, neighbours or network")


def _alikeness(places: np.ndarray, gaps: np.ndarray, usual: float, reach: float) -> np.ndarray:
    """Coordinates (P, 3) by which places are alike: where they lie, and how far from what is known, by octaves."""
    return np.column_stack([places / reach, OCTAVE * np.log2(1 + gaps / usual)])


def _parts(coords: np.ndarray, groups: int, rng: np.random.Generator) -> np.ndarray:
    """Which of `PARTS` parts (N,) each point belongs to, where groups of neighbours stay together."""
    from scipy.spatial import cKDTree

    count = len(coords)
    if groups >= count:
        return rng.permutation(count) % PARTS
    middles = coords[rng.choice(count, groups, replace=False)]
    return np.asarray((rng.permutation(groups) % PARTS)[cKDTree(middles).query(coords)[1]])


def _hide(
    projection: Projection,
    rows: np.ndarray,
    parts: list[np.ndarray],
    network: InverseNetwork | None,
    ways: Sequence[Way],
    rng: np.random.Generator,
) -> tuple[Tried, dict[Way, np.ndarray]]:
    """Hide the points at `rows`, with the parts that they belong to, and infer their codes (H, D) by each way."""
    from scipy.spatial import cKDTree

    coords, codes = np.asarray(projection.coords, np.float64), projection.codes
    spread = float(np.ptp(coords, axis=0).max())
    # As when a person clicks: what the map does not show is as in the code that was current before.
    others = codes[rng.permutation(rows)]
    exact = (
        {row: projection.code_at(coords[row], base)[0] for row, base in zip(rows.tolist(), others, strict=True)}
        if "exact" in ways
        else {}
    )
    hidden: list[np.ndarray] = []
    gaps: list[np.ndarray] = []
    found: dict[Way, list[np.ndarray]] = {way: [] for way in ways}
    for number, part in enumerate(parts):
        for which in range(PARTS):
            mine = rows[part[rows] == which]
            kept = np.flatnonzero(part != which)
            if not len(mine) or not len(kept):
                continue
            k = min(NEIGHBOURS, len(kept))
            away, near = cKDTree(coords[kept]).query(coords[mine], np.arange(1, k + 1))
            hidden.append(mine)
            gaps.append(away[:, 0])
            for way in ways:
                if way == "exact":
                    guess = np.stack([exact[row] for row in mine.tolist()])
                elif way == "nearest":
                    guess = codes[kept[near[:, 0]]]
                elif way == "neighbours":
                    guess = amid(codes[kept[near]], away, spread)
                else:
                    assert network is not None
                    guess = network.codes(coords[mine], 1 + number * PARTS + which)
                found[way].append(guess)
    order = np.concatenate(hidden)
    alone = np.zeros(len(order), bool)
    alone[: len(rows)] = True
    tried = Tried(order, coords[order], np.concatenate(gaps), alone)
    return tried, {way: np.concatenate(guesses) for way, guesses in found.items()}


def _errors(
    codes: np.ndarray,
    tried: Tried,
    guesses: dict[Way, np.ndarray],
    decode: Decode,
    rng: np.random.Generator,
    emit: Emit,
    stop: StopToken,
) -> tuple[dict[Way, WayError], tuple[float, float]]:
    rows, which = np.unique(tried.rows, return_inverse=True)
    true = decode(codes[rows], rows)
    errors: dict[Way, WayError] = {}
    for number, (way, guess) in enumerate(guesses.items()):
        stop.check()
        emit(Progress(number, len(guesses), "measuring the map's inverse"))
        images = decode(guess, tried.rows)
        errors[way] = WayError(_distance(guess, codes[tried.rows]), _rmse(images, true[which]))
    # Each with another one: the permutation in a circle leaves none beside itself.
    circle = rng.permutation(len(rows))
    other = np.roll(circle, 1)
    chance = _distance(codes[rows[circle]], codes[rows[other]]), _rmse(true[circle], true[other])
    return errors, (float(chance[0].mean()), float(chance[1].mean()))


def _distance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.asarray(np.linalg.norm(first.astype(np.float64) - second, axis=1))


def _rmse(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    off = (first.astype(np.float32) - second).reshape(len(first), -1)
    return np.asarray(np.sqrt(np.einsum("np,np->n", off, off, dtype=np.float64) / off.shape[1]))
