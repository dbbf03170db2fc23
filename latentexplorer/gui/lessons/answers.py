"""The right answer to each question: measured in the run that is open, never written down."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import StopToken
from latentexplorer.gui.lessons import measures
from latentexplorer.gui.lessons.facts import Seen, at_nought, ends
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.workers.job import Report
from latentexplorer.gui.workers.lesson_tasks import STEPS

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

VISIBLE = 0.15
"""On [0, 1]: a picture of which no pixel changes by more hardly changes."""
ALIKE = 0.1
"""Part by which two numbers may differ and are as large as each other."""
ROUNDING = 1e-5
"""On [0, 1]: as much as two decodes of one code differ by their number formats alone."""
TRUSTED, IN_ORDER = 0.9, 0.9
"""Trustworthiness, and rank correlation, from which on a map may be believed."""


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
    (first,), (last,) = seen.kept["spread"][:2]
    words = (
        "How far the numbers of the codes lie from nought (root mean square): the auto-encoder's "
        f"{first:.1f}, the VAE's {last:.1f}, draws of the prior 1"
    )
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
    codes = session.shown.codes["train"]
    low, high = measures.lengths(codes.loc, codes.scale)
    words = (
        f"It is {inner:.1f} long, those at the ends {outer:.1f} on average, and nine of ten codes that the decoder was "
        f"trained on {low:.1f} to {high:.1f}"
    )
    if abs(inner - outer) <= ALIKE * outer:
        return Answer(1, words)
    return Answer(0 if inner < outer else 2, words)


def _which(first: float, last: float) -> int:
    """0 where the first is larger, 1 where the last is, 2 where they are as large as each other."""
    return 2 if abs(first - last) <= ALIKE * max(first, last) else 0 if first > last else 1


def _beside(session: Session, seen: Seen) -> Answer:
    (first, _), (last, _) = seen.kept["beside"][:2]
    words = (
        f"Of {STEPS} such steps {100 * first:.0f} % of the auto-encoder's and {100 * last:.0f} % of the VAE's end "
        "odder than 95 % of held-out images"
    )
    return Answer(_which(first, last), words)


def _pictures(session: Session, seen: Seen) -> Answer:
    (_, first), (_, last) = seen.kept["beside"][:2]
    words = f"From the nearest real digit they are {first:.3f} (auto-encoder) and {last:.3f} (VAE) away, rmse of pixels"
    # The one that is farther away looks less like a digit.
    return Answer({0: 1, 1: 0, 2: 2}[_which(first, last)], words)


def _together(session: Session, seen: Seen) -> Answer:
    (part,) = seen.told
    words = f"{100 * part:.0f} % of the {measures.NEIGHBOURS} nearest codes are of the same digit; by chance it is 10 %"
    return Answer(0 if part > 0.65 else 1 if part > 0.3 else 2, words)


def _fitted(session: Session, seen: Seen) -> Answer:
    before, now = np.array(seen.kept["nought"][-1]), np.array(at_nought(session))
    changed = float(np.abs(before - now).max()) if before.shape == now.shape else 1.0
    code = session.current.code
    numbers = "" if code is None else ", ".join(f"{number:.2f}" for number in code.z[:4])
    if changed > ROUNDING:
        return Answer(2, f"Of the code 0, 0 the decoder draws other pixels than before, by up to {changed:.3f}")
    return Answer(0, f"They are now {numbers}. Of the code 0, 0 the decoder draws exactly what it drew before")


def _believed(session: Session, seen: Seen) -> Answer:
    near, far = seen.told
    words = (
        f"Neighbours are right (trustworthiness {near:.2f} of 1), distances between groups are in another order than "
        f"in the codes (rank correlation {far:.2f})"
    )
    if near < TRUSTED:
        return Answer(2, f"Trustworthiness of the neighbours is {near:.2f} of 1 only")
    if far < IN_ORDER:
        return Answer(0, words)
    return Answer(1, f"Trustworthiness {near:.2f} of 1; distances between groups in the same order by {far:.2f}")


def _regrouped(session: Session, seen: Seen) -> Answer:
    changed, of = (round(number) for number in seen.told)
    words = f"The nearest group, middle to middle, is another one of {changed} of {of} digits"
    return Answer(0 if changed == 0 else 1 if changed <= 3 else 2, words)


ANSWERS: dict[str, Callable[[Session, Seen], Answer]] = {
    "picture": _picture,
    "active": _active,
    "nearer": _nearer,
    "square": _square,
    "straight_length": _length,
    "round_length": _length,
    "beside": _beside,
    "pictures": _pictures,
    "together": _together,
    "fitted": _fitted,
    "believed": _believed,
    "regrouped": _regrouped,
}
TOLD: dict[str, Callable[[Trained, Report, StopToken], tuple[float, ...]]] = {
    "together": measures.together,
    "believed": measures.believed,
    "regrouped": measures.regrouped,
}
"""What an answer is told by where that takes longer than a blink: the work of a job, whose numbers are `Seen.told`."""
