"""A plot of curves over epochs: it frames what matters, reads values off, and marks an epoch that is looked back at."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent

from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.widgets.epochs import EpochAxis, ValueAxis, bounds
from latentexplorer.gui.widgets.graphs import pg
from latentexplorer.gui.widgets.plot import Plot

NO_LINE = -1.0
MARK_PX = 7
LABEL_OVER_PX = 8
"""How far the number of the first or last epoch may stand beyond the plot."""


class CurvePlot(Plot):
    """Drag to move, wheel or +/- to zoom, double-click or 0 to see all again; arrows read the values off.

    Signals
    -------
    pointed : (int)
        The epoch under the pointer (or reached with the arrows); -1 when it leaves.
    chosen : (int)
        An epoch was clicked, or Enter pressed at it.
    marked : (float)
        The mark is being dragged to an epoch.
    left : ()
        Escape was pressed.
    taken : ()
        A person has moved or zoomed it.
    all_wanted : ()
        Everything is to be seen again.

    Attributes
    ----------
    whole : bool
        Whether also the first epochs decide how far up it goes, see `bounds`.
    cut : int
        Epochs of the curves that reach out of it at the top; where it is framed, each has a mark there.
    """

    pointed = Signal(int)
    chosen = Signal(int)
    marked = Signal(float)
    left = Signal()
    taken = Signal()
    all_wanted = Signal()

    def __init__(self, name: str, title: str) -> None:
        self._epoch_axis = EpochAxis("bottom")
        self._epoch_axis.setStyle(hideOverlappingLabels=LABEL_OVER_PX)
        super().__init__(name, bottom=self._epoch_axis, left=ValueAxis("left"))
        self.whole = False
        self.cut = 0
        self.getPlotItem().setContentsMargins(0, 4, LABEL_OVER_PX, 0)
        self.setAccessibleName(title)
        self.setAccessibleDescription(
            "Left and right read the values of an epoch, Enter looks back at it, plus and minus zoom, 0 shows all"
        )
        self.epochs: np.ndarray = np.zeros(0)
        self.epoch = -1
        self.log = False
        self._own = True
        self._curves: list[tuple[np.ndarray, np.ndarray]] = []
        self._inside: tuple[np.ndarray, np.ndarray] | None = None
        self.cross = pg.InfiniteLine(angle=90, movable=False)
        self.mark = pg.InfiniteLine(angle=90, movable=True)
        for line in (self.cross, self.mark):
            line.hide()
            self.addItem(line, ignoreBounds=True)
        self.mark.sigDragged.connect(self._on_mark_dragged)
        self.scene().sigMouseMoved.connect(self._on_moved)
        self.scene().sigMouseClicked.connect(self._on_clicked)
        self.getViewBox().sigRangeChangedManually.connect(self._on_taken)
        self.getViewBox().disableAutoRange()
        self.above = pg.ScatterPlotItem(symbol="t1", size=MARK_PX, pen=None)
        self.addItem(self.above, ignoreBounds=True)
        self.getViewBox().sigRangeChanged.connect(self._mark_above)
        self.getViewBox().sigResized.connect(self._mark_above)
        self.dress()

    def dress(self) -> None:
        # The first time it is called by the constructor of what this is made from.
        if hasattr(self, "above"):
            self.above.setBrush(theme.color("muted"))
            self.cross.setPen(pg.mkPen(theme.color("faint"), width=1))
            self.mark.setPen(pg.mkPen(theme.color("accent"), width=2))
            self.mark.setHoverPen(pg.mkPen(theme.color("accent_hover"), width=4))

    # -- what is seen ---------------------------------------------------------------------------------------------

    @property
    def framed(self) -> bool:
        """Whether the plot frames the curves by itself; else a person has moved it."""
        return self._own

    def frame(
        self,
        curves: Iterable[tuple[np.ndarray, np.ndarray]],
        log: bool,
        inside: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> None:
        """Note which curves (epochs, values) are shown, and show all that matters unless a person has moved the plot.

        `log`: the values are drawn on a logarithmic axis. `inside`: a curve between the epochs, which is seen but not
        read off.
        """
        self._curves, self.log = list(curves), log
        self._inside = inside if inside is not None and len(inside[0]) else None
        self.epochs = np.unique(np.concatenate([epochs for epochs, _ in self._curves])) if self._curves else np.zeros(0)
        if self._own:
            self._fit()
        self._mark_above()

    @property
    def cuts(self) -> bool:
        """Whether the first epochs lie above what is framed, unless the whole is."""
        late, whole = bounds(self._framed, self.log), bounds(self._framed, self.log, whole=True)
        return whole[1] > late[1]

    @Slot()
    def _mark_above(self) -> None:
        """Point to the epochs at which a curve is above the plot."""
        (left, right), (_, high) = self.getViewBox().viewRange()
        out: set[float] = set()
        for epochs, values in self._curves:
            drawn = np.log10(values) if self.log else values
            out.update(epochs[(drawn > high) & (epochs >= left) & (epochs <= right)].tolist())
        self.cut = len(out)
        at = np.array(sorted(out))
        # The mark's middle lies half of its height below the edge.
        pixel = abs(self.getViewBox().viewPixelSize()[1]) if len(at) else 0.0
        self.above.setData(at, np.full(len(at), high - pixel * MARK_PX / 2))

    def show_all(self) -> None:
        """Frame the curves again."""
        self._own = True
        self._fit()

    @property
    def _framed(self) -> list[tuple[np.ndarray, np.ndarray]]:
        return self._curves if self._inside is None else [*self._curves, self._inside]

    def _fit(self) -> None:
        if not self._framed:
            return
        low, high = bounds(self._framed, self.log, self.whole)
        ends = [float(epochs[at]) for epochs, _ in self._framed if len(epochs) for at in (0, -1)]
        first, last = math.floor(min(ends)), math.ceil(max(ends))
        if first == last:
            first, last = first - 1, last + 1
        self.getViewBox().setRange(xRange=(first, last), yRange=(low, high), padding=0.02)
        self._own = True

    @Slot(object)
    def _on_taken(self, _axes: Any) -> None:
        self.taken.emit()

    def share_epochs(self, other: CurvePlot) -> None:
        """Show the epochs that another plot shows, counted alike."""
        self.setXLink(other)
        self._epoch_axis.count_with(other._epoch_axis)

    def leave_alone(self) -> None:
        """Do not frame the curves from now on, until `show_all`."""
        self._own = False

    def zoom(self, factor: float) -> None:
        """Closer (below 1) or farther around the middle."""
        if len(self.epochs):
            self.taken.emit()
            self.getViewBox().scaleBy((factor, factor))

    # -- values ---------------------------------------------------------------------------------------------------

    def point_at(self, epoch: int) -> None:
        """Put the cross at an epoch; -1 takes it away."""
        self.epoch = epoch
        self.cross.setVisible(epoch >= 0)
        if epoch >= 0:
            self.cross.setValue(epoch)

    def show_mark(self, epoch: int | None) -> None:
        """Mark an epoch that is looked back at."""
        self.mark.setVisible(epoch is not None)
        if epoch is not None and not self.mark.moving:
            self.mark.setValue(epoch)

    @Slot(object)
    def _on_mark_dragged(self, line: Any) -> None:
        self.marked.emit(float(line.value()))

    def _epoch_at(self, position: QPointF) -> int:
        box = self.getViewBox()
        if not len(self.epochs) or not box.sceneBoundingRect().contains(position):
            return -1
        return int(self.epochs[np.abs(self.epochs - box.mapSceneToView(position).x()).argmin()])

    def scene_position(self, epoch: float) -> QPointF:
        """Where an epoch stands in the plot's scene, half-way up."""
        box = self.getViewBox()
        (_, _), (low, high) = box.viewRange()
        place: QPointF = box.mapViewToScene(QPointF(float(epoch), (low + high) / 2))
        return place

    @Slot(object)
    def _on_moved(self, position: QPointF) -> None:
        epoch = self._epoch_at(position)
        if epoch != self.epoch:
            self.pointed.emit(epoch)

    @Slot(object)
    def _on_clicked(self, event: Any) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if event.double():
            self.all_wanted.emit()
            return
        epoch = self._epoch_at(event.scenePos())
        if epoch >= 0:
            self.chosen.emit(epoch)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if self.epoch >= 0:
            self.pointed.emit(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key
        ends = {key.Key_Home: 0, key.Key_End: -1}
        steps = {key.Key_Left: -1, key.Key_Right: 1}
        pressed = key(event.key())
        if event.modifiers() & Qt.KeyboardModifier.AltModifier or not len(self.epochs):
            super().keyPressEvent(event)
        elif pressed in steps:
            at = int(np.abs(self.epochs - self.epoch).argmin()) if self.epoch >= 0 else len(self.epochs)
            at = min(max(at + steps[pressed], 0), len(self.epochs) - 1)
            self.pointed.emit(int(self.epochs[at]))
        elif pressed in ends:
            self.pointed.emit(int(self.epochs[ends[pressed]]))
        elif pressed in (key.Key_Return, key.Key_Enter) and self.epoch >= 0:
            self.chosen.emit(self.epoch)
        elif pressed == key.Key_Escape:
            self.pointed.emit(-1)
            self.left.emit()
        elif pressed in (key.Key_Plus, key.Key_Equal, key.Key_Minus):
            self.zoom(1.25 if pressed == key.Key_Minus else 0.8)
        elif pressed == key.Key_0:
            self.all_wanted.emit()
        else:
            super().keyPressEvent(event)
