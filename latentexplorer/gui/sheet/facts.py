"""What is in a person's images: counts, classes, what cannot be read, what is done with them, and the choices."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QListView,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from latentexplorer.core.config import RunConfig
from latentexplorer.data.survey import Survey
from latentexplorer.gui.sheet import words
from latentexplorer.gui.sheet.choices import Choices
from latentexplorer.gui.sheet.class_list import ClassList
from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.plain_text import Label
from latentexplorer.gui.style.theme import SPACE, title_font
from latentexplorer.gui.widgets.elided import ElidedLabel
from latentexplorer.gui.widgets.stage_bar import Bar

RIGHT_PX = 380
NAMES_PX = 84
"""Height of the list of files that cannot be read."""


class Facts(QWidget):
    """Shows a survey as it grows.

    Signals
    -------
    others_wanted : ()
        Other images are to be chosen.
    left_out_changed : ()
        What cannot be read is to be left out, or not.
    """

    others_wanted = Signal()
    left_out_changed = Signal()

    def __init__(self, draft: RunConfig) -> None:
        super().__init__()
        self._said = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        self.name = ElidedLabel()
        self.name.setFont(title_font())
        self.name.setObjectName("sheet_name")
        self.other = QPushButton("Choose others…")
        self.other.setObjectName("choose_others")
        self.other.setAutoDefault(False)
        self.other.clicked.connect(self.others_wanted)
        head.addWidget(self.name, 1)
        head.addWidget(self.other)
        self.headline = Label()
        self.headline.setObjectName("sheet_headline")
        self.headline.setWordWrap(True)
        self.bar = Bar("sheet_bar", "Looking at the images")
        policy = self.bar.sizePolicy()
        # Nothing moves when it goes.
        policy.setRetainSizeWhenHidden(True)
        self.bar.setSizePolicy(policy)
        column.addLayout(head)
        column.addWidget(self.headline)
        both = QHBoxLayout()
        both.setSpacing(2 * SPACE)
        both.addLayout(self._build_left(), 1)
        both.addWidget(self._build_right(draft))
        column.addLayout(both, 1)
        column.addWidget(self.bar)

    def _build_left(self) -> QVBoxLayout:
        left = QVBoxLayout()
        left.setSpacing(SPACE // 2)
        self.classes = ClassList()
        left.addWidget(self.classes, 1)
        self.unreadable_title = Label()
        self.unreadable_title.setObjectName("unreadable_title")
        self.unreadable_title.setProperty("role", "danger")
        self.unreadable = QListView()
        self.unreadable.setObjectName("unreadable_list")
        self.unreadable.setAccessibleName("Files that cannot be read")
        self.unreadable.setModel(QStringListModel(self))
        self.unreadable.setUniformItemSizes(True)
        self.unreadable.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.unreadable.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.unreadable.setFixedHeight(NAMES_PX)
        self.leave_out = QCheckBox()
        self.leave_out.setObjectName("leave_out")
        self.leave_out.toggled.connect(self.left_out_changed)
        for widget in (self.unreadable_title, self.unreadable, self.leave_out):
            left.addWidget(widget)
            widget.hide()
        return left

    def _build_right(self, draft: RunConfig) -> QWidget:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, SPACE, 0)
        column.setSpacing(SPACE)
        self.choices = Choices(draft)
        self.notes_title = caption("What is done to the images")
        self.notes = Label()
        self.notes.setObjectName("sheet_notes")
        self.notes.setWordWrap(True)
        self.notes.setProperty("role", "muted")
        self.problem = Label()
        self.problem.setObjectName("sheet_problem")
        self.problem.setWordWrap(True)
        self.problem.setProperty("role", "danger")
        for widget in (self.choices, self.problem, self.notes_title, self.notes):
            column.addWidget(widget)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setFixedWidth(RIGHT_PX)
        area.setWidget(inside)
        return area

    # -- showing --------------------------------------------------------------------------------------------------

    def begin(self, path: Path, said: str) -> None:
        """Other images: nothing is known of them yet."""
        self._said = said
        self.name.setText(f"{path.name}  ·  {path.parent}")
        self.headline.setText(said)
        self.classes.show_classes(())
        self.choices.forget()
        for text in (self.problem, self.notes):
            text.setText("")
        for widget in (self.unreadable_title, self.unreadable, self.leave_out, self.problem, self.notes_title):
            widget.hide()
        self.bar.setRange(0, 0)
        self.bar.show()

    def show_survey(self, survey: Survey) -> None:
        """What is known by now."""
        self.headline.setText(" ".join(filter(None, (self._said, words.headline(survey)))))
        self.show_progress(survey)
        self.classes.show_classes(survey.classes)
        self._show_unreadable(survey)
        self.choices.show_survey(survey)
        self.problem.setText(f"{survey.problem}. {survey.todo}" if survey.problem else "")
        self.problem.setVisible(bool(survey.problem))
        self.notes.setText("\n".join(f"• {note}" for note in survey.notes))
        self.notes_title.setVisible(bool(survey.notes))

    def show_failure(self, text: str) -> None:
        """Nothing can be read there, and why."""
        self.headline.setText("")
        self.problem.setText(text)
        self.problem.show()
        self.bar.hide()

    def show_progress(self, survey: Survey) -> None:
        """How far it is."""
        done, total = survey.progress
        self.bar.setVisible(not survey.done)
        self.bar.setRange(0, total)
        self.bar.setValue(done)

    def _show_unreadable(self, survey: Survey) -> None:
        model = self.unreadable.model()
        assert isinstance(model, QStringListModel)
        count = len(survey.unreadable)
        if model.rowCount() != count:
            model.setStringList([f"{file}  ({reason})" for file, reason in survey.unreadable])
            self.unreadable_title.setText(f"{words.counted(count, 'file')} cannot be read")
            self.leave_out.setText(f"Leave {'this one' if count == 1 else f'these {count:,}'} out")
            if not self.leave_out.isVisible():
                self.leave_out.setChecked(True)
        for widget in (self.unreadable_title, self.unreadable, self.leave_out):
            widget.setVisible(bool(count))
