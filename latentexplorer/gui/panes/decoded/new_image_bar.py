"""What is known of a new image: how it was brought to the model, and how its fit goes or went."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font, theme
from latentexplorer.views.base import Array
from latentexplorer.views.bring import negative

CURVE_PX = QSize(72, 26)
LINES = 2


class FitCurve(QWidget):
    """The error of a fit as it goes: a line for each start, the best one in colour.

    Attributes
    ----------
    errors : ndarray (L, starts) or None
    share : float
        How much of the fit that is, 0..1: a line grows from left to right.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("fit_curve")
        self.errors: Array | None = None
        self.share = 1.0
        self.setFixedSize(CURVE_PX)
        theme.changed.connect(self.update)

    def set_errors(self, errors: Array | None, share: float) -> None:
        """Show how far a fit has come."""
        self.errors, self.share = errors, share
        words = ""
        if errors is not None and len(errors):
            count = errors.shape[1]
            words = f"Error of the fit, from {errors[0].min():.3f} to {errors.min():.3f}, best of {count} starts"
        self.setAccessibleName(words or "Error of the fit")
        self.setToolTip(verbatim(words))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        errors = self.errors
        if errors is None or not len(errors) or not np.isfinite(errors).any():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(1, 2, -2, -2)
        painter.setPen(QPen(theme.color("border"), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        low, high = float(np.nanmin(errors)), float(np.nanmax(errors))
        best = int(np.nanargmin(np.nanmin(errors, axis=0)))
        for start in [at for at in range(errors.shape[1]) if at != best]:
            self._line(painter, area, errors[:, start], low, high, theme.color("faint"), 1.0)
        self._line(painter, area, errors[:, best], low, high, theme.color("accent"), 1.8)

    def _line(
        self, painter: QPainter, area: QRectF, values: Array, low: float, high: float, color: QColor, width: float
    ) -> None:
        span = high - low or 1.0
        x = area.left() + area.width() * self.share * np.linspace(0, 1, max(len(values), 2))[: len(values)]
        y = area.bottom() - 1 - (area.height() - 2) * np.nan_to_num((values - low) / span)
        painter.setPen(QPen(color, width))
        painter.drawPolyline(QPolygonF([QPointF(float(a), float(b)) for a, b in zip(x, y, strict=True)]))


class TwoLines(QWidget):
    """A text in two lines at most, shortened where it is longer."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("new_image_text")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._text = ""
        theme.changed.connect(self.update)

    def text(self) -> str:
        """The whole text."""
        return self._text

    def set_text(self, text: str) -> None:
        """Say something else."""
        self._text = text
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(caption_font())
        lines = 1 if metrics.horizontalAdvance(self._text) <= self.width() else LINES
        return QSize(60, lines * metrics.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(caption_font())
        painter.setPen(theme.color("muted"))
        flags = int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignVCenter.value)
        shown, room = self._text, self.width() * LINES
        while shown and painter.fontMetrics().boundingRect(self.rect(), flags, shown).height() > self.height():
            room -= self.width() // 10 or 1
            shown = painter.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, max(room, 0))
        painter.drawText(self.rect(), flags, shown)


class NewImageBar(QWidget):
    """One row below the pictures, where the current code is that of a new image, or one is being brought.

    Signals
    -------
    resized : ()
        It came, went, or takes another height.
    """

    resized = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("new_image_bar")
        self._session: Session | None = None
        self.curve = FitCurve()
        self.text = TwoLines()
        self.invert = QPushButton("Invert")
        self.invert.setObjectName("new_image_invert")
        self.invert.setToolTip("Its background is bright where that of the training images is dark, or the other way")
        self.stop = QPushButton("Stop")
        self.stop.setObjectName("new_image_stop")
        self.stop.setToolTip("Stop; a code that is being fitted stays as good as it is by now")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self.curve)
        row.addWidget(self.text, 1)
        row.addWidget(self.invert)
        row.addWidget(self.stop)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hide()

    def serve(self, session: Session) -> None:
        """Say what becomes of the session's new images."""
        self._session = session
        session.new_images.changed.connect(self.refresh)
        self.stop.clicked.connect(session.new_images.stop)
        self.invert.clicked.connect(session.new_images.invert)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Say what is so now."""
        session = self._session
        if session is None:
            return
        new, code = session.new_images, session.current.code
        image = code.image if code is not None else None
        # Somebody who has gone elsewhere is still told that a fit goes on.
        fits = new.curve is not None and (new.running or (code is not None and code is new.curve_of))
        before = (self.isHidden(), self.sizeHint().height())
        self.curve.setVisible(fits)
        if new.curve is not None and fits:
            self.curve.set_errors(new.curve, new.step / new.steps if new.steps and new.running else 1.0)
        self.stop.setVisible(new.running)
        self.invert.setVisible(not new.running and image is not None and negative(session.shown, image))
        if new.running:
            far = [new.stage]
            if new.steps:
                far.append(f"step {new.step} of {new.steps}")
            if new.curve is not None:
                far.append(f"error {float(np.nanmin(new.curve)):.3f}")
            self._say(" · ".join(far), "")
        elif image is not None:
            notes = image.notes or ("as it is: it has the shape of the model's images",)
            if not self.invert.isHidden():
                notes = ("its ground is the opposite of the training images'", *notes)
            self._say(" · ".join(notes), "\n".join([image.name, *image.files, *notes]))
        self.setVisible(new.running or image is not None)
        if before != (self.isHidden(), self.sizeHint().height()):
            self.resized.emit()

    def _say(self, text: str, tip: str) -> None:
        self.text.set_text(text[:1].upper() + text[1:])
        self.setToolTip(verbatim(tip))
