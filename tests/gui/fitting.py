"""What does not fit in the window: texts that are cut, widgets that leave their parent or lie on each other.

A name from outside (of a class, a run, a file) may be as long as it likes, so it may be shortened where its tip says
all of it. The program's own words never need a tip: they are fewer where there is less room, or go on in another line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import unescape
from itertools import combinations

from PySide6 import QtGui
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetrics, QTextDocument
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QApplication,
    QCheckBox,
    QComboBox,
    QDockWidget,
    QFrame,
    QGraphicsView,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMainWindow,
    QPushButton,
    QScrollArea,
    QScrollBar,
    QSlider,
    QStyle,
    QStyleOptionComboBox,
    QTabBar,
    QToolButton,
    QWidget,
)

from latentexplorer.core.catalog import SOURCES
from latentexplorer.gui.panes.veil import Veil
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.elided import DOTS, ElidedLabel
from latentexplorer.gui.widgets.plot import Plot
from tests.gui.written import written

SLACK_PX = 1
EDGE_PX = 2
"""Letters have smooth edges, and their ink may begin a little before they do."""
LAP_PX = 3
"""The parts of a line, as a link in it, are each measured alone, which is more than they take in the line."""
LABEL_MARGINS_PX = 8
TAB_MARGINS_PX = 16
CELL_MARGINS_PX = 8
TIP = Qt.ItemDataRole.ToolTipRole
SCREEN_PX = 1000
"""A tip that is wider does not fit the smallest screen."""
LONG = 6
"""Letters of a name from outside that may have to be shortened."""
MOST_ROWS = 200
"""Of a table, that are asked for what stands in them."""
PATH = re.compile(r"(?<!\w)(~|/[^/\s]+)/[^/\s]")


def faults(window: QWidget, names: Iterable[str] = (), inside: QWidget | None = None) -> list[str]:
    """All that does not fit, each in one line that names where; empty where all is well.

    Parameters
    ----------
    names : str
        Those from outside, which may be shortened where they are long.
    inside : QWidget, optional
        Only what is in this part of the window, the names of tabs, and how parts lie beside each other.
    """
    # A text that a timer has just said has yet to be laid out.
    QApplication.sendPostedEvents()
    # An image set is called what its makers called it.
    sets = (source.title for source in SOURCES)
    outside = tuple(name for name in (*names, *sets) if len(name) >= LONG)
    of_part = [] if inside is None else [*window.findChildren(QTabBar), inside, *inside.findChildren(QWidget)]
    every = window.findChildren(QWidget) if inside is None else of_part
    seen = [widget for widget in [window, *every] if _seen(widget)]
    found = [fault for widget in seen for look in (_beginning, _tip, _place, _neighbours) for fault in look(widget)]
    found += [fault for widget in seen for look in (_text, _written) for fault in look(widget, outside)]
    return list(dict.fromkeys(found))


def from_outside(text: str, names: Sequence[str]) -> bool:
    """Whether a text, or what is left of one that was shortened, has a long name from outside in it, or a path."""
    if PATH.search(text) or any(name in text for name in names):
        return True
    head, dots, tail = text.partition(DOTS)
    if not dots:
        return False
    begun = [head[at:].rstrip(" .,-_") for at in range(len(head)) if at == 0 or not head[at - 1].isalnum()]
    return any(name.startswith(part) for name in names for part in begun if len(part) > 1 or part == head) or (
        not head and any(tail and tail.rstrip(f" {DOTS}") in name for name in names)
    )


def _seen(widget: QWidget) -> bool:
    return widget.isVisible() and widget.width() > 0 and widget.height() > 0 and not _covered(widget)


def _covered(widget: QWidget) -> bool:
    """Whether it is behind a tab, in a pane that is not seen."""
    while widget is not None and not isinstance(widget, QDockWidget):
        widget = widget.parentWidget()
    return widget is not None and not widget.isFloating() and widget.geometry().right() < 0


def name(widget: QWidget) -> str:
    """Where a widget is: its own name, or that of the next one around it that has one, and what it is."""
    own = widget.objectName() or widget.accessibleName()
    around = widget.parentWidget()
    while around is not None and not around.objectName():
        around = around.parentWidget()
    path = own if around is None else f"{around.objectName()}/{own}"
    return f"{path} ({type(widget).__name__})"


def _text(widget: QWidget, names: Sequence[str]) -> Iterator[str]:
    for shown, needs, has in _texts(widget):
        if needs > has + SLACK_PX and not _may_be_cut(widget, shown, names):
            yield f"{name(widget)}: {shown!r} needs {needs:.0f} px and has {has:.0f}"


def _may_be_cut(widget: QWidget, text: str, names: Sequence[str]) -> bool:
    """Whether a text that is longer than its room may be: what is drawn of it is looked at elsewhere, or it is no word
    of ours and stands whole in the tip."""
    if isinstance(widget, ElidedLabel):
        return True
    if isinstance(widget, QLineEdit):
        # Whoever types sees what they type; it scrolls.
        return bool(widget.text()) and from_outside(text, names)
    return from_outside(text, names) and _told_in_tip(widget, text)


def _written(widget: QWidget, names: Sequence[str]) -> Iterator[str]:
    """What a widget draws of texts: cut at its edges, shortened, or one on the other."""
    area = widget.parentWidget()
    scrolls = isinstance(area, QAbstractScrollArea) and area.viewport() is widget
    if isinstance(widget, (QLineEdit, QMainWindow)) or (not scrolls and _without_words(widget)):
        return
    found = written(widget)
    for each in found:
        room = widget.rect().toRectF()
        if each.room is not None and not isinstance(area, QGraphicsView):
            room = room.intersected(each.room)
        if scrolls and not isinstance(area, QGraphicsView):
            # What is above and below comes when it is scrolled.
            room.setTop(min(room.top(), each.place.top()))
            room.setBottom(max(room.bottom(), each.place.bottom()))
        if scrolls and area.horizontalScrollBar().maximum() > 0:
            room.setLeft(min(room.left(), each.place.left()))
            room.setRight(max(room.right(), each.place.right()))
        if isinstance(widget, QTabBar) and _scrolled(widget):
            continue
        if not room.adjusted(-EDGE_PX, -EDGE_PX, EDGE_PX, EDGE_PX).contains(each.place):
            yield f"{name(widget)}: {each.text!r} at {_of(each.place.toRect())} is cut by {_of(room.toRect())}"
        if DOTS in each.text and not _is_whole(widget, each.text):
            whole = _all_of(widget, each.text)
            if not from_outside(whole, names):
                yield f"{name(widget)}: {each.text!r} is shortened"
            elif DOTS not in whole and not _told_in_tip(widget, whole):
                yield f"{name(widget)}: {each.text!r} is shortened, and no tip says all of it"
    for one, other in combinations(found, 2):
        lap = one.place.intersected(other.place)
        if min(lap.width(), lap.height()) > LAP_PX and one.text != other.text:
            yield f"{name(widget)}: {one.text!r} is written on {other.text!r}"


def _without_words(widget: QWidget) -> bool:
    """Whether a widget is drawn by Qt alone, and that in a way in which there are no words."""
    if isinstance(widget, QAbstractScrollArea):
        # Itself only a frame: what is in it is written in its viewport, its head and the like.
        return True
    drawn = type(widget).paintEvent
    if drawn == QToolButton.paintEvent:
        return not widget.icon().isNull() and _icon_alone(widget)
    return drawn in (QWidget.paintEvent, QFrame.paintEvent, QScrollBar.paintEvent, QSlider.paintEvent)


def _all_of(widget: QWidget, shown: str) -> str:
    """The whole of a text that is shortened, where the widget says it."""
    if isinstance(widget, ElidedLabel):
        return widget.text()
    return widget.currentText() if isinstance(widget, QComboBox) else shown


def _is_whole(widget: QWidget, text: str) -> bool:
    """Whether a text has its dots in any case, as that of a button that opens something has."""
    area = widget.parentWidget()
    if isinstance(area, QAbstractItemView) and area.viewport() is widget and area.model() is not None:
        model = area.model()
        rows, columns = range(min(model.rowCount(), MOST_ROWS)), range(model.columnCount())
        return any(str(model.index(row, column).data() or "") == text for row in rows for column in columns)
    if isinstance(widget, QLabel) and not isinstance(widget, ElidedLabel):
        return text in unescape(widget.text())
    if text in widget.accessibleName() or text in widget.objectName():
        return True
    texts = {getattr(widget, "text", str)(), getattr(widget, "title", str)()} if _says(widget) else set()
    texts |= {action.text() for action in widget.actions()}
    texts |= set(getattr(widget, "briefer", ()))
    if isinstance(widget, QComboBox):
        texts |= {widget.itemText(at) for at in range(widget.count())}
        texts |= {f"{prefix}{widget.placeholderText()}" for prefix in ("", getattr(widget, "prefix", ""))}
    return text in {each.replace("&&", "&") for each in texts}


def _scrolled(bar: QTabBar) -> bool:
    """Whether the names of its tabs are scrolled, because there are too many: that in front is seen."""
    return any(button.isVisible() for button in bar.findChildren(QToolButton))


def _says(widget: QWidget) -> bool:
    return isinstance(widget, (QLabel, QAbstractButton, QGroupBox))


def _texts(widget: QWidget) -> Iterator[tuple[str, float, float]]:
    """Each text that a widget draws, the room it needs and the room it has."""
    metrics = widget.fontMetrics()
    if isinstance(widget, QLabel):
        yield from _label(widget)
    elif isinstance(widget, QComboBox) and not isinstance(widget, Choice):
        option = QStyleOptionComboBox()
        widget.initStyleOption(option)
        field = widget.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, widget
        )
        yield widget.currentText(), _wide(widget.currentText(), metrics), field.width() - 4
    elif isinstance(widget, QCheckBox):
        yield widget.text(), widget.sizeHint().width(), widget.width()
    elif isinstance(widget, (QPushButton, QToolButton)) and widget.text():
        if isinstance(widget, QToolButton) and not widget.icon().isNull() and _icon_alone(widget):
            return
        yield widget.text(), widget.sizeHint().width(), widget.width()
        yield widget.text(), metrics.height(), widget.height()
    elif isinstance(widget, QLineEdit):
        inside = widget.style().subElementRect(QStyle.SubElement.SE_LineEditContents, _line_option(widget), widget)
        text = widget.text() or widget.placeholderText()
        yield text, _wide(text, metrics), inside.width() - 4
    elif isinstance(widget, QTabBar):
        for at in range(widget.count()):
            if widget.isTabVisible(at):
                needs = _wide(widget.tabText(at), metrics) + TAB_MARGINS_PX
                seen = at == widget.currentIndex() or not _scrolled(widget)
                room = (widget.rect().intersected(widget.tabRect(at)) if seen else widget.tabRect(at)).width()
                yield widget.tabText(at), needs, room
    elif isinstance(widget, QHeaderView):
        for at in range(widget.count()):
            if not widget.isSectionHidden(at):
                words = str(widget.model().headerData(at, widget.orientation()) or "")
                if widget.orientation() == Qt.Orientation.Horizontal:
                    yield words, _wide(words, metrics) + CELL_MARGINS_PX, widget.sectionSize(at)
                    yield f"the height of {words}", metrics.height() + SLACK_PX, widget.height()
    elif isinstance(widget, Plot):
        yield from _ticks(widget)


def _icon_alone(button: QToolButton) -> bool:
    return button.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly


def _line_option(widget: QLineEdit):
    from PySide6.QtWidgets import QStyleOptionFrame

    option = QStyleOptionFrame()
    widget.initStyleOption(option)
    return option


def _label(label: QLabel) -> Iterator[tuple[str, float, float]]:
    text = label.text()
    if not text:
        return
    room = label.contentsRect()
    if label.textFormat() == Qt.TextFormat.RichText:
        document = QTextDocument()
        document.setDefaultFont(label.font())
        document.setDocumentMargin(0)
        document.setHtml(text)
        if label.wordWrap():
            document.setTextWidth(room.width())
            yield text, document.size().height(), room.height()
        yield text, document.idealWidth(), room.width()
    elif label.wordWrap():
        yield text, label.heightForWidth(label.width()), label.height()
        yield text, max(_wide(word, label.fontMetrics()) for word in text.split() or [""]), room.width()
    else:
        yield text, _wide(text, label.fontMetrics()), room.width()
        yield text, label.fontMetrics().height() * (text.count("\n") + 1), label.height()


def _wide(text: str, metrics: QFontMetrics) -> float:
    return max((metrics.horizontalAdvance(line) for line in text.split("\n")), default=0)


def _told_in_tip(widget: QWidget, text: str) -> bool:
    """Whether a text that is shortened stands whole in the tip."""
    if isinstance(widget, QTabBar):
        return text in [widget.tabToolTip(at) for at in range(widget.count())]
    if isinstance(widget, QHeaderView):
        tips = [widget.model().headerData(at, widget.orientation(), TIP) for at in range(widget.count())]
        return any(text.rstrip("↑↓ ") in str(tip) for tip in tips)
    tip = widget.tip if isinstance(widget, Choice) else widget.toolTip()
    return verbatim(text) in tip or text in tip


def _beginning(widget: QWidget) -> Iterator[str]:
    """A text that is shortened begins as the whole one or a briefer one does, and ends with no part of a number."""
    if isinstance(widget, ElidedLabel) and widget.shown not in (widget.text(), *widget.briefer, DOTS, ""):
        head, _, tail = widget.shown.partition(DOTS)
        whole = widget.briefer[-1] if widget.briefer else widget.text()
        ends = not tail or whole.endswith(tail) or whole.split(" ")[0].endswith(tail)
        begins = whole.startswith(head.rstrip()) and ends
        if not begins or (head[-1:].isdigit() and whole[len(head) :][:1].isdigit()):
            yield f"{name(widget)}: {widget.shown!r} is no beginning of {whole!r}"


def _ticks(plot: Plot) -> Iterator[tuple[str, float, float]]:
    from PySide6.QtGui import QImage, QPainter

    room = plot.viewport().rect()
    image = QImage(4, 4, QImage.Format.Format_ARGB32)
    painter = QPainter(image)
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        if not axis.isVisible():
            continue
        if axis.label.isVisible():
            has = axis.height() if side == "left" else axis.width()
            yield f"{side} axis {axis.label.toPlainText()}", axis.label.boundingRect().width() - LABEL_MARGINS_PX, has
        painter.setFont(axis.style["tickFont"] or plot.font())
        specs = axis.generateDrawSpecs(painter)
        places = [] if specs is None else [(text, axis.mapRectToScene(rect)) for rect, _, text in specs[2]]
        for text, rect in places:
            inside = rect.intersected(room)
            yield f"{side} tick {text}", rect.width(), inside.width()
            yield f"{side} tick {text}", rect.height(), inside.height()
        for (one, first), (other, second) in combinations(places, 2):
            lap = first.intersected(second)
            if min(lap.width(), lap.height()) > SLACK_PX:
                yield f"{side} ticks {one} and {other}", lap.width(), 0
    painter.end()


def _tip(widget: QWidget) -> Iterator[str]:
    tip = widget.toolTip()
    if tip and not QtGui.Qt.mightBeRichText(tip):
        wide = _wide(tip, widget.fontMetrics())
        if wide > SCREEN_PX:
            yield f"{name(widget)}: the tip {tip[:60]!r}… is {wide:.0f} px wide"


def _place(widget: QWidget) -> Iterator[str]:
    """What leaves the widget that it is in."""
    parent = widget.parentWidget()
    if parent is None or widget.isWindow():
        return
    area = parent.parentWidget()
    if isinstance(area, QAbstractScrollArea) and area.viewport() is parent:
        if isinstance(area, QScrollArea) and area.widget() is widget:
            can = area.horizontalScrollBarPolicy() != Qt.ScrollBarPolicy.ScrollBarAlwaysOff
            if widget.width() > parent.width() + SLACK_PX and not can:
                yield f"{name(widget)} is {widget.width()} px wide in {parent.width()}"
        return
    if isinstance(widget, QTabBar) or isinstance(parent, (QTabBar, QHeaderView, QAbstractScrollArea)):
        return
    if not parent.rect().adjusted(-SLACK_PX, -SLACK_PX, SLACK_PX, SLACK_PX).contains(widget.geometry()):
        yield f"{name(widget)} at {_of(widget.geometry())} leaves {name(parent)} of {_of(parent.rect())}"


def _neighbours(widget: QWidget) -> Iterator[str]:
    """Children of one layout, or docks, that lie on each other."""
    layout = widget.layout()
    children = [
        child
        for child in widget.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        if _seen(child) and not child.isWindow() and not isinstance(child, Veil)
    ]
    docked = [child for child in children if isinstance(child, QDockWidget)]
    stood = docked if docked else [child for child in children if layout is not None and _stands_in(layout, child)]
    for one, other in combinations(stood, 2):
        lap = one.geometry().intersected(other.geometry())
        if min(lap.width(), lap.height()) > SLACK_PX:
            yield f"{name(one)} and {name(other)} lie on each other by {_of(lap)}"


def _stands_in(layout, child: QWidget) -> bool:
    if layout.indexOf(child) >= 0:
        return True
    return any(
        layout.itemAt(at).layout() is not None and _stands_in(layout.itemAt(at).layout(), child)
        for at in range(layout.count())
    )


def _of(rect: QRect) -> str:
    return f"{rect.x()},{rect.y()} {rect.width()}x{rect.height()}"
