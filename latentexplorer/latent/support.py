"""How odd a code is: beside the codes of held-out images, by where it lies and by what it decodes to.

Seven measures are taken of a code z and its decode x, each on a logarithmic scale:

* how far z lies from the middle of the training codes, in units of their spread (Mahalanobis 1936),
* how far from its 5th nearest training code,
* how far x is from the 5th nearest decode of a training code,
* which part of x, beside the mean of such decodes, their principal components leave over (as in Pearson 1901),
* the contrast of x, how much of it is grey, and how sharp it is.

How unusual all seven are together is their Mahalanobis distance from their mean among known codes: those of training
images (each without itself), draws from their posteriors, and those of held-out images; the nearest of these groups
counts. So a code is odd on both sides: one in the hollow middle of a shell is nearer to others than codes are, and its
decode is fainter. The distance by itself means nothing: what is shown is the part of held-out images that are less odd.

No single measure is enough: in many dimensions codes lie on a shell and midpoints nearer to everything than they do,
and where a decoder is smooth a faint decode is all that tells. `tests/benchmarks/calibration.py` shows what this one
tells.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from latentexplorer.core.counting import percent_text
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.imports import one_at_a_time
from latentexplorer.latent.codes import draw_posteriors
from latentexplorer.latent.neighbours import nearest
from latentexplorer.models import Codes
from latentexplorer.models.distributions import Prior
from latentexplorer.runs import Trained

Decode = Callable[[np.ndarray, np.ndarray | None], np.ndarray]
"""Images (B, H, W, C) in [0, 1] of codes (B, D) and their classes (B,)."""

LEAST = 10
"""Training codes below which nothing is usual."""
K = 5
SIDE = 32
"""Pixels of the side that decodes are averaged down to."""
COMPONENTS = 30
NEAR = 0.95
"""Part of the held-out images whose codes are near data."""
FAR = 1.5
"""How many times as far as the edge a code is far from any data."""
VISIBLE = 0.02
"""On [0, 1]: what differs less, pixel by pixel, nobody sees."""
FLOOR = 0.01
"""No measure is told apart finer: one hundredth of its value."""
FOLDS = 4
TILE = 16

NEAR_WORDS, EDGE_WORDS = "near data", "at the edge of the data"
BETWEEN_WORDS, FAR_WORDS = "between the data", "far from any data"


@dataclass(frozen=True)
class Oddness:
    """How odd B codes are.

    Attributes
    ----------
    share : ndarray (B,)
        Part of the held-out images whose codes are less odd, 0..1: 0.97 is odder than 97 % of them.
    score : ndarray (B,)
        The distance itself, 1 at the edge of the data: what orders codes beyond all held-out ones.
    words : tuple of B str
        `near data`, `at the edge of the data`, `between the data` or `far from any data`.
    """

    share: np.ndarray
    score: np.ndarray
    words: tuple[str, ...]


class _Measures:
    """The seven measures of codes, against training codes (N, D) and the decodes (M, H, W, C) of their rows."""

    def __init__(self, codes: Codes, rows: np.ndarray, decodes: np.ndarray) -> None:
        z = codes.loc.astype(np.float64)
        blur = np.zeros(z.shape[1]) if codes.scale is None else np.square(codes.scale.astype(np.float64)).mean(0)
        self.codes, self.mean = codes.loc, z.mean(0)
        spread, axes = np.linalg.eigh((z - self.mean).T @ (z - self.mean) / len(z) + np.diag(blur))
        top = float(spread.max(initial=0.0))
        self.whiten = axes / np.sqrt(np.maximum(spread, 1e-3 * top if top > 0 else 1.0))
        # A draw from its own posterior lies so far away: what is nearer is not told apart.
        self.blur = max(float((blur @ np.square(self.whiten)).sum()), 1e-9)
        self.looks = _small(decodes)
        own = nearest(codes.loc[rows], codes.loc, K + 1)[1][:, -1].astype(np.float64)
        self.reach = max(float(blur.sum()), float(0.1 * np.median(own)) ** 2, 1e-18)
        flat = self.looks.reshape(len(rows), -1).astype(np.float64)
        self.usual = flat.mean(0)
        inner, vectors = np.linalg.eigh((flat - self.usual) @ (flat - self.usual).T)
        keep = np.flatnonzero(inner[::-1] > 1e-9 * max(inner[-1], 1e-9))[: min(COMPONENTS, len(rows) // 4)]
        weights = vectors[:, ::-1][:, keep] / np.sqrt(inner[::-1][keep])
        self.components = (flat - self.usual).T @ weights

    def __call__(self, z: np.ndarray, images: np.ndarray, known: bool = False) -> np.ndarray:
        """(B, 7) of codes (B, D) and their decodes (B, H, W, C); `known`: they are training codes themselves."""
        own = int(known)
        away = nearest(z, self.codes, K + own)[1][:, -1].astype(np.float64)
        radius = np.square((z.astype(np.float64) - self.mean) @ self.whiten).sum(1)
        looks = _small(images)
        flat = looks.reshape(len(looks), -1)
        pixels = np.sqrt(flat.shape[1])
        differs = nearest(flat, self.looks.reshape(len(self.looks), -1), K + own)[1][:, -1] / pixels
        aside = flat - self.usual
        left = np.square(aside).sum(1) - np.square(aside @ self.components).sum(1)
        away_from_usual = np.sqrt(np.square(aside).sum(1))
        grey = looks.mean(-1, dtype=np.float64)
        bends = [np.square(np.diff(grey, 2, axis=axis)).sum((1, 2)) / grey[0].size for axis in (1, 2)]
        return np.stack(
            [
                np.log(radius + self.blur),
                0.5 * np.log(np.square(away) + self.reach),
                np.log(differs + VISIBLE),
                np.log((np.sqrt(np.maximum(left, 0)) / pixels + VISIBLE / 4) / (away_from_usual / pixels + VISIBLE)),
                np.log(grey.std((1, 2)) + VISIBLE),
                np.log((looks * (1 - looks)).mean((1, 2, 3), dtype=np.float64) + VISIBLE),
                np.log(np.sqrt(bends[0] + bends[1]) + VISIBLE),
            ],
            axis=1,
        )


class _Group:
    """What is usual among measures (n, 7)."""

    def __init__(self, measures: np.ndarray) -> None:
        self.mean, self.width = measures.mean(0), measures.std(0) + FLOOR
        with one_at_a_time():
            from sklearn.covariance import ledoit_wolf

        self.inverse = np.linalg.inv(ledoit_wolf((measures - self.mean) / self.width)[0] + FLOOR * np.eye(7))

    def __call__(self, measures: np.ndarray) -> np.ndarray:
        """Squared distances (B,) of measures (B, 7)."""
        away = (measures - self.mean) / self.width
        return np.asarray(np.einsum("bi,ij,bj->b", away, self.inverse, away))


class Support:
    """Judges how odd codes of a run are. Made by `Survey`.

    Attributes
    ----------
    images : int
        Held-out images it is calibrated on; 0 where training images, each without itself, take their place.
    """

    def __init__(
        self, measures: _Measures, train: np.ndarray, drawn: np.ndarray | None, held_out: np.ndarray | None
    ) -> None:
        self._measures = measures
        self.images = 0 if held_out is None else len(held_out)
        known = train if held_out is None else held_out
        # Measured by what is usual among others: a group is a little nearer to its own than to new ones.
        others = [_Group(found) for found in (train, drawn) if found is not None and found is not known]
        self._groups = [*others, _Group(known)]
        scores = np.empty(len(known))
        for fold in range(FOLDS):
            out = np.arange(len(known)) % FOLDS == fold
            scores[out] = _least([*others, _Group(known[~out])], known[out])
        self._scores = np.sort(scores)
        self._edge = max(float(np.quantile(scores, NEAR)), 1e-9)
        self._middle = float(np.median(train[:, 0]))

    def __call__(self, z: np.ndarray, images: np.ndarray) -> Oddness:
        """How odd codes (B, D) are, given their decodes (B, H, W, C) in [0, 1]."""
        z = np.atleast_2d(np.asarray(z, np.float32))
        fine = np.isfinite(z).all(1) & np.isfinite(images).all((1, 2, 3)) & (np.abs(z) < 1e9).all(1)
        measures = np.zeros((len(z), 7))
        if fine.any():
            measures[fine] = self._measures(z[fine], images[fine])
        found = np.where(fine, _least(self._groups, measures), np.inf)
        share = np.searchsorted(self._scores, found, side="left") / len(self._scores)
        score = np.sqrt(found / self._edge)
        inside = fine & (measures[:, 0] < self._middle)
        words = tuple(
            NEAR_WORDS if odd <= 1 else BETWEEN_WORDS if within else EDGE_WORDS if odd <= FAR else FAR_WORDS
            for odd, within in zip(score.tolist(), inside.tolist(), strict=True)
        )
        return Oddness(share, score, words)

    def sentence(self, share: float) -> str:
        """What a share means, for a person."""
        which = f"{len(self._scores):,} {'held-out' if self.images else 'training'} images"
        return f"Odder than all {which}" if share >= 1 else f"Odder than {percent_text(share)} of {which}"


class Survey:
    """Learns what is usual among the codes of a run, tile by tile, so that nobody waits long for it.

    Parameters
    ----------
    codes : Codes (N, D)
        Of training images.
    held_out : Codes or None
        Of held-out images: encoded, or fitted as those of new images are.
    prior : Prior or None
    limit : int
        Training codes that others are compared with, at most.
    count : int
        Codes of each group that are decoded, at most.

    Raises
    ------
    NotApplicableError
        For fewer than `LEAST` codes of finite numbers.
    """

    def __init__(
        self,
        codes: Codes,
        held_out: Codes | None = None,
        prior: Prior | None = None,
        *,
        limit: int = 10_000,
        count: int = 400,
        seed: int = 0,
    ) -> None:
        codes = codes.take(np.flatnonzero(np.isfinite(codes.loc).all(1)))
        if len(codes) < LEAST:
            raise NotApplicableError(f"Fewer than {LEAST} codes do not tell how far from the data another one lies")
        rng = np.random.default_rng(seed)
        self._codes = _some(codes, limit, rng)
        self._rows = np.sort(rng.permutation(len(self._codes))[:count])
        groups = {"train": self._codes.take(self._rows)}
        if self._codes.scale is not None:
            drawn = groups["train"].take(slice(count // 2))
            groups["drawn"] = Codes(draw_posteriors(prior, drawn, seed), None, drawn.index, drawn.labels)
        if held_out is not None and len(held_out) >= LEAST:
            groups["held-out"] = _some(held_out, count, rng)
        self._groups = groups
        self._todo = [
            (name, slice(start, start + TILE)) for name, of in groups.items() for start in range(0, len(of), TILE)
        ]
        self._decodes: dict[str, list[np.ndarray]] = {name: [] for name in groups}

    @property
    def left(self) -> int:
        """Tiles that are still to be decoded."""
        return len(self._todo)

    def step(self, decode: Decode) -> Support | None:
        """Decode another tile; the judge when all are there."""
        if self._todo:
            name, rows = self._todo.pop(0)
            group = self._groups[name]
            labels = None if group.labels is None else group.labels[rows]
            self._decodes[name].append(_small(decode(group.loc[rows], labels)))
            return None
        images = {name: np.concatenate(found) for name, found in self._decodes.items()}
        measures = _Measures(self._codes, self._rows, images["train"])
        found = {name: measures(group.loc, images[name], name == "train") for name, group in self._groups.items()}
        return Support(measures, found["train"], found.get("drawn"), found.get("held-out"))

    def finish(self, decode: Decode) -> Support:
        """All that is left at once."""
        while (support := self.step(decode)) is None:
            pass
        return support


def known_codes(run: Trained) -> Codes | None:
    """Codes of held-out images, found as those of new images are: what others are held against. None: there are none.

    Codes that follow a training are not those that a fit would find.
    """
    return run.codes.get("test") if run.config.model.kind.encoder else run.fitted


def _some(codes: Codes, most: int, rng: np.random.Generator) -> Codes:
    return codes if len(codes) <= most else codes.take(np.sort(rng.choice(len(codes), most, replace=False)))


def _least(groups: list[_Group], measures: np.ndarray) -> np.ndarray:
    """Squared distances (B,) from the nearest of some groups."""
    return np.asarray(np.min([group(measures) for group in groups], axis=0))


def _small(images: np.ndarray) -> np.ndarray:
    """Images (B, H, W, C) as they are seen, averaged down by a whole number to sides of `SIDE` or little more."""
    height, width, channels = images.shape[1:]
    down, across = (max(1, side // SIDE) for side in (height, width))
    rows, columns = height // down, width // across
    seen = np.clip(images[:, : rows * down, : columns * across], 0, 1)
    parts = seen.reshape(-1, rows, down, columns, across, channels)
    return np.asarray(parts.mean((2, 4), dtype=np.float32))
