"""Decision regions, as panes have them in common: the switch, the job, who judges, and the line that says so."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QSize, Qt, Signal, SignalInstance, Slot
from PySide6.QtGui import QAction, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QMenu, QSizePolicy, QToolButton, QWidget

from latentexplorer.gui.session.undo import changed
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font, theme
from latentexplorer.gui.widgets.elided import ElidedLabel
from latentexplorer.gui.widgets.file_dialogs import ask_file
from latentexplorer.gui.widgets.guide_link import GuideLink
from latentexplorer.gui.widgets.offer import KNOWN_AS
from latentexplorer.gui.widgets.resting_job import Asker, RestingJob
from latentexplorer.views.base import Refused
from latentexplorer.views.judging import REGIONS_HELP
from latentexplorer.views.palette import class_color

if TYPE_CHECKING:
    from latentexplorer.gui.workers.job import Work

About = tuple[object, ...]
"""What regions are of: the run, the places, the class, and who judges."""
TEXT = "Decision regions: what a classifier sees"
OTHER_NAMES = (
    "decision regions",
    "decision boundary",
    "decision boundaries",
    "classifier",
    "class regions",
    "where classes flip",
    "where does the class change",
    "class boundaries",
    "classifier on decodes",
    "confidence",
    "predicted class",
)
JUDGING = "Decision regions: a classifier is learning the classes, then judges the decodes…"
JUDGING_BRIEFLY = "A classifier judges the decodes…"
STOPPED = "Judging was stopped; turn decision regions off and on to take it up again"
TRAINED, CHOSEN = "Classifier…", "Use the one that is trained on these images"


class JudgeChoice(QObject):
    """Which classifier judges, the same in all panes.

    Signals
    -------
    changed : ()
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.file = ""
        """Path of an ONNX file; "" for the classifier that is trained on the run's images."""
        self.contours = False
        """Whether lines are drawn where the class changes."""

    def draw_contours(self, on: bool) -> None:
        """Draw lines between the regions, or none."""
        if on != self.contours:
            self.contours = on
            self.changed.emit()

    def choose(self, file: str) -> None:
        """Take another one."""
        if file != self.file:
            self.file = file
            self.changed.emit()


judge_choice = JudgeChoice()


class Asking(Asker, Protocol):
    """A pane, as far as it is asked from and offers the switch."""

    @property
    def menu(self) -> QMenu: ...
    @property
    def seen_changed(self) -> SignalInstance: ...
    @property
    def by_person(self) -> SignalInstance: ...


class RegionsSwitch(QObject):
    """Turns decision regions of a pane on and off, and asks for them.

    What was found stays as long as what is asked about does.

    Attributes
    ----------
    action : QAction
    line : RegionsLine
    found : object or None
        What the job gave; None while it is not known.

    Signals
    -------
    switched : (bool)
    changed : ()
        Something else is known, or nothing.
    """

    switched = Signal(bool)
    changed = Signal()

    def __init__(self, pane: QWidget, of: Asking, key: str, low: bool = False) -> None:
        super().__init__(pane)
        self._of = of
        self.action = QAction(TEXT, self)
        self.action.setObjectName(f"regions_{key}_action")
        self.action.setCheckable(True)
        self.action.setToolTip(verbatim(REGIONS_HELP))
        self.action.setProperty(KNOWN_AS, OTHER_NAMES)
        self.action.toggled.connect(self._on_toggled)
        of.menu.addAction(self.action)
        self.line = RegionsLine(key, low)
        self.found: object | None = None
        self._known: About | None = None
        self._wanted: tuple[About, Work] | None = None
        self._quiet = False
        self._job = RestingJob(of, "Judging decodes", f"view:regions:{key}", _same, self)
        self._job.rested.connect(self._ask)
        self._job.ended.connect(self._say)
        judge_choice.changed.connect(self.changed)
        self.line.chosen.connect(of.by_person)
        of.seen_changed.connect(self._ask)

    @property
    def on(self) -> bool:
        """Whether regions are wanted."""
        return self.action.isChecked()

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        if on:
            self.again()
        self.switched.emit(on)

    def again(self) -> None:
        """Ask anew, also for what was stopped."""
        self._job.again()

    def follow(self, about: About | None, work: Work | None = None, *, quiet: bool = False) -> None:
        """What regions are shown of now, and the job that finds them; None where there is nothing to show.

        `quiet`: what is said of the last ones stays until there are new ones, which are of the same.
        """
        self._quiet = quiet
        self._wanted = None if about is None or work is None or not self.on else ((*about, judge_choice.file), work)
        # While it trains the last regions stay until there are new ones: nothing blinks.
        stays = self._wanted is not None and self._of.session.training.active
        if self._known is not None and not stays and not _same(self._known, self._wanted and self._wanted[0]):
            self.found = self._known = None
            if not self._job.running:
                self._job.again()
        self._ask()
        self.line.setVisible(self._wanted is not None)
        self._say()

    @Slot()
    def _ask(self) -> None:
        if self._wanted is None:
            self._job.leave()
            return
        about, work = self._wanted
        self._job.ask(about, work, partial(self._on_found, about))

    def _on_found(self, about: About, found: object) -> None:
        self._known, self.found = about, found
        self._say()
        self.changed.emit()

    @Slot()
    def _say(self) -> None:
        if isinstance(self.found, Refused):
            self.line.say(self.found.text)
        elif self.found is None and (self._job.stopped or not self._quiet):
            self.line.say(STOPPED if self._job.stopped else JUDGING, (), JUDGING_BRIEFLY)


def _same(one: About, other: About | None) -> bool:
    """Whether two questions are one: of the same things, and of equal words and numbers."""
    if other is None:
        return False
    plain = (str, bytes, int, tuple, type(None))
    pairs = zip(one, other, strict=False)
    return len(one) == len(other) and all(a is b or (isinstance(a, plain) and a == b) for a, b in pairs)


class RegionsLine(QWidget):
    """What is seen and who judges, the classes' colours, another classifier, the way into the guide.

    Takes no room while nobody wants it; `low`: all in one row, where the names of classes stand elsewhere.

    Signals
    -------
    chosen : (Change)
        A person wants contours or none, or another judge.
    """

    chosen = Signal(object)

    def __init__(self, key: str, low: bool = False) -> None:
        super().__init__()
        self.setObjectName(f"regions_{key}_line")
        # One line, however much is said: what stands above would be laid out anew, and asked for anew, with each word.
        self.sentence = ElidedLabel()
        self.sentence.setFont(caption_font())
        self.sentence.setProperty("role", "caption")
        self.sentence.setObjectName(f"regions_{key}_words")
        self.key = ClassKey()
        self._low = low
        self.judge = QToolButton()
        self.judge.setObjectName(f"regions_{key}_judge")
        self.judge.setText(TRAINED)
        self.judge.setProperty("role", "link")
        self.judge.setFont(caption_font())
        self.judge.setCursor(Qt.CursorShape.PointingHandCursor)
        self.judge.setAccessibleName("Decision regions: judge by a classifier from a file")
        self.judge.setToolTip(verbatim("Judge by a classifier of your own: an ONNX file of at most 64 MB"))
        self.judge.clicked.connect(self._on_judge)
        self.contours = QCheckBox("Contours")
        self.contours.setObjectName(f"regions_{key}_contours")
        self.contours.setFont(caption_font())
        self.contours.setAccessibleName("Decision regions: contours")
        self.contours.setToolTip("Lines where the class changes")
        self.contours.setChecked(judge_choice.contours)
        self.contours.clicked.connect(self._on_contours)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(SPACE // 2)
        grid.setColumnStretch(0, 1)
        row = 0 if low else 1
        grid.addWidget(self.sentence, 0, 0, 1, 1 if low else 4)
        if not low:
            grid.addWidget(self.key, row, 0)
            grid.addWidget(self.contours, row, 1)
        grid.addWidget(self.judge, row, 2)
        grid.addWidget(GuideLink("decision-regions"), row, 3)
        judge_choice.changed.connect(self._on_chosen)
        self.hide()

    def say(self, sentence: str, classes: tuple[tuple[int, str], ...] = (), *brief: str) -> None:
        """A sentence, the same more briefly, the longest first, and the classes whose colours are seen, by number."""
        self.sentence.briefer = brief
        self.sentence.setText(sentence)
        self.key.show_classes(() if self._low else classes)

    @Slot()
    def _on_judge(self) -> None:
        if judge_choice.file:
            self._judge_by("")
        else:
            kinds = "ONNX (*.onnx);;All files (*)"
            ask_file(self, "judge_dialog", "A classifier of these images", "", self._judge_by, kinds)

    def _judge_by(self, file: Path | str) -> None:
        name, before = str(file), judge_choice.file
        if name != before:
            self.chosen.emit(changed("choosing who judges the decodes", judge_choice.choose, before, name))
            judge_choice.choose(name)

    @Slot(bool)
    def _on_contours(self, on: bool) -> None:
        what = "drawing contours" if on else "drawing no contours"
        self.chosen.emit(changed(what, judge_choice.draw_contours, not on, on))
        judge_choice.draw_contours(on)

    @Slot()
    def _on_chosen(self) -> None:
        self.contours.setChecked(judge_choice.contours)
        self.judge.setText("Own classifier" if judge_choice.file else TRAINED)
        tip = CHOSEN if judge_choice.file else "Judge by a classifier of your own: an ONNX file of at most 64 MB"
        self.judge.setToolTip(verbatim(tip))


class ClassKey(QWidget):
    """Colours of classes with their names, in a line; how many more there are where it is full."""

    SWATCH_PX = 8

    def __init__(self) -> None:
        super().__init__()
        self._classes: tuple[tuple[int, str], ...] = ()
        self.setFont(caption_font())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_classes(self, classes: tuple[tuple[int, str], ...]) -> None:
        """Show these."""
        self._classes = classes
        names = ", ".join(name for _, name in classes[:100])
        self.setAccessibleName(f"Classes: {names}" if names else "")
        self.setToolTip(verbatim(names))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(40, self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        metrics, room = self.fontMetrics(), self.width()
        x = 0
        for at, (number, name) in enumerate(self._classes):
            name = metrics.elidedText(name, Qt.TextElideMode.ElideRight, max(room // 3, 40))
            left = len(self._classes) - at
            more = metrics.horizontalAdvance(f"and {left:,} more")
            wide = self.SWATCH_PX + 4 + metrics.horizontalAdvance(name) + SPACE
            if x + wide + (more if left > 1 else -SPACE) > room:
                painter.setPen(theme.color("muted"))
                painter.drawText(x, metrics.ascent(), f"and {left:,} more")
                break
            top = (metrics.height() - self.SWATCH_PX) // 2
            color = QColor(class_color(number, dark=theme.dark))
            painter.fillRect(x, top, self.SWATCH_PX, self.SWATCH_PX, color)
            painter.setPen(theme.color("text"))
            painter.drawText(x + self.SWATCH_PX + 4, metrics.ascent(), name)
            x += wide
        painter.end()
