"""The current code: the one that all panes follow, its decode, and the codes that were current before it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from latentexplorer.gui.workers import decoding, image_tasks, tasks
from latentexplorer.gui.workers.decoder import CURRENT, Decoder
from latentexplorer.views.base import Array
from latentexplorer.views.code import Code, code_of_image, image_of_code

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

MAX_HISTORY = 500


class Trail:
    """Earlier codes, back and forward like the pages of a browser."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything (codes of one run mean nothing in another)."""
        self._codes: list[Code] = []
        self._at = -1
        self._passing = False

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


class CurrentCode(QObject):
    """Asks the decoder for the image of whatever code becomes current.

    Attributes
    ----------
    code, image : Code and ndarray (H, W, C), or None
        The current code, and the newest decode; `image_of` is the code that `image` is the decode of.
    alone : bool
        Whether nothing else computes: the window then stands back for a moment until the image is there.

    Signals
    -------
    changed : (Code)
        Another one is current, or the same image's has moved with new weights.
    chosen : ()
        Another one was made current; comes first.
    decoded : (Code, image)
        As soon as its image is there.
    message : (level, text)
        Why what was asked for has not become current.
    """

    changed = Signal(object)
    chosen = Signal()
    decoded = Signal(object, object)
    message = Signal(str, str)

    def __init__(self, decoder: Decoder, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._decoder = decoder
        self._run: Trained | None = None
        self._trail = Trail()
        self._own: Code | None = None
        """The code whose class was changed last, as it was before."""
        self.code: Code | None = None
        self.image: Array | None = None
        self.image_of: Code | None = None
        self.alone = True

    # -- the run ---------------------------------------------------------------------------------------------------

    def clear(self, run: Trained) -> None:
        """Another run is open; `begin` chooses its first code, when whoever listens knows of it."""
        self._run = run
        self._trail.clear()
        self.code = self.image = self.image_of = self._own = None

    def begin(self) -> None:
        """Something to look at: the first image whose code is known."""
        run = self._run
        assert run is not None
        for part in ("test", "train"):
            codes = run.codes.get(part)
            if codes is not None and len(codes.loc):
                self.pick_image(part, int(codes.index[0]))
                return
        self.set(np.zeros(run.code_dim, dtype=np.float32), how="the origin")

    def renew(self, run: Trained) -> None:
        """The run has new weights, which is what is asked from now on; `follow` comes, when whoever listens knows."""
        self._run = run

    def follow(self) -> None:
        """After new weights an image keeps being looked at although its code has moved."""
        run = self._run
        if self.code is None or run is None:
            self.begin()
            return
        self.code = self.code_of(self.code.part, self.code.index) or self.code
        if self.code.image is not None and run.config.model.kind.encoder:
            question = partial(image_tasks.encode_again, run, self.code)
            self._decoder.ask("current", question, partial(self._on_encoded, self.code), CURRENT)
        else:
            self._decode(run, self.code)
        self.changed.emit(self.code)

    @property
    def conditional(self) -> bool:
        """Whether the run's decoder is told a class."""
        return bool(self._run is not None and self._run.config.model.kind.conditional)

    def code_of(self, part: str, index: int | None) -> Code | None:
        """The known code of an image, or None if it is not among the codes of the run."""
        return code_of_image(self._run, part, index) if self._run is not None and index is not None else None

    def original(self, code: Code | None) -> Array | None:
        """The image (H, W, C), uint8, that a code is the code of, where there is one and its data is there."""
        return image_of_code(self._run, code) if self._run is not None and code is not None else None

    def class_for(self, y: int | None) -> int | None:
        """The class that codes are decoded with: `y`, else that of the current code; None where there are none."""
        if not self.conditional:
            return None
        return y if y is not None else (self.code.y if self.code is not None else 0)

    # -- changing it -----------------------------------------------------------------------------------------------

    def set(
        self,
        z: Array | Code,
        y: int | None = None,
        how: str = "",
        *,
        passing: bool = False,
        remember: bool = True,
    ) -> None:
        """Make a code current; `changed` follows at once, `decoded` as soon as its image is there.

        Parameters
        ----------
        z : ndarray (D,) or Code
        y : int or None
            Class for a conditional model; None keeps the current one.
        how : str
            How it came about, for a person.
        passing : bool
            One of many while dragging: the next code takes its place in the history.
        """
        run = self._run
        if run is None:
            return
        self.chosen.emit()
        code = z if isinstance(z, Code) else Code(z, y, how=how)
        if code.z.size != run.code_dim:
            self.message.emit("warning", "That code belongs to another model: it has another size")
            return
        if not self.conditional:
            code = replace(code, y=None) if code.y is not None else code
        elif code.y is None:
            current = self.code.y if self.code is not None else None
            code = replace(code, y=code.label if code.label is not None else current or 0)
        self.code = code
        if remember:
            self._trail.add(code, passing)
        # Asked first, so that no strip or grid that follows the code comes before it.
        self._decode(run, code)
        if self.alone:
            # Its image is on the screen before all that follows the code is even begun.
            self._decoder.give_current_soon()
        self.changed.emit(code)

    def set_decoded(self, code: Code, images: Array) -> None:
        """Make a code current whose image (1, H, W', C) is there already.

        It is one of many while somebody draws: the next code takes its place in the history.
        """
        self.chosen.emit()
        self.code = code
        self._trail.add(code, passing=True)
        self._on_decoded(code, images)
        self.changed.emit(code)

    def set_class(self, y: int) -> None:
        """Another class for the current code of a conditional model; its own one makes it that of its image again."""
        code = self.code
        if code is None or not self.conditional or y == code.y:
            return
        if self._own is None or not np.array_equal(self._own.z, code.z):
            self._own = code
        self.set(self._own if self._own.y == y else self._own.with_class(y))

    def pick_image(self, part: str, index: int) -> None:
        """Make the code of an image current."""
        code = self.code_of(part, index)
        if code is None:
            self.message.emit("warning", f"The code of {part} image {index} is not kept in this run")
            return
        self.set(code)

    @Slot(object)
    def restore(self, code: Code) -> None:
        """Make the code of a figure current, with all that is known of the image it is the code of."""
        known = self.code_of(code.part, code.index)
        if known is not None:
            code = known if known.y == code.y else known.with_class(code.y)
        self.set(code)

    def draw_random(self, seed: int) -> None:
        """Draw a code from the prior (from the codes where the model has none) and make it current."""
        if self._run is not None:
            self._decoder.ask("random", partial(tasks.random_code, self._run, seed), self._on_random)

    def _on_random(self, z: Array) -> None:
        self.set(z, how="a random draw")

    # -- back and forward ------------------------------------------------------------------------------------------

    def go(self, steps: int) -> None:
        """Back (-1) or forward (1) through earlier codes."""
        code = self._trail.go(steps)
        if code is not None:
            self.set(code, remember=False)

    @property
    def can_go_back(self) -> bool:
        """Whether there is an earlier code."""
        return self._trail.can_go_back

    @property
    def can_go_forward(self) -> bool:
        """Whether there is a later code."""
        return self._trail.can_go_forward

    # -- its image -------------------------------------------------------------------------------------------------

    def _decode(self, run: Trained, code: Code) -> None:
        question = partial(decoding.decode_as, run, code.z[None], code.y)
        self._decoder.ask("current", question, partial(self._on_decoded, code), CURRENT)

    def _on_encoded(self, asked: Code, found: tuple[Code, Array]) -> None:
        """The same new image by newer weights."""
        if self.code is asked:
            self.code = found[0]
            self.changed.emit(self.code)
            self._on_decoded(*found)

    def _on_decoded(self, code: Code, images: Array) -> None:
        self.image, self.image_of = images[0], code
        self.decoded.emit(code, self.image)
