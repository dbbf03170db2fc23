"""Decoded: the current code's image, the original beside it, and the code itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout

from latentexplorer.gui.code import Code
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.theme import SPACE, caption_font
from latentexplorer.gui.widgets.code_bars import CodeBars
from latentexplorer.gui.widgets.image_view import ImageView


def caption(text: str = "") -> QLabel:
    """A line of small, muted text."""
    label = QLabel(text)
    label.setFont(caption_font())
    label.setProperty("role", "caption")
    return label


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
            column.addWidget(view, 1)
            column.addWidget(caption(text))
            pictures.addLayout(column, 1)
        self.klass = QComboBox()
        self.klass.setObjectName("decoded_class")
        self.klass.setAccessibleName("Class")
        self.klass.activated.connect(self._on_class)
        self.error = caption()
        self.how = caption()
        self.how.setWordWrap(True)
        self.code_title = caption()
        self.bars = CodeBars()
        self.body.addLayout(pictures, 3)
        self.body.addWidget(self.klass)
        self.body.addWidget(self.error)
        self.body.addWidget(self.how)
        self.body.addWidget(self.code_title)
        self.body.addWidget(self.bars, 2)
        back = self.header.add_button("back", "Back to the code before")
        forward = self.header.add_button("forward", "Forward to the code after")
        back.clicked.connect(self._back)
        forward.clicked.connect(self._forward)
        self.header.row.insertWidget(2, back)
        self.header.row.insertWidget(3, forward)
        self._back_button, self._forward_button = back, forward

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
        self.set_subtitle(" · ".join(([names[code.label]] if known else []) + [code.how]))
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
        self.error.setVisible(bool(self.error.text()))
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
