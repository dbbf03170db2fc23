"""No text from outside is taken for markup: with a picture in the name of a class, Qt would read that file."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
import shiboken6
from PIL import Image
from PySide6 import QtGui
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QEvent, QModelIndex, QObject, QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QHelpEvent, QTextDocument
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QGraphicsTextItem,
    QGraphicsView,
    QLabel,
    QTabBar,
    QTextEdit,
    QToolTip,
    QWidget,
)
from pytestqt.qtbot import QtBot

import latentexplorer.gui
from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import Stopped
from latentexplorer.core.paths import runs_dir
from latentexplorer.data import load_data
from latentexplorer.gui.style.plain_text import Label, Markup, menu_text, verbatim
from latentexplorer.gui.widgets.plot import Plot
from latentexplorer.gui.window.commands import Commands
from latentexplorer.gui.workers.job import Failure
from latentexplorer.runs import RunFolder
from latentexplorer.training.trainer import train
from tests.gui.conftest import Person
from tests.gui.opening import what_opens

TAG = "<img"
NAME = "<img src='picture.png'> A & B"
"""No slash, so that it can be a folder's name too."""
PATHED = "<img src='file:///pictures/picture.png'> A & B"


# -- what Qt makes of a text ----------------------------------------------------------------------------------------


def document(text: str) -> str:
    """What a tip of this text shows."""
    if not QtGui.Qt.mightBeRichText(text):
        return text
    shown = QTextDocument()
    shown.setHtml(text)
    return shown.toPlainText()


@pytest.mark.parametrize(
    "text", ["plain", "3 < 4 & 5", NAME, f"{NAME}\n  second   line", "&lt;b&gt;", "<b>a</b>\t1", ""]
)
def test_a_tip_shows_every_letter(qapp: QApplication, text: str) -> None:
    assert document(verbatim(text)) == text


def test_a_label_shows_markup_only_where_it_is_given_some(qapp: QApplication) -> None:
    label = Label(NAME)
    assert label.textFormat() == Qt.TextFormat.PlainText
    label.setText(Markup("<b>{}</b> {word}").format(NAME, word="<i>"))
    assert label.textFormat() == Qt.TextFormat.RichText
    assert TAG not in label.text()
    assert document(label.text()) == f"{NAME} <i>"
    label.setText(label.text() + NAME)
    assert label.textFormat() == Qt.TextFormat.PlainText
    joined = Markup(" &nbsp; ").join([Markup("<b>{}</b>").format(NAME), NAME])
    assert joined.count("<b>") == 1
    assert TAG not in joined


def test_the_axis_of_a_plot_shows_every_letter(qtbot: QtBot) -> None:
    plot = Plot("plot", x_label=NAME)
    qtbot.addWidget(plot)
    assert plot.getAxis("bottom").label.toPlainText().strip() == NAME


# -- the window -----------------------------------------------------------------------------------------------------


class Looker:
    """Looks at every text of every window, and remembers which were from outside and which Qt would take for markup."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.count = 0
        self.seen: set[str] = set()

    def text(self, where: str, text: object, rich: bool | None = None) -> None:
        """A text that Qt shows as markup (True), as it stands (False), or as it guesses (None)."""
        if not isinstance(text, str) or "picture.png" not in text:
            return
        self.count += 1
        self.seen |= {where, where.split(":")[0]}
        if TAG in text and (QtGui.Qt.mightBeRichText(text) if rich is None else rich):
            self.taken.append(f"{where} {text[:150]}")

    def mnemonic(self, where: str, text: str) -> None:
        """A text in which `&` underlines a letter."""
        if "picture.png" in text:
            self.count += 1
            self.seen |= {where, where.split(":")[0]}
            if "&" in text.replace("&&", ""):
                self.taken.append(f"{where} underlines {text[:150]}")

    def look(self, windows: Iterable[QWidget] | None = None) -> None:
        """At all windows, open menus and dialogs, or at these; and make every tip appear."""
        tops = QApplication.topLevelWidgets() if windows is None else windows
        things = [thing for top in tops for thing in (top, *top.findChildren(QObject))]
        for thing in things:
            self.thing(thing)
        for thing in things:
            # A tip that is shown takes away the one before it.
            if isinstance(thing, QWidget) and shiboken6.isValid(thing) and thing.isVisible() and makes_tips(thing):
                self.hover(thing, f": {thing.objectName() or type(thing).__name__}")

    def menus(self, pane: QWidget) -> set[str]:
        """At every menu that opens over what is seen in a pane, from the keyboard and by the pointer; whose they were.

        Nobody names what has no menu of its own: what holds it is asked then.
        """
        met = set()
        for widget in [pane, *pane.findChildren(QWidget)]:
            if not (shiboken6.isValid(widget) and widget.isVisible() and opens_menus(widget)):
                continue
            target = widget.viewport() if isinstance(widget, QAbstractScrollArea) else widget
            middle = target.rect().center()
            for reason in QContextMenuEvent.Reason.Keyboard, QContextMenuEvent.Reason.Mouse:
                asked = QContextMenuEvent(reason, middle, target.mapToGlobal(middle))
                QApplication.sendEvent(target, asked)
                menu = QApplication.activePopupWidget()
                if menu is not None:
                    met.add(widget.objectName() or type(widget).__name__)
                    self.look([menu])
                    menu.close()
        QApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete.value))
        return met

    def told(self) -> None:
        """Nothing was taken for markup."""
        assert not self.taken, "\n".join(dict.fromkeys(self.taken))

    def thing(self, thing: QObject) -> None:
        name = f": {thing.objectName() or type(thing).__name__}"
        if isinstance(thing, QAction):
            self.text(f"tip of action{name}", thing.toolTip())
            self.text(f"help of action{name}", thing.whatsThis())
            self.mnemonic(f"action{name}", thing.text())
        if isinstance(thing, QLabel):
            guessed = thing.textFormat() == Qt.TextFormat.AutoText
            plain = thing.textFormat() == Qt.TextFormat.PlainText
            self.text(f"label{name}", thing.text(), None if guessed else not plain)
        if isinstance(thing, QAbstractButton):
            self.mnemonic(f"button{name}", thing.text())
        if isinstance(thing, QTabBar):
            for at in range(thing.count()):
                self.mnemonic(f"tab{name}", thing.tabText(at))
                self.text(f"tip of tab{name}", thing.tabToolTip(at))
        if isinstance(thing, QTextEdit):
            self.text(f"document{name}", thing.toHtml(), True)
        if isinstance(thing, QComboBox | QAbstractItemView):
            self.model(thing.model(), name)
        if isinstance(thing, QGraphicsView) and thing.scene() is not None:
            for item in thing.scene().items():
                self.text(f"tip in plot{name}", item.toolTip())
                if isinstance(item, QGraphicsTextItem):
                    self.text(f"text in plot{name}", item.toHtml(), True)
        if isinstance(thing, QWidget):
            self.text(f"tip{name}", thing.toolTip())
            self.text(f"help{name}", thing.whatsThis())

    def model(self, model: QAbstractItemModel | None, name: str) -> None:
        if model is None:
            return
        roles = (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.WhatsThisRole)
        # The number of columns of a list is private.
        columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(QModelIndex())
        for column in range(columns):
            for role in roles:
                self.text(f"tip of heading{name}", model.headerData(column, Qt.Orientation.Horizontal, role))
            for row in range(model.rowCount(QModelIndex())):
                index = model.index(row, column, QModelIndex())
                self.text(f"entry{name}", index.data(), False)
                for role in roles:
                    self.text(f"tip of entry{name}", index.data(role))

    def hover(self, widget: QWidget, name: str) -> None:
        """Let the pointer rest on nine places of what makes its tips when they are asked for."""
        QToolTip.hideText()
        for place in (QPoint(widget.width() * x // 6, widget.height() * y // 6) for x in (1, 3, 5) for y in (1, 3, 5)):
            QApplication.sendEvent(widget, QHelpEvent(QEvent.Type.ToolTip, place, widget.mapToGlobal(place)))
            self.text(f"shown tip{name}", QToolTip.text())


def opens_menus(widget: QWidget) -> bool:
    """Whether it may open a menu of its own where it is asked for one."""
    kinds = (kind for kind in type(widget).__mro__ if kind.__module__.startswith("latentexplorer"))
    policy, ways = widget.contextMenuPolicy(), Qt.ContextMenuPolicy
    return policy == ways.CustomContextMenu or any("contextMenuEvent" in vars(kind) for kind in kinds)


def makes_tips(widget: QWidget) -> bool:
    """Whether its tips depend on the place: it hears of events itself, or shows entries."""
    own = any("event" in vars(kind) for kind in type(widget).__mro__ if kind.__module__.startswith("latentexplorer"))
    return own or isinstance(widget.parentWidget(), QAbstractItemView)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """Two conditional runs in which every name is a picture: data set, classes, columns, folders."""
    folder = tmp_path_factory.mktemp("hostile")
    generator = np.random.default_rng(0)
    data = folder / f"{NAME}.npz"
    arrays = {
        "images": generator.integers(0, 256, (60, 8, 8), np.uint8),
        "labels": np.arange(60) % 3,
        "class_names": np.array([f"{PATHED} {at}" for at in range(3)]),
        f"{PATHED} size": np.arange(60) / 60,
    }
    np.savez(data, **arrays)
    changes = ("data.name=images", f"data.path={data}", "model.family=cvae", "model.latent_dim=3", "training.epochs=2")
    paths = []
    for name in (NAME, f"{NAME} 2"):
        config = RunConfig().updated([*changes, "training.snapshots=0", "data.test_fraction=0.3"])
        paths.append(folder / name)
        train(RunFolder.create(paths[-1], config), load_data(config.data))
    yield paths[0], paths[1]


@pytest.fixture
def opened(person: Person, hostile: tuple[Path, Path]) -> Iterator[tuple[Person, Path]]:
    """A person with the hostile run open, and the other one beside it in the runs folder."""
    first, second = (Path(shutil.copytree(path, runs_dir() / path.name)) for path in hostile)
    person.session.open_run(first)
    person.until(lambda: person.session.run.path == first)
    person.settled()
    person.session.current.pick_image("train", 1)
    person.session.bookmarks.add(f"{PATHED} bookmark", person.session.current.code)
    person.decoded()
    yield person, second
    QToolTip.hideText()
    person.until(lambda: not QToolTip.isVisible())


def test_no_name_of_an_opened_run_is_taken_for_markup(opened: tuple[Person, Path]) -> None:
    person, second = opened
    looker, session = Looker(), person.session
    assert all(TAG in name for name in (*session.run.class_names, *session.run.columns("train"), session.run.name))
    session.selection.set_anchor("A", session.current.code)
    session.current.pick_image("train", 2)
    session.selection.set_anchor("B", session.current.code)
    session.current.pick_image("train", 4)
    menus = set()
    for name, pane in person.frame.panes.items():
        person.frame.show_pane(name)
        person.until(pane.isVisible)
        person.settled()
        pane.grab()
        looker.look()
        menus |= looker.menus(pane)
    assert menus >= {"map_plot", "decoded_image", "anchor_a", "runs_table", "QHeaderView", "loss_pane"}, sorted(menus)
    assert {"label: run_title", "label: run_controls_name", "tip: map_legend_1"} <= looker.seen
    assert {"shown tip", "entry", "tip of entry: runs_table"} <= looker.seen
    map_pane, interpolation = person.frame.panes["map"], person.frame.panes["interpolation"]
    person.frame.show_pane("map")
    assert any(PATHED in entry.accessibleName() for entry in map_pane.legend.entries)
    map_pane.controls.choose_color(f"{PATHED} size")
    map_pane.controls.colors_asked.emit()
    person.until(lambda: map_pane.bar.title == f"{PATHED} size")
    interpolation.controls.choose.menu().aboutToShow.emit()
    looker.look()
    assert {"action", "tip of action"} <= looker.seen
    person.frame.show_pane("loss")
    session.compare([second])
    loss = person.frame.panes["loss"]
    person.until(lambda: bool(loss.others))
    loss.grab()
    looker.look()
    runs = person.frame.panes["runs"]
    person.frame.show_pane("runs")
    person.settled()
    runs.table.choose([second, session.run.path], second)
    runs.actions_by_name["compare"].trigger()
    comparison = person.frame.panes["comparison"]
    for kind in ("images", "maps", "losses", "numbers"):
        comparison.head.show_kind(kind)
        person.until(lambda kind=kind: comparison.found is not None and comparison.found.result.show == kind)
        comparison.grab()
        looker.look()
    looker.told()


def test_the_gallery_shows_names_as_they_stand(opened: tuple[Person, Path]) -> None:
    person, _ = opened
    looker = Looker()
    pane = person.frame.panes["gallery"]
    person.frame.show_pane("gallery")
    for name in [pane.sources.itemData(at) for at in range(pane.sources.count())]:
        if pane.sources.model().item(pane.sources.findData(name)).isEnabled():  # type: ignore[attr-defined]
            pane.choose(name)
            person.settled()
            person.until(lambda: pane.result is not None)
            looker.look()
    assert {"shown tip", "entry"} <= looker.seen
    looker.told()


def test_messages_and_questions_show_names_as_they_stand(opened: tuple[Person, Path], tmp_path: Path) -> None:
    person, second = opened
    person.expects_failure = True
    looker, frame = Looker(), person.frame
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME / "config.json").write_text("{")
    person.session.open_run(tmp_path / NAME)
    person.until(lambda: bool(person.failures))
    assert NAME in person.find("failure_text", QLabel).text()  # type: ignore[attr-defined]
    person.click("failure_details")
    looker.look()
    person.session.message.emit("warning", f"{NAME} cannot be written")
    frame.show_pane("decoded")
    person.click("bookmarks_button")
    looker.look()
    frame.panes["runs"].folders.ask_to_delete([second])
    frame.panes["map"].export()
    Commands.shortcuts(frame.commands)
    Commands.about(frame.commands)
    job = person.session.write(f"Writing {NAME}.png", work_that_waits, tmp_path / f"{NAME}.png")
    frame.closing.ask()
    looker.look()
    person.session.jobs.cancel(job)
    person.settled()
    for top in QApplication.topLevelWidgets():
        if top.isVisible() and top is not frame:
            top.close()
    person.session.training.set_draft(RunConfig().updated(["data.name=images", f"data.path={NAME}.npz"]))
    looker.look()
    assert {"label: failure_text", "label: qt_msgbox_label", "entry: bookmark_list"} <= looker.seen
    looker.told()


def test_sheets_dialogs_and_panels_show_names_as_they_stand(opened: tuple[Person, Path], tmp_path: Path) -> None:
    person, _ = opened
    looker, session = Looker(), person.session
    images = tmp_path / NAME
    for name in (NAME, "other"):
        (images / name).mkdir(parents=True)
        for at in range(4):
            Image.fromarray(np.full((8, 8), 60 * at, np.uint8)).save(images / name / f"{NAME} {at}.png")
    (images / NAME / f"{NAME} broken.png").write_bytes(b"no image")
    session.selection.set_anchor("A", session.current.code)
    failure = Failure(NAME, f"{PATHED} cannot be read", f"Choose another than {NAME}", f"Traceback of {PATHED}")
    opening = what_opens(person, images, failure)
    telling = {name for name, open_it in opening.items() if seen_in(person, looker, open_it)}
    looker.told()
    panels = {"panel of decoded", "panel of gallery", "animation of traversal", "export of map", "export of decoded"}
    assert telling >= panels | {"images", "question", "report", "swap_class", "watch_code", "mend_image"}


def seen_in(person: Person, looker: Looker, open_it: Callable[[], object]) -> int:
    """How many texts with a name from outside were seen in what is opened; closed again."""
    before, known = set(map(id, shown_windows())), looker.count
    open_it()
    QApplication.processEvents()
    person.settled()
    windows = [window for window in shown_windows() if id(window) not in before]
    assert windows
    looker.look(windows)
    for window in windows:
        window.close()
    QApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete.value))
    person.settled()
    return looker.count - known


def shown_windows() -> list[QWidget]:
    return [widget for widget in QApplication.topLevelWidgets() if widget.isVisible() and not is_tip(widget)]


def is_tip(widget: QWidget) -> bool:
    return widget.windowType() == Qt.WindowType.ToolTip


def work_that_waits(emit: object, stop: StopToken) -> Path:
    """A file that is not done until nobody wants it any more."""
    stop.wait(60)
    raise Stopped


# -- widgets of next year -------------------------------------------------------------------------------------------

GUI = Path(latentexplorer.gui.__file__).parent
ALWAYS_MARKUP = {"setLabel", "setTitle"}
"""What pyqtgraph shows as markup whatever it is."""
GUESSED = {"setToolTip", "setTabToolTip", "setWhatsThis", "setLabelText", "setInformativeText", "setRowToolTip"}
"""Methods whose text Qt takes for markup if it looks like it; there are others, see `problem_of_call`."""
REFUSED = {
    "QLabel": "plain.Label",
    "QMessageBox": "plain.Question",
    "QErrorMessage": "plain.Question",
    "QTextEdit": "QPlainTextEdit",
    "QTextBrowser": "plain.Label",
    "QTextDocument": "plain.markup_width",
    "QGraphicsTextItem": "QGraphicsSimpleTextItem",
    "QProgressDialog": "the status bar",
    "QWizardPage": "QDialog",
    "TextItem": "QGraphicsSimpleTextItem",
    "LabelItem": "plain.Label",
    "LegendItem": "CurveSwitch",
    "addLegend": "CurveSwitch",
    "setHtml": "plain.Label",
    "setTextFormat": "plain.Label",
    "mightBeRichText": "plain.verbatim",
}
"""What shows markup, or guesses, and what to use instead; `QMessageBox.StandardButton` and the like are no calls."""


def called(node: ast.Call) -> str:
    """The last part of the name of what is called."""
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def safe(node: ast.expr, wrapper: str = "verbatim") -> bool:
    """Whether a text is written there as it stands, or wrapped."""
    if isinstance(node, ast.IfExp):
        return safe(node.body, wrapper) and safe(node.orelse, wrapper)
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Call) and called(node) == wrapper)


def mentions_tips(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("ToolTipRole", "WhatsThisRole")


def problem_of_call(node: ast.Call) -> str:
    """What is wrong with a call, and what would be right."""
    name, texts = called(node), node.args
    if name in REFUSED:
        return f"{name}: use {REFUSED[name]}"
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        owner = node.func.value.id
        if owner in ("QMessageBox", "QWhatsThis"):
            return f"{owner}.{name}: use plain.Question"
        if owner == "QToolTip" and name == "showText" and not safe(texts[1]):
            return "QToolTip.showText: wrap the text in plain.verbatim"
        if owner == "QInputDialog" and not all(safe(text) for text in texts[1:3]):
            return f"QInputDialog.{name}: wrap the label in plain.verbatim"
    if name in GUESSED and not all(map(safe, texts[-1:])):
        return f"{name}: wrap the text in plain.verbatim"
    if name == "addRow" and not isinstance(texts[0], ast.Name) and not safe(texts[0]):
        return "addRow: wrap the text in plain.verbatim"
    if name in ("setItemData", "setData") and mentions_tips(texts[-1]) and not safe(texts[-2]):
        return f"{name}: wrap the tip in plain.verbatim"
    if name in ALWAYS_MARKUP and not all(safe(text, "escaped") for text in texts):
        return f"{name}: wrap the text in plain.escaped"
    if name == "Markup" and not isinstance(texts[0], ast.Constant):
        return "Markup: write it there, and put texts into it with `format`"
    return ""


def problems(source: str) -> list[str]:
    """Where a module leaves Qt a guess about a text."""
    found = []
    for node in ast.walk(ast.parse(source)):
        problem = problem_of_call(node) if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.ClassDef):
            bases = {base.id for base in node.bases if isinstance(base, ast.Name)} & REFUSED.keys()
            problem = "".join(f"{base}: use {REFUSED[base]}" for base in bases)
        if isinstance(node, ast.FunctionDef) and node.name in ("data", "headerData"):
            inside = list(ast.walk(node))
            wrapped = any(isinstance(part, ast.Call) and called(part) == "verbatim" for part in inside)
            if any(map(mentions_tips, inside)) and not wrapped:
                problem = f"{node.name}: wrap the tip in plain.verbatim"
        if problem:
            found.append(f"line {node.lineno}, {problem}")  # type: ignore[attr-defined]
    return found


WRONG = (
    "label = QLabel(name)",
    "label = QtWidgets.QLabel('')",
    "class Mine(QLabel): ...",
    "box.setToolTip(name)",
    "box.setToolTip(f'{name}, open')",
    "box.setToolTip('Open' if run else run.name)",
    "action.setWhatsThis(name)",
    "QToolTip.showText(place, name, self)",
    "QInputDialog.getText(window, 'Rename', name)",
    "QMessageBox.warning(window, 'Delete', name)",
    "box = QMessageBox(icon, title, name)",
    "form.addRow(names[0], field)",
    "box.setItemData(0, name, Qt.ItemDataRole.ToolTipRole)",
    "def data(self, index, role):\n    if role == Role.ToolTipRole:\n        return self.names[0]",
    "item.setData(name, Qt.ItemDataRole.ToolTipRole)",
    "axis.setLabel(name)",
    "plot.setLabel('left', name)",
    "plot.addItem(pg.TextItem(html=name))",
    "label.setText(Markup(f'<b>{name}</b>'))",
)
RIGHT = (
    "label = Label(name)",
    "box.setToolTip('Open')",
    "box.setToolTip('Open' if run else verbatim(run.name))",
    "form.addRow('File', field)",
    "form.addRow(verbatim(names[0]), field)",
    "axis.setLabel(escaped(name))",
    "label.setText(Markup('<b>{}</b>').format(name))",
    "icon = QMessageBox.Icon.Warning",
)


def test_no_module_leaves_qt_a_guess() -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in GUI.rglob("*.py") if path.name != "plain_text.py"}
    found = [f"{path.relative_to(GUI)}, {problem}" for path, text in sources.items() for problem in problems(text)]
    assert not found, "\n".join(found)
    assert len(sources) > 50


def test_a_module_that_leaves_qt_a_guess_is_found() -> None:
    assert not [line for line in WRONG if not problems(line)]
    assert not [line for line in RIGHT if problems(line)]


def test_an_ampersand_in_a_name_underlines_nothing() -> None:
    assert menu_text("A & B") == "A && B"
