"""What the settings in the form would train: how much of what, for how long, and how that differs from the open run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from latentexplorer.core.differences import differences
from latentexplorer.gui.panes.training.form import Field
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.training import RESUME, TRAIN
from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.icons import icon
from latentexplorer.gui.style.theme import SPACE, caption_font, theme
from latentexplorer.gui.widgets.elided import ElidedLabel
from latentexplorer.views.base import count_text

SETTLE_MS = 600
"""Settings that are followed by others so soon are not measured."""


class Plan(QWidget):
    """Above the form's fields.

    Parameters
    ----------
    fields : mapping of key to Field
        Those of the form, which are marked where they differ from the open run.
    """

    def __init__(self, fields: Mapping[str, Field]) -> None:
        super().__init__()
        self.setObjectName("plan")
        self._session: Session = None  # type: ignore[assignment]
        self._fields = fields
        self._marked: dict[str, tuple[Any, Any]] = {}
        self.words = caption()
        self.words.setObjectName("next_run")
        self.words.setWordWrap(True)
        self.differs = ElidedLabel()
        self.differs.setObjectName("differs")
        self.differs.setFont(caption_font())
        self.reset = QToolButton()
        self.reset.setObjectName("differs_reset")
        self.reset.setToolTip("All settings as those of the open run")
        self.reset.setAccessibleName("All settings as those of the open run")
        self.new = QPushButton("Train as a new run")
        self.new.setObjectName("train_new_button")
        self.new.setToolTip("Leave the open run as it is, and train one with the settings below")
        self._row = QWidget()
        row = QHBoxLayout(self._row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE // 2)
        row.addWidget(self.differs, 1)
        row.addWidget(self.reset)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE // 2, 0, 0)
        column.setSpacing(SPACE // 2)
        for widget in (self.words, self._row, self.new):
            column.addWidget(widget)
        self._row.hide()
        self.new.hide()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SETTLE_MS)
        self._soon.timeout.connect(self._measure)
        theme.changed.connect(self._recolour)
        self._recolour()

    @Slot()
    def _recolour(self) -> None:
        self.reset.setIcon(icon("reset", "muted"))

    def bind(self, session: Session) -> None:
        """Listen to the session."""
        self._session = session
        self.new.clicked.connect(self._on_new)
        training = session.training
        for signal in (
            training.draft_changed,
            training.state_changed,
            session.run_changed,
            session.snapshot_changed,
            session.watcher.changed,
            session.estimates.changed,
        ):
            signal.connect(self._show)

    @Slot()
    def _show(self) -> None:
        """What is known of the draft, and how it differs from the open run."""
        session = self._session
        training, draft, run = session.training, session.training.draft, session.run
        begins = "Train starts" if training.next == TRAIN else "For the next run"
        found = None if draft is None else session.estimates.of(draft)
        told = () if found is None else (found.size_text, found.weights_text, found.time_text)
        said = (begins, *told) if draft is not None else ("Set right what is marked to train with these settings",)
        self.words.setText(" · ".join(part for part in said if part))
        differ = {} if draft is None or run is None or session.preparing else differences(draft, run.config)
        if differ != self._marked:
            self._mark(differ)
        name = "" if run is None else run.name
        shown = [self._words_of(key, *values) for key, values in differ.items() if key in self._fields]
        many = count_text(len(shown), "setting")
        self.differs.briefer = (f"Differs from {name} in {many}", f"Differs in {many}")
        self.differs.setText(f"Differs from {name}: {', '.join(shown)}")
        self._row.setVisible(bool(shown))
        self.new.setVisible(bool(shown) and training.next == RESUME)

    def _words_of(self, key: str, value: object, other: object) -> str:
        field = self._fields[key]
        return f"{field.title} {field.value_text(value)} ({field.value_text(other)})"

    def _mark(self, differ: dict[str, tuple[Any, Any]]) -> None:
        self._marked = differ
        for key, field in self._fields.items():
            other = differ.get(key)
            field.show_difference("" if other is None else f"The open run has {field.value_text(other[1])}")

    def measure_soon(self) -> None:
        """A person has changed something: what it takes is measured when nothing more is changed for a while."""
        self._soon.start()

    @Slot()
    def _measure(self) -> None:
        draft = self._session.training.draft
        if draft is not None:
            self._session.estimates.measure(draft)

    @Slot()
    def _on_new(self) -> None:
        self._session.training.start()
