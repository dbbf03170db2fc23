"""How odd the image of a code is beside held-out images, for a person, and where it does not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.counting import percent_text
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.views.base import Array
from latentexplorer.views.code import Code, image_of_code
from latentexplorer.views.odd_images import map_pictures, share_text

if TYPE_CHECKING:
    from latentexplorer.latent.oddness import HeldOut
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained

    Decode = Callable[[Trained, Array, Array | None], Array]
    """Images of the codes (B, D) of a run, with their classes (B,), as the decoder gives them."""

MOST = 512
"""Held-out images that an image is held against while a person looks on."""


@dataclass(frozen=True, eq=False)
class OddFacts:
    """About the image of one code.

    Attributes
    ----------
    code : Code
    words, brief : str
        How odd it is, in a line and in a shorter one; or why that is not known.
    picture : (H, W, 3) float32 in [0, 1], or None
        Where it does not fit.
    """

    code: Code
    words: str
    brief: str
    picture: Array | None = None


class KnownHeldOut:
    """Keeps what is usual among the held-out images of a run until others are asked about.

    May be asked from any thread.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._of: Codes | None = None
        self._steps: Iterator[HeldOut | None] = iter(())
        self._found: HeldOut | None = None

    def learn(self, run: Trained, codes: Codes, decode: Decode) -> Iterator[HeldOut | None]:
        """What is usual among the images of some codes, in steps: None until the last."""
        from latentexplorer.latent.oddness import learn, some

        while True:
            with self._lock:
                if self._of is not codes:
                    by_class = run.config.model.kind.conditional
                    chosen, images = some(codes, MOST), run.images("test").images
                    self._steps = learn(images, chosen, partial(decode, run), by_class)
                    self._of, self._found = codes, None
                if self._found is None:
                    self._found = next(self._steps)
                found = self._found
            yield found
            if found is not None:
                return


shared_held_out = KnownHeldOut()
"""What is usual among those of the run that is shown."""


def has_oddness(run: Trained, code: Code) -> bool:
    """Whether a code has an image that can be odd."""
    known = code.image is not None or (code.of_image and run.data is not None)
    return known and not run.config.model.kind.separates


def odd_of(run: Trained, code: Code, known: KnownHeldOut, decode: Decode) -> Iterator[OddFacts | None]:
    """How odd the image of a code is, in steps: None until the last.

    Parameters
    ----------
    known : KnownHeldOut
    """
    image, encoded = image_of_code(run, code), run.config.model.kind.encoder
    if image is None or not has_oddness(run, code):
        return
    # Held against held-out images whose codes came about as its own did: those of the run's own images in its training.
    tracked = encoded or code.part in ("train", "test")
    reference = run.codes.get("test") if tracked else run.fitted
    if run.data is None or reference is None or not len(reference):
        kept = "codes" if tracked else "fitted codes"
        held_out = run.data is not None and len(run.data.test)
        why = f"no {kept} of held-out images are kept" if held_out else "no held-out images"
        yield OddFacts(code, f"How odd it is cannot be told: {why}", "odd: not known")
        return
    steps = known.learn(run, reference, decode)
    while (usual := next(steps)) is None:
        yield None
    yield facts_of(run, code, image, decode(run, code.z[None], None if code.y is None else np.array([code.y])), usual)


def facts_of(run: Trained, code: Code, image: Array, x_hat: Array, usual: HeldOut) -> OddFacts:
    """The same, given its image (H, W, C) uint8 and its decode (1, H, W, C)."""
    from latentexplorer.latent.oddness import errors_of, residuals

    # A class that was looked for, because nobody told it, fits better than one that is known.
    told = code.y if code.image is None else code.label
    labels = np.array([-1 if told is None else told])
    among = np.flatnonzero(usual.index == code.index) if code.part == "test" else np.zeros(0, np.int64)
    own = bool(len(among))
    # Decoded alone its error differs in the last bits, and it would be held against itself.
    errors = usual.errors[among[:1]] if own else errors_of(residuals(image[None], x_hat))
    try:
        p, count = usual.judge(errors, labels, own=own)
    except NotApplicableError as error:
        return OddFacts(code, str(error), "odd: not known")
    picture = map_pictures(usual.misfit(image[None], x_hat))[0]
    others = int(count[0]) - own
    if others < 2:
        # Beside one alone the smallest p-value is a half.
        only = "there is only one held-out image" if others else "no other image is held out"
        return OddFacts(code, f"How odd it is cannot be told: {only}", "odd: not known", picture)
    words = oddness_words(float(p[0]), others, learned=code.part == "train")
    return OddFacts(code, *words, picture)


def oddness_words(p: float, count: int, *, learned: bool = False) -> tuple[str, str]:
    """A p-value beside so many held-out images, two or more, in a line and in a shorter one."""
    # p counts the image itself; a statement about the held-out ones must not.
    as_bad = max(round(p * (1 + count)) - 1, 0)
    part = percent_text(as_bad / count)
    if learned:
        # No p-value: it was learned.
        return (
            f"{part} of {count:,} held-out images are given back as badly, but this one was learned",
            # What is left of it where there is little room is true alone.
            f"learned · {part} as badly",
        )
    number = f"p {share_text(p)}"
    if not as_bad:
        return f"given back worse than all {count:,} held-out images ({number})", f"odd: {number} of {count:,}"
    return f"{part} of {count:,} held-out images are given back as badly ({number})", f"odd: {number} of {count:,}"
