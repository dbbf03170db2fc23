"""A code with its provenance: what panes show, compare, bookmark and hand to each other; and how it is named.

A name, as settings write it, is one of those of `views.pick`.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.outside_json import parsed
from latentexplorer.views.base import PART_NAMES, Array
from latentexplorer.views.lookup import decode_class, is_conditional
from latentexplorer.views.map_place import MapPlace
from latentexplorer.views.new_image import NewImage
from latentexplorer.views.pick import Picked, partner_of, pick_code

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

OURS = secrets.token_hex(8)
"""What a code that is dragged is known by as one of this process, and so of the run that is open in it."""
MOST_LETTERS = 24
"""Of a title: it stands in a line with others."""


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
    image : NewImage or None
        The image it is the code of, where that is none of the data.
    where : MapPlace or None
        The place of a map that it was inferred for.
    """

    z: Array
    y: int | None = None
    part: str = ""
    index: int | None = None
    how: str = ""
    scale: Array | None = field(default=None, repr=False)
    label: int | None = None
    pick: str = ""
    image: NewImage | None = field(default=None, repr=False)
    where: MapPlace | None = field(default=None, repr=False)

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
        of_image = self.of_image or self.image is not None
        how = f"{self.how}, another class" if of_image else self.how
        return replace(self, y=y, how=how, part="", index=None, image=None)

    def to_mime(self) -> bytes:
        """For drag and drop between panes."""
        values = {"z": self.z.tolist(), "y": self.y, "part": self.part, "index": self.index, "how": self.how}
        image = None if self.image is None else self.image.to_values()
        return json.dumps({**values, "label": self.label, "image": image, "of": OURS}).encode()

    @classmethod
    def from_mime(cls, content: bytes) -> Code | None:
        """What `to_mime` wrote, or None for anything else."""
        try:
            values = parsed(content)
            z = np.asarray(values["z"], dtype=np.float32)
            if z.ndim != 1 or not len(z) or not np.isfinite(z).all():
                return None
            if values.get("of") != OURS:
                # Of a window of another process, say: its images and classes are those of another run.
                return cls(z, how="a code from another window")
            index, y, label = values["index"], values["y"], values["label"]
            number = [None if item is None else int(item) for item in (index, y, label)]
            part, how, given = str(values["part"]), str(values["how"]), values.get("image")
            image = NewImage.of_values(given) if isinstance(given, dict) else None
            return cls(z, number[1], part, number[0], how, label=number[2], image=image)
        except (ValueError, KeyError, TypeError, OverflowError):
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


def code_now(run: Trained, code: Code) -> Code:
    """A code that was found before, as the run has it now: that of an image, or a mean, may have moved since."""
    newer = None
    if code.index is not None:
        newer = code_of_image(run, code.part, code.index)
    elif code.pick.startswith(("mean:", "median:")):
        newer = replace(named_code(run, code.pick), y=code.y)
    return newer if newer is not None and not np.array_equal(newer.z, code.z) else code


def image_of_code(run: Trained, code: Code) -> Array | None:
    """The image (H, W', C), uint8, that a code is the code of; None where it is of none, or its data is not there."""
    if code.image is not None:
        return code.image.pixels
    if code.index is None or run.data is None:
        return None
    try:
        image: Array = run.images(code.part).images[code.index]
    except (LatentExplorerError, IndexError):
        return None
    return np.asarray(image)


# -- names -------------------------------------------------------------------------------------------------------------


def as_setting(run: Trained, code: Code) -> str:
    """How settings write a code, so that the figure shows exactly this one: by name where that still means it.

    While a run trains, the code that a name stands for moves; then the numbers themselves are written.
    """
    name = f"{code.part}:{code.index}" if code.of_image else code.pick
    if name:
        try:
            if np.array_equal(pick_code(run, name).z, code.z):
                return name
        except LatentExplorerError:
            pass
    return f"[{', '.join(str(value) for value in code.z)}]"


def named_code(run: Trained, name: str) -> Code:
    """The code that a name stands for, such as "random:7" or "mean:Trouser". May load what sampling needs.

    Raises
    ------
    SettingsError
        If the run has no such code.
    """
    found = pick_code(run, name)
    # A draw from what was fitted to the codes is another one after more training: its numbers say more than its seed.
    fitted = name.startswith("random:") and run.prior is None
    return Code(found.z, found.y if is_conditional(run) else None, how=found.title, pick="" if fitted else name)


def picked_code(run: Trained, picked: Picked) -> Code:
    """What a view's settings name, as a code; that of an image, where it is one."""
    y = picked.y if is_conditional(run) else None
    name = picked.pick if isinstance(picked.pick, str) else ""
    kind, _, value = name.partition(":")
    if kind in ("train", "test"):
        return Code(picked.z, y, kind, int(value), picked.title, label=picked.y)
    return Code(picked.z, y, how=picked.title, pick=name)


def code_of_setting(run: Trained, pick: str | tuple[float, ...], label: str = "") -> Code:
    """The code that a figure's settings name, with the class that it is decoded with there.

    Raises
    ------
    SettingsError
        If the run has no such code, or no such class.
    """
    code = picked_code(run, pick_code(run, pick))
    return replace(code, y=decode_class(run, label, default=code.y or 0))


def title_of(run: Trained, code: Code) -> str:
    """A code in a few words: the class of its image, or how it came about."""
    if code.label is not None and code.label < len(run.class_names):
        return run.class_names[code.label]
    words = code.how or "a code"
    return words if len(words) <= MOST_LETTERS else f"{words[: MOST_LETTERS - 1]}…"


def caption_of(run: Trained, code: Code) -> str:
    """A code in a line: the class of its image and where that is from, or how it came about."""
    if code.of_image and code.label is not None and code.label < len(run.class_names):
        return f"{run.class_names[code.label]}, {code.how}"
    return code.how or "a code"
