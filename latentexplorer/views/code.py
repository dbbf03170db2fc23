"""A code with its provenance: what panes show, compare, bookmark and hand to each other."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.views.base import PART_NAMES, Array
from latentexplorer.views.lookup import is_conditional
from latentexplorer.views.pick import partner_of

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


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

    z: Array
    y: int | None = None
    part: str = ""
    index: int | None = None
    how: str = ""
    scale: Array | None = field(default=None, repr=False)
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


def code_of_image(run: Trained, part: str, index: int) -> Code | None:
    """The known code of an image, with its posterior's scale; None where it is not among the codes of the run."""
    codes = run.codes.get(part)
    if codes is None:
        return None
    # Nearly always in order, and asked for every picture in sight.
    row = int(np.searchsorted(codes.index, index))
    if row >= len(codes.index) or codes.index[row] != index:
        rows = np.flatnonzero(codes.index == index)
        if not len(rows):
            return None
        row = int(rows[0])
    label = None if codes.labels is None else int(codes.labels[row])
    scale = None if codes.scale is None else codes.scale[row]
    name = PART_NAMES.get(part, part)
    how = f"{name} image {index}"
    if run.config.model.kind.separates:
        how = f"mixture of {name} images {index} and {partner_of(codes, index)}"
    return Code(codes.loc[row], label if is_conditional(run) else None, part, index, how, scale, label)


def image_of_code(run: Trained, code: Code) -> Array | None:
    """The image (H, W, C), uint8, that a code is the code of; None where it is of none, or its data is not there."""
    if code.index is None or run.data is None:
        return None
    try:
        image: Array = run.images(code.part).images[code.index]
    except (LatentExplorerError, IndexError):
        return None
    return np.asarray(image)
