"""What was erased of images, kept while the window is open: a sheet that is opened again goes on where it was."""

from __future__ import annotations

import hashlib

from latentexplorer.gui.window.code_sheets.eraser import Eraser
from latentexplorer.views.base import Array

MOST_IMAGES = 20
"""Of which it is known, those touched last."""


class KeptMasks:
    """By what the images show: in another run the same image has lost the same part."""

    def __init__(self) -> None:
        self._strokes: dict[str, tuple[bytes, ...]] = {}

    def keep(self, eraser: Eraser) -> None:
        """Remember what is erased, and the strokes that can be undone."""
        name = _name(eraser.original)
        self._strokes.pop(name, None)
        self._strokes[name] = eraser.strokes
        while len(self._strokes) > MOST_IMAGES:
            del self._strokes[next(iter(self._strokes))]

    def bring_back(self, eraser: Eraser) -> None:
        """Erase what was erased of its image when a sheet about it was open last."""
        strokes = self._strokes.get(_name(eraser.original))
        if strokes is not None:
            eraser.bring_back(strokes)


def _name(pixels: Array) -> str:
    return hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()
