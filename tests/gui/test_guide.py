"""The guide in the window: found, searched, read, and never leaving the program."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication

from latentexplorer.core.guide import Page, page, pages
from latentexplorer.gui.widgets.guide_link import GuideLink
from latentexplorer.gui.window.guide import GuideDialog
from latentexplorer.gui.window.guide_page import GuidePage
from latentexplorer.gui.window.workspaces import EXPLORE
from tests.gui.person import Person


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


def opened(person: Person) -> GuideDialog:
    dialog = person.frame.guide.dialog
    assert dialog is not None and dialog.isVisible()
    return dialog


def place_of(shown: GuidePage, target: str) -> QPoint | None:
    """Where on the screen a link stands; None where there is none."""
    block = shown.document().begin()
    while block.isValid():
        parts = block.begin()
        while not parts.atEnd():
            part = parts.fragment()
            if part.charFormat().isAnchor() and part.charFormat().anchorHref() == target:
                cursor = QTextCursor(block)
                cursor.setPosition(part.position() + 1)
                shown.setTextCursor(cursor)
                shown.ensureCursorVisible()
                return shown.cursorRect(cursor).center()
            parts += 1
        block = block.next()
    return None


def palette_finds(person: Person, words: str) -> None:
    person.qtbot.keyClick(person.frame, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = next(top for top in QApplication.topLevelWidgets() if top.objectName() == "command_palette")
    person.qtbot.keyClicks(palette.line, words)  # type: ignore[attr-defined]
    person.qtbot.keyClick(palette.line, Qt.Key.Key_Return)  # type: ignore[attr-defined]


def test_the_guide_is_found_read_and_searched(person: Person) -> None:
    palette_finds(person, "guide: maps")
    dialog = opened(person)
    assert dialog.page.toPlainText().startswith("Maps")
    dialog.close()
    person.frame.activateWindow()
    person.until(person.frame.isActiveWindow)
    person.qtbot.keyClick(person.frame, Qt.Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    assert opened(person) is dialog and dialog.slug == "maps", "the page that was read last"
    link = GuideLink("latent-space")
    person.qtbot.addWidget(link)
    person.click(link)
    assert opened(person) is dialog and dialog.slug == "latent-space"
    place = place_of(dialog.page, "likelihood.md")
    assert place is not None
    person.qtbot.mouseClick(dialog.page.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert dialog.slug == "likelihood"
    assert dialog.list.currentItem().text() == page("likelihood").title
    person.until(dialog.isActiveWindow)
    person.qtbot.keyClick(dialog, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert dialog.slug == "latent-space"
    person.qtbot.keyClicks(dialog.search, "perplexity")
    shown = [dialog.list.item(row).data(Qt.ItemDataRole.UserRole) for row in range(dialog.list.count())]
    assert {slug for slug in shown if slug} == {slug for slug, one in pages().items() if one.matches("perplexity")}
    assert page(dialog.slug).matches("perplexity")
    person.qtbot.keyClicks(dialog.search, " zzz")
    assert dialog.nothing.isVisible() and not dialog.list.isVisible()
    person.qtbot.keyClick(dialog.search, Qt.Key.Key_Escape)
    assert dialog.isVisible() and dialog.list.isVisible()
    person.qtbot.keyClick(dialog.search, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


@pytest.mark.parametrize("target", ["https://example.org", "file:///etc/passwd", "../presets/x.toml", "nowhere.md"])
def test_a_page_leads_nowhere_else(qapp: QApplication, target: str) -> None:
    shown = GuidePage()
    asked: list[str] = []
    shown.page_wanted.connect(asked.append)
    shown.show_page(Page("x", "X", "X.", f"# X\n\n[there]({target}) {target} <b>bold</b> ![picture]({target})"))
    assert place_of(shown, target) is None
    assert "there" in shown.toPlainText() and "<b>" in shown.toPlainText()
    assert shown.loadResource(2, target) is None
    shown.anchorClicked.emit(QUrl(target))
    assert not asked
    shown.deleteLater()


def test_every_page_is_drawn_whole(qapp: QApplication) -> None:
    """Nothing of a page is lost on its way through Markdown: each of its words is shown."""
    shown = GuidePage()
    for one in pages().values():
        shown.show_page(one)
        assert set(re.findall(r"\w+", re.sub(r"\]\(\S+\)", "]", one.text))) <= set(
            re.findall(r"\w+", shown.toPlainText())
        )
    shown.deleteLater()
