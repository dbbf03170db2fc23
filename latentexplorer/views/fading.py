"""How boldly pictures of codes are shown: near data as they are, far from any data faint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.counting import percent_text
from latentexplorer.views.base import Array
from latentexplorer.views.code_facts import USUAL, KnownSupport
from latentexplorer.views.lookup import decode

if TYPE_CHECKING:
    from latentexplorer.latent.support import Support
    from latentexplorer.runs import Trained
    from latentexplorer.views.code_facts import Decode

FAINT = 0.2
"""Opacity of what is far from any data: seen, and seen not to be meant."""
TILE = 32
"""Codes judged in one step."""
FADE_HELP = (
    "Pictures fade where codes are odd: those odder than 95 % of held-out images, the fainter the farther from data."
)


@dataclass(frozen=True, eq=False)
class Fading:
    """How boldly pictures are shown, and why.

    Attributes
    ----------
    strength : (...) float32
        Opacity of each, `FAINT`..1.
    share : (...) float64
        Part of the held-out images whose codes are less odd, 0..1; NaN where that is not known.
    near : (...) bool
        Whether its code is near data.
    images : int
        Held-out images it is calibrated on; 0: training images, each without itself.
    """

    strength: Array
    share: Array
    near: Array
    images: int

    @property
    def known(self) -> bool:
        """Whether there were codes enough to tell."""
        return bool(np.isfinite(self.share).all())

    @property
    def whose(self) -> str:
        """Whom codes are compared with."""
        return f"{self.images} held-out images" if self.images else "training images"

    @property
    def note(self) -> str:
        """What fades, with its numbers."""
        if not self.known:
            return "Nothing fades: there are too few codes to tell what is near data"
        odd = int((~self.near).sum())
        return f"{odd} of {self.near.size} fade: odder than 95 % of {self.whose}"

    def words(self, at: int) -> str:
        """How odd the code of a picture is; `at` counts row by row."""
        if not self.known:
            return ""
        share = float(self.share.flat[at])
        which = "held-out" if self.images else "training"
        return f"odder than {'all' if share >= 1 else f'{percent_text(share)} of'} {which} images"

    def shaped(self, shape: tuple[int, ...]) -> Fading:
        """The same in rows and columns."""
        return replace(
            self,
            strength=self.strength.reshape(shape),
            share=self.share.reshape(shape),
            near=self.near.reshape(shape),
        )

    def at(self, rows: int | tuple[Array, ...]) -> Fading:
        """Some of them, as numpy's arrays are indexed."""
        return replace(self, strength=self.strength[rows], share=self.share[rows], near=self.near[rows])


def strength_of(score: Array) -> Array:
    """Opacity at distances from the data, 1 at its edge: from there it falls evenly to `FAINT` far from any data."""
    from latentexplorer.latent.support import FAR

    beyond = np.clip((score - 1) / (FAR - 1), 0, 1)
    return np.asarray(1 - (1 - FAINT) * beyond, np.float32)


def fading_in_steps(
    run: Trained,
    z: Array,
    y: Array | None,
    support: KnownSupport,
    decoded: Decode,
    limit: int = USUAL,
    images: Array | None = None,
) -> Iterator[Fading | None]:
    """How boldly pictures of codes (B, D) of classes (B,) are shown, in steps: None until the last.

    Parameters
    ----------
    support : KnownSupport
        What is known already of the run's codes.
    decoded : callable
    limit : int
        Training codes that others are compared with, at most.
    images : (B, H, W', C) or None
        Their decodes, where they are at hand with all of their pixels.
    """
    judge: Support | None = None
    for step in support.learn(run, limit, decoded):
        judge = step
        if judge is None:
            yield None
    if judge is None:
        count = len(z)
        yield Fading(np.ones(count, np.float32), np.full(count, np.nan), np.ones(count, bool), 0)
        return
    scores, shares = [], []
    for start in range(0, len(z), TILE):
        part = slice(start, start + TILE)
        seen = decoded(run, z[part], None if y is None else y[part]) if images is None else images[part]
        odd = judge(z[part], seen)
        scores.append(odd.score)
        shares.append(odd.share)
        yield None
    score = np.concatenate(scores)
    yield Fading(strength_of(score), np.concatenate(shares), score <= 1, judge.images)


def fading_of(
    run: Trained, z: Array, y: Array | int | None, known: KnownSupport | None = None, *, stop: StopToken = NEVER
) -> Fading:
    """How boldly pictures of codes (B, D), of classes (B,) or all of one, are shown."""
    classes = y if y is None or isinstance(y, np.ndarray) else np.full(len(z), y, np.int64)
    found: Fading | None = None
    for step in fading_in_steps(run, z, classes, known or KnownSupport(), decode):
        stop.check()
        found = step
    assert found is not None
    return found
