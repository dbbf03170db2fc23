"""Watch the code of an image being found: the curves, the picture while it goes, and the way of the codes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Self

import numpy as np
from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from latentexplorer.core.events import FitMoved
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.plain_text import Label, Markup
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.image_view import ImageView
from latentexplorer.gui.widgets.number_box import whole_number
from latentexplorer.gui.window.code_sheets.button import sheet_button
from latentexplorer.gui.window.code_sheets.figure import Recipe, SheetFigure, image_settings
from latentexplorer.gui.window.code_sheets.search import Search
from latentexplorer.gui.window.code_sheets.sheet import CodeSheet, current_image, in_row
from latentexplorer.gui.window.code_sheets.sheet_class import SheetClass
from latentexplorer.gui.window.code_sheets.watch_plots import HEIGHT_PX, WatchPlot, color_of
from latentexplorer.gui.workers import decoding, found_tasks
from latentexplorer.views.asked_image import Asked
from latentexplorer.views.base import Array
from latentexplorer.views.code import Code, image_of_code
from latentexplorer.views.code_found import Result

if TYPE_CHECKING:
    from latentexplorer.gui.window.code_sheets.kept_masks import KeptMasks

PICTURE_PX = 176
KEY = Markup('<span style="color:{}">●</span> {} {}')


class WatchDialog(CodeSheet):
    """Seeks the code of the image that was current when it was opened."""

    name, title, guide = "watch", "Watch its code being found", "code-found"
    of_image = True
    about = "Gradient descent on one code, the decoder held still, from several starts. Lower is nearer to the image."
    # What is found is told in more words than that it is sought: the plots do not jump for it.
    lines = 3

    def __init__(self, session: Session, code: Code, image: Asked, parent: QWidget) -> None:
        super().__init__(session, f"{self.title}: {image.name}", parent)
        self._code, self.image = code, image
        self.outcome: Result | None = None
        self._settings: dict[str, object] = {}
        self.decoded, self.original = ImageView("watch_decoded"), ImageView("watch_original")
        self.decoded.setAccessibleName("Decode of the best code so far")
        self.original.setAccessibleName("The image")
        self.original.set_image(image_of_code(self._run, code))
        self.errors = WatchPlot("watch_errors", "step", "rmse on [0, 1]")
        self.errors.setAccessibleName("Error at each step")
        self._trails: WatchPlot | None = None
        self.starts = whole_number("watch_starts", "Starts", 1, 8, 4)
        self.steps = whole_number("watch_steps", "Steps", 10, 5000, 300)
        self.seed = whole_number("watch_seed", "Seed", 0, 999_999, 0)
        self.seed.setToolTip("Another seed draws other random starts")
        self.klass = SheetClass("watch_class", self._run, image)
        self.figure = SheetFigure(session, self._run, "code-found", self._recipe, self)
        self.search = Search(session, self, "error", "Stop; what was found by now stays")
        self.seek = sheet_button("Find", "watch_find", "Seek the code again, with these starts and steps")
        self.use = sheet_button("Use this code", "watch_use", "Make the code found the current one")
        self.use.setProperty("role", "primary")
        self.key = Label()
        self.key.setObjectName("watch_key")
        self.key.setWordWrap(True)
        self._build()
        self.seek.clicked.connect(self.begin)
        self.use.clicked.connect(self._on_use)
        self.klass.activated.connect(self.begin)
        self.search.moved.connect(self._on_moved)
        self.search.found.connect(self._on_found)
        self.search.changed.connect(self._allow)
        self.begin()
        self.search.stop.setFocus()
        # A plot takes a while to be made: the sheet is seen before the second one is.
        QTimer.singleShot(0, self, self._make_trails)

    @property
    def trails(self) -> WatchPlot:
        """The plot of the ways, made when it is first asked for."""
        self._make_trails()
        assert self._trails is not None
        return self._trails

    @Slot()
    def _make_trails(self) -> None:
        if self._trails is None:
            self._trails = WatchPlot("watch_trails")
            self._trails.setAccessibleName("Ways of the codes")
            self._inside.addWidget(self._trails)
            self._place.setMinimumHeight(0)

    @classmethod
    def of_current(cls, session: Session, parent: QWidget, masks: KeptMasks) -> Self:
        return cls(session, *current_image(session), parent)

    def _build(self) -> None:
        parts = QHBoxLayout()
        parts.setSpacing(SPACE * 2)
        pictures = QVBoxLayout()
        pictures.setSpacing(SPACE // 2)
        for view, words in ((self.decoded, "best so far, decoded"), (self.original, "the image")):
            view.setFixedSize(PICTURE_PX, PICTURE_PX)
            pictures.addWidget(view)
            pictures.addWidget(caption(words))
        pictures.addStretch()
        parts.addLayout(pictures)
        plots = QVBoxLayout()
        plots.setSpacing(SPACE // 2)
        self._place = QWidget()
        self._place.setMinimumHeight(HEIGHT_PX)
        self._inside = QVBoxLayout(self._place)
        self._inside.setContentsMargins(0, 0, 0, 0)
        for plot, words in ((self.errors, "error at each step"), (self._place, "ways over the training codes")):
            plots.addWidget(caption(words))
            plots.addWidget(plot, 1)
        parts.addLayout(plots, 1)
        self.rows.addLayout(parts, 1)
        self.rows.addWidget(self.key)
        self.rows.addWidget(self.said)
        chosen = (*self.klass.asked, self.starts, self.steps, self.seed)
        self.rows.addLayout(in_row(*chosen, self.seek, self.search.stop, None, self.figure.button, self.use))

    # -- seeking ---------------------------------------------------------------------------------------------------

    @Slot()
    def begin(self) -> None:
        """Seek it with what is chosen now."""
        self.outcome = None
        if self._trails is not None:
            self._trails.clear()
        self.key.setText("")
        self._settings = {"starts": self.starts.value(), "steps": self.steps.value(), "seed": self.seed.value()}
        work = partial(found_tasks.watch, self._run, self.klass.told(self.image), self._settings)
        self.search.begin(f"Finding the code of {self.image.name}", work)

    def _recipe(self) -> Recipe | None:
        """Of what is shown, not of what would be sought next."""
        named = image_settings(self._code, self.image)
        if named is None or self.outcome is None:
            return None
        return {**named, **self.klass.as_setting(self.outcome.label), **self._settings}, None

    @Slot()
    def _allow(self) -> None:
        self.seek.setEnabled(not self.search.running)
        self.use.setEnabled(self.outcome is not None)
        self.figure.allow(self.outcome is not None, image_settings(self._code, self.image) is not None)

    @Slot()
    def _end(self) -> None:
        self._session.decoder.drop("watch-code")

    @Slot(object)
    def _on_moved(self, event: FitMoved) -> None:
        if not self.isVisible():
            return
        errors = np.asarray(event.errors[:, :, 0])
        self.errors.show_errors(errors, int(np.nanargmin(errors[-1])))
        question = partial(decoding.decode_as, self._run, event.z, self.klass.number)
        self._session.decoder.ask("watch-code", question, self._on_decoded)

    def _on_decoded(self, images: Array) -> None:
        if self.outcome is None:
            self.decoded.set_image(images[0])

    @Slot(object)
    def _on_found(self, found: Result) -> None:
        self.outcome = found
        self.errors.show_errors(found.errors, found.best)
        self.trails.show_trails(found)
        self.decoded.set_image(found.pictures[-1])
        names = [
            KEY.format(color_of(at).name(), name, f"{error:.3f}")
            for at, (name, error) in enumerate(zip(found.names, found.error, strict=True))
        ]
        self.key.setText(Markup(" &nbsp; ").join(names))
        self.said.setText(". ".join(found.notes) + ".")

    @Slot()
    def _on_use(self) -> None:
        if self.outcome is not None:
            code = Code(self.outcome.z, self.outcome.label, how=f"{self.image.name}, found", image=self._code.image)
            self._session.current.set(replace(code, label=self._code.label), what="using the code found")
