"""The line in which the map is searched: what is typed is completed, counted, and can become the selection."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, QStringListModel, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QCompleter, QGridLayout, QLineEdit, QPushButton, QToolButton, QWidget

from latentexplorer.gui.style.icons import icon
from latentexplorer.gui.style.plain_text import Label
from latentexplorer.gui.style.theme import SPACE, caption_font, theme
from latentexplorer.gui.widgets.elided import ElidedLabel
from latentexplorer.views.search_completion import Vocabulary, completions
from latentexplorer.views.search_words import MOST_LETTERS

HINT = "coat, or error > 0.1 and class = Coat"


class SearchField(QWidget):
    """Opens above the map and closes with Esc.

    Signals
    -------
    changed : (str)
        Something else is searched; "" where nothing is.
    select_asked : ()
        What is found is to be the selection.
    opened, closed : ()
    """

    changed = Signal(str)
    select_asked = Signal()
    opened = Signal()
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.vocabulary = Vocabulary()
        self.line = QLineEdit()
        self.line.setObjectName("map_search")
        self.line.setAccessibleName("Search the map")
        self.line.setAccessibleDescription(f"Words, or conditions on columns: {HINT}")
        self.line.setPlaceholderText(HINT)
        self.line.setMaxLength(MOST_LETTERS)
        self.line.installEventFilter(self)
        self.line.textChanged.connect(self.changed)
        self.line.textEdited.connect(self._offer)
        self.line.returnPressed.connect(self._on_return)
        self.count = Label()
        self.count.setObjectName("map_found")
        self.select = QPushButton("Select")
        self.select.setObjectName("map_search_select")
        self.select.setToolTip("Make what is found the selection (Enter)")
        self.select.clicked.connect(self.select_asked)
        self.end = QToolButton()
        self.end.setObjectName("map_search_close")
        self.end.setToolTip("Close the search (Esc)")
        self.end.setAccessibleName("Close the search")
        self.end.clicked.connect(self.close_search)
        self.trouble = ElidedLabel()
        self.trouble.setObjectName("map_search_trouble")
        self.trouble.setFont(caption_font())
        self.trouble.setProperty("role", "muted")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(SPACE // 2)
        grid.setColumnStretch(0, 1)
        for column, widget in enumerate((self.line, self.count, self.select, self.end)):
            grid.addWidget(widget, 0, column)
        grid.addWidget(self.trouble, 1, 0, 1, 4)
        self._build_completer()
        theme.changed.connect(self._recolour)
        self._recolour()
        self.show_found(None, 0)
        self.hide()

    def _build_completer(self) -> None:
        self._offered = QStringListModel(self)
        self._start = 0
        self.completer = QCompleter(self._offered, self)
        self.completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self.completer.setWidget(self.line)
        self.completer.activated.connect(self._complete)
        self.offers.setObjectName("map_search_offers")
        self.offers.setAccessibleName("What may be written")

    @property
    def offers(self) -> QAbstractItemView:
        """The list of what the word under way may become."""
        popup = self.completer.popup()
        assert popup is not None
        return popup

    @Slot()
    def _recolour(self) -> None:
        self.end.setIcon(icon("close", "muted"))
        self.end.setIconSize(QSize(12, 12))

    # -- what is searched ---------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """What is searched; "" while it is closed."""
        return self.line.text().strip() if not self.isHidden() else ""

    @Slot()
    def open(self) -> None:
        """Show the line and go to it."""
        self.show()
        self.line.setFocus()
        self.line.selectAll()
        self.opened.emit()

    def search(self, text: str) -> None:
        """Search for a text, "" for nothing: as a figure has it."""
        self.setVisible(bool(text))
        self.line.setText(text)

    @Slot()
    def close_search(self) -> None:
        """Search for nothing any more."""
        self.offers.hide()
        self.hide()
        self.line.clear()
        self.closed.emit()

    # -- what comes of it ---------------------------------------------------------------------------------------

    def show_found(self, found: int | None, of: int) -> None:
        """Say how many are found, None where nothing is searched."""
        self.count.setText("" if found is None else f"{found:,} of {of:,}")
        self.count.setVisible(found is not None)
        self.select.setEnabled(bool(found))
        self.say("")

    def say(self, text: str) -> None:
        """Say what is wrong with it, or that it takes a moment."""
        self.trouble.setText(text)
        self.trouble.setVisible(bool(text))
        if text:
            self.count.hide()
            self.select.setEnabled(False)

    # -- keyboard and completion --------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape and watched is self.line:
            if event.type() == QEvent.Type.ShortcutOverride:
                # The window's own Esc, which leads back from a pane that fills it, comes after this one.
                event.accept()
            elif event.type() == QEvent.Type.KeyPress:
                self._on_escape()
                return True
        return super().eventFilter(watched, event)

    def _on_escape(self) -> None:
        if self.offers.isVisible():
            self.offers.hide()
        else:
            self.close_search()

    @Slot()
    def _on_return(self) -> None:
        chosen = self.offers.isVisible() and self.offers.currentIndex().isValid()
        if not chosen and self.select.isEnabled():
            self.offers.hide()
            self.select_asked.emit()

    @Slot()
    def _offer(self) -> None:
        """Offer what the word under way may become."""
        text, cursor = self.line.text(), self.line.cursorPosition()
        self._start, offered = completions(text, cursor, self.vocabulary)
        self._offered.setStringList(offered)
        if offered:
            self.completer.complete()
        else:
            self.offers.hide()

    @Slot(str)
    def _complete(self, name: str) -> None:
        text, cursor = self.line.text(), self.line.cursorPosition()
        before = text[: self._start] + name
        self.line.setText(before + text[cursor:])
        self.line.setCursorPosition(len(before))
