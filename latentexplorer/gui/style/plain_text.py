"""Text from outside is shown as it stands: no name of a class, a file or a run is ever taken for markup.

Qt guesses whether the text of a label, a tip or a question is HTML. Where it takes it for that, it reads the pictures
that the text names, from this machine or from another one, before anybody has clicked. So nothing in the window leaves
Qt a guess: labels and questions are made here, and show markup only where they are given `Markup`; texts that Qt shows
in widgets of its own, such as tips, pass through `verbatim`; those of menus and buttons through `menu_text`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from html import escape
from textwrap import wrap

from PySide6 import QtGui
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QFont, QTextDocument
from PySide6.QtWidgets import QLabel, QMessageBox, QTextBrowser, QWidget

LINE = 90
"""Letters in a line of a tip, at most."""


class Markup(str):
    """Markup of the program's own; texts that `format` and `join` put into it are shown as they stand."""

    __slots__ = ()

    def format(self, *parts: object, **named: object) -> Markup:
        return Markup(super().format(*map(escaped, parts), **{name: escaped(part) for name, part in named.items()}))

    def join(self, parts: Iterable[str]) -> Markup:
        return Markup(super().join(map(escaped, parts)))


def escaped(text: object) -> Markup:
    """A text for what always shows markup, such as the axis of a plot."""
    return text if isinstance(text, Markup) else Markup(escape(str(text)))


@lru_cache(maxsize=2048, typed=True)
def verbatim(text: str) -> str:
    """A text for what guesses (tips, the names of fields in a form): it is shown as it stands, lines included.

    Lines that are too long to be read go on in the next one: Qt makes a tip as wide as its longest line.
    """
    if any(len(line) > LINE for line in text.splitlines()):
        text = "\n".join("\n".join(wrap(line, LINE)) for line in text.split("\n"))
    if not QtGui.Qt.mightBeRichText(text):
        return text
    return Markup("<p style='white-space: pre-wrap'>{}</p>").format(text)


def menu_text(text: str) -> str:
    """A text for a menu, a button or a tab, where `&` else underlines the letter that follows it."""
    return text.replace("&", "&&")


class Label(QLabel):
    """Shows a text as it stands, and `Markup` as markup."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(text)

    def setText(self, text: str) -> None:
        self.setTextFormat(_format_of(text))
        super().setText(text)


MOST_WORD_PX = 640
"""Width of a question at most, for what cannot go on in the next line."""


class Question(QMessageBox):
    """Asks or tells something in a dialog: a text as it stands, `Markup` as markup."""

    def __init__(self, icon: QMessageBox.Icon, title: str, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setIcon(icon)
        self.setWindowTitle(title)
        self.setText(text)

    def setText(self, text: str) -> None:
        self.setTextFormat(_format_of(text))
        super().setText(text)

    def setInformativeText(self, text: str) -> None:
        """What stands below; a path in it, which has no place to break, is seen as far as a screen allows."""
        super().setInformativeText(text)
        label = self.findChild(QLabel, "qt_msgbox_informativelabel")
        if label is not None:
            widest = max((label.fontMetrics().horizontalAdvance(word) for word in text.split()), default=0)
            label.setMinimumWidth(min(widest + 2, MOST_WORD_PX))


class OwnMarkdown(QTextBrowser):
    """Shows Markdown that is shipped with the program: reads nothing that it names, and leads nowhere by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.setOpenLinks(False)

    def loadResource(self, kind: int, name: QUrl | str) -> None:
        """Nothing, whatever a text names."""

    def show_markdown(self, text: str) -> None:
        """Show a page from its beginning; HTML in it stands as it is written."""
        feature = QTextDocument.MarkdownFeature
        self.document().setMarkdown(text, feature.MarkdownDialectGitHub | feature.MarkdownNoHTML)


def markup_width(words: Markup, font: QFont) -> float:
    """Room that markup takes in one line, in pixels."""
    document = QTextDocument()
    document.setDefaultFont(font)
    document.setDocumentMargin(0)
    document.setHtml(words)
    return document.idealWidth()


def _format_of(text: str) -> Qt.TextFormat:
    return Qt.TextFormat.RichText if isinstance(text, Markup) else Qt.TextFormat.PlainText
