"""Arrays of labels: one class an image, one-hot rows, or a table of several labels an image."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from latentexplorer.data.labels import as_column, as_text, code_labels, on_one_list
from latentexplorer.data.pixels import Block, Problems

MOST_COLUMNS = 512
"""Labels an image in a table, at most."""
STRICT = ("labels", "train_labels", "test_labels")
"""Arrays called so hold classes; what is called `y` or `target` may be any number."""

Columns = dict[str, np.ndarray]


class LabelArrays:
    """What arrays of labels say of the parts of a set.

    Parameters
    ----------
    arrays : dict of part to (name, ndarray (N,) or (N, K))
    names : ndarray (K,) or None
        Names of the classes, or of the labels of a table.
    counts : dict of part to int
        How many images there are.
    problems : Problems

    Attributes
    ----------
    labels : dict of part to (ndarray (N,), class names)
    columns : dict of part to dict of ndarray (N,)
    notes : list of str
    """

    def __init__(
        self,
        arrays: Mapping[str, tuple[str, np.ndarray]],
        names: np.ndarray | None,
        counts: Mapping[str, int],
        problems: Problems,
    ) -> None:
        self.labels: dict[str, tuple[np.ndarray, tuple[str, ...]]] = {}
        self.columns: dict[str, Columns] = {}
        self.notes: list[str] = []
        wide = [values for _, values in arrays.values() if values.ndim == 2 and values.shape[1] > 1]
        # What is one-hot in one part by chance and not in the other is a table in both.
        hot = bool(wide) and len(wide) == len(arrays) and all(_is_one_hot(each) for each in wide)
        if hot:
            self.notes.append("labels are one-hot: the class of an image is where its 1 is")
            names = np.arange(wide[0].shape[1]) if names is None else names
        for part, (name, values) in arrays.items():
            if values.ndim == 2 and values.shape[1] > 1 and not hot:
                self._table(part, name, values, names, counts[part], problems)
            else:
                self._classes(part, name, values.argmax(1) if hot else values, names, counts[part], problems)
        self.notes = list(dict.fromkeys(self.notes))

    def onto(self, blocks: Mapping[str, Block]) -> tuple[dict[str, Block], tuple[str, ...]]:
        """The blocks with their labels, and the classes."""
        parts = {}
        for part, block in blocks.items():
            labels, names = self.labels.get(part, (None, ()))
            columns = {**block.columns, **self.columns.get(part, {})}
            parts[part] = Block(block.pixels, block.rows, labels, columns), names
        return on_one_list(parts)

    def _classes(
        self, part: str, name: str, values: np.ndarray, names: np.ndarray | None, count: int, problems: Problems
    ) -> None:
        wrong = Problems()
        labels, class_names, notes = code_labels(values, count, names, wrong)
        if labels is not None:
            self.labels[part] = labels, class_names
            self.notes += notes
        elif values.shape == (count,) and values.dtype.kind in "buifUS" and name.lower() not in STRICT:
            self.columns[part] = {as_text(name): as_column(values)}
            self.notes.append(f"{name} is a column and no classes: {wrong.lines[0]}")
        else:
            for line in wrong.lines:
                problems.add(line)

    def _table(
        self, part: str, name: str, values: np.ndarray, names: np.ndarray | None, count: int, problems: Problems
    ) -> None:
        wide = values.shape[1]
        if len(values) != count or wide > MOST_COLUMNS or values.dtype.kind not in "buifUS":
            problems.add(f"{name} of shape {values.shape} and type {values.dtype} beside {count:,} images")
            return
        columns = [f"label_{k}" for k in range(wide)]
        if names is not None and names.shape == (wide,):
            named = [as_text(each) for each in names]
            columns = named if len(set(named)) == wide else columns
        if names is not None and columns[0] == "label_0":
            many = "some of them twice" if names.shape == (wide,) else f"{names.size} for {wide} labels"
            self.notes.append(f"names of the labels are not read: {many}")
        self.columns[part] = dict(zip(columns, map(as_column, values.T), strict=True))
        self.notes.append(
            f"{name} holds {wide} labels of each image: columns {columns[0]} to {columns[-1]}, one of which can be the"
            " class (data.labels)"
        )


def _is_one_hot(values: np.ndarray) -> bool:
    """Whether each row (N, K) holds a single 1 and else zeros."""
    if values.dtype.kind not in "buif" or not len(values):
        return False
    return bool(((values == 0) | (values == 1)).all() and (np.count_nonzero(values, axis=1) == 1).all())
