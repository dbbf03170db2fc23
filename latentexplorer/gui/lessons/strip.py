"""What is seen of a lesson: what to do or to answer, and what to look at, in two lines above the panes."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from latentexplorer.gui.lessons.lesson import Lesson, Step
from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.icons import icon
from latentexplorer.gui.style.plain_text import Label, menu_text
from latentexplorer.gui.style.theme import SPACE, theme, title_font
from latentexplorer.gui.widgets.above_panes import AbovePanes
from latentexplorer.gui.widgets.guide_link import GuideLink

NEXT, END = "Next", "End the lesson"
LOW_PX, MOST_PX = 760, 54
"""Height of a window in which a strip is at most so high, and scrolls: the panes leave no more."""


class LessonStrip(AbovePanes):
    """Takes no room while there is no lesson.

    Signals
    -------
    next_wanted, left : ()
        The next step is to come; the lesson is to end.
    answered : (int)
        One of the choices.
    """

    next_wanted = Signal()
    left = Signal()
    answered = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("lesson")
        self.where = caption()
        self.where.setObjectName("lesson_where")
        self.do = Label()
        self.do.setObjectName("lesson_do")
        self.do.setFont(title_font())
        self.look = Label()
        self.look.setObjectName("lesson_look")
        for label in (self.do, self.look):
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.tick = Label()
        self.tick.setFixedWidth(16)
        self.close_button = QToolButton()
        self.close_button.setObjectName("lesson_close")
        self.close_button.setIconSize(QSize(12, 12))
        self.close_button.setToolTip("Leave the lesson; what was trained stays")
        self.close_button.setAccessibleName("Leave the lesson")
        self.close_button.clicked.connect(self.left)
        self.go_on = QPushButton(NEXT)
        self.go_on.setObjectName("lesson_next")
        self.go_on.setProperty("role", "primary")
        self.go_on.clicked.connect(self.next_wanted)
        self.choices: list[QPushButton] = []
        self._link: GuideLink | None = None
        self._look = ""
        self._build()
        theme.changed.connect(self._recolour)
        self._recolour()
        self.hide()

    def _build(self) -> None:
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(SPACE)
        self._buttons.addWidget(self.go_on)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self.tick)
        row.addWidget(self.do, 1)
        row.addLayout(self._buttons)
        row.addWidget(self.close_button)
        # Below the buttons: beside them what was measured would take so many lines that the window grew.
        self._foot = QHBoxLayout()
        self._foot.setSpacing(SPACE)
        self._foot.addWidget(self.look, 1)
        self._foot.addWidget(self.where)
        self._inside = QWidget()
        self._column = column = QVBoxLayout(self._inside)
        column.setContentsMargins(SPACE * 3 // 2, SPACE // 2, SPACE // 2, SPACE // 2)
        column.setSpacing(0)
        column.addLayout(row)
        column.addLayout(self._foot)
        self._area = QScrollArea()
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setAccessibleName("Lesson")
        self._area.setWidget(self._inside)
        self._inside.installEventFilter(self)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._area)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:
            self._fit()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Be as high as the words, in a low window no higher than the panes leave."""
        column = self._column
        words = column.heightForWidth(self.width()) if column.hasHeightForWidth() else column.sizeHint().height()
        self._area.setFixedHeight(min(words, MOST_PX) if self.window().height() < LOW_PX else words)

    @Slot()
    def _recolour(self) -> None:
        self.close_button.setIcon(icon("close", "muted"))
        self.tick.setPixmap(icon("check", "accent").pixmap(16, 16))

    # -- what is shown ---------------------------------------------------------------------------------------------

    def show_step(self, lesson: Lesson, at: int) -> None:
        """Show a step that is still to be done."""
        step = lesson.steps[at]
        self.where.setText(f"{lesson.title} · {at + 1} of {len(lesson.steps)}")
        self._show_link(lesson)
        self._show_choices(step)
        question = step.question
        self.do.setText(question.text if question is not None else step.do)
        self._say(step.look)
        self.go_on.setText(END if at + 1 == len(lesson.steps) else NEXT)
        self.go_on.setVisible(question is None)
        self.set_done(False)
        self.show()

    def _show_link(self, lesson: Lesson) -> None:
        if self._link is not None and self._link.slug == lesson.page:
            return
        if self._link is not None:
            self._link.hide()
            self._link.deleteLater()
        self._link = GuideLink(lesson.page)
        self._foot.addWidget(self._link)

    def _show_choices(self, step: Step) -> None:
        for button in self.choices:
            self._buttons.removeWidget(button)
            button.hide()
            button.deleteLater()
        texts = step.question.choices if step.question is not None else ()
        self.choices = [QPushButton(menu_text(text)) for text in texts]
        for number, button in enumerate(self.choices):
            button.setObjectName(f"lesson_choice_{number}")
            button.clicked.connect(partial(self.answered.emit, number))
            self._buttons.insertWidget(number, button)

    def set_done(self, done: bool) -> None:
        """Whether what the step waits for has been done."""
        self.tick.setVisible(done)
        self.go_on.setEnabled(done)

    def show_answer(self, choice: int, right: bool, words: str) -> None:
        """What comes of a choice: the reason, or where to look once more."""
        self._say(words)
        self.choices[choice].setEnabled(right)
        if right:
            for button in self.choices:
                button.hide()
            self.do.setText(f"{self.do.text()} {self.choices[choice].text().replace('&&', '&')}.")
            self.go_on.show()
            self.set_done(True)

    def say_besides(self, text: str) -> None:
        """What is being done meanwhile, behind what to look at; "": nothing any more."""
        self.look.setText(" · ".join(filter(None, (self._look, text))))
        self.look.setVisible(bool(self.look.text()))

    def _say(self, text: str) -> None:
        self._look = text
        self.look.setText(text)
        self.look.setVisible(bool(text))
