"""Draw and swap: an image that is drawn, picked or brought keeps its style and changes its class."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Self

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.gui.session.new_images import DRAWING
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.image_view import ImageView
from latentexplorer.gui.widgets.picture_table import TableArea
from latentexplorer.gui.window.code_sheets.at_left import AtLeft
from latentexplorer.gui.window.code_sheets.button import sheet_button
from latentexplorer.gui.window.code_sheets.canvas import Canvas
from latentexplorer.gui.window.code_sheets.canvas_tools import CanvasTools
from latentexplorer.gui.window.code_sheets.figure import Recipe, SheetFigure
from latentexplorer.gui.window.code_sheets.sheet import CodeSheet, in_column, in_row
from latentexplorer.gui.workers import swap_tasks
from latentexplorer.views.asked_image import Asked, asked_of_code
from latentexplorer.views.base import Refused
from latentexplorer.views.bring import on_dark
from latentexplorer.views.code import Code
from latentexplorer.views.lookup import needs_class
from latentexplorer.views.swapped import Result, Truth, may_be_known

if TYPE_CHECKING:
    from latentexplorer.gui.window.code_sheets.kept_masks import KeptMasks
    from latentexplorer.gui.workers.job import Job, Work

BRING = "Draw, or pick any image: in the map or the gallery, dropped, pasted, or a file"
FITS = "The one that fits"
SIDE_PX, PAIR_PX, LEAST_PX, STRIP_PX = 208, 340, 24, 108
"""Of each of three pictures at least, and of two where no true image can be known: either fills the width. Of one in
the strip; its height at most."""
LINE_PX = 40
"""Height of the pictures of a strip from which on all of them stand in one line."""


class SwapDialog(CodeSheet):
    """The image on a canvas, its style in the chosen class beside it, and in every class below.

    Whatever image becomes current in the panes is the one that is swapped here.
    """

    name, title, guide = "swap", "Draw and swap", "draw-and-swap"
    about = "The image is encoded as its class; the same code, decoded as another class, keeps the style."
    lines = 3
    single = True

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(session, f"Draw and swap: {session.shown.name}", parent)
        self._picked: Asked | None = None
        """The image that was chosen last, as it was before anything was drawn on it, and where it lies."""
        self._files: tuple[str, ...] = ()
        self._chosen = True
        self._jobs: dict[str, Job] = {}
        self._truth: Truth | None = None
        self._checked = "How true swaps of held-out images are is being measured…"
        self.image: Asked | None = None
        self.outcome: Result | None = None
        channels, height, width = self._run.image_shape
        self.canvas = SwapCanvas(height, width, channels, dark=on_dark(self._run))
        self.swapped, self.true = ImageView("swap_swapped"), ImageView("swap_true")
        self.swapped.setAccessibleName("Its style in the chosen class")
        self.true.setAccessibleName("The true image")
        self.swapped.placeholder = "draw something"
        self.image_words, self.swapped_words, self.true_words = caption(BRING), caption(""), caption("")
        self.own, self.to = Choice("swap_own", "Its class"), Choice("swap_to", "Change it to")
        self.own.addItems([FITS, *self._run.class_names])
        self.to.addItems(list(self._run.class_names))
        self.tools = CanvasTools(self.canvas, min(height, width) / 3, self)
        self.clear = sheet_button("Clear", "swap_clear", "Empty the canvas")
        self.bring = sheet_button("Open…", "swap_open", "Take the image of a file")
        self.paste = sheet_button("Paste", "swap_paste", "Take the image in the clipboard")
        self.use = sheet_button("Use this picture", "swap_use", "Make its code, in the chosen class, the current one")
        self.use.setProperty("role", "primary")
        self.figure = SheetFigure(session, self._run, "swapped", self._recipe, self)
        self.strip = TableArea("swap_strip", LEAST_PX)
        self.strip.table.setAccessibleName("Its style in every class")
        self._build()
        self._connect()
        self._judge()
        self._draw()
        self._on_current()
        self.canvas.setFocus()

    @classmethod
    def of_current(cls, session: Session, parent: QWidget, masks: KeptMasks) -> Self:
        needs_class(session.shown)
        return cls(session, parent)

    # -- layout ----------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        pictures = QHBoxLayout()
        pictures.setSpacing(SPACE * 2)
        shape, known = self._run.image_shape[1:], may_be_known(self._run)
        side = SIDE_PX if known else PAIR_PX
        swapped, true = AtLeft(self.swapped, shape), AtLeft(self.true, shape)
        for widget, words in (
            (self.canvas, self.image_words),
            (swapped, self.swapped_words),
            (true, self.true_words),
        ):
            widget.setMinimumSize(side, side)
            words.setWordWrap(True)
            words.setAlignment(Qt.AlignmentFlag.AlignTop)
            words.setMinimumHeight(2 * words.fontMetrics().lineSpacing())
            pictures.addLayout(in_column(widget, words), 1)
        if not known:
            true.hide()
            self.true_words.hide()
        self.rows.addLayout(pictures, 1)
        tools = in_row(self.tools.brush, self.tools.undo, self.clear, self.bring, self.paste)
        tools.setStretch(0, 1)
        self.rows.addLayout(tools)
        self.strip.setFixedHeight(self._strip_px(2 * (PAIR_PX + SPACE)))
        self.rows.addWidget(self.strip)
        self.rows.addWidget(self.said)
        for choice in (self.own, self.to):
            choice.setMinimumContentsLength(12)
        self.rows.addLayout(in_row(self.own, self.to, None, self.figure.button, self.use))

    def _strip_px(self, width: int) -> int:
        """As high as one line of a picture a class is in a width, where they are not so many that it would be low."""
        (tall, wide), table = self._run.image_shape[1:], self.strip.table
        count = len(self._run.class_names)
        line = (width - table.gap_px * (count - 1)) / count * tall / wide
        return min(round(line) + table.head_px + 1, STRIP_PX) if line >= LINE_PX else STRIP_PX

    def _connect(self) -> None:
        self.clear.clicked.connect(self._on_clear)
        self.bring.clicked.connect(partial(self.wanted.emit, "explore_images"))
        self.paste.clicked.connect(partial(self.wanted.emit, "paste_image"))
        self.canvas.changed.connect(self._on_drawn)
        self.own.activated.connect(self._ask)
        self.to.activated.connect(self._on_to)
        self.strip.table.picked.connect(self._on_picked)
        self.use.clicked.connect(self._on_use)
        self._session.current.chosen.connect(self._on_chosen)
        self._session.current.changed.connect(self._on_current)
        self._session.snapshot_changed.connect(self._ask)

    # -- the image -------------------------------------------------------------------------------------------------

    @Slot()
    def _on_chosen(self) -> None:
        self._chosen = True

    @Slot()
    def _on_current(self) -> None:
        """Whatever image somebody chooses is the one that is swapped; a code of no image changes nothing here."""
        code, chosen, self._chosen = self._session.current.code, self._chosen, False
        if code is None:
            return
        try:
            image = asked_of_code(self._session.shown, code)
        except LatentExplorerError:
            return
        if not chosen and self._picked is not None:
            # The same image, whose code has moved with new weights: a drawing on it stays.
            if self.image is self._picked and image.index == self._picked.index:
                self.image = self._picked = image
            return
        self._picked, self._files = image, code.image.files if code.image is not None else ()
        names = self._run.class_names
        self.own.setCurrentIndex(names.index(image.label) + 1 if image.label else 0)
        self.canvas.take(image.pixels)
        self._take(image)

    @Slot()
    def _on_drawn(self) -> None:
        """Something was drawn, on whatever was there: a new image, of which only its class may be known."""
        if not self.canvas.can_undo and self._picked is not None:
            self._take(self._picked)
        else:
            self._take(Asked(self.canvas.pixels, DRAWING))

    @Slot()
    def _on_clear(self) -> None:
        """What comes then may be of any class."""
        self.own.setCurrentIndex(0)
        self.canvas.clear()

    def _take(self, image: Asked) -> None:
        self.image, self._truth = image, None
        if image.index is not None:
            self._submit("truth", "Drawing the same style", partial(swap_tasks.truth, self._session.shown, image))
        self._ask()

    @Slot()
    def _ask(self) -> None:
        if self.image is None:
            return
        chosen = self.own.currentText() if self.own.currentIndex() > 0 else ""
        image = self.image if chosen else replace(self.image, label="")
        label = "" if chosen == image.label else chosen
        to = self.to.currentText() if self.outcome is not None else ""
        question = partial(swap_tasks.swap, self._session.shown, image, label, to)
        self._session.decoder.ask("swap", question, self._on_swapped)

    def _on_swapped(self, found: Result | Refused) -> None:
        if isinstance(found, Refused):
            self.said.setText(found.text)
            return
        self.outcome, self.figure.run = found, self._session.shown
        self.to.setCurrentIndex(found.to)
        self.strip.table.set_table(found.images[None], found.names, code_of=self._code_at)
        self.strip.arrange()
        self._draw()

    # -- the class -------------------------------------------------------------------------------------------------

    @Slot()
    def _on_to(self) -> None:
        found, to = self.outcome, self.to.currentIndex()
        if found is None:
            return
        if to in found.classes:
            self.outcome = found.changed_to(to)
            self._draw()
        else:
            self._ask()

    @Slot(int)
    def _on_picked(self, at: int) -> None:
        if self.outcome is not None and at < len(self.outcome.classes):
            self.to.setCurrentIndex(int(self.outcome.classes[at]))
            self._on_to()

    def _code_at(self, at: int) -> Code | None:
        found = self.outcome
        if found is None or self.image is None or at >= len(found.classes):
            return None
        return Code(found.z, int(found.classes[at]), how=f"{self.image.name}, as {found.names[at]}")

    @Slot()
    def _on_use(self) -> None:
        code = self._code_at(self.outcome.at) if self.outcome is not None else None
        if code is not None:
            self._session.current.set(code, what="swapping the class")

    def _draw(self) -> None:
        """The pair, and the true image where there is one."""
        found, truth = self.outcome, self._truth
        self.tools.allow()
        self.use.setEnabled(found is not None)
        self.figure.allow(found is not None, True)
        if found is None or self.image is None:
            return
        to = found.class_names[found.to]
        self.swapped.set_image(found.swap, self._code_at(found.at))
        self.strip.table.set_current(found.at)
        self.strip.show_current()
        self.image_words.setText(f"{self.image.name}, {found.said}")
        self.swapped_words.setText(f"its style as {to}")
        self.true.set_image(None if truth is None else truth.images[found.to])
        self.true_words.setText("")
        self.true.placeholder = "no true image is known of this style"
        if truth is not None:
            error, mean = truth.error(found.swap, found.to)
            self.swapped_words.setText(f"its style as {to}: error {error:.3f}")
            self.true_words.setText(f"the true {to}; mean image of the class: error {mean:.3f}")
        self.said.setText(f"{self._checked}.")

    # -- on paper --------------------------------------------------------------------------------------------------

    def _recipe(self) -> Recipe | None:
        found, image = self.outcome, self.image
        if found is None or image is None:
            return None
        own = found.class_names[found.own]
        chosen: dict[str, object] = {"to": found.class_names[found.to]}
        if own != image.label:
            chosen["label"] = own
        if image.index is not None:
            return {"code": f"{image.part}:{image.index}", **chosen}, None
        files = self._files if image is self._picked else ()
        try:
            return {"image": list(files or (swap_tasks.kept(self._run, image),)), **chosen}, None
        except LatentExplorerError as error:
            self._session.message.emit("warning", f"The drawing cannot be kept with the run: {error}")
            return None

    # -- how true it is --------------------------------------------------------------------------------------------

    def _judge(self) -> None:
        self._submit("check", "Checking swaps", partial(swap_tasks.check, self._session.shown))

    def _submit(self, key: str, title: str, work: Work) -> None:
        job = self._jobs[key] = self._session.submit(title, work, f"swap-{key}", quick=True)
        job.succeeded.connect(self._on_truth if key == "truth" else self._on_checked)
        job.finished.connect(self._on_finished)

    @Slot()
    def _on_finished(self) -> None:
        self._jobs = {key: job for key, job in self._jobs.items() if job is not self.sender()}

    @Slot(object)
    def _on_truth(self, truth: Truth | None) -> None:
        if self.sender() is self._jobs.get("truth") and self.image is not None and self.image.index is not None:
            self._truth = truth
            self._draw()

    @Slot(object)
    def _on_checked(self, words: str) -> None:
        self._checked = words
        self.said.setText(f"{words}.")

    @Slot()
    def _end(self) -> None:
        current = self._session.current
        # It is gone only later: what becomes current until then is of another run.
        current.chosen.disconnect(self._on_chosen)
        current.changed.disconnect(self._on_current)
        self._session.snapshot_changed.disconnect(self._ask)
        self._session.decoder.drop("swap")
        for job in self._jobs.values():
            job.disconnect(self)
            self._session.surveys.leave(job)
        self._jobs.clear()


class SwapCanvas(Canvas):
    """A canvas of the size of the pictures beside it."""

    def sizeHint(self) -> QSize:
        return QSize(SIDE_PX, SIDE_PX)
