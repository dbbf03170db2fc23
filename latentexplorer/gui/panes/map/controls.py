"""What the map can be asked for: method, colours, images and numbers; and how far a slow map is."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt, Signal, SignalInstance, Slot
from PySide6.QtGui import QCursor, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QWidget

from latentexplorer.gui.panes.map.layout import MapLayout
from latentexplorer.gui.panes.map.options import SLOW, TSNE, UMAP, MapOptions
from latentexplorer.gui.panes.map.words import (
    BRIEF,
    COLOR_TIPS,
    COLORS,
    EPOCHS_TIP,
    METHOD_TIPS,
    METHODS,
    NO_UMAP,
    PARTS,
)
from latentexplorer.gui.style.icons import icon
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font, theme
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.elided import ElidedLabel
from latentexplorer.gui.widgets.stage_bar import Bar
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.map_preservation import LATER

if TYPE_CHECKING:
    from latentexplorer.runs import Trained
    from latentexplorer.views.map import Result


class MapControls(QObject):
    """The row under the map, the sheet behind its button, and the line that says how far the map is.

    Signals
    -------
    given : ()
        The program has chosen: for another run, or as a figure has it.
    layout_asked : ()
        The map is wanted as the controls have it.
    again_asked : ()
        And laid out anew, also where the run keeps the same one.
    opening_asked : ()
        Other images are wanted: as they are kept, else in the usual way.
    epochs_asked : ()
        The codes of all kept epochs are wanted on one map.
    colors_asked, stop_asked, resume_asked, search_asked : ()
    """

    given = Signal()
    layout_asked = Signal()
    again_asked = Signal()
    opening_asked = Signal()
    colors_asked = Signal()
    search_asked = Signal()
    stop_asked = Signal()
    resume_asked = Signal()
    epochs_asked = Signal()

    def __init__(self, pane: QWidget) -> None:
        super().__init__(pane)
        self._chosen_method = ""
        self.methods = self._choice("map_method", "Projection", METHODS)
        self.colors = self._choice("map_color", "Colour of the points", COLORS)
        self.parts = self._choice("map_part", "Images", PARTS)
        for name, tip in METHOD_TIPS.items():
            _item(self.methods, name).setToolTip(verbatim(tip))
        self.options = MapOptions(pane)
        self.more = QToolButton()
        self.more.setObjectName("map_more")
        self.more.setToolTip("Numbers of the layout: perplexity, iterations, sample, dimensions")
        self.more.setAccessibleName("Layout of the map")
        self.find = QToolButton()
        self.find.setObjectName("map_search_button")
        self.find.setToolTip("Search names and columns (Ctrl+F)")
        self.find.setAccessibleName("Search the map")
        self.find.clicked.connect(self.search_asked)
        self.row = QWidget()
        row = QHBoxLayout(self.row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE // 2)
        for box in (self.methods, self.colors, self.parts):
            row.addWidget(box, 1)
        row.addWidget(self.find)
        row.addWidget(self.more)
        self._build_status()
        self.methods.activated.connect(self._on_method)
        self.colors.activated.connect(self._on_color)
        self.parts.activated.connect(self._on_part)
        self.more.clicked.connect(self._open)
        self.options.changed.connect(self._on_number)
        self.options.asked.connect(self.again_asked)
        theme.changed.connect(self._recolour)
        self._recolour()

    def _choice(self, name: str, accessible: str, entries: dict[str, str]) -> Choice:
        box = Choice(name, accessible)
        for value, text in entries.items():
            box.add(text, value, BRIEF.get(value, text))
        box.setToolTip(verbatim(accessible))
        return box

    def _build_status(self) -> None:
        self.status = QWidget()
        self.status.setObjectName("map_status")
        self.state = ElidedLabel()
        self.state.setObjectName("map_state")
        self.state.setFont(caption_font())
        self.state.setProperty("role", "muted")
        self.progress = Bar("map_progress", "Progress of the map")
        self.progress.setFixedWidth(80)
        self.stop, self.resume, self.again, self.epochs = (
            self._button(text, name, signal)
            for text, name, signal in (
                ("Stop", "map_stop", self.stop_asked),
                ("Resume", "map_resume", self.resume_asked),
                ("Lay out again", "map_recompute", self.again_asked),
                ("All epochs", "map_epochs", self.epochs_asked),
            )
        )
        self.epochs.setToolTip(verbatim(EPOCHS_TIP))
        self.begin = QPushButton()
        self.begin.setObjectName("map_begin")
        self.begin.clicked.connect(self._on_begin)
        row = QHBoxLayout(self.status)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self.state, 1)
        row.addWidget(self.progress, 0, Qt.AlignmentFlag.AlignVCenter)
        for button in (self.stop, self.resume, self.epochs, self.again, self.begin):
            row.addWidget(button)
        self.status.hide()

    def _button(self, text: str, name: str, signal: SignalInstance) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.clicked.connect(signal)
        return button

    @Slot()
    def _recolour(self) -> None:
        for button, name in ((self.find, "search"), (self.more, "tune")):
            button.setIcon(icon(name, "muted"))
            button.setIconSize(QSize(16, 16))

    # -- what is chosen -----------------------------------------------------------------------------------------

    @property
    def method(self) -> str:
        """`tsne`, `pca`, `umap` or `dims`."""
        return str(self.methods.currentData())

    @property
    def color(self) -> str:
        """`class`, `error`, `kl`, `kept`, `trustworthiness`, `continuity`, `none` or the name of a column."""
        return str(self.colors.currentData())

    @property
    def wish(self) -> str:
        """The slow method that was chosen for an earlier run or other images; "" where there is none."""
        return self._chosen_method if self._chosen_method in SLOW else ""

    def opening(self) -> tuple[Settings, Settings]:
        """What is looked for among the maps that a run keeps, and what is shown where there is none."""
        usual = self.settings()
        kept = {"part": usual["part"], "color_by": "none" if self.color in LATER else self.color, "method": "auto"}
        return kept, usual

    @property
    def takes_kept(self) -> bool:
        """Whether a kept map is wanted: not where somebody has chosen what takes milliseconds."""
        return not self._chosen_method or bool(self.wish)

    def adopt(self, result: Result) -> None:
        """Stand as a map that was kept has it."""
        wanted = result.wanted
        assert wanted is not None
        self._select_method(result.method)
        numbers = {"seed": wanted.seed, "perplexity": round(wanted.perplexity), "slow_limit": wanted.limit}
        if result.method == TSNE:
            numbers["steps"] = wanted.steps
        for key, number in numbers.items():
            self.options.set_value(key, number)

    def settings(self) -> Settings:
        """Settings of the view."""
        method, value = self.method, self.options.value
        settings: Settings = {
            "method": method,
            "part": str(self.parts.currentData()),
            "color_by": self.color,
            "limit": value("slow_limit" if method in SLOW else "limit"),
            "seed": value("seed"),
        }
        if method == "dims":
            settings["dims"] = [value("x"), value("y")]
        if method in SLOW:
            settings["perplexity"] = value("perplexity")
        if method == TSNE:
            settings["steps"] = value("steps")
        return settings

    def restore(self, settings: Settings) -> None:
        """Choose what an exported map shows."""
        method = settings.get("method", "auto")
        self._select_method(method if method in METHODS else self._usual(TSNE))
        self._chosen_method = self.method
        _choose(self.parts, settings.get("part", "train"))
        color = settings.get("color_by", "auto")
        self.choose_color(self._usual_color() if color == "auto" else color)
        x, y = settings.get("dims", (0, 1))
        numbers = {"x": x, "y": y, "seed": settings.get("seed", 0), "steps": settings.get("steps", 600)}
        numbers["perplexity"] = settings.get("perplexity", 30)
        numbers["slow_limit" if self.method in SLOW else "limit"] = settings.get("limit", 5000)
        for key, number in numbers.items():
            self.options.set_value(key, int(number))
        self.given.emit()

    def set_run(self, run: Trained) -> None:
        """Offer what another run can be asked for; keep what was chosen where that still makes sense.

        What takes long is worked out when it is asked for, and not because another run was.
        """
        self._run = run
        self.options.set_dimensions(run.code_dim)
        keep = self._chosen_method and self._chosen_method not in SLOW
        self._select_method(self._chosen_method if keep else self._usual("pca"))
        umap = find_spec("umap") is not None
        _allow(self.methods, UMAP, "" if umap else NO_UMAP, METHOD_TIPS[UMAP])
        for part in PARTS:
            codes = run.codes.get(part)
            _allow(self.parts, part, "" if codes is not None and len(codes.loc) else "No codes of these are kept")
        if run.codes.get(str(self.parts.currentData())) is None:
            _choose(self.parts, "train")
        self._offer_colors(run)
        self.given.emit()

    def _offer_colors(self, run: Trained) -> None:
        before = self.color
        while self.colors.count() > len(COLORS):
            self.colors.removeItem(self.colors.count() - 1)
        part = str(self.parts.currentData())
        codes = run.codes.get(part)
        kind = run.config.model.kind
        classes = codes is not None and codes.labels is not None
        posterior = codes is not None and codes.scale is not None and run.prior is not None
        no_error = "The images are not there" if run.data is None else "A mixture has two originals"
        _allow(self.colors, "class", "" if classes else "These images carry no classes")
        _allow(self.colors, "error", "" if run.data is not None and not kind.separates else no_error)
        _allow(self.colors, "kl", "" if posterior else f"{kind.title} has no KL")
        few = codes is None or len(codes.loc) < 3
        for measure, tip in COLOR_TIPS.items():
            _allow(self.colors, measure, "Fewer than three codes have no neighbourhoods" if few else "", tip)
        if run.data is not None:
            for name in run.columns(part):
                self.colors.addItem(name, name)
        at = self.colors.findData(before)
        kept = at >= 0 and _item(self.colors, before).isEnabled() and before != "none"
        self.choose_color(before if kept else self._usual_color())

    def _usual(self, otherwise: str) -> str:
        return "dims" if self._run.code_dim <= 2 else otherwise

    def _usual_color(self) -> str:
        return "class" if _item(self.colors, "class").isEnabled() else "none"

    def choose_color(self, color: str) -> None:
        """Choose a colour without asking for it."""
        _choose(self.colors, color)

    def _select_method(self, method: str) -> None:
        _choose(self.methods, method)
        self.options.set_method(method)

    # -- what the person does -----------------------------------------------------------------------------------

    @Slot()
    def _on_method(self) -> None:
        self._chosen_method = self.method
        self.options.set_method(self.method)
        self.layout_asked.emit()

    @Slot()
    def _on_begin(self) -> None:
        self._select_method(self.wish)
        self.layout_asked.emit()

    @Slot()
    def _on_color(self) -> None:
        self.colors_asked.emit()

    @Slot()
    def _on_part(self) -> None:
        self._offer_colors(self._run)
        if self.method not in SLOW and not self.wish:
            self.layout_asked.emit()
            return
        # What takes long is not laid out because other images are looked at; that it is wished is remembered.
        self._chosen_method = self.method if self.method in SLOW else self._chosen_method
        self._select_method(self._usual("pca"))
        self.opening_asked.emit()

    @Slot()
    def _on_number(self) -> None:
        # What takes milliseconds is shown at once; the rest waits for the button.
        if self.method not in SLOW:
            self.layout_asked.emit()

    @Slot()
    def _open(self) -> None:
        self.options.open_at(self.more)

    @Slot()
    def rest(self) -> None:
        """The search is closed: under its list of words the button did not notice that the pointer had left it."""
        if not self.find.rect().contains(self.find.mapFromGlobal(QCursor.pos())):
            self.find.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
            self.find.update()

    # -- how far it is ------------------------------------------------------------------------------------------

    def show_state(self, layouts: MapLayout, result: Result | None, run: Trained) -> None:
        """Say how far the map is, whether it is still that of the model, and what can be done."""
        running = layouts.running
        shown = None if running else result
        tsne = shown.projection if shown is not None and shown.method == TSNE else None
        unfinished = tsne is not None and not tsne.finished
        more_steps = (
            tsne is not None and tsne.finished and self.method == TSNE and 0 < tsne.step < self.options.value("steps")
        )
        old = shown is not None and shown.method in SLOW and (shown.epoch != run.epoch or shown.outdated)
        unbegun = (
            shown is not None and self.wish not in ("", self.method) and _item(self.methods, self.wish).isEnabled()
        )
        missing = layouts.never_began and not running
        name, text = METHODS[self.method], ""
        if running:
            far = f"step {layouts.step:,} of {layouts.steps:,}" if layouts.steps else layouts.stage or "waiting"
            text = f"{name} · {far}"
        elif missing:
            text = f"{name} was stopped before it could begin"
        elif unbegun:
            text = f"{METHODS[self.wish]} of these images is not laid out"
        else:
            stopped = f"stopped at step {tsne.step:,} of {tsne.steps:,}" if unfinished and tsne is not None else ""
            before = _age(shown, run) if old and shown is not None else ""
            text = " · ".join(part for part in (stopped, before) if part)
        self.state.setText(text)
        self.progress.setVisible(running)
        self.progress.setRange(0, layouts.steps)
        self.progress.setValue(layouts.step)
        self.stop.setVisible(running)
        # Of codes that have changed since it was kept, nothing can go on.
        gone = shown is not None and shown.outdated
        self.resume.setVisible((unfinished and not gone) or (more_steps and not old))
        self.again.setVisible(old or missing)
        self.epochs.setVisible(old and run.end is not None)
        self.begin.setText(f"Lay out {METHODS.get(self.wish, '')}")
        self.begin.setVisible(unbegun)
        self.status.setVisible(bool(text) or more_steps)


def _age(shown: Result, run: Trained) -> str:
    """Of which model a map is."""
    if shown.epoch == run.epoch:
        return "laid out from other codes than these"
    return f"laid out at epoch {shown.epoch} · model is at {run.epoch}"


def _item(box: Choice, value: str) -> QStandardItem:
    model = box.model()
    if not isinstance(model, QStandardItemModel):
        raise TypeError(f"{box.objectName()} has another model")
    return model.item(box.findData(value))


def _allow(box: Choice, value: str, refusal: str, tip: str = "") -> None:
    """Grey an entry out with the reason as its tip."""
    item = _item(box, value)
    item.setEnabled(not refusal)
    item.setToolTip(verbatim(refusal or tip))


def _choose(box: Choice, value: str) -> None:
    box.setCurrentIndex(max(box.findData(value), 0))
