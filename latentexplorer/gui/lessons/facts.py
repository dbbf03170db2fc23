"""What a person has done by now, and what was seen meanwhile: read off the session, however it was done."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import RunConfig
from latentexplorer.gui.lessons import measures
from latentexplorer.gui.lessons.lesson import Step
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.training import IDLE
from latentexplorer.gui.workers import lesson_tasks
from latentexplorer.gui.workers.job import Report
from latentexplorer.views.base import Array
from latentexplorer.views.code import Code

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

MOST = 200
ENOUGH = 3
"""Codes that one has to look at."""
MIDDLE = 0.1
"""Part of the way that the middle may be off."""


@dataclass
class Seen:
    """What happened in a step.

    Attributes
    ----------
    codes, pictures : deque of Code and of ndarray (H, W, C)
        Current codes since it began, and what they were decoded to; the last `MOST`.
    kept : dict
        Numbers noted in this lesson, by what they are, one after the other.
    told : tuple of float
        What was measured for the question that is asked; empty until it is known.
    """

    codes: deque[Code] = field(default_factory=partial(deque, maxlen=MOST))
    pictures: deque[Array] = field(default_factory=partial(deque, maxlen=MOST))
    kept: dict[str, list[tuple[float, ...]]] = field(default_factory=dict)
    told: tuple[float, ...] = ()

    def keep(self, name: str, numbers: tuple[float, ...]) -> None:
        """Note numbers for a later question."""
        self.kept.setdefault(name, []).append(numbers)

    def begin_step(self) -> None:
        """What was seen before does not count any more."""
        self.codes.clear()
        self.pictures.clear()


def asked(step: Step) -> RunConfig:
    """The settings that a step puts into the form."""
    return RunConfig().updated(step.trains)


def _trained(session: Session, step: Step, seen: Seen) -> bool:
    """A run of the kind that was asked for is open and nothing trains; how long it took is a person's choice."""
    if session.training.state != IDLE or not session.explorable or not len(session.history):
        return False
    if session.shown.epoch < session.history.rows[-1]["epoch"]:
        # What is shown is still the state of an epoch before.
        return False
    has, wanted = session.shown.config.model, asked(step).model
    return all(getattr(has, name) == getattr(wanted, name) for name in ("family", "latent_dim", "beta", "prior"))


def _moved(session: Session, step: Step, seen: Seen) -> bool:
    return len([code for code in seen.codes if code.how.startswith("z")]) >= ENOUGH


def _drawn(session: Session, step: Step, seen: Seen) -> bool:
    return len([code for code in seen.codes if code.how == "a random draw"]) >= ENOUGH


def ends(session: Session) -> tuple[Array, Array] | None:
    """The two codes of the interpolation, where both are there and belong to the open run."""
    first, last = (session.selection.anchors[which] for which in "AB")
    size = session.shown.code_dim if session.run is not None else 0
    if first is None or last is None or first.z.size != size or last.z.size != size:
        return None
    return first.z, last.z


def _anchors(session: Session, step: Step, seen: Seen) -> bool:
    return ends(session) is not None


def _middle_of(session: Session, way: str) -> bool:
    """Whether the current code lies in the middle of one of the two ways between the ends."""
    from latentexplorer.latent.interpolation import lerp, slerp

    found, code = ends(session), session.current.code
    if found is None or code is None:
        return False
    middle = (lerp if way == "straight" else slerp)(*found, np.array([0.5]))[0]
    return bool(np.linalg.norm(code.z - middle) <= MIDDLE * np.linalg.norm(found[1] - found[0]))


def _straight(session: Session, step: Step, seen: Seen) -> bool:
    return _middle_of(session, "straight")


def _round(session: Session, step: Step, seen: Seen) -> bool:
    return _middle_of(session, "round") and not _middle_of(session, "straight")


def _found(session: Session, step: Step, seen: Seen) -> bool:
    """The code of an image that is none of the data has been found."""
    code = session.current.code
    return session.explorable and code is not None and code.image is not None and not session.new_images.running


def _mapped(session: Session, step: Step, seen: Seen) -> bool:
    return session.explorable and len(measures.finished_maps(session.shown)) >= 1


def _mapped_again(session: Session, step: Step, seen: Seen) -> bool:
    return session.explorable and len(measures.finished_maps(session.shown)) >= 2


FACTS: dict[str, Callable[[Session, Step, Seen], bool]] = {
    "trained": _trained,
    "moved": _moved,
    "drawn": _drawn,
    "anchors": _anchors,
    "straight": _straight,
    "round": _round,
    "found": _found,
    "mapped": _mapped,
    "mapped_again": _mapped_again,
}
"""Whether what a step waits for has been done."""


def _spread(session: Session) -> tuple[float, ...]:
    return (measures.spread(session.shown.codes["train"].loc),)


def at_nought(session: Session) -> tuple[float, ...]:
    """What the decoder draws of a code of noughts, all pixels: another decoder draws something else."""
    run = session.shown
    return tuple(run.decode(np.zeros((1, run.code_dim), np.float32)).ravel().tolist())


KEPT: dict[str, Callable[[Session], tuple[float, ...]]] = {"spread": _spread, "nought": at_nought}
"""What a step notes when it is done, in a blink."""
MEASURED: dict[str, Callable[[Trained, Report, StopToken], tuple[float, ...]]] = {"beside": lesson_tasks.beside}
"""What a step notes that takes longer: the work of a job."""
