"""Which images two runs both know: told by the set they come from or by their pixels, never by a place in two sets."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import DataError, NotApplicableError
from latentexplorer.data.subsets import spaced
from latentexplorer.latent.duel import FEWEST
from latentexplorer.views.base import PART_NAMES, Array, Part, count_text
from latentexplorer.views.comparable import size_words
from latentexplorer.views.compared import same_images

if TYPE_CHECKING:
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained

BLOCK = 256
"""Images read at once, and between two looks at the stop token."""


@dataclass(frozen=True)
class Pairs:
    """Two runs whose codes of a part are of the same images, row by row.

    Attributes
    ----------
    first, second : Trained
        Each with the codes of these images only; `codes[part].index` are positions in its own part.
    part : "train" or "test"
    known : int
        How many images both know, of which these are some or all.
    words : str
        How it is told that they are the same where the sets are not; "" where they are.
    """

    first: Trained
    second: Trained
    part: Part
    known: int
    words: str = ""

    def at_most(self, limit: int) -> Pairs:
        """Some of them, evenly spread, where there are more."""
        rows = spaced(len(self), limit)
        return replace(self, first=_only(self.first, self.part, rows), second=_only(self.second, self.part, rows))

    def __len__(self) -> int:
        return len(self.codes[0])

    @property
    def codes(self) -> tuple[Codes, Codes]:
        """Of both, row by row."""
        return self.first.codes[self.part], self.second.codes[self.part]

    def row_of(self, position: int) -> int:
        """The row of the image at a position of the part of the first run; -1 where there is none."""
        found = np.flatnonzero(self.codes[0].index == position)
        return int(found[0]) if len(found) else -1

    def original(self, row: int) -> Array | None:
        """The image (H, W, C) uint8 of a row; None where neither run came with its images."""
        for run in (self.first, self.second):
            if run.data is not None:
                return np.asarray(run.images(self.part).images[run.codes[self.part].index[row]])
        return None


def paired(first: Trained, second: Trained, part: Part, *, stop: StopToken = NEVER) -> Pairs:
    """The images of a part whose codes both runs keep.

    Raises
    ------
    NotApplicableError, DataError
        Where there are fewer than `FEWEST` of them, with the names of both.
    """
    for run in (first, second):
        if run.config.model.kind.separates:
            raise NotApplicableError(
                f"{run.name} takes mixtures apart: its codes are of two images each", "Choose another run"
            )
    ours, theirs = first.codes_of(part), second.codes_of(part)
    words = ""
    if same_images(first, second):
        _, mine, others = np.intersect1d(ours.index, theirs.index, return_indices=True)
    else:
        mine, others = _by_pixels(first, second, part, stop)
        names = f"{first.name} and {second.name}"
        words = f"{names} were trained on different sets: these images are in both, told by their pixels"
    if len(mine) < FEWEST:
        known = count_text(len(mine), f"{PART_NAMES[part]} image") if len(mine) else f"no {PART_NAMES[part]} images"
        raise NotApplicableError(
            f"{first.name} and {second.name} share {known}: there is nothing to tell how alike they are",
            f"Choose two runs of the same images, of which {FEWEST} or more are kept",
        )
    return Pairs(_only(first, part, mine), _only(second, part, others), part, known=len(mine), words=words)


def _only(run: Trained, part: Part, rows: Array) -> Trained:
    """The run with some codes of a part alone."""
    return replace(run, codes={**run.codes, part: run.codes[part].take(rows)})


def _by_pixels(first: Trained, second: Trained, part: Part, stop: StopToken) -> tuple[Array, Array]:
    """Rows of the codes of both that are of the same image; images that occur twice in a set are left out."""
    both = f"{first.name} and {second.name} were trained on different images"
    if first.image_shape != second.image_shape:
        sizes = f"{size_words(first.image_shape)} and {size_words(second.image_shape)}"
        raise NotApplicableError(f"{both} ({sizes})", "Choose two runs of the same images")
    for run in (first, second):
        if run.data is None:
            raise DataError(f"{both}, and nothing tells which are in both: {run.missing or run.name}")
    ours, theirs = _marks(first, part, stop), _marks(second, part, stop)
    shared = [mark for mark in ours if mark in theirs]
    return np.array([ours[mark] for mark in shared], np.int64), np.array([theirs[mark] for mark in shared], np.int64)


def _marks(run: Trained, part: Part, stop: StopToken) -> dict[bytes, int]:
    """The row of each image whose code is kept, by a digest of its pixels; none of those that occur twice."""
    index, images = run.codes_of(part).index, run.images(part).images
    found: dict[bytes, int] = {}
    twice = set()
    for row, position in enumerate(index.tolist()):
        if row % BLOCK == 0:
            stop.check()
        mark = hashlib.sha256(np.ascontiguousarray(images[position]).tobytes()).digest()
        if found.setdefault(mark, row) != row:
            twice.add(mark)
    return {mark: row for mark, row in found.items() if mark not in twice}
