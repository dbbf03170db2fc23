"""What a new run is to be: cards to look through, and two buttons, to train at once or to change settings first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from latentexplorer.core.config import RunConfig
from latentexplorer.gui.chooser.card import Card
from latentexplorer.gui.chooser.cards import Cards
from latentexplorer.gui.chooser.entries import Entry, entries
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.training import IDLE
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.style.plain_text import Label
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.decision import Decision
from latentexplorer.gui.widgets.elided import briefly

BESIDE_PX = 64
"""What the search takes beside its words."""
TRAIN, STOP_AND_TRAIN, LOOK, LESSON = "Train", "Stop and train this", "Look at images…", "Begin the lesson"


class NewRunChooser(QDialog):
    """Shows what can be trained, measures what it takes, and signals what was chosen.

    Parameters
    ----------
    leave_out : str
        Name of a run that nobody has trained here.

    lessons : sequence of Entry
        Those that begin a lesson.

    Signals
    -------
    lesson_wanted : (str)
        Begin it.
    train_wanted, form_wanted : (RunConfig)
        Train it at once; put it into the form.
    images_wanted : (list of Path, RunConfig or None)
        Look at images of one's own first, at these places or at some that are still to be chosen; and the settings that
        they are to be trained with, where those of the form are not meant.
    """

    lesson_wanted = Signal(str)
    train_wanted = Signal(object)
    form_wanted = Signal(object)
    images_wanted = Signal(object, object)

    def __init__(
        self, session: Session, settings: Settings, parent: QWidget, leave_out: str = "", lessons: Sequence[Entry] = ()
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("new_run_chooser")
        self.setWindowTitle("New run")
        self._session, self._settings, self._leave_out = session, settings, leave_out
        self._lessons = lessons
        self._estimates = session.estimates
        self.search = QLineEdit()
        self.search.setObjectName("chooser_search")
        self.search.setAccessibleName("Search")
        self.search.setPlaceholderText("Search: digits, own images, prior, conditional, lesson …")
        self.search.setClearButtonEnabled(True)
        words = self.search.fontMetrics().horizontalAdvance(self.search.placeholderText())
        self.search.setMinimumWidth(words + BESIDE_PX)
        self.search.textChanged.connect(self._on_search)
        self.search.installEventFilter(self)
        self.cards = Cards()
        self.cards.chosen.connect(self._refresh)
        self.cards.taken.connect(self._on_train)
        self.cards.seen.connect(self._find_out)
        self.nothing = Label("Nothing found. Esc empties the search")
        self.nothing.setObjectName("chooser_nothing")
        self.nothing.setProperty("role", "empty")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        outer.setSpacing(SPACE)
        outer.addWidget(self.search)
        outer.addWidget(self.cards, 1)
        outer.addWidget(self.nothing, 1)
        outer.addLayout(self._build_buttons())
        session.training.state_changed.connect(self._refresh)
        self._estimating = True
        self._estimates.changed.connect(self._on_more_known)
        room = parent.screen().availableSize()
        self.resize(min(1000, room.width() - 40), min(700, room.height() - 60))
        self._list()
        self._estimates.look_back()

    def _build_buttons(self) -> Decision:
        row = Decision(
            self,
            "chooser",
            "Change settings first",
            "Put these settings into the form; nothing is trained yet",
            (LESSON, LOOK, TRAIN, STOP_AND_TRAIN),
        )
        self.outcome, self.cancel, self.form, self.train = row.outcome, row.cancel, row.form, row.train
        self.form.clicked.connect(self._on_form)
        self.train.clicked.connect(self._on_train)
        return row

    # -- what there is --------------------------------------------------------------------------------------------

    def _list(self) -> None:
        draft = self._session.training.draft or RunConfig()
        own, root = self._settings.recent_images, draft.data.root
        if self.cards.show_entries(entries(draft, own, self._estimates.runs, root, self._leave_out, self._lessons)):
            self.cards.show_matching(self.search.text(), keep=True)
        self._show_known()

    @Slot()
    def _on_more_known(self) -> None:
        self._list()
        self._find_out()

    def _show_known(self) -> None:
        """On each card what is known of it."""
        for card in self.cards.all:
            data = card.entry.config.data
            shown = self._estimates.thumbnails_of(data) if _has_place(card.entry) else None
            if shown is not None:
                elsewhere = f"{data.source.title} is not on this machine yet: training it downloads it first"
                card.show_picture(shown.images, "" if len(shown.images) else shown.problem or elsewhere)
            card.show_facts(self._estimates.of(card.entry.config))
        self._refresh()

    @Slot()
    def _find_out(self) -> None:
        """Look at the images of the cards in sight, and measure what they take, one after the other."""
        if not self.isVisible():
            return
        seen = self.cards.in_sight()
        any(self._estimates.look_at(card.entry.config.data) for card in seen if _has_place(card.entry))
        any(self._estimates.measure(card.entry.config) for card in seen if _is_training(card.entry))

    # -- choosing -------------------------------------------------------------------------------------------------

    @Slot(str)
    def _on_search(self, text: str) -> None:
        self.cards.show_matching(text)
        self.cards.setVisible(bool(self.cards.shown))
        self.nothing.setVisible(not self.cards.shown)

    @Slot()
    def _refresh(self) -> None:
        """What can be done with the chosen card, and what it will be."""
        card = self.cards.card
        self.nothing.setVisible(not self.cards.shown)
        idle = self._session.training.state == IDLE
        asks = card is not None and card.entry.asks
        teaches = card is not None and bool(card.entry.lesson)
        self.train.setText(LESSON if teaches else LOOK if asks else TRAIN if idle else STOP_AND_TRAIN)
        self.train.setEnabled(card is not None)
        self.form.setEnabled(card is not None and _is_training(card.entry))
        words = "" if card is None else self._words(card, idle)
        self.outcome.setText(words)
        self.outcome.briefer = (*briefly(words), "")

    def _words(self, card: Card, idle: bool) -> str:
        entry = card.entry
        if entry.asks:
            return "Nothing is trained before you have seen what is in them"
        if entry.lesson:
            return f"{entry.teaches}. You train, look and answer; leave it when you like"
        if not idle:
            path = self._session.training.path
            name = "the run in training" if path is None else path.name
            return f"What {name} has learned is kept; it can be resumed"
        shown = self._estimates.thumbnails_of(entry.config.data)
        if shown is not None and shown.problem:
            return shown.problem
        if shown is not None and not len(shown.images):
            where = "is downloaded first; if you have it, name its Data folder in the settings"
            return f"{entry.config.data.source.title} {where}"
        return " · ".join(text for text in (entry.code, *card.lines[1:]) if text)

    @Slot()
    def _on_train(self) -> None:
        card = self.cards.card
        if card is None or not self.train.isEnabled() or not self.isVisible():
            return
        # Gone first: what is asked for may open a dialog of its own.
        self.accept()
        if card.entry.lesson:
            self.lesson_wanted.emit(card.entry.lesson)
        elif card.entry.asks:
            path, with_preset = card.entry.path, bool(card.entry.code)
            self.images_wanted.emit([] if path is None else [path], card.entry.config if with_preset else None)
        else:
            self.train_wanted.emit(card.entry.config)

    @Slot()
    def _on_form(self) -> None:
        card = self.cards.card
        if card is not None and _is_training(card.entry):
            self.accept()
            self.form_wanted.emit(card.entry.config)

    def done(self, result: int) -> None:
        # What ends it may come twice: Escape, and the window that closes.
        if self._estimating:
            self._estimating = False
            self._estimates.changed.disconnect(self._on_more_known)
            self._estimates.give_up()
        super().done(result)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """In the search: down goes to the cards, Esc empties it before it closes the dialog."""
        if event.type() == QEvent.Type.KeyPress and watched is self.search:
            assert isinstance(event, QKeyEvent)
            if event.key() == Qt.Key.Key_Down and self.cards.shown:
                self.cards.enter()
                return True
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
        return super().eventFilter(watched, event)


def _has_place(entry: Entry) -> bool:
    """Whether it shows images, and it is known which ones."""
    return entry.paint is None and (not entry.asks or entry.path is not None)


def _is_training(entry: Entry) -> bool:
    """Whether it is trained as it is."""
    return not entry.asks and not entry.lesson
