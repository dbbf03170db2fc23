"""When an action can be done, by name."""

from __future__ import annotations

from collections.abc import Callable

from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.training import IDLE, PAUSED, RESUME, TRAINING


def _can_step(session: Session) -> bool:
    if session.training.state == IDLE:
        return session.training.next == RESUME or session.training.draft is not None
    return session.training.state in (TRAINING, PAUSED)


def _resumable(session: Session) -> bool:
    run = session.run
    return (
        session.training.state == IDLE and run is not None and run.path is not None and run.config.model.kind.gradient
    )


def _new_image(session: Session) -> bool:
    code = session.current.code
    return session.explorable and code is not None and code.image is not None


WHEN: dict[str, Callable[[Session], bool]] = {
    "": lambda session: True,
    "run": lambda session: session.explorable,
    "without_images": lambda session: session.explorable and bool(session.shown.gone),
    "undo": lambda session: session.explorable and bool(session.undo.undoes),
    "redo": lambda session: session.explorable and bool(session.undo.redoes),
    "code": lambda session: session.explorable and session.current.code is not None,
    "can_train": lambda session: session.training.state == IDLE and session.training.draft is not None,
    "training": lambda session: session.training.state not in (IDLE, "stopping"),
    "running": lambda session: session.training.state in (TRAINING, PAUSED),
    "can_step": _can_step,
    "resumable": _resumable,
    "unfinished": lambda session: session.training.state == IDLE and session.training.unfinished,
    "back": lambda session: session.explorable and session.current.can_go_back,
    "forward": lambda session: session.explorable and session.current.can_go_forward,
    "new_image": _new_image,
    "new_with_class": lambda session: _new_image(session) and session.current.conditional,
    "explored": lambda session: session.explorable and bool(session.new_images.files),
    "fitting": lambda session: session.new_images.running,
    "anchors": lambda session: session.explorable and any(session.selection.anchors.values()),
}
