"""Which images a group has, as it is written.

A group is written as one of

* a class, by its name or number: `Sandal`,
* images by their positions in a part: `train:3,5-9`, `test:12`,
* a half of a column of numbers, below or above the median of the training images: `low:scale`, `high:scale`,
* a search as in the map: `class = Shirt and error < 0.1`,
* nothing: all images that the other group does not have.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.views.base import PART_NAMES, Array, Part, count_text

if TYPE_CHECKING:
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained

MOST_LETTERS = 600_000
"""Enough for 60,000 positions none of which follows another."""
MOST_WORDS = 60
MOST_NAMED = 200
"""Letters of a class or a column that a group is called by: a receipt has room for so many."""
POSITIONS = re.compile(r"(train|test):([\d,\s-]+)")
HALF = re.compile(r"(low|high):(.+)")
ALL_OTHERS = "all others"


@dataclass(frozen=True)
class Group:
    """A group of images, as it is written and as a person calls it.

    Attributes
    ----------
    part : "train", "test" or ""
        The part whose positions it names; "": it is in both.
    own : tuple of str
        Names of what is known of images that the group is made of: `class = Sandal`, `scale`.
    """

    text: str
    words: str
    part: str = ""
    own: tuple[str, ...] = ()


def group_of(trained: Trained, text: str) -> Group:
    """A group by its text.

    Raises
    ------
    SettingsError, NotApplicableError
        Where the run can have no such group.
    """
    text = text.strip()
    if not text:
        return Group("", ALL_OTHERS)
    if len(text) > MOST_LETTERS:
        raise SettingsError(
            f"A group is written in at most {MOST_LETTERS:,} letters, this one has {len(text):,}", "Select fewer images"
        )
    if (label := _class_of(trained, text)) is not None:
        name = trained.class_names[label]
        return Group(text, name[:MOST_NAMED], own=(f"class = {name}",))
    if found := POSITIONS.fullmatch(text):
        part: Part = "train" if found[1] == "train" else "test"
        first, last = ranges_of(found[2])
        count = int((last - first + 1).sum())
        one = f"{PART_NAMES[part]} image {first[0]}"
        return Group(text, one if count == 1 else count_text(count, f"{PART_NAMES[part]} image"), part)
    if found := HALF.fullmatch(text):
        column = _column(trained, found[2])
        return Group(text, f"{found[1]} {column[:MOST_NAMED]}", own=(column,))
    from latentexplorer.views.search_words import columns_in, parse

    own = tuple(columns_in(parse(text)))
    if not own:
        # Words alone are a name that there is not, rather than a search that finds nothing.
        _no_such(trained, text)
    return Group(text, text if len(text) <= MOST_WORDS else f"{text[: MOST_WORDS - 1]}…", own=own)


def _class_of(trained: Trained, text: str) -> int | None:
    from latentexplorer.views.lookup import class_number

    try:
        return class_number(trained, text)
    except (SettingsError, NotApplicableError):
        return None


def _no_such(trained: Trained, text: str) -> None:
    from latentexplorer.core.registry import suggest

    ways = "Write images as train:3,5-9, a half of a column as low:NAME or high:NAME, or a search"
    if not trained.class_names:
        raise NotApplicableError(f"{text!r} is no group: these images carry no classes", ways)
    near = suggest(text, trained.class_names)
    raise SettingsError(f"There is no class {text[:60]!r}", near if near.startswith("Did") else f"{near}. {ways}")


def _column(trained: Trained, name: str) -> str:
    columns = {known: values for known, values in trained.columns("train").items() if values.dtype.kind in "fiu"}
    if name in columns:
        return name
    if not columns:
        raise NotApplicableError(
            f"{trained.name} has no column of numbers, so {name[:60]!r} has no halves", trained.missing
        )
    raise SettingsError(f"There is no column of numbers {name[:60]!r}", f"There are: {', '.join(sorted(columns)[:20])}")


def ranges_of(text: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """`3,5-9` as the first and the last positions of ranges (R,), in order, none of which touch.

    They are not written out: a short text may name very many.

    Raises
    ------
    SettingsError
        If it is written in another way.
    """
    firsts, lasts = [], []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,9})(?:\s*-\s*(\d{1,9}))?\s*", part)
        if match is None:
            raise SettingsError(f"{part.strip()[:40]!r} is no position of an image", "Write them as 3,5-9")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise SettingsError(f"{part.strip()[:40]!r} names no images", "Write the smaller position first")
        firsts.append(first)
        lasts.append(last)
    order = np.argsort(firsts, kind="stable")
    first_of, last_of = np.array(firsts, np.int64)[order], np.maximum.accumulate(np.array(lasts, np.int64)[order])
    begins = np.flatnonzero(np.append(True, first_of[1:] > last_of[:-1] + 1))
    return first_of[begins], last_of[np.append(begins[1:], len(last_of)) - 1]


def _within(index: Array, text: str) -> Array:
    """Which positions (N,) are written, (N,) bool."""
    first, last = ranges_of(text)
    at = np.searchsorted(first, index, side="right") - 1
    return np.asarray((at >= 0) & (index <= last[at]))


def positions_text(part: str, positions: npt.ArrayLike) -> str:
    """Positions as a group writes them: `train:3,5-9`."""
    at = np.unique(np.asarray(positions, np.int64))
    starts = np.flatnonzero(np.diff(at, prepend=-2) != 1)
    ends = [*(starts[1:] - 1), len(at) - 1] if len(at) else []
    runs = [f"{at[a]}" if a == b else f"{at[a]}-{at[b]}" for a, b in zip(starts, ends, strict=True)]
    return f"{part}:{','.join(runs)}"


def members(trained: Trained, shown: Trained, codes: Codes, part: Part, group: Group) -> Array:
    """Which of some codes of a part belong to a group that is written out, (N,) bool.

    Parameters
    ----------
    trained, shown : Trained
        The run, which knows its images, and the run as it was at the epoch whose codes these are.
    """
    if found := POSITIONS.fullmatch(group.text):
        return _within(codes.index, found[2]) if found[1] == part else np.zeros(len(codes), bool)
    if (label := _class_of(trained, group.text)) is not None:
        return np.zeros(len(codes), bool) if codes.labels is None else np.asarray(codes.labels == label)
    if found := HALF.fullmatch(group.text):
        name = _column(trained, found[2])
        known = trained.columns("train")[name].astype(np.float64)
        middle, most = float(np.nanmedian(known)), float(np.nanmax(known))
        values = trained.columns(part)[name][codes.index].astype(np.float64)
        # A column of few values may have its median at its end.
        high = values > middle if most > middle else values >= middle
        return np.asarray(high if found[1] == "high" else np.isfinite(values) & ~high)
    from latentexplorer.views.search import find

    return np.asarray(find(trained, shown, codes, part, group.text))


def usual(trained: Trained) -> tuple[str, str]:
    """Two groups to begin with: the first two classes, else the halves of the first column of numbers.

    Raises
    ------
    NotApplicableError
        Where there are none.
    """
    labels = trained.codes_of("train").labels
    if labels is not None and len(present := np.unique(labels[labels >= 0])) >= 2:
        return trained.class_names[present[0]], trained.class_names[present[1]]
    for name, values in trained.columns("train").items():
        if values.dtype.kind in "fiu" and len(np.unique(values[np.isfinite(values)])) >= 2:
            return f"low:{name}", f"high:{name}"
    few = "all images are of one class" if labels is not None else "these images carry no classes"
    raise NotApplicableError(
        f"There are no two groups to begin with: {few}, and no column of numbers",
        "Select images, or write their positions: train:3,5-9",
    )
