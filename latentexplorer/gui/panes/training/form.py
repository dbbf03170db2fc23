"""A form made from the fields of the validated configuration: each explained, wrong values marked in place."""

from __future__ import annotations

from pydantic import BaseModel
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLineEdit,
    QSizePolicy,
    QWidget,
)

from latentexplorer.core.config import DataConfig, ModelConfig, TrainingConfig
from latentexplorer.core.settings_text import parse_setting
from latentexplorer.gui.style.plain_text import Label, verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.number_box import NumberLine

TABLES: dict[str, type[BaseModel]] = {"data": DataConfig, "model": ModelConfig, "training": TrainingConfig}
SHORT = {
    "data.train_per_class": "Per class",
    "data.test_per_class": "Held out",
    "training.code_lr": "Code rate",
}
"""Names that would make the column of names too wide; the tip has the whole of it."""

EMPTY = {
    "data.train_per_class": "all images",
    "data.test_per_class": "all images",
    "data.limit": "all",
    "data.size": "as it is",
    "data.root": "automatic",
    "data.columns": "what lies beside them",
    "data.labels": "automatic",
    "data.count": "automatic",
    "model.architecture": "automatic",
    "model.hidden": "automatic",
    "model.channels": "automatic",
    "training.milestones": "never",
}


def explain(key: str) -> tuple[str, str]:
    """Title and description of a setting."""
    table, name = key.split(".")
    field = TABLES[table].model_fields[name]
    return field.title or name, field.description or ""


def to_text(value: object) -> str:
    """A value as a person types it: nothing for None, commas between numbers."""
    if value is None:
        return ""
    if isinstance(value, (tuple, list)):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def to_value(key: str, text: str) -> object:
    """What was typed, as the configuration takes it."""
    table, name = key.split(".")
    default = TABLES[table].model_fields[name].get_default(call_default_factory=True)
    text = text.strip()
    if not text:
        return () if isinstance(default, tuple) else "" if isinstance(default, str) else None
    if isinstance(default, str) or name in ("root", "path", "columns"):
        return text
    if "," in text or isinstance(default, tuple):
        return [parse_setting(f"x={part}")[1] for part in text.split(",") if part.strip()]
    return parse_setting(f"x={text}")[1]


CODED = ("data.name", "model.family")
"""Settings whose values are names that commands and files know, too."""
TOUCHED = (QEvent.Type.FocusIn, QEvent.Type.Enter)
"""What a field is told when somebody comes to it."""


class Field(QObject):
    """One setting: its label, its editor, and the line that says what is wrong with it.

    Attributes
    ----------
    title, explanation : str
    used : bool
        Whether it changes anything for the chosen family and data; else it is hidden.

    Signals
    -------
    edited : (key, value)
        By the person.
    focused : (key)
        The keyboard is in it, or the pointer is on it.
    left : ()
        The pointer is not on it any more.
    """

    edited = Signal(str, object)
    focused = Signal(str)
    left = Signal()

    def __init__(self, key: str, choices: dict[str, str] | None = None) -> None:
        super().__init__()
        self.key = key
        self.used = True
        self._choices = choices
        self._differs = ""
        title, description = self.title, self.explanation = explain(key)
        self.label = Label(SHORT.get(key, title))
        self.label.setProperty("role", "muted")
        self.label.setToolTip(verbatim(description))
        self.problem = Label()
        self.problem.setProperty("role", "danger")
        self.problem.setFont(caption_font())
        self.problem.setWordWrap(True)
        self.problem.setObjectName(f"problem_{key}")
        self.problem.hide()
        self.editor: QWidget
        if choices is not None:
            box = Choice()
            self._fill(box, choices)
            box.activated.connect(self._on_choice)
            self.editor = box
        elif self._is_switch():
            check = QCheckBox()
            check.toggled.connect(self._on_check)
            self.editor = check
        else:
            line = NumberLine()
            line.setPlaceholderText(EMPTY.get(key, ""))
            line.textEdited.connect(self._on_text)
            self.editor = line
        self.editor.setObjectName(f"field_{key}")
        self.editor.setAccessibleName(title)
        self.editor.setAccessibleDescription(description)
        self.editor.setToolTip(verbatim(description))
        self.editor.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.editor.installEventFilter(self)
        self.label.installEventFilter(self)
        self.label.setBuddy(self.editor)
        if isinstance(self.editor, QComboBox):
            self.editor.view().setAccessibleName(title)

    def _is_switch(self) -> bool:
        table, name = self.key.split(".")
        return TABLES[table].model_fields[name].annotation is bool

    def set_choices(self, choices: dict[str, str]) -> None:
        """Other choices; the value is kept where it is still one of them."""
        if choices == self._choices:
            return
        self._choices = choices
        box = self.editor
        assert isinstance(box, Choice)
        value = box.currentData()
        box.clear()
        self._fill(box, choices)
        box.setCurrentIndex(max(box.findData(value), 0))

    def _fill(self, box: Choice, choices: dict[str, str]) -> None:
        for value, text in choices.items():
            # "vae · Variational auto-encoder" is "vae" where there is little room, and handwritten digits are "digits".
            box.add(text, value, min(value, text, key=len) if self.key in CODED else text)

    def show_value(self, value: object) -> None:
        """Show a value without telling anybody."""
        editor = self.editor
        editor.blockSignals(True)
        if isinstance(editor, QComboBox):
            editor.setCurrentIndex(editor.findData(value))
        elif isinstance(editor, QCheckBox):
            editor.setChecked(bool(value))
        elif isinstance(editor, QLineEdit) and to_value(self.key, editor.text()) != value:
            editor.setText(to_text(value))
        editor.blockSignals(False)

    def show_problem(self, text: str) -> None:
        """Mark the value as wrong and say why; "" unmarks it."""
        if text == self.problem.text():
            return
        self.problem.setText(text)
        self.problem.setVisible(bool(text) and not self.label.isHidden())
        self.editor.setProperty("wrong", "true" if text else "false")
        self.editor.style().unpolish(self.editor)
        self.editor.style().polish(self.editor)

    def show_difference(self, words: str) -> None:
        """Mark the value as another one than that of the open run; "" unmarks it."""
        if words == self._differs:
            return
        self._differs = words
        self.label.setProperty("role", "title" if words else "muted")
        self.label.style().unpolish(self.label)
        self.label.style().polish(self.label)
        self.editor.setAccessibleDescription(". ".join(part for part in (words, self.explanation) if part))

    def value_text(self, value: object) -> str:
        """A value as the form shows it."""
        editor = self.editor
        if isinstance(editor, QComboBox) and editor.findData(value) >= 0:
            return editor.itemText(editor.findData(value))
        if isinstance(editor, QCheckBox):
            return "on" if value else "off"
        return to_text(value) or EMPTY.get(self.key, "nothing")

    def set_used(self, used: bool) -> None:
        """Hide a setting that changes nothing."""
        if used == self.used:
            return
        self.used = used
        self.label.setVisible(used)
        self.editor.setVisible(used)
        self.problem.setVisible(used and bool(self.problem.text()))

    def _on_choice(self, index: int) -> None:
        box = self.editor
        assert isinstance(box, QComboBox)
        self.edited.emit(self.key, box.itemData(index))

    def _on_check(self, on: bool) -> None:
        self.edited.emit(self.key, on)

    def _on_text(self, text: str) -> None:
        self.edited.emit(self.key, to_value(self.key, text))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in TOUCHED:
            self.focused.emit(self.key)
        elif kind == QEvent.Type.Leave:
            self.left.emit()
        return False


def lay_out(fields: list[Field]) -> QWidget:
    """Fields below each other, names at the left."""
    widget = QWidget()
    grid = QGridLayout(widget)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(SPACE)
    grid.setVerticalSpacing(SPACE // 2)
    grid.setColumnStretch(1, 1)
    for row, field in enumerate(fields):
        grid.addWidget(field.label, 2 * row, 0, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(field.editor, 2 * row, 1)
        grid.addWidget(field.problem, 2 * row + 1, 0, 1, 2)
    return widget
