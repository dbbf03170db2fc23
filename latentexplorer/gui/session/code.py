"""The current code and where it came from; the codes that were current before it; those that were given a name."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

import numpy as np

MAX_HISTORY = 500


@dataclass(frozen=True, eq=False)
class Code:
    """A code with its provenance.

    Attributes
    ----------
    z : ndarray (D,), float32, read-only
    y : int or None
        Class, for conditional models.
    part, index : str and int, or "" and None
        The image it is the code of ("train" or "test", position in that part), where there is one.
    how : str
        How it came about, for a person ("between 12 neighbours on the map").
    scale : ndarray (D,) or None
        Standard deviation of the posterior it is the mean of.
    label : int or None
        True class of that image.
    pick : str
        How a view's settings name it, where it is no image and has a name ("random:7", "mean:Trouser").
    """

    z: np.ndarray
    y: int | None = None
    part: str = ""
    index: int | None = None
    how: str = ""
    scale: np.ndarray | None = field(default=None, repr=False)
    label: int | None = None
    pick: str = ""

    def __post_init__(self) -> None:
        z = np.array(self.z, dtype=np.float32).reshape(-1)
        z.flags.writeable = False
        object.__setattr__(self, "z", z)

    @property
    def of_image(self) -> bool:
        """Whether it is the code of an image of the data."""
        return self.index is not None

    def same(self, other: Code | None) -> bool:
        """Whether both decode to the same image."""
        return other is not None and self.y == other.y and np.array_equal(self.z, other.z)

    def with_class(self, y: int | None) -> Code:
        """The same code for another class: no longer the code of that image."""
        return replace(self, y=y, how=f"{self.how}, another class" if self.of_image else self.how, part="", index=None)

    def to_mime(self) -> bytes:
        """For drag and drop between panes."""
        values = {"z": self.z.tolist(), "y": self.y, "part": self.part, "index": self.index, "how": self.how}
        return json.dumps({**values, "label": self.label}).encode()

    @classmethod
    def from_mime(cls, content: bytes) -> Code | None:
        """What `to_mime` wrote, or None for anything else."""
        try:
            values = json.loads(content)
            z = np.asarray(values["z"], dtype=np.float32)
            index, y, label = values["index"], values["y"], values["label"]
            if z.ndim != 1 or not len(z) or not np.isfinite(z).all():
                return None
            number = [None if item is None else int(item) for item in (index, y, label)]
            return cls(z, number[1], str(values["part"]), number[0], str(values["how"]), label=number[2])
        except (ValueError, KeyError, TypeError):
            return None


class Trail:
    """Earlier codes, back and forward like the pages of a browser, and bookmarks by name."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything (codes of one run mean nothing in another)."""
        self._codes: list[Code] = []
        self._at = -1
        self._passing = False
        self.bookmarks: dict[str, Code] = {}

    def add(self, code: Code, passing: bool = False) -> None:
        """Note a new current code. A passing one (while dragging) is overwritten by the next."""
        if self._passing:
            self._codes[self._at] = code
        elif self._at >= 0 and code.same(self._codes[self._at]):
            return
        else:
            del self._codes[self._at + 1 :]
            self._codes = [*self._codes[-MAX_HISTORY + 1 :], code]
            self._at = len(self._codes) - 1
        self._passing = passing

    @property
    def can_go_back(self) -> bool:
        """Whether there is an earlier code."""
        return self._at > 0

    @property
    def can_go_forward(self) -> bool:
        """Whether there is a later code."""
        return self._at < len(self._codes) - 1

    def go(self, steps: int) -> Code | None:
        """Move back (-1) or forward (1); the code there, or None at the end."""
        if not 0 <= self._at + steps < len(self._codes):
            return None
        self._at += steps
        self._passing = False
        return self._codes[self._at]
