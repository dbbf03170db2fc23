"""The current code: the one that all panes follow, its decode, and the codes that were current before it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from latentexplorer.gui.session.undo import changed
from latentexplorer.gui.workers import decoding, image_tasks, tasks
from latentexplorer.gui.workers.decoder import CURRENT, Decoder
from latentexplorer.views.base import Array
from latentexplorer.views.code import Code, code_now, code_of_image, image_of_code
from latentexplorer.views.first_image import same_image, telling_image

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

MAX_HISTORY = 500
MOVING = "moving the code"
"""What a person does, where nothing more is known of it."""


Way = tuple[tuple[Code, ...], int]
"""Codes in the order in which they were looked at, and at which of them one is."""


class Trail:
    """Earlier codes, back and forward like the pages of a browser.

    Attributes
    ----------
    way : Way
        May be set, to what it was before.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything (codes of one run mean nothing in another)."""
        self._passing = ""
        self._codes: tuple[Code, ...] = ()
        self._at = -1

    @property
    def way(self) -> Way:
        return self._codes, self._at

    @way.setter
    def way(self, way: Way) -> None:
        self._codes, self._at = way
        self._passing = ""

    def add(self, code: Code, what: str, passing: bool = False) -> None:
        """Note a new current code. A passing one (while dragging) is overwritten by what comes next of the same."""
        if self._passing and self._passing == what:
            self._codes = (*self._codes[: self._at], code)
        elif self._at < 0 or not code.same(self._codes[self._at]):
            self._codes = (*self._codes[max(self._at + 2 - MAX_HISTORY, 0) : self._at + 1], code)
            self._at = len(self._codes) - 1
        else:
            passing = False
        self._passing = what if passing else ""

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
        self._passing = ""
        return self._codes[self._at]


@dataclass(frozen=True, eq=False)
class _Visit:
    """A code that was current, and the way on which one had come to it."""

    code: Code
    way: Way


class CurrentCode(QObject):
    """Asks the decoder for the image of whatever code becomes current.

    Attributes
    ----------
    code, image : Code and ndarray (H, W, C), or None
        The current code, and the newest decode; `image_of` is the code that `image` is the decode of.
    alone : bool
        Whether nothing else computes: while somebody drags the window then stands back, too, for a moment until the
        image is there.

    Signals
    -------
    changed : (Code)
        Another one is current, or the same image's has moved with new weights.
    followed : (Code)
        The same for whatever follows the code and is no part of showing its image: where somebody chose it in the next
        turn of the event loop, once for all that have come until then, so that what is done next is not late for it.
    chosen : ()
        Another one was made current; comes first.
    decoded : (Code, image)
        As soon as its image is there.
    message : (level, text)
        Why what was asked for has not become current.
    by_person : (Change)
    """

    changed = Signal(object)
    followed = Signal(object)
    chosen = Signal()
    decoded = Signal(object, object)
    message = Signal(str, str)
    by_person = Signal(object)

    def __init__(self, decoder: Decoder, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._decoder = decoder
        self._run: Trained | None = None
        self._trail = Trail()
        self._before: Array | None = None
        """The image that was looked at in the run before."""
        self._own: Code | None = None
        """The code whose class was changed last, as it was before."""
        self.code: Code | None = None
        self.image: Array | None = None
        self.image_of: Code | None = None
        self.alone = True
        self._following = QTimer(self)
        self._following.setSingleShot(True)
        self._following.setInterval(0)
        self._following.timeout.connect(self._on_following)

    # -- the run ---------------------------------------------------------------------------------------------------

    def clear(self, run: Trained) -> None:
        """Another run is open; `begin` chooses its first code, when whoever listens knows of it."""
        self._before = self.original(self.code)
        self._run = run
        self._trail.clear()
        self.code = self.image = self.image_of = self._own = None
        self._following.stop()

    def _tell(self, code: Code, *, soon: bool = False) -> None:
        """Another code is current; whether what follows it does so `soon` instead of now."""
        self.changed.emit(code)
        if soon:
            self._following.start()
        else:
            self._following.stop()
            self.followed.emit(code)

    @Slot()
    def _on_following(self) -> None:
        if self.code is not None:
            self.followed.emit(self.code)

    def begin(self) -> None:
        """Something to look at: the image that was looked at, where it is one of this run, else a telling one."""
        run = self._run
        assert run is not None
        same = None if self._before is None else same_image(run, self._before)
        self._before = None
        parts = [(part, codes) for part in ("test", "train") if (codes := run.codes.get(part)) is not None]
        telling = ((part, telling_image(codes)) for part, codes in parts if len(codes.loc))
        part, index = same or next(telling, ("", None))
        origin = Code(np.zeros(run.code_dim, dtype=np.float32), how="the origin")
        code = self._with_class(self.code_of(part, index) or origin)
        self._trail.add(code, "")
        self._take(run, code)
        self._tell(code)

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
        self._ask_again(run, self.code)
        self._tell(self.code)

    def _ask_again(self, run: Trained, code: Code) -> None:
        """The image of a code that may be older than the weights: a new image has another code by them."""
        if code.image is not None and run.config.model.kind.encoder:
            question = partial(image_tasks.encode_again, run, code)
            self._decoder.ask("current", question, partial(self._on_encoded, code), CURRENT)
        else:
            self._decode(run, code)

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
        what: str = MOVING,
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
            One of many while dragging: the next code of the same takes its place in the history.
        remember : bool
            Whether a person has chosen it: then one can go back to what was there before.
        what : str
            What a person does so, as it is called where it can be undone.
        """
        run = self._run
        if run is None:
            return
        code = z if isinstance(z, Code) else Code(z, y, how=how)
        if code.z.size != run.code_dim:
            self.chosen.emit()
            self.message.emit("warning", "That code belongs to another model: it has another size")
            return
        code = self._with_class(code)
        if remember:
            self._note(code, what, passing)
        self._take(run, code, passing)
        self._tell(code, soon=True)

    def _with_class(self, code: Code) -> Code:
        """A code with a class where the decoder is told one, and without where it is not."""
        if not self.conditional:
            return replace(code, y=None) if code.y is not None else code
        if code.y is not None:
            return code
        current = self.code.y if self.code is not None else None
        return replace(code, y=code.label if code.label is not None else current or 0)

    def _take(self, run: Trained, code: Code, passing: bool = False) -> None:
        self.chosen.emit()
        self.code = code
        # Asked first, so that no strip or grid that follows the code comes before it.
        self._decode(run, code)
        if self.alone or not passing:
            # Its image is on the screen before all that follows the code is even begun: what is drawn at once is drawn
            # with everything else that waits to be. A drag beside a training goes on meanwhile: it has many images.
            self._decoder.give_current_soon()

    def set_decoded(self, code: Code, images: Array, what: str) -> None:
        """Make a code current whose image (1, H, W', C) is there already.

        It is one of many while somebody draws: the next code takes its place in the history.
        """
        self._note(code, what, passing=True)
        self.chosen.emit()
        self.code = code
        self._on_decoded(code, images)
        self._tell(code, soon=True)

    def set_class(self, y: int) -> None:
        """Another class for the current code of a conditional model; its own one makes it that of its image again."""
        code = self.code
        if code is None or not self.conditional or y == code.y:
            return
        if self._own is None or not np.array_equal(self._own.z, code.z):
            self._own = code
        self.set(self._own if self._own.y == y else self._own.with_class(y), what="choosing another class")

    def pick_image(self, part: str, index: int) -> None:
        """Make the code of an image current."""
        code = self.code_of(part, index)
        if code is None:
            self.message.emit("warning", f"The code of {part} image {index} is not kept in this run")
            return
        self.set(code, what="picking an image")

    @Slot(object)
    def restore(self, code: Code) -> None:
        """Make the code of a figure current, with all that is known of the image it is the code of."""
        known = self.code_of(code.part, code.index)
        if known is not None:
            code = known if known.y == code.y else known.with_class(code.y)
        self.set(code, what="opening a figure")

    def draw_random(self, seed: int) -> None:
        """Draw a code from the prior (from the codes where the model has none) and make it current."""
        if self._run is not None:
            self._decoder.ask("random", partial(tasks.random_code, self._run, seed), self._on_random)

    def _on_random(self, z: Array) -> None:
        self.set(z, how="a random draw", what="drawing a random code")

    # -- back, forward and undone ----------------------------------------------------------------------------------

    def go(self, steps: int) -> None:
        """Back (-1) or forward (1) through earlier codes. That is a step like others: undone, the way is as before."""
        before = self._here()
        code = self._trail.go(steps)
        if code is not None and before is not None:
            self._report("going back" if steps < 0 else "going forward", before, code, passing=False)
            self.set(code, remember=False)

    def _note(self, code: Code, what: str, passing: bool) -> None:
        """A person makes a code current."""
        before = self._here()
        self._trail.add(code, what, passing)
        if before is not None:
            self._report(what, before, code, passing)

    def _report(self, what: str, before: _Visit, code: Code, passing: bool) -> None:
        after = _Visit(code, self._trail.way)
        same = code.same(before.code)
        self.by_person.emit(changed(what, self._put_back, before, after, gesture=what, ends=not passing, idle=same))

    def _here(self) -> _Visit | None:
        return _Visit(self.code, self._trail.way) if self.code is not None else None

    def _put_back(self, visit: _Visit) -> None:
        """Make a code current again that was: by what the run has become since, whose images may have other codes."""
        run = self._run
        if run is None:
            return
        self._trail.way = visit.way
        self.chosen.emit()
        self.code = code_now(run, visit.code)
        self._ask_again(run, self.code)
        self._decoder.give_current_soon()
        self._tell(self.code)

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
            self._tell(self.code)
            self._on_decoded(*found)

    def _on_decoded(self, code: Code, images: Array) -> None:
        self.image, self.image_of = images[0], code
        self.decoded.emit(code, self.image)
