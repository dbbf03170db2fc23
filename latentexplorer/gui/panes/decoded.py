"""Decoded: the current code's image, the original beside it, and the code itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout

from latentexplorer.gui.code import Code
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.theme import SPACE, icon, theme
from latentexplorer.gui.widgets.captions import caption
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.code_bars import CodeBars
from latentexplorer.gui.widgets.image_view import ImageView


class DecodedPane(Pane):
    """Shows what the session's current code decodes to."""

    object_name, title, view_kind = "decoded_pane", "Decoded", "reconstructions"

    def __init__(self) -> None:
        super().__init__()
        self.decoded = ImageView("decoded_image")
        self.decoded.setAccessibleName("Decoded image")
        self.decoded.framed = True
        self.original = ImageView("original_image")
        self.original.setAccessibleName("Original image")
        self.original.placeholder = "no original"
        pictures = QHBoxLayout()
        pictures.setSpacing(SPACE)
        for view, text in ((self.decoded, "decoded"), (self.original, "original")):
            column = QVBoxLayout()
            column.setSpacing(SPACE // 2)
            column.addWidget(view)
            column.addWidget(caption(text))
            pictures.addLayout(column, 1)
        self.klass = Choice("decoded_class", "Class")
        self.klass.activated.connect(self._on_class)
        self.error = caption()
        self.how = caption()
        self.how.setWordWrap(True)
        self.code_title = caption()
        self.bars = CodeBars()
        self._back_button, self._forward_button = self._arrow("Back"), self._arrow("Forward")
        self._back_button.clicked.connect(self._back)
        self._forward_button.clicked.connect(self._forward)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.error, 1)
        row.addWidget(self._back_button)
        row.addWidget(self._forward_button)
        self.body.addLayout(pictures)
        self.body.addLayout(row)
        self.body.addWidget(self.klass)
        self.body.addWidget(self.how)
        self.body.addWidget(self.code_title)
        self.body.addWidget(self.bars, 1)
        theme.changed.connect(self._recolour)
        self._recolour()

    def _arrow(self, text: str) -> QToolButton:
        button = QToolButton()
        button.setToolTip(f"{text} through earlier codes")
        button.setAccessibleName(text)
        return button

    @Slot()
    def _recolour(self) -> None:
        self._back_button.setIcon(icon("back", "muted"))
        self._forward_button.setIcon(icon("forward", "muted"))

    def on_bind(self) -> None:
        self.decoded.serve(self.session)
        self.original.serve(self.session)
        self.decoded.accept_codes()
        self.decoded.code_dropped.connect(self.session.set_code)
        self.session.decoded.connect(self._on_decoded)

    def on_run(self) -> None:
        run = self.session.run
        self.klass.setVisible(self.session.conditional)
        self.klass.clear()
        self.klass.addItems(list(run.class_names))
        if self.session.code is not None:
            self.on_code(self.session.code)
        if self.session.image is not None:
            self._on_decoded(self.session.image_of, self.session.image)

    def on_code(self, code: Code) -> None:
        names = self.session.run.class_names
        known = code.label is not None and code.of_image and code.label < len(names)
        self.set_subtitle(" · ".join(([names[code.label]] if known else []) + [code.how]) if code.of_image else "")
        self.bars.set_code(code.z, code.scale)
        spread = ", mean ± σ" if code.scale is not None else ""
        self.code_title.setText(f"code · {code.z.size} {'dimension' if code.z.size == 1 else 'dimensions'}{spread}")
        if code.y is not None:
            self.klass.setCurrentIndex(code.y)
        self._back_button.setEnabled(self.session.trail.can_go_back)
        self._forward_button.setEnabled(self.session.trail.can_go_forward)

    @Slot(object, object)
    def _on_decoded(self, code: Any, image: np.ndarray) -> None:
        self.decoded.set_image(image, code)
        original = self.session.original(code)
        self.original.set_image(original, code if original is not None else None)
        if original is not None and original.shape == image.shape:
            rmse = float(np.sqrt(np.mean((original / 255.0 - image) ** 2)))
            self.error.setText(f"error {rmse:.3f} rmse")
        else:
            self.error.setText("")
        self.how.setText("" if code.of_image else code.how)
        self.how.setVisible(bool(self.how.text()))

    @Slot(int)
    def _on_class(self, y: int) -> None:
        self.session.set_class(y)

    @Slot()
    def _back(self) -> None:
        self.session.go(-1)

    @Slot()
    def _forward(self) -> None:
        self.session.go(1)

    def view_settings(self) -> list[str]:
        return []
