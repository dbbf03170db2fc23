"""Looking back: the open run as it was after an earlier epoch, from the states kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.gui.workers.tasks import Refused


class Showing(Protocol):
    """What looking back asks of the session."""

    run: Any
    message: Any

    @property
    def training(self) -> bool: ...

    def ask(self, key: str, question: Callable[[], Any], answer: Callable[[Any], None]) -> None: ...

    def show_run(self, run: Any, same: bool = False) -> None: ...


class LookBack(QObject):
    """Shows kept states of the session's run in place of its last one. Nothing of it happens while a run trains.

    Attributes
    ----------
    epochs : list of int
        Epochs whose state is kept, in order; known soon after a run was opened.
    epoch : int or None
        The epoch that is looked back at; None: the run is shown as it is.

    Signals
    -------
    changed : ()
    """

    changed = Signal()

    def __init__(self, session: Showing, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._latest: Any = None
        self.epochs: list[int] = []
        self.epoch: int | None = None

    def forget(self) -> None:
        """Another run is open, or this one has been trained on."""
        self._latest, self.epoch, self.epochs = None, None, []
        run = self._session.run
        if run is not None and run.path is not None and not self._session.training:
            self._session.ask("look-back:epochs", _kept(run), self._on_kept)
        self.changed.emit()

    def _on_kept(self, epochs: list[int]) -> None:
        self.epochs = epochs
        self.changed.emit()

    @property
    def latest(self) -> Any:
        """The open run as it is, whatever is looked back at; None where there is none."""
        return self._latest or self._session.run

    def nearest(self, epoch: float) -> int | None:
        """The kept epoch nearest to another one; None where none is kept."""
        return min(self.epochs, key=lambda kept: abs(kept - epoch)) if self.epochs else None

    def show(self, epoch: int) -> None:
        """Show the run as it was after a kept epoch; `session.snapshot_changed` follows."""
        session = self._session
        if session.training or session.run is None or epoch == self.epoch:
            return
        latest = self.latest
        if epoch == latest.epoch:
            self.end()
        else:
            session.ask("look-back", _state(latest, epoch), self._on_state)

    def _on_state(self, found: tuple[Any, Any]) -> None:
        latest, state = found
        session = self._session
        if isinstance(state, Refused):
            session.message.emit("warning", f"{state.what}. {state.todo}")
            return
        if session.training or latest is not self.latest:
            return
        self._latest, self.epoch = latest, state.epoch
        session.show_run(state, same=True)
        self.changed.emit()

    def end(self) -> None:
        """Show the run as it is again."""
        latest, self._latest, self.epoch = self._latest, None, None
        if latest is not None:
            self._session.show_run(latest, same=True)
            self.changed.emit()

    def as_setting(self, kind: str) -> list[str]:
        """What makes a figure show the same state, where that kind of view can."""
        if self.epoch is None:
            return []
        from latentexplorer.views.registry import load_view

        return [f"epoch={self.epoch}"] if "epoch" in load_view(kind).settings.model_fields else []


def _kept(run: Any) -> Callable[[], list[int]]:
    """A question for the decoder's thread."""

    def question() -> list[int]:
        from latentexplorer.runs.folder import RunFolder
        from latentexplorer.runs.snapshot import kept_snapshots

        try:
            kept = kept_snapshots(RunFolder.open(run.path))
        except LatentExplorerError:
            return []
        return sorted({*(epoch for epoch in kept if epoch <= run.epoch), run.epoch}) if kept else []

    return question


def _state(latest: Any, epoch: int) -> Callable[[], tuple[Any, Any]]:
    """A question for the decoder's thread: the run, and its state after `epoch` or why there is none."""

    def question() -> tuple[Any, Any]:
        from latentexplorer.runs.trained import Trained

        try:
            state = Trained.load(latest.path, epoch=epoch, like=latest)
        except LatentExplorerError as error:
            return latest, Refused(error.what, error.todo)
        # The whole history: one looks back along it.
        return latest, replace(state, history=latest.history)

    return question
