"""What a search can ask of codes: columns of numbers and of names, worked out when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.core.registry import suggest
from latentexplorer.views.base import Array, Part
from latentexplorer.views.lookup import kl_of
from latentexplorer.views.map_colors import errors_of
from latentexplorer.views.search_words import quoted

if TYPE_CHECKING:
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained

MOST_NAMED = 24
"""Columns or classes that an error names."""
BOOKMARK, CLASS, ERROR, KL = "bookmark", "class", "error", "kl"
INDEX, POSITION = "index", "position"
Bookmarks = Mapping[str, tuple[str, int]]
"""By name: the part and the position of the image whose code it is."""


@dataclass(frozen=True)
class Names:
    """A column of names.

    Attributes
    ----------
    names : tuple of U str
    numbers : (P,) int64
        For each time that an image has a name: which, -1 for none.
    rows : (P,) int64 or None
        And which row that image is; None: one a row, in order.
    """

    names: tuple[str, ...]
    numbers: Array
    rows: Array | None = None

    def spread(self, which: Array, count: int) -> Array:
        """The rows (N,) bool that have one of some names (U,) bool."""
        hit = np.concatenate([np.asarray(which, bool), [False]])[self.numbers]
        if self.rows is None:
            return hit
        found = np.zeros(count, bool)
        found[self.rows[hit]] = True
        return found

    def as_numbers(self) -> Array | None:
        """The names as numbers, a row each, where all of them are some (classes that are called 0 to 9)."""
        if self.rows is not None or not self.names or any(not name.isdecimal() for name in self.names):
            return None
        return np.array([*map(float, self.names), np.nan])[self.numbers]


Column = Names | Array
"""Names, or numbers (N,) float64 with NaN where unknown."""


class Facts:
    """What is known of N codes; a column is worked out when it is first asked for.

    Parameters
    ----------
    trained, shown : Trained
        The run, which has the images, and the run as it was at the epoch whose codes these are.
    errors : (N,) or None
        Their errors, where these are known already.
    """

    def __init__(
        self,
        trained: Trained,
        shown: Trained,
        codes: Codes,
        part: Part,
        bookmarks: Bookmarks,
        errors: Array | None = None,
        stop: StopToken = NEVER,
    ) -> None:
        self.count = len(codes)
        self._trained, self._shown, self._codes, self._part = trained, shown, codes, part
        self._bookmarks, self._stop = bookmarks, stop
        self._made: dict[str, Column] = {} if errors is None else {ERROR: np.asarray(errors, np.float64)}
        self._folded: dict[str, list[str]] = {}
        self._makers: dict[str, Callable[[], Column]] = self._own() | self._of_data()

    def _own(self) -> dict[str, Callable[[], Column]]:
        codes, trained = self._codes, self._trained
        makers: dict[str, Callable[[], Column]] = {}
        if codes.labels is not None:
            makers[CLASS] = self._classes
        if trained.data is not None and not trained.config.model.kind.separates:
            makers[ERROR] = self._errors
        if self._shown.prior is not None and codes.scale is not None:
            makers[KL] = self._kl
        if trained.data is not None:
            makers[INDEX] = self._index
        makers[POSITION] = self._position
        makers[BOOKMARK] = self._bookmarked
        return makers

    def _of_data(self) -> dict[str, Callable[[], Column]]:
        columns = self._trained.columns(self._part)
        return {name: _Maker(values, self._codes.index) for name, values in columns.items() if name not in self._own()}

    @property
    def columns(self) -> tuple[str, ...]:
        """What can be asked, but for the dimensions of the code, which are called z0, z1 ..."""
        return tuple(self._makers)

    @property
    def dimensions(self) -> int:
        """D."""
        return int(self._codes.loc.shape[1])

    def column(self, name: str) -> tuple[str, Column]:
        """A column by its name, whatever its capitals, and how it is really called.

        Raises
        ------
        SettingsError
            Naming those there are.
        """
        known = name if name in self._makers else self._alike(name)
        if known is None and (place := _dimension(name)) is not None and place < self.dimensions:
            return f"z{place}", self._codes.loc[:, place].astype(np.float64)
        if known is None:
            raise self._unknown(name)
        if known not in self._made:
            self._made[known] = self._makers[known]()
        return known, self._made[known]

    def _alike(self, name: str) -> str | None:
        alike = [known for known in self._makers if known.casefold() == name.casefold()]
        if len(alike) > 1:
            raise SettingsError(f"{name!r} may be {' or '.join(alike)}", "Write it as it is written there")
        return alike[0] if alike else None

    def _unknown(self, name: str) -> Exception:
        why = {
            CLASS: "These images carry no classes",
            ERROR: "Errors are not known: the images are not there, or are mixtures",
            KL: f"{self._trained.config.model.kind.title} has no KL",
        }
        if name.casefold() in why:
            return NotApplicableError(why[name.casefold()], "Search for something else")
        named = [quoted(each) for each in self.columns]
        named = named[:MOST_NAMED] + [f"{len(named) - MOST_NAMED} more"] * (len(named) > MOST_NAMED)
        last = self.dimensions - 1
        named.append("z0" if not last else f"z0 to z{last}")
        near = suggest(name, [*self.columns, "z0"])
        what = f"There is no column {name[:60]!r}; columns are {', '.join(named)}"
        return SettingsError(what, near if near.startswith("Did you") else "")

    def texts(self) -> list[tuple[str, Names]]:
        """The columns of names."""
        found = []
        for name in self.columns:
            if name not in (ERROR, KL, INDEX, POSITION):
                column = self.column(name)[1]
                found += [(name, column)] if isinstance(column, Names) else []
        return found

    def folded(self, name: str, column: Names) -> list[str]:
        """The names of a column without regard to capitals."""
        if name not in self._folded:
            self._folded[name] = [each.casefold() for each in column.names]
        return self._folded[name]

    def _classes(self) -> Names:
        assert self._codes.labels is not None
        return Names(self._trained.class_names, np.asarray(self._codes.labels))

    def _errors(self) -> Array:
        return errors_of(self._trained, self._shown, self._codes, self._part, self._stop)

    def _kl(self) -> Array:
        kl = kl_of(self._shown, self._codes)
        assert kl is not None
        return np.asarray(kl.sum(1), np.float64)

    def _index(self) -> Array:
        ids = self._trained.images(self._part).ids
        return np.asarray(self._codes.index if ids is None else ids[self._codes.index], np.float64)

    def _position(self) -> Array:
        return np.asarray(self._codes.index, np.float64)

    def _bookmarked(self) -> Names:
        row_of = {int(position): row for row, position in enumerate(self._codes.index)} if self._bookmarks else {}
        here = {
            name: row_of[position]
            for name, (part, position) in self._bookmarks.items()
            if part == self._part and position in row_of
        }
        return Names(tuple(here), np.arange(len(here)), np.array(list(here.values()), np.int64))


@dataclass(frozen=True)
class _Maker:
    """Makes a column of the data: numbers as they are, all else as names."""

    values: Array
    index: Array

    def __call__(self) -> Column:
        values = np.asarray(self.values)[self.index]
        if values.dtype.kind in "fiu":
            return values.astype(np.float64)
        names, numbers = np.unique(values.astype(np.str_), return_inverse=True)
        return Names(tuple(names.tolist()), np.asarray(numbers, np.int64))


def _dimension(name: str) -> int | None:
    """3 of `z3`."""
    return int(name[1:]) if name[:1] in "zZ" and name[1:].isascii() and name[1:].isdecimal() and len(name) < 9 else None
