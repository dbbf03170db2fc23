"""How the program looks: a small set of tokens, from which palette, style sheet, fonts and icons are made.

Neutral chrome and one accent; images and points carry the colour. Fusion with Qt's own colour scheme, so that menus and
dialogs follow without a theme library.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from latentexplorer.core.paths import resource
from latentexplorer.gui.style.dressing import Dressing

SYSTEM, LIGHT, DARK = "system", "light", "dark"
SPACE = 8
"""The unit of spacing: gaps are this, half of it or twice it."""


@dataclass(frozen=True)
class Tokens:
    """Every colour of the chrome. `text` on `card` has a contrast above 12, `muted` on `card` above 4.5."""

    window: str
    card: str
    field: str
    hover: str
    border: str
    text: str
    muted: str
    faint: str
    accent: str
    accent_hover: str
    on_accent: str
    selection: str
    danger: str
    warning: str
    track: str


LIGHT_TOKENS = Tokens(
    window="#f3f4f6",
    card="#ffffff",
    field="#f3f4f6",
    hover="#e9ebef",
    border="#dfe2e7",
    text="#191b1f",
    muted="#5f6672",
    faint="#b9bec7",
    accent="#1a6dd6",
    accent_hover="#155cb8",
    on_accent="#ffffff",
    selection="#d6e6fb",
    danger="#b3261e",
    warning="#8a5a00",
    track="#e1e4e9",
)
DARK_TOKENS = Tokens(
    window="#16181c",
    card="#1d2026",
    field="#16181c",
    hover="#2a2e36",
    border="#2d313a",
    text="#e7e9ec",
    muted="#9aa1ad",
    faint="#4d535e",
    accent="#5aa2ff",
    accent_hover="#7ab5ff",
    on_accent="#0b1526",
    selection="#203a5c",
    danger="#ff8a80",
    warning="#f0b860",
    track="#31363f",
)

_STYLE = """
QMainWindow, QDialog { background: @window; }
#guide_page { background: @card; color: @text; border: 1px solid @border; border-radius: 8px; }
#guide_list { background: transparent; border-color: transparent; }
#guide_list::item { padding: 4px 6px; border-radius: 4px; }
#guide_list::item:selected { background: @selection; color: @text; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QMainWindow::separator { background: @window; width: 8px; height: 8px; }
QMainWindow::separator:hover { background: @track; }
QToolTip { background: @card; color: @text; border: 1px solid @border; padding: 4px 6px; }
QLabel[role="muted"], QLabel[role="caption"] { color: @muted; }
QLabel[role="danger"] { color: @danger; }
QLabel[role="title"] { font-weight: 600; }
QLabel[role="empty"] { color: @muted; padding: 24px; }
#mend_waiting { border: 1px solid @border; border-radius: 4px; }
QLabel[role="reading"] { background: @card; color: @text; }
#veil { background: @card; }
#pane_header { background: @card; border: 1px solid @border; border-bottom: none;
    border-top-left-radius: 8px; border-top-right-radius: 8px; }
#pane_header[afloat="true"] { background: @hover; border-color: @muted; border-bottom: 1px solid @border;
    border-radius: 0; }
#pane_body { background: @card; border: 1px solid @border; border-top: none;
    border-bottom-left-radius: 8px; border-bottom-right-radius: 8px; }
QToolBar { background: @window; border: none; padding: 0; spacing: 0; }
#strip { background: @window; }
#hint { background: @selection; border-radius: 8px; }
#lesson, #time_machine { background: @card; border: 1px solid @accent; border-radius: 8px; }
#missing_images { background: @card; border: 1px solid @border; border-radius: 8px; }
#failure { background: @card; border: 1px solid @danger; border-radius: 8px; }
#class_choice, #plane_options, #bookmarks, #traversal_range { background: @card; border: 1px solid @border; }
QPushButton { background: @card; color: @text; border: 1px solid @border; border-radius: 6px; padding: 5px 12px; }
QPushButton:hover { background: @hover; }
QPushButton:pressed { background: @track; }
QPushButton:disabled { color: @faint; }
QPushButton:focus, QToolButton:focus { border: 1px solid @accent; }
QPushButton[role="primary"] { background: @accent; color: @on_accent; border-color: @accent; font-weight: 600; }
QPushButton[role="primary"]:hover { background: @accent_hover; }
QPushButton[role="primary"]:focus { border: 2px solid @text; padding: 4px 11px; }
QPushButton[role="primary"]:disabled { background: @track; color: @muted; border-color: @track; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: 5px; padding: 3px; }
QToolButton:hover { background: @hover; }
QToolButton:checked { background: @selection; }
QToolButton::menu-indicator { image: none; }
QToolButton[role="menu"] { padding-right: 14px; }
QToolButton[role="workspace"] { color: @muted; padding: 3px 9px; }
QToolButton[role="workspace"]:checked { color: @text; font-weight: 600; }
QToolButton[role="link"] { color: @accent; padding: 1px 3px; }
QToolButton[role="heading"] { padding: 0px 4px; }
#loss_latest { padding: 1px 8px; }
QLineEdit, QAbstractSpinBox, QComboBox, QPlainTextEdit { background: @field; color: @text;
    border: 1px solid @border; border-radius: 5px; padding: 3px 6px; selection-background-color: @accent;
    selection-color: @on_accent; min-height: 18px; }
QLineEdit[wrong="true"], QComboBox[wrong="true"], QCheckBox[wrong="true"] { border: 1px solid @danger; }
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus { border-color: @accent; }
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled { color: @faint; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; border: none; }
QComboBox { padding-right: 0; combobox-popup: 0; }
QComboBox::drop-down { border: none; width: 18px; }
QComboBox::down-arrow { image: none; width: 0; height: 0; }
QComboBox QAbstractItemView { background: @card; color: @text; border: 1px solid @border; outline: none;
    selection-background-color: @selection; selection-color: @text; }
QComboBox QAbstractItemView::item { padding: 3px 6px; }
QProgressBar { background: @track; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; }
QProgressBar::chunk { background: @accent; border-radius: 3px; }
QSlider { min-height: 20px; }
QSlider::groove:horizontal { background: @track; height: 4px; border-radius: 2px; }
QSlider::sub-page:horizontal { background: @accent; height: 4px; border-radius: 2px; }
QSlider::handle:horizontal { background: @accent; width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; }
QSlider::handle:horizontal:focus { border: 2px solid @text; margin: -6px -1px; border-radius: 8px; }
QSlider[beyond="true"]::handle:horizontal { background: transparent; }
QSlider::sub-page:horizontal:disabled, QSlider::handle:horizontal:disabled { background: @faint; }
QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: 8px; } QScrollBar:horizontal { height: 8px; }
QScrollBar::handle { background: @faint; border-radius: 3px; min-height: 24px; min-width: 24px; }
QScrollBar::handle:vertical { margin-left: 2px; } QScrollBar::handle:horizontal { margin-top: 2px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: none; }
QTabBar { background: @window; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: @muted; padding: 5px 8px; border: none;
    border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: @text; border-bottom: 2px solid @accent; }
QTabBar::tab:hover { color: @text; }
QTabBar:focus { outline: none; }
QTabBar::tab:selected:focus { color: @accent; background: @hover; padding: 5px 7px;
    border: 1px solid @accent; border-radius: 4px; }
QMenu { background: @card; color: @text; border: 1px solid @border; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 24px; border-radius: 4px; }
QMenu::item:selected { background: @selection; }
QMenu::item:disabled { color: @faint; }
QMenu::separator { height: 1px; background: @border; margin: 4px 8px; }
QMenuBar { background: @window; color: @text; }
QMenuBar::item { padding: 4px 8px; border-radius: 4px; }
QMenuBar::item:selected { background: @hover; }
QStatusBar { background: @window; color: @muted; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: @muted; }
QCheckBox { spacing: 6px; border: 1px solid transparent; border-radius: 4px; padding: 1px; }
QCheckBox:focus { border-color: @accent; }
QCheckBox::indicator { width: 13px; height: 13px; border: 1px solid @muted; border-radius: 3px;
    background: @field; }
QCheckBox::indicator:checked { background: @accent; image: url("@tick"); }
QCheckBox::indicator:disabled { border-color: @faint; }
QCheckBox::indicator:checked:disabled { background: @faint; }
QTableView, QListView, QTreeView { background: @card; color: @text; border: 1px solid @border; border-radius: 5px;
    alternate-background-color: @field; gridline-color: @border;
    selection-background-color: @selection; selection-color: @text; outline: none; }
#runs_table, #dimensions_table, #compare_numbers { border-color: transparent; }
#runs_table::item, #dimensions_table::item { padding: 0 4px; }
#compare_numbers::item { padding: 0 3px; }
QAbstractScrollArea::corner { background: transparent; border: none; }
#class_list { background: @card; border: 1px solid @border; border-radius: 5px; }
#class_list:focus { border-color: @accent; }
QTableView:focus, QListView:focus, QTreeView:focus, #runs_table:focus,
    #dimensions_table:focus, #compare_numbers:focus { border-color: @accent; }
QTreeView::item { padding: 3px 0; }
QHeaderView { background: @card; border: none; }
QHeaderView::section { background: @card; color: @muted; border: none; border-bottom: 1px solid @border;
    padding: 4px 6px; }
"""


class Theme(QObject):
    """The look in force; `changed` follows when the system or the person switches between light and dark."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.choice = SYSTEM
        self.tokens = LIGHT_TOKENS
        self._dressing = Dressing(self)

    def install(self, app: QApplication, choice: str = SYSTEM) -> None:
        """Set style, fonts and colours of the application and follow the system from now on."""
        app.setStyle("Fusion")
        app.setFont(body_font())
        app.styleHints().colorSchemeChanged.connect(self._on_system)
        self.choose(choice)

    def choose(self, choice: str) -> None:
        """`system`, `light` or `dark`."""
        schemes = {LIGHT: Qt.ColorScheme.Light, DARK: Qt.ColorScheme.Dark}
        self.choice = choice if choice in schemes else SYSTEM
        QGuiApplication.styleHints().setColorScheme(schemes.get(choice, Qt.ColorScheme.Unknown))
        self._apply()

    @contextmanager
    def undressed(self) -> Iterator[None]:
        """Build many widgets inside: they are given the style sheet afterwards, once.

        While it is on, Qt tells all that is inside a part again whenever the part is put into a larger one: to build
        the panes takes three times as long.
        """
        app = QApplication.instance()
        sheet = app.styleSheet() if isinstance(app, QApplication) else ""
        if not isinstance(app, QApplication) or not sheet:
            yield
            return
        app.setStyleSheet("")
        try:
            yield
        finally:
            app.setStyleSheet(sheet)

    @property
    def dark(self) -> bool:
        """Whether the dark colours are in force."""
        return self.tokens is DARK_TOKENS

    def color(self, name: str) -> QColor:
        """A token as a colour."""
        return QColor(getattr(self.tokens, name))

    def _on_system(self, _scheme: Qt.ColorScheme) -> None:
        self._apply()

    def _apply(self) -> None:
        app = QApplication.instance()
        if not isinstance(app, QApplication):
            return
        dark = app.styleHints().colorScheme() == Qt.ColorScheme.Dark
        if self.choice != SYSTEM:
            dark = self.choice == DARK
        self.tokens = DARK_TOKENS if dark else LIGHT_TOKENS
        self._dressing.dress(app, _palette(self.tokens), _style_sheet(self.tokens))
        self.changed.emit()


theme = Theme()


def _style_sheet(tokens: Tokens) -> str:
    # A style sheet takes pictures from files only.
    tick = resource("icons", "check-dark.svg" if tokens is DARK_TOKENS else "check-light.svg")
    style = _STYLE.replace("@tick", Path(str(tick)).as_posix())
    # Longest names first: @accent is the beginning of @accent_hover.
    for name in sorted((field.name for field in fields(tokens)), key=len, reverse=True):
        style = style.replace(f"@{name}", getattr(tokens, name))
    return style


def _palette(tokens: Tokens) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for which, value in (
        (role.Window, tokens.window),
        (role.WindowText, tokens.text),
        (role.Base, tokens.card),
        (role.AlternateBase, tokens.field),
        (role.Text, tokens.text),
        (role.Button, tokens.card),
        (role.ButtonText, tokens.text),
        (role.ToolTipBase, tokens.card),
        (role.ToolTipText, tokens.text),
        (role.PlaceholderText, tokens.muted),
        (role.Highlight, tokens.accent),
        (role.HighlightedText, tokens.on_accent),
        (role.Link, tokens.accent),
        (role.Accent, tokens.accent),
    ):
        palette.setColor(which, QColor(value))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(tokens.faint))
    return palette


def body_font() -> QFont:
    """The system's font with figures of equal width."""
    return QFont(_font(QApplication.font().key(), 10.0))


def title_font() -> QFont:
    """For the name of a pane."""
    return QFont(_font(QApplication.font().key(), 10.0, QFont.Weight.DemiBold))


def caption_font() -> QFont:
    """For what stands under pictures and beside titles."""
    return QFont(_font(QApplication.font().key(), 9.0))


@cache
def _font(base: str, points: float, weight: QFont.Weight | None = None) -> QFont:
    """Made once for each: the window asks for more than a thousand. `base` is the key of the application's font."""
    font = QFont(QApplication.font())
    font.setPointSizeF(points)
    font.setFeature(QFont.Tag("tnum"), 1)
    if weight is not None:
        font.setWeight(weight)
    return font
