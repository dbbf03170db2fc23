"""Which images: held out where a set has none held out, so many of each class, so many in all."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def hold_out(
    count: int, labels: np.ndarray | None, fraction: float, seed: int, in_order: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Positions to train on and positions to hold out, both ascending.

    Parameters
    ----------
    fraction : float
        Part to hold out, of each class where there are labels. At least one image stays to train on; a single image
        is never held out.
    seed : int
        Of the draw.
    in_order : bool
        Hold out the last ones instead of drawing.
    """
    if in_order or count < 2:
        kept = count - min(round(count * fraction), max(count - 1, 0))
        return np.arange(kept), np.arange(kept, count)
    generator = np.random.default_rng(seed)
    groups = [np.arange(count)] if labels is None else [np.flatnonzero(labels == k) for k in np.unique(labels)]
    held = [generator.permutation(group)[: min(round(len(group) * fraction), len(group) - 1)] for group in groups]
    test = np.sort(np.concatenate(held))
    if len(test) == 0:
        # Classes of one or two images each: then the fraction counts over all of them.
        test = np.sort(generator.permutation(count)[: min(round(count * fraction), count - 1)])
    return np.setdiff1d(np.arange(count), test), test


def first_of_each(labels: np.ndarray, per_class: int) -> np.ndarray:
    """Positions of the first `per_class` images of each class, ascending."""
    order = np.argsort(labels, kind="stable")
    ordered = labels[order]
    starts = np.searchsorted(ordered, ordered, side="left")
    return np.sort(order[np.arange(len(labels)) - starts < per_class])


def spaced(count: int, most: int) -> npt.NDArray[np.int64]:
    """Positions of at most `most` of `count` things, evenly spread, in order, each once."""
    return np.linspace(0, count - 1, min(count, most)).round().astype(np.int64)


def evenly(labels: np.ndarray, limit: int) -> np.ndarray:
    """Positions of at most `limit` images, as evenly over classes as there are images, the first of each; ascending."""
    counts = np.bincount(labels) if len(labels) else np.zeros(0, int)
    low, high = 0, int(counts.max(initial=0))
    while low < high:  # the largest share that every class can give at most without going over the limit
        middle = (low + high + 1) // 2
        low, high = (middle, high) if np.minimum(counts, middle).sum() <= limit else (low, middle - 1)
    chosen = first_of_each(labels, low)
    left = limit - len(chosen)
    if left > 0 and len(chosen) < len(labels):
        next_ones = np.setdiff1d(first_of_each(labels, low + 1), chosen)
        by_class = next_ones[np.argsort(labels[next_ones], kind="stable")]
        chosen = np.sort(np.concatenate([chosen, by_class[:left]]))
    return chosen


def choose(
    labels: np.ndarray | None, count: int, per_class: int | None, limit: int | None, class_names: tuple[str, ...]
) -> tuple[np.ndarray, list[str]]:
    """Positions after both subsets, ascending, with notes. Without labels both mean so many in all, the first ones."""
    chosen, notes = np.arange(count), []
    if labels is None:
        asked = min(x for x in (per_class, limit, count) if x is not None)
        if per_class is not None:
            notes.append("no labels: so many per class is taken as so many in all")
        return chosen[:asked], notes + _taken(asked, count, "the first ones")
    if per_class is not None:
        chosen = first_of_each(labels, per_class)
        counts = np.bincount(labels, minlength=len(class_names))
        if short := [f"{class_names[k]} {n}" for k, n in enumerate(counts) if n < per_class]:
            shown = ", ".join(short[:10]) + (", ..." if len(short) > 10 else "")
            notes.append(f"fewer than {per_class:,} images in: {shown}")
    if limit is not None and len(chosen) > limit:
        chosen = chosen[evenly(labels[chosen], limit)]
    return chosen, notes + _taken(len(chosen), count, "the first of each class")


def _taken(taken: int, count: int, which: str) -> list[str]:
    return [f"{taken:,} of {count:,} images, {which}"] if taken < count else []
