"""What a source hands over: pixels that are read when they are wanted, with what is known of them already there.

Subsets are chosen before pixels are read, so a thousand images of a set larger than memory cost a thousand reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Protocol

import numpy as np

from latentexplorer.core.config import DataConfig, Fit
from latentexplorer.core.errors import DataError
from latentexplorer.data import convert

NOT_KNOWN: Mapping[str, float] = MappingProxyType({})
"""White values of images that others belong to, where there are none."""
CHANNELS = {"grey": 1, "rgb": 3}


class Pixels(Protocol):
    """Images that can be read by position.

    Attributes
    ----------
    shape : (N, H, W, C)
    notes : list of str
        What reading changes; complete once everything wanted has been read.
    scales : dict of str to convert.Scale
        Which value is white, by kind of number (`convert.kind_of`); empty where that is not judged from the images.
    """

    notes: list[str]
    scales: dict[str, convert.Scale]

    @property
    def shape(self) -> tuple[int, int, int, int]: ...

    def read(self, rows: np.ndarray) -> np.ndarray:
        """The images at `rows`, (n, H, W, C) uint8."""
        ...

    def array(self) -> np.ndarray | None:
        """All of them as they are, where they are uint8 (N, H, W, C) already."""
        ...

    def finish(self) -> dict[int, str]:
        """Called after the last read: rows that could not be read and are to be left out, each with its name and why.

        Raises
        ------
        DataError
            Naming them all, where they are not to be left out.
        """
        ...


class ArrayPixels:
    """Pixels of an array, or a memory map, of any number type.

    Parameters
    ----------
    values : ndarray (N, H, W, C)
    scale : convert.Scale
        Which value is white.
    """

    def __init__(
        self, values: np.ndarray, scale: convert.Scale = convert.AS_IS, notes: list[str] | None = None
    ) -> None:
        self.values = values
        self.kind = convert.kind_of(values.dtype)
        self.scales = {self.kind: scale}
        self.notes = notes or []

    @property
    def shape(self) -> tuple[int, int, int, int]:
        count, height, width, channels = self.values.shape
        return count, height, width, channels

    def read(self, rows: np.ndarray) -> np.ndarray:
        return self.scales[self.kind].to_uint8(self.values[rows])

    def array(self) -> np.ndarray | None:
        return self.values if self.kind == "uint8" and self.scales[self.kind].white == 255 else None

    def finish(self) -> dict[int, str]:
        """Arrays are checked before they are read."""
        return {}


@dataclass(frozen=True)
class Wanted:
    """How a person's own images are to be read.

    Attributes
    ----------
    size : (H, W) or None
        None: as the images are.
    channels : int or None
        1 or 3; None: as most of the images are.
    fit : "pad", "crop" or "squash"
        What becomes of other proportions.
    skip_unreadable : bool
        Leave out files that cannot be read.
    every_frame : bool
        Take every page or frame of a file as an image; else only the first.
    whites : mapping
        White values of images that these belong to, by kind of number.
    """

    size: tuple[int, int] | None = None
    channels: int | None = None
    fit: Fit = "pad"
    skip_unreadable: bool = False
    every_frame: bool = False
    whites: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, config: DataConfig) -> Wanted:
        """What the settings ask for."""
        every_frame = config.frames == "all"
        return cls(config.size_px, CHANNELS.get(config.color), config.fit, config.skip_unreadable, every_frame)


@dataclass(frozen=True, eq=False)
class Block:
    """Some of a source's images, by position, with what is known of them.

    Attributes
    ----------
    pixels : Pixels
    rows : ndarray (N,), int64
        Positions in `pixels`.
    labels, columns
        As in `ImageSet`, one value for each of `rows`.
    """

    pixels: Pixels
    rows: np.ndarray
    labels: np.ndarray | None = None
    columns: dict[str, np.ndarray] = field(default_factory=dict)

    @classmethod
    def of(
        cls, pixels: Pixels, labels: np.ndarray | None = None, columns: dict[str, np.ndarray] | None = None
    ) -> Block:
        """All images of `pixels`."""
        return cls(pixels, np.arange(pixels.shape[0]), labels, columns or {})

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, index: np.ndarray) -> Block:
        """The images at `index`."""
        return replace(
            self,
            rows=self.rows[index],
            labels=None if self.labels is None else self.labels[index],
            columns={name: values[index] for name, values in self.columns.items()},
        )


@dataclass(frozen=True, eq=False)
class Loaded:
    """What a source found.

    Attributes
    ----------
    test : Block or None
        None: the source has no held-out images, and some of `train` are to be held out.
    in_order : bool
        Whether these must be the last ones, because neighbours belong together (or because all orders are alike).
    others : dict of Block
        Further parts by name, which are neither trained on nor held out.
    no_classes : str
        Why there are no labels, where some were to be expected and another source of them may be named instead.
    """

    name: str
    train: Block
    test: Block | None = None
    class_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    factor_names: tuple[str, ...] = ()
    in_order: bool = False
    others: dict[str, Block] = field(default_factory=dict)
    no_classes: str = ""

    @property
    def blocks(self) -> dict[str, Block]:
        """All parts by name: `train`, `test` and others."""
        return {"train": self.train, **({} if self.test is None else {"test": self.test}), **self.others}

    @property
    def named(self) -> bool:
        """Whether every image has a name: its file's."""
        files = [block.columns.get("file") for block in self.blocks.values()]
        return all(names is not None and names.dtype.kind == "U" for names in files)

    def with_blocks(self, blocks: dict[str, Block]) -> Loaded:
        """The same with other blocks in the place of these."""
        others = {name: blocks[name] for name in self.others}
        return replace(self, train=blocks["train"], test=blocks.get("test"), others=others)


def some(names: Sequence[str], shown: int = 3) -> str:
    """The first few of many names, and how many more there are."""
    more = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {more:,} more" if more > 0 else "")


class Problems:
    """Everything wrong with a set, collected so that a person hears of it at once."""

    SHOWN = 8

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, line: str) -> None:
        """Note one thing that is wrong: where, which value."""
        self.lines.append(line[:300])

    def raise_if_any(self, where: str, todo: str, error: Callable[[str, str], DataError] = DataError) -> None:
        """Raise one DataError, or another `error`, that names them all (the first few of very many)."""
        if not self.lines:
            return
        shown = "; ".join(self.lines[: self.SHOWN])
        more = len(self.lines) - self.SHOWN
        raise error(f"{where}: {shown}" + (f"; and {more} more" if more > 0 else ""), todo)
