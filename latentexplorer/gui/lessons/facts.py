"""What a person has done by now, and what was seen meanwhile: read off the session, however it was done."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from latentexplorer.core.config import RunConfig
from latentexplorer.gui.lessons.table import Step
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.training import IDLE
from latentexplorer.views.base import Array
from latentexplorer.views.code import Code

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
    """

    codes: deque[Code] = field(default_factory=partial(deque, maxlen=MOST))
    pictures: deque[Array] = field(default_factory=partial(deque, maxlen=MOST))
    kept: dict[str, list[float]] = field(default_factory=dict)

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


FACTS: dict[str, Callable[[Session, Step, Seen], bool]] = {
    "trained": _trained,
    "moved": _moved,
    "drawn": _drawn,
    "anchors": _anchors,
    "straight": _straight,
    "round": _round,
}
"""Whether what a step waits for has been done."""


def spread(z: Array) -> float:
    """How far from nought the numbers of codes (N, D) lie: root of their mean square, 1 of a standard normal prior."""
    return float(np.sqrt(np.mean(np.square(z, dtype=np.float64))))


def _spread(session: Session) -> float:
    return spread(session.shown.codes["train"].loc)


KEPT: dict[str, Callable[[Session], float]] = {"spread": _spread}
"""What a step notes when it is done."""
