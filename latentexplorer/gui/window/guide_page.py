"""A page of the guide as it is read: its headings, formulas and links in the program's own look."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QUrl, Signal, Slot
from PySide6.QtGui import QFont, QFontDatabase, QTextBlock, QTextBlockFormat, QTextCharFormat, QTextCursor, QTextFormat
from PySide6.QtWidgets import QFrame

from latentexplorer.core.guide import Page, slug_of
from latentexplorer.gui.style.plain_text import OwnMarkdown
from latentexplorer.gui.style.theme import SPACE, body_font, theme

TITLE_POINTS = 15.0
LINE_PERCENT = 125.0
INDENT_PX = 20


class GuidePage(OwnMarkdown):
    """Shows a page.

    Signals
    -------
    page_wanted : (str)
        The slug of another page, whose link was clicked.
    """

    page_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("guide_page")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.document().setDocumentMargin(2 * SPACE)
        self.document().setIndentWidth(INDENT_PX)
        self._page: Page | None = None
        self.anchorClicked.connect(self._on_link)
        theme.changed.connect(self._draw)

    def show_page(self, page: Page) -> None:
        """Show it from its beginning."""
        self._page = page
        self.setAccessibleName(f"Guide: {page.title}")
        self._draw()
        # Where the cursor is, a text scrolls to as soon as it is laid out.
        self.setTextCursor(QTextCursor(self.document()))
        self.verticalScrollBar().setValue(0)

    @Slot()
    def _draw(self) -> None:
        if self._page is None:
            return
        document = self.document()
        document.setDefaultFont(body_font())
        self.show_markdown(self._page.text)
        for block in self._blocks():
            cursor = QTextCursor(block)
            if block.blockFormat().headingLevel():
                _dress_heading(cursor)
            elif _is_formula(block):
                _dress_formula(cursor)
            else:
                _dress_text(cursor)

    def _blocks(self) -> Iterator[QTextBlock]:
        block = self.document().begin()
        while block.isValid():
            yield block
            block = block.next()

    @Slot(QUrl)
    def _on_link(self, target: QUrl) -> None:
        slug = slug_of(target.toString())
        if slug:
            self.page_wanted.emit(slug)


def _dress_heading(cursor: QTextCursor) -> None:
    level = cursor.blockFormat().headingLevel()
    space = QTextBlockFormat()
    space.setTopMargin(0 if level == 1 else 2 * SPACE)
    space.setBottomMargin(SPACE if level == 1 else SPACE / 2)
    cursor.mergeBlockFormat(space)
    _select(cursor)
    look = cursor.charFormat()
    look.clearProperty(QTextFormat.Property.FontSizeAdjustment)
    look.setFontPointSize(TITLE_POINTS if level == 1 else body_font().pointSizeF())
    look.setFontWeight(QFont.Weight.DemiBold)
    cursor.setCharFormat(look)


def _is_formula(block: QTextBlock) -> bool:
    of = block.blockFormat()
    code = QTextFormat.Property.BlockCodeFence, QTextFormat.Property.BlockCodeLanguage
    return of.nonBreakableLines() or any(map(of.hasProperty, code))


def _dress_formula(cursor: QTextCursor) -> None:
    """Lines of one formula stand on one ground."""
    block = cursor.block()
    look = QTextBlockFormat()
    look.setBackground(theme.color("field"))
    look.setTopMargin(0 if _is_formula(block.previous()) else SPACE / 2)
    look.setBottomMargin(0 if _is_formula(block.next()) else SPACE)
    look.setNonBreakableLines(False)
    cursor.mergeBlockFormat(look)
    letters = QTextCharFormat()
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    letters.setFontFamilies([font.family()])
    letters.setFontPointSize(body_font().pointSizeF() - 0.5)
    letters.setForeground(theme.color("text"))
    _select(cursor)
    cursor.mergeCharFormat(letters)


def _dress_text(cursor: QTextCursor) -> None:
    space = QTextBlockFormat()
    space.setLineHeight(LINE_PERCENT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    space.setTopMargin(SPACE / 4)
    space.setBottomMargin(SPACE / 2)
    cursor.mergeBlockFormat(space)
    for start, end, target in _links(cursor.block()):
        look = QTextCharFormat()
        if slug_of(target):
            look.setForeground(theme.color("accent"))
            look.setFontUnderline(False)
        else:
            look.setAnchor(False)
            look.setAnchorHref("")
            look.setForeground(theme.color("text"))
            look.setFontUnderline(False)
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.mergeCharFormat(look)


def _links(block: QTextBlock) -> list[tuple[int, int, str]]:
    """Links of a block: from where to where, and where they lead."""
    found = []
    parts = block.begin()
    while not parts.atEnd():
        part = parts.fragment()
        if part.charFormat().isAnchor():
            found.append((part.position(), part.position() + part.length(), part.charFormat().anchorHref()))
        parts += 1
    return found


def _select(cursor: QTextCursor) -> None:
    """All of a block, without what parts it from the one before."""
    cursor.movePosition(QTextCursor.MoveOperation.StartOfBlock)
    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
