"""The right answer to each question: measured in the run that is open, never written down."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from latentexplorer.gui.lessons.facts import Seen, ends
from latentexplorer.gui.session.session import Session

VISIBLE = 0.15
"""On [0, 1]: a picture of which no pixel changes by more hardly changes."""
ALIKE = 0.1
"""Part by which two numbers may differ and are as large as each other."""


@dataclass(frozen=True)
class Answer:
    """Which of the choices is right, and what it was told by."""

    choice: int
    words: str


def _picture(session: Session, seen: Seen) -> Answer:
    pictures = np.stack(seen.pictures).astype(np.float64)
    most = float(np.ptp(np.clip(pictures, 0, 1), axis=0).max())
    words = f"Over {len(pictures)} pictures no pixel changed by more than {100 * most:.0f} % of white"
    if most <= VISIBLE:
        return Answer(0, words)
    return Answer(1, f"Over {len(pictures)} pictures a pixel changed by up to {100 * most:.0f} % of white")


def _active(session: Session, seen: Seen) -> Answer:
    units = round(session.history.rows[-1]["active_units"])
    words = f"{units} of {session.shown.code_dim} are active: their mean varies among images by more than 0.01"
    return Answer(0 if units == 0 else 1 if units <= 2 else 2, words)


def _nearer(session: Session, seen: Seen) -> Answer:
    first, last = seen.kept["spread"][:2]
    words = f"From nought: numbers of the auto-encoder {first:.1f}, of the VAE {last:.1f}, of the prior 1"
    away = [abs(math.log(max(each, 1e-9))) for each in (first, last)]
    if abs(away[0] - away[1]) <= ALIKE:
        return Answer(2, words)
    return Answer(0 if away[0] < away[1] else 1, words)


def _square(session: Session, seen: Seen) -> Answer:
    z = session.shown.codes["train"].loc
    inside = float(np.mean((np.abs(z) <= 1).all(1)))
    words = f"{100 * inside:.0f} % of {len(z)} codes lie inside"
    return Answer(1 if inside > 0.95 else 0 if inside > 0.3 else 2, words)


def _length(session: Session, seen: Seen) -> Answer:
    found, code = ends(session), session.current.code
    assert found is not None and code is not None
    outer = float(np.mean([np.linalg.norm(end) for end in found]))
    inner = float(np.linalg.norm(code.z))
    words = f"It is {inner:.2f} long, those at the ends {outer:.2f} on average"
    if abs(inner - outer) <= ALIKE * outer:
        return Answer(1, words)
    return Answer(0 if inner < outer else 2, words)


ANSWERS: dict[str, Callable[[Session, Seen], Answer]] = {
    "picture": _picture,
    "active": _active,
    "nearer": _nearer,
    "square": _square,
    "straight_length": _length,
    "round_length": _length,
}
