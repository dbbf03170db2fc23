"""The guide: pages to search and read beside the window, opened wherever something asks for one."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from latentexplorer.core.guide import FIRST, Page, pages
from latentexplorer.gui.style.plain_text import Label
from latentexplorer.gui.style.theme import SPACE, caption_font, theme
from latentexplorer.gui.widgets.guide_link import guide
from latentexplorer.gui.window.guide_page import GuidePage

LIST_PX = 240
SIZE = QSize(980, 680)
SLUG = Qt.ItemDataRole.UserRole


class OpenGuide(QObject):
    """Opens the guide for whoever asks: one of it, beside the window."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.dialog: GuideDialog | None = None
        guide.wanted.connect(self.show_page)

    @Slot(str)
    def show_page(self, slug: str) -> None:
        """A page, or where `slug` is empty the one that was read last."""
        if self.dialog is None:
            self.dialog = GuideDialog(self._window)
        self.dialog.show_page(slug or self.dialog.slug or FIRST[0])
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()


class GuideDialog(QDialog):
    """The names of all pages with a search over what they say, and the page."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("guide_dialog")
        self.setWindowTitle("Guide")
        self.slug = ""
        self._before: list[str] = []
        self.search = QLineEdit()
        self.search.setObjectName("guide_search")
        self.search.setAccessibleName("Search the guide")
        self.search.setPlaceholderText("Search")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._list)
        self.search.installEventFilter(self)
        self.list = QListWidget()
        self.list.setObjectName("guide_list")
        self.list.setAccessibleName("Pages of the guide")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentItemChanged.connect(self._on_chosen)
        self.nothing = Label("No page has these words")
        self.nothing.setProperty("role", "empty")
        self.nothing.setWordWrap(True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.page = GuidePage()
        self.page.page_wanted.connect(self.show_page)
        QShortcut(QKeySequence("Alt+Left"), self, self.go_back)
        side = QVBoxLayout()
        side.setSpacing(SPACE)
        side.addWidget(self.search)
        side.addWidget(self.list, 1)
        side.addWidget(self.nothing, 1)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        outer.setSpacing(2 * SPACE)
        for part in (self.search, self.list, self.nothing):
            part.setFixedWidth(LIST_PX)
        outer.addLayout(side)
        outer.addWidget(self.page, 1)
        theme.changed.connect(self._recolour)
        self._list("")
        room = parent.screen().availableSize()
        self.resize(SIZE.boundedTo(QSize(room.width() - 40, room.height() - 60)))

    # -- the list -------------------------------------------------------------------------------------------------

    @Slot(str)
    def _list(self, words: str) -> None:
        """The pages that have the words; where the one that is read has not, the first of them is."""
        found = [page for page in pages().values() if page.matches(words)]
        self.list.blockSignals(True)
        self.list.clear()
        for title, group in (
            ("To begin with", [page for page in found if page.slug in FIRST]),
            ("Instruments", [page for page in found if page.slug not in FIRST]),
        ):
            if group:
                self.list.addItem(_heading(title))
            for page in group:
                item = QListWidgetItem(page.title)
                item.setData(SLUG, page.slug)
                self.list.addItem(item)
        self.list.blockSignals(False)
        self.list.setVisible(bool(found))
        self.nothing.setVisible(not found)
        slugs = [page.slug for page in found]
        if self.slug in slugs:
            self._mark()
        elif slugs and self.slug:
            self._show(slugs[0])

    @Slot()
    def _recolour(self) -> None:
        self._list(self.search.text())

    def _mark(self) -> None:
        """Choose the page that is read, in the list."""
        for row in range(self.list.count()):
            if self.list.item(row).data(SLUG) == self.slug:
                self.list.blockSignals(True)
                self.list.setCurrentRow(row)
                self.list.blockSignals(False)

    @Slot(QListWidgetItem, QListWidgetItem)
    def _on_chosen(self, item: QListWidgetItem | None, _before: QListWidgetItem | None) -> None:
        if item is not None and item.data(SLUG):
            self.show_page(item.data(SLUG))

    # -- the page -------------------------------------------------------------------------------------------------

    @Slot(str)
    def show_page(self, slug: str) -> None:
        """Read a page; the one before is a step back."""
        if slug == self.slug:
            return
        if self.slug:
            self._before.append(self.slug)
        self._show(slug)

    @Slot()
    def go_back(self) -> None:
        """To the page that was read before."""
        if self._before:
            self._show(self._before.pop())

    def _show(self, slug: str) -> None:
        self.slug = slug
        page: Page = pages()[slug]
        if not page.matches(self.search.text()):
            self.search.clear()
        self.setWindowTitle(f"Guide: {page.title}")
        self.page.show_page(page)
        self._mark()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """In the search: down goes to the pages, Esc empties it before it closes the guide."""
        if event.type() == QEvent.Type.KeyPress and watched is self.search:
            assert isinstance(event, QKeyEvent)
            if event.key() == Qt.Key.Key_Down:
                self.list.setFocus()
                return True
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
        return super().eventFilter(watched, event)


def _heading(title: str) -> QListWidgetItem:
    item = QListWidgetItem(title)
    item.setFlags(Qt.ItemFlag.NoItemFlags)
    item.setFont(caption_font())
    item.setForeground(theme.color("muted"))
    return item
