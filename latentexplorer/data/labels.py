"""Classes: whatever labels a person has, as 0..K-1 with names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from latentexplorer.data.pixels import Block, Problems

MOST_CLASSES = 10_000


def code_labels(
    values: np.ndarray, count: int, names: np.ndarray | None, problems: Problems
) -> tuple[np.ndarray | None, tuple[str, ...], list[str]]:
    """Labels as codes.

    Parameters
    ----------
    values : ndarray (N,) or (N, 1)
        Whole numbers, truth values or text.
    count : int
        How many images there are.
    names : ndarray (K,) or None
        Names of the classes 0..K-1. None: the distinct values are the classes.

    Returns
    -------
    labels : ndarray (N,), int64, or None
        None where something is wrong, which is then in `problems`.
    class_names : tuple of str
    notes : list of str
    """
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.shape != (count,):
        problems.add(f"labels of shape {values.shape} beside {count:,} images")
        return None, (), []
    if values.dtype.kind == "f":
        wrong = ~np.isfinite(values) | (values != np.rint(values)) | (np.abs(values) > 2**31)
        if wrong.any():
            first = int(wrong.argmax())
            problems.add(f"label {values[first]} of image {first} is no whole number")
            return None, (), []
        values = values.astype(np.int64)
    if values.dtype.kind not in "buiUS":
        problems.add(f"labels of type {values.dtype} are neither whole numbers nor text")
        return None, (), []
    if names is not None and values.dtype.kind in "bui":
        return _named(values, names, problems)
    distinct, codes = np.unique(values, return_inverse=True)
    if len(distinct) > MOST_CLASSES:
        problems.add(f"{len(distinct):,} different labels are no classes; keep them as a column of another name")
        return None, (), []
    class_names = tuple(as_text(value) for value in distinct)
    plain = values.dtype.kind in "bui" and np.array_equal(distinct, np.arange(len(distinct)))
    text = values.dtype.kind in "US"
    notes = [] if plain or text else [f"labels {class_names[0]} to {class_names[-1]} became 0 to {len(distinct) - 1}"]
    return codes.astype(np.int64).reshape(-1), class_names, notes


def _named(
    values: np.ndarray, names: np.ndarray, problems: Problems
) -> tuple[np.ndarray | None, tuple[str, ...], list[str]]:
    if names.ndim != 1 or names.dtype.kind not in "USbuif" or not 0 < len(names) <= MOST_CLASSES:
        problems.add(f"class_names of shape {names.shape} and type {names.dtype} are no list of names")
        return None, (), []
    wrong = (values < 0) | (values >= len(names))
    if wrong.any():
        first = int(wrong.argmax())
        problems.add(f"label {values[first]} of image {first} has no name among {len(names)} class_names")
        return None, (), []
    return values.astype(np.int64), tuple(as_text(name) for name in names), []


def on_one_list(
    train: Block, train_names: tuple[str, ...], test: Block, test_names: tuple[str, ...]
) -> tuple[Block, Block, tuple[str, ...]]:
    """The labels of two blocks on one list of classes; none where only one has labels."""
    if train.labels is None or test.labels is None:
        return replace(train, labels=None), replace(test, labels=None), ()
    names = train_names + tuple(name for name in test_names if name not in train_names)
    place = np.array([names.index(name) for name in test_names], np.int64)
    return train, replace(test, labels=place[test.labels]), names


def without_empty(
    left: Sequence[Block], before: Sequence[Block], class_names: tuple[str, ...]
) -> tuple[list[Block], tuple[str, ...]]:
    """What is left of blocks, without the classes that had images before and have none any more."""
    gone = _classes(before) - _classes(left)
    if not gone:
        return list(left), class_names
    kept = [k for k in range(len(class_names)) if k not in gone]
    place = np.zeros(len(class_names), np.int64)
    place[kept] = np.arange(len(kept))
    blocks = [block if block.labels is None else replace(block, labels=place[block.labels]) for block in left]
    return blocks, tuple(class_names[k] for k in kept)


def _classes(blocks: Sequence[Block]) -> set[int]:
    return {int(label) for block in blocks if block.labels is not None for label in np.unique(block.labels)}


def as_text(value: object) -> str:
    """A value as a name, without control characters."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return "".join(letter for letter in text if letter.isprintable()).strip()[:200] or "(no name)"
