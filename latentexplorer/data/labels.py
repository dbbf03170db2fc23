"""Classes: whatever labels a person has, as 0..K-1 with names."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from latentexplorer.core.counting import count_text
from latentexplorer.core.errors import DataError
from latentexplorer.core.registry import suggest
from latentexplorer.data.pixels import Block, Loaded, Problems

MOST_CLASSES = 10_000
MOST_LETTERS = 200
NO_NAME = "(no name)"
COLUMNS = ("class", "label", "classes", "labels", "target", "targets", "category")
"""What a column that holds the classes is often called; of several the first of these."""
OWN = ("labels", "label", "y", "target", "targets", "class", "classes", "folders")
"""Ways to say: the labels that come with the images."""
PART_WORDS = {"train": "training", "test": "held-out"}


def code_labels(
    values: np.ndarray, count: int, names: np.ndarray | None, problems: Problems, *, blanks: bool = False
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
    blanks : bool
        Whether NaN is no mistake: these images have no class, which then is a class of its own.

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
        # Half precision does not reach as far as the limit.
        values = values.astype(np.promote_types(values.dtype, np.float64))
        blank = np.isnan(values) if blanks else np.zeros(count, bool)
        wrong = ~blank & (~np.isfinite(values) | (values != np.rint(values)) | (np.abs(values) > 2**31))
        if wrong.any():
            first = int(wrong.argmax())
            problems.add(f"label {values[first]} of image {first} is no whole number")
            return None, (), []
        if blank.any():
            return _with_blanks(values, blank)
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
    found = tuple(as_text(value) for value in distinct)
    labels, class_names, notes = merged(codes.astype(np.int64).reshape(-1), found, [str(value) for value in distinct])
    plain = values.dtype.kind in "bui" and np.array_equal(distinct, np.arange(len(distinct)))
    text = values.dtype.kind in "US"
    if not plain and not text:
        # Not which number each becomes: another part may have classes besides.
        said = class_names[0] if len(distinct) == 1 else f"{class_names[0]} to {class_names[-1]}"
        notes.append(f"labels {said} do not count up from 0: classes go by their names")
    if names is not None:
        notes.append(
            f"class_names are not read: the {len(distinct):,} labels are text and name their classes themselves"
        )
    if NO_NAME in class_names:
        blank = labels == class_names.index(NO_NAME)
        notes.append(_of_no_class(int(blank.sum()), "an empty label"))
    return labels, class_names, notes


def _of_no_class(count: int, what: str) -> str:
    have, are = ("has", "it is") if count == 1 else ("have", "they are")
    return f"{count_text(count, 'image')} {have} {what}: {are} the class {NO_NAME!r}"


def _with_blanks(values: np.ndarray, blank: np.ndarray) -> tuple[np.ndarray | None, tuple[str, ...], list[str]]:
    distinct = np.unique(values[~blank])
    labels = np.where(blank, len(distinct), np.searchsorted(distinct, values)).astype(np.int64)
    note = _of_no_class(int(blank.sum()), "no label")
    return labels, (*(str(int(value)) for value in distinct), NO_NAME), [note]


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
    return merged(values.astype(np.int64), tuple(as_text(name) for name in names), [str(name) for name in names])


def merged(
    labels: np.ndarray, names: tuple[str, ...], written: list[str]
) -> tuple[np.ndarray, tuple[str, ...], list[str]]:
    """The labels (N,) with one class a name, because classes are told apart by their names.

    Parameters
    ----------
    names : tuple of K str
        As `as_text` makes them of `written`: some may be equal.
    """
    distinct = tuple(dict.fromkeys(names))
    notes = []
    if len(distinct) < len(names):
        place = {name: number for number, name in enumerate(distinct)}
        labels = np.array([place[name] for name in names], np.int64)[labels]
        twice = [name for name, count in Counter(names).items() if count > 1]
        shown = [
            " and ".join(repr(text) for text, name in zip(written, names, strict=True) if name == each)
            for each in twice[:3]
        ]
        notes.append(f"one class each, because their names are the same: {'; '.join(shown)}"[:300])
    folded: dict[str, str] = {}
    for name in distinct:
        other = folded.setdefault(name.casefold(), name)
        if other != name:
            notes.append(f"classes {other!r} and {name!r} differ only in case")
            break
    return labels, distinct, notes


def on_one_list(parts: Mapping[str, tuple[Block, tuple[str, ...]]]) -> tuple[dict[str, Block], tuple[str, ...]]:
    """Blocks with their labels on one list of classes: those of the first part, then what others have besides.

    A part without labels stays without.
    """
    names = tuple(dict.fromkeys(name for block, own in parts.values() if block.labels is not None for name in own))
    place = {name: number for number, name in enumerate(names)}
    placed = {}
    for part, (block, own) in parts.items():
        if block.labels is not None:
            block = replace(block, labels=np.array([place[name] for name in own], np.int64)[block.labels])
        placed[part] = block
    return placed, names


def with_chosen(loaded: Loaded, wanted: str, *, needed: bool = True) -> Loaded:
    """A set with the labels that `data.labels` asks for.

    Parameters
    ----------
    wanted : str
        "": those that come with the images, else the column that is called so; `folders`; `none`; or a column.
    needed : bool
        Whether images of which only some lie in a folder of a class are refused; else all go without, which is said.

    Raises
    ------
    DataError
        Where there is no such column, or it holds no classes.
    """
    blocks = loaded.blocks
    has_own = any(block.labels is not None for block in blocks.values())
    columns = dict.fromkeys(name for block in blocks.values() for name in block.columns)
    if wanted == "none":
        return _without(loaded)
    column = _column(columns, wanted) if wanted != "folders" else None
    if wanted and column is None and has_own and wanted.casefold() in OWN:
        return loaded
    if wanted and column is None:
        if wanted == "folders":
            raise DataError(
                loaded.no_classes or f"{loaded.name} has no sub-folders that could be classes",
                "Put each class into a sub-folder, or set data.labels to a column or to none",
            )
        shown = ", ".join(name for name in columns if name != "file")[:300] or "none"
        # A table that was passed over may be the one that was meant.
        unread = "".join(f"; {note}" for note in loaded.notes if "not read: " in note)
        raise DataError(
            f"There is no column {wanted!r} beside the images of {loaded.name}; there are: {shown}{unread}",
            suggest(wanted, columns) if columns else "Add a CSV with one, or leave data.labels empty",
        )
    asked = column is not None
    if column is None and not has_own:
        column = next((found for name in COLUMNS if (found := _automatic(blocks.values(), columns, name))), None)
    if column is None:
        if loaded.no_classes and not has_own and not needed:
            return replace(loaded, no_classes="", notes=(*loaded.notes, f"no classes: {loaded.no_classes}"))
        if loaded.no_classes and not has_own:
            raise DataError(
                loaded.no_classes,
                "Put them into a sub-folder of their class, or all images into one folder, or set data.labels=none",
            )
        return loaded
    return _from_column(loaded, column, asked=asked)


def _column(columns: Iterable[str], wanted: str) -> str | None:
    names = list(columns)
    if wanted in names:
        return wanted
    alike = [name for name in names if name.casefold() == wanted.casefold()]
    return alike[0] if len(alike) == 1 else None


def _automatic(blocks: Iterable[Block], columns: Iterable[str], name: str) -> str | None:
    """The column of that name, where it holds anything."""
    found = _column(columns, name)
    if found is None:
        return None
    values = [block.columns[found] for block in blocks if found in block.columns]
    return None if all(each.dtype.kind == "f" and np.isnan(each).all() for each in values) else found


def _from_column(loaded: Loaded, column: str, *, asked: bool) -> Loaded:
    """The set with a column as its classes; one that nobody asked for and that holds none stays a column."""
    blocks = _without(loaded).blocks
    mine = {part: block for part, block in blocks.items() if column in block.columns}
    values = np.concatenate([block.columns[column] for block in mine.values()])
    problems = Problems()
    labels, names, notes = code_labels(values, len(values), None, problems, blanks=True)
    if labels is None and not asked:
        if any(note.startswith(f"{column} is a column") for note in loaded.notes):
            return loaded
        note = f"column {column!r} is not taken for classes: {problems.lines[0]}"
        return replace(loaded, notes=(*loaded.notes, note))
    problems.raise_if_any(f"{loaded.name}, column {column!r}", "Choose another column for data.labels")
    assert labels is not None
    done = 0
    for part, block in mine.items():
        blocks[part] = replace(block, labels=labels[done : done + len(block)])
        done += len(block)
    said = [f"classes from column {column!r}", *notes]
    return replace(_without(loaded).with_blocks(blocks), class_names=names, notes=(*loaded.notes, *said))


def _without(loaded: Loaded) -> Loaded:
    """The set without its labels, which become a column."""
    blocks = {}
    for part, block in loaded.blocks.items():
        columns = dict(block.columns)
        if block.labels is not None and "labels" not in columns and loaded.class_names:
            columns["labels"] = np.array(loaded.class_names)[block.labels]
        blocks[part] = replace(block, labels=None, columns=columns)
    return replace(loaded.with_blocks(blocks), class_names=(), no_classes="")


def said_of_parts(loaded: Loaded) -> list[str]:
    """What a person must know where parts differ in their labels."""
    blocks = {part: block for part, block in loaded.blocks.items() if len(block)}
    without = [PART_WORDS.get(part, part) for part, block in blocks.items() if block.labels is None]
    if len(without) == len(blocks):
        return []
    notes = [f"the {' and '.join(without)} images carry no labels"] if without else []
    for part, other in (("train", "test"), ("test", "train")):
        if part in blocks and other in blocks:
            mine, others = blocks[part].labels, blocks[other].labels
            if mine is not None and others is not None:
                only = np.setdiff1d(mine, others)
                if len(only):
                    shown = ", ".join(loaded.class_names[label] for label in only[:5]) + (
                        ", ..." if len(only) > 5 else ""
                    )
                    notes.append(f"{len(only):,} classes are only among the {PART_WORDS[part]} images: {shown}")
    return notes


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


def as_column(values: np.ndarray) -> np.ndarray:
    """Values (N,) beside images, those that are bytes as the text that they stand for."""
    if values.dtype.kind != "S":
        return values
    return np.array([as_text(value) if value else "" for value in values.tolist()], np.str_)


def as_text(value: object) -> str:
    """A value as a name: accents as one letter, without control characters and blanks around."""
    if isinstance(value, bytes):
        try:
            text = value.decode("utf-8")
        except UnicodeDecodeError:
            # As tables and file names that are no UTF-8: what replaces letters would make different names one.
            text = value.decode("cp1252", "replace")
    else:
        text = str(value)
    text = unicodedata.normalize("NFC", "".join(letter for letter in text if letter.isprintable()))
    return text.strip()[:MOST_LETTERS] or NO_NAME
