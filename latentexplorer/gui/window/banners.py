"""What stands above the panes for a while: hints for whoever is new, and what went wrong."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from latentexplorer.gui.session.training import LOADING
from latentexplorer.gui.style.icons import icon
from latentexplorer.gui.style.plain_text import Label, Markup, markup_width, menu_text
from latentexplorer.gui.style.theme import SPACE, theme
from latentexplorer.gui.widgets.above_panes import AbovePanes
from latentexplorer.gui.workers.job import Failure

_DOT = Markup(" &nbsp;·&nbsp; ")
HINTS = (
    Markup(
        "<b>Click a point in the map</b> to see the image its code decodes to"
        "{0}<b>click the latent grid</b> to walk between them"
        "{0}press <b>Train</b> to watch a model learn, <b>New run</b> to choose which"
        "{0}<b>Help</b> has lessons"
    ).format(_DOT),
    Markup(
        "<b>Click a point in the map</b> to see the image its code decodes to"
        "{0}press <b>Train</b> to watch a model learn, <b>New run</b> for others and for lessons"
    ).format(_DOT),
    Markup(
        "<b>Click the map</b> to decode a point{0}<b>click the latent grid</b> to walk between them"
        "{0}press <b>Train</b>{0}<b>New run</b> has lessons"
    ).format(_DOT),
    Markup("<b>Click the map</b> or the <b>latent grid</b> to decode a code{}press <b>Train</b> to learn").format(_DOT),
    Markup("<b>Click the map</b> to decode a point"),
)
"""What to try first, in ever fewer words."""
NO_RUN_HINTS = (
    Markup(
        "Press <b>Train</b> to watch a small model learn handwritten digits"
        "{0}<b>New run</b> has others, and lessons{0}<b>Open run</b> brings one back"
    ).format(_DOT),
    Markup("Press <b>Train</b> to watch a model learn{0}<b>New run</b> has others, and lessons").format(_DOT),
    Markup("Press <b>Train</b> to watch a model learn"),
)
"""The same where no run could be opened: there is nothing to click yet."""
LOW_PX, MOST_PX = 760, 45
"""Height of a window in which a message is at most so high, three lines: the panes leave no more."""


class Lines(QScrollArea):
    """Words in as many lines as they take; in a low window in as many as the panes leave, and the rest is scrolled to.

    Parameters
    ----------
    words : Label
        Whoever gives them another text calls `fit`.
    """

    def __init__(self, words: Label) -> None:
        super().__init__()
        self._words = words
        self.setWidget(words)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Message")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Be as high as the words, as far as there is room."""
        high = max(self._words.heightForWidth(self.width()), self._words.fontMetrics().lineSpacing())
        self.setFixedHeight(min(high, MOST_PX) if self.window().height() < LOW_PX else high)


class Banner(AbovePanes):
    """A line above the panes, to be closed.

    Parameters
    ----------
    name, symbol, token : str
        Object name, icon and colour.
    """

    closed = Signal()

    def __init__(self, name: str, symbol: str, token: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._symbol, self._token = symbol, token
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(SPACE * 3 // 2, SPACE // 2, SPACE // 2, SPACE // 2)
        self.row.setSpacing(SPACE)
        self._icon = Label()
        self.text = Label()
        self.text.setObjectName(f"{name}_text")
        self.text.setWordWrap(True)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.close_button = QToolButton()
        self.close_button.setToolTip("Close")
        self.close_button.setAccessibleName("Close this message")
        self.close_button.clicked.connect(self.dismiss)
        self.row.addWidget(self._icon)
        self.row.addWidget(self.text, 1)
        self.row.addWidget(self.close_button)
        theme.changed.connect(self._recolour)
        self._recolour()
        self.hide()

    @Slot()
    def _recolour(self) -> None:
        self._icon.setPixmap(icon(self._symbol, self._token).pixmap(16, 16))
        self.close_button.setIcon(icon("close", "muted"))

    @Slot()
    def dismiss(self) -> None:
        """Take it away."""
        self.hide()
        self.closed.emit()


class HintBanner(Banner):
    """What to try first, in one line; goes away for good when closed, and for a while where something else is said.

    Parameters
    ----------
    others : sequence of AbovePanes
        What stands above the panes too: while one of them is seen, its room is that of the hint.
    """

    def __init__(self, others: Sequence[AbovePanes] = ()) -> None:
        super().__init__("hint", "info", "accent")
        self._wanted = False
        self._hints: tuple[Markup, ...] = HINTS
        self._others = tuple(others)
        for other in others:
            other.coming.connect(self.hide)
            other.installEventFilter(self)
        # One line, whatever the width: it is to take no room from the panes.
        self.text.setWordWrap(False)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._shown = ""
        self._fit()

    def set_wanted(self, wanted: bool) -> None:
        """Show it wherever nothing else stands above the panes, or never more."""
        self._wanted = wanted
        self._make_way()

    def show_run(self, there: bool) -> None:
        """Say what can be done with the run that is open, or what there is to do without one."""
        self._hints = HINTS if there else NO_RUN_HINTS
        self._fit()

    @Slot()
    def dismiss(self) -> None:
        """Take it away."""
        self._wanted = False
        super().dismiss()

    @Slot()
    def _make_way(self) -> None:
        self.setVisible(self._wanted and all(other.isHidden() for other in self._others))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            self._make_way()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As many words as there is room for."""
        fitting = (words for words in self._hints if markup_width(words, self.text.font()) <= self.text.width())
        words = next(fitting, self._hints[-1])
        if words != self._shown:
            self._shown = words
            self.text.setText(words)


class FailureBanner(Banner):
    """What went wrong and what to do about it; the window goes on.

    Signals
    -------
    remedy_wanted : (str)
        The setting with which it would have worked.
    """

    remedy_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__("failure", "warning", "danger")
        self.failure: Failure | None = None
        self.row.removeWidget(self.text)
        self._lines = Lines(self.text)
        self.row.insertWidget(1, self._lines, 1)
        self.remedy = QPushButton()
        self.remedy.setObjectName("failure_remedy")
        self.remedy.setAccessibleName("What helps")
        self.remedy.clicked.connect(self._on_remedy)
        self.row.insertWidget(2, self.remedy)
        self.details = QPushButton("Details…")
        self.details.setObjectName("failure_details")
        self.details.clicked.connect(self._show_details)
        self.row.insertWidget(3, self.details)

    @Slot(object)
    def tell(self, failure: Failure) -> None:
        """Show a failure."""
        self.failure = failure
        # What Python or the system says may end in its own full stop.
        said = (text.rstrip(" .") for text in (failure.title, failure.message, failure.todo))
        self.text.setText(" ".join(f"{text}." for text in said if text))
        self._lines.fit()
        self.details.setVisible(bool(failure.details))
        self.remedy.setText(menu_text(f"{failure.offer} and train"))
        self.remedy.setVisible(bool(failure.remedy))
        self.show()

    @Slot(str)
    def on_training(self, state: str) -> None:
        """What went wrong before says nothing of a training that begins."""
        if state == LOADING:
            self.dismiss()

    @Slot()
    def _on_remedy(self) -> None:
        if self.failure is not None:
            self.remedy_wanted.emit(self.failure.remedy)

    @Slot()
    def _show_details(self) -> None:
        if self.failure is not None:
            DetailsDialog(self.failure, self.window()).open()


class DetailsDialog(QDialog):
    """The whole story in words; where in the program it happened is shown when it is asked for."""

    def __init__(self, failure: Failure, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("details_dialog")
        self.setWindowTitle(failure.title)
        words = [failure.title, failure.message, failure.todo]
        self._words = "\n\n".join(word for word in words if word)
        self._all = f"{self._words}\n\n{failure.details}"
        self.text = QPlainTextEdit(self._words)
        self.text.setAccessibleName("Details")
        self.text.setTabChangesFocus(True)
        self.text.setReadOnly(True)
        # What only those who mend it can read is not the first thing that a person sees.
        self.technical = QCheckBox("For a report: where in the program it happened")
        self.technical.setObjectName("details_technical")
        self.technical.toggled.connect(self._on_technical)
        self.technical.setVisible(bool(failure.details))
        copy = QPushButton("Copy all")
        copy.clicked.connect(self._copy)
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        row.addWidget(self.technical)
        row.addStretch()
        row.addWidget(copy)
        row.addWidget(close)
        outer = QVBoxLayout(self)
        outer.addWidget(self.text)
        outer.addLayout(row)
        self.resize(720, 420)

    @Slot(bool)
    def _on_technical(self, shown: bool) -> None:
        self.text.setPlainText(self._all if shown else self._words)

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._all)
