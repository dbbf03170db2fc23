"""Looking back: the open run as it was after an earlier epoch, from the states kept on disk."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.gui.workers.decoder import Decoder
from latentexplorer.views.base import Refused

if TYPE_CHECKING:
    from pathlib import Path

    from latentexplorer.runs import Trained


class Epochs(QObject):
    """Chooses which state of the open run is shown: its last one, or a kept one. Nothing of it while a run trains.

    Attributes
    ----------
    kept : list of int
        Epochs whose state is kept, in order; known soon after a run was opened.
    shown : int or None
        The epoch that is looked back at; None: the run is shown as it is.
    locked : bool
        Whether a run trains.

    Signals
    -------
    changed : ()
    chosen : (Trained)
        The state to be shown.
    message : (level, text)
        Why a state cannot be shown.
    """

    changed = Signal()
    chosen = Signal(object)
    message = Signal(str, str)

    def __init__(self, decoder: Decoder, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._decoder = decoder
        self._run: Trained | None = None
        self._latest: Trained | None = None
        self._kept_of: tuple[Path, int] | None = None
        self.kept: list[int] = []
        self.shown: int | None = None
        self.locked = False

    @property
    def latest(self) -> Trained | None:
        """The open run as it is, whatever is looked back at; None where there is none."""
        return self._latest or self._run

    def open(self, run: Trained) -> None:
        """Another run is open, or this one has been trained on."""
        self._run, self._latest, self.shown = run, None, None
        of = None if run.path is None else (run.path, run.epoch)
        if of is None or of != self._kept_of:
            self._kept_of, self.kept = of, []
        if run.path is not None and not self.locked:
            self._decoder.ask("look-back:epochs", partial(kept_epochs, run), self._on_kept)
        self.changed.emit()

    def follow(self, run: Trained) -> None:
        """A newer state of the run is shown, or the one that was `chosen`."""
        self._run = run
        # While it trains nothing is kept to look back at, and so nothing changes.
        if self.shown is None and (self.kept or not self.locked):
            self.open(run)

    def _on_kept(self, epochs: list[int]) -> None:
        self.kept = epochs
        self.changed.emit()

    def nearest(self, epoch: float) -> int | None:
        """The kept epoch nearest to another one; None where none is kept."""
        return min(self.kept, key=lambda kept: abs(kept - epoch)) if self.kept else None

    def show(self, epoch: int) -> None:
        """Show the run as it was after a kept epoch."""
        latest = self.latest
        if self.locked or latest is None:
            return
        if epoch == self.shown:
            self._decoder.drop("look-back")
            self.changed.emit()
        elif epoch == latest.epoch:
            self.end()
        else:
            question = partial(state_after, latest, epoch)
            self._decoder.ask("look-back", question, partial(self._on_state, latest))

    def _on_state(self, latest: Trained, state: Trained | Refused) -> None:
        if isinstance(state, Refused):
            self.message.emit("warning", f"{state.what}. {state.todo}")
            return
        if self.locked or latest is not self.latest:
            return
        self._latest, self.shown = latest, state.epoch
        self.chosen.emit(state)
        self.changed.emit()

    def end(self) -> None:
        """Show the run as it is again."""
        self._decoder.drop("look-back")
        latest, self._latest, self.shown = self._latest, None, None
        if latest is not None:
            self.chosen.emit(latest)
        self.changed.emit()

    @property
    def words(self) -> str:
        """`epoch 3 of 30` while an earlier state is shown; "" where the run is shown as it is."""
        latest = self.latest
        return "" if self.shown is None or latest is None else f"epoch {self.shown} of {latest.epoch}"

    def as_setting(self, kind: str) -> list[str]:
        """What makes a figure show the same state, where that kind of view can."""
        if self.shown is None or not kind:
            return []
        from latentexplorer.views.registry import load_view

        return [f"epoch={self.shown}"] if "epoch" in load_view(kind).settings.model_fields else []


def kept_epochs(run: Trained) -> list[int]:
    """A question: epochs of a run whose state can be looked back at."""
    from latentexplorer.views.lookup import kept_epochs as kept

    try:
        return kept(run)
    except LatentExplorerError:
        return []


def state_after(latest: Trained, epoch: int) -> Trained | Refused:
    """A question: the state of a run after `epoch`, or why there is none."""
    from latentexplorer.runs.trained import Trained

    assert latest.path is not None
    try:
        state = Trained.load(latest.path, epoch=epoch, like=latest)
    except LatentExplorerError as error:
        return Refused.of(error)
    # The whole history: one looks back along it.
    return replace(state, history=latest.history, end=latest)
