"""An image that is none of the data: dropped, pasted, opened or drawn, and brought to the shape that a model knows."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator

from latentexplorer.core.paths import is_file, is_there
from latentexplorer.views.base import Array


def _absolute(value: object) -> object:
    """One or several files as a tuple; what lies in the folder that a command is called in, by its whole path."""
    values = (value,) if isinstance(value, str) and value else value or ()
    if not isinstance(values, (list, tuple)):
        return value
    return tuple(
        str(Path(item).absolute())
        if isinstance(item, str) and (is_there(Path(item)) or is_file(Path(item.rpartition("#")[0] or "/")))
        else item
        for item in values
    )


Files = Annotated[tuple[str, ...], BeforeValidator(_absolute)]
"""Files of new images in the settings of a view, as `NewImage.files` names them."""
MOST_LETTERS = 8_000_000
"""Of a picture written as text: more than any image that a model learns takes."""
MOST_PIXELS = 2 * 4096 * 4096
"""Of such a picture: two of the largest images that a model learns, side by side. Eight million letters could be a
thousand times as many."""


@dataclass(frozen=True, eq=False)
class NewImage:
    """The image that a code was found for.

    Attributes
    ----------
    pixels : ndarray (H, W', C), uint8
        As the model sees it; the two images side by side for a mixture of two.
    name : str
        For a person: the file's name, "a drawing".
    files : tuple of str
        Where it lies, as a figure's settings name it: a path, within the run's folder where that is not absolute, with
        `#3` behind it for image 3 of a file that holds several. Two for a mixture of two, none where it lies nowhere.
    notes : tuple of str
        What was changed to make it fit, and how its code was found, one line each.
    mixture : bool
        Whether it is itself the mixture that the model takes apart, and not what it is to find.
    """

    pixels: Array
    name: str
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    mixture: bool = False

    def to_values(self) -> dict[str, Any]:
        """As plain values, the pixels as the text of a PNG file."""
        picture = base64.b64encode(png_of(self.pixels)).decode()
        values = {"name": self.name, "files": list(self.files), "notes": list(self.notes), "mixture": self.mixture}
        return {**values, "picture": picture}

    @classmethod
    def of_values(cls, values: Mapping[str, Any], most_pixels: int = MOST_PIXELS) -> NewImage | None:
        """What `to_values` wrote, or None for anything else, and for a picture of more pixels."""
        from PIL import Image

        from latentexplorer.data.readers.image_files import UNREADABLE

        try:
            text = str(values["picture"])
            notes, files = (tuple(str(item) for item in values[key]) for key in ("notes", "files"))
            if len(text) > MOST_LETTERS:
                return None
            content = base64.b64decode(text, validate=True)
            with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
                if image.width * image.height > most_pixels:
                    return None
                pixels = np.asarray(image)
            if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or pixels.shape[2:] not in ((), (3,)):
                return None
            pixels = pixels[..., None] if pixels.ndim == 2 else pixels
            return cls(pixels, str(values["name"]), files, notes, bool(values["mixture"]))
        except UNREADABLE:
            return None


def without_code(image: NewImage) -> NewImage:
    """A new image without what was said of its code."""
    found = ("fitted", "encoded as ")
    return replace(image, notes=tuple(note for note in image.notes if not note.startswith(found)))


def png_of(pixels: Array) -> bytes:
    """An image (H, W, 1 or 3) uint8 as the content of a PNG file."""
    from PIL import Image

    content = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(content, "PNG")
    return content.getvalue()
