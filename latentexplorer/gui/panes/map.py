"""Map: a scatter of the codes; a click on a point decodes its code, a click beside one a code inferred there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel

from latentexplorer.core.events import ProjectionMoved
from latentexplorer.gui.code import Code
from latentexplorer.gui.jobs import Job
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.theme import caption_font, theme
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.plot import Plot
from latentexplorer.views.palette import UNLABELLED, class_color

METHODS = {"dims": "Two dimensions", "pca": "PCA", "tsne": "t-SNE"}
REACH_PX = 9


class MapPane(Pane):
    """Draws the `map` view."""

    object_name, title, view_kind = "map_pane", "Map", "map"
    follows = True

    def __init__(self) -> None:
        super().__init__()
        self.result: Any = None
        self._asked_method = ""
        self.plot = Plot("map_plot")
        self.plot.hide_axes()
        self.plot.setAspectLocked(False)
        self.plot.setAccessibleName("Map of codes")
        self.points = pg.ScatterPlotItem(pxMode=True, size=7, pen=None)
        self.mark = pg.ScatterPlotItem(pxMode=True, size=15, brush=None)
        self.plot.addItem(self.points)
        self.plot.addItem(self.mark, ignoreBounds=True)
        self.plot.scene().sigMouseClicked.connect(self._on_click)
        self.legend = QLabel()
        self.legend.setFont(caption_font())
        self.legend.setWordWrap(True)
        self.method = Choice("map_method", "Projection")
        self.method.setFixedWidth(130)
        for name, text in METHODS.items():
            self.method.addItem(text, name)
        self.method.activated.connect(self._on_method)
        self.body.addWidget(self.plot, 1)
        row = QHBoxLayout()
        row.addWidget(self.legend, 1)
        row.addWidget(self.method, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(row)
        theme.changed.connect(self._recolour)

    # -- asking -----------------------------------------------------------------------------------------------------

    def on_run(self) -> None:
        self.result = None
        two = self.session.run.code_dim == 2
        self._select("dims" if two else "pca")
        # Until the person zooms: a map that is trained grows.
        self.plot.enableAutoRange()
        self._ask()

    def on_snapshot(self) -> None:
        if self._chosen() != "tsne":
            self._ask()
        elif self.result is not None:
            self.set_subtitle(f"{self.result.subtitle} · the model has moved on")

    def _chosen(self) -> str:
        return str(self.method.currentData())

    def _select(self, name: str) -> None:
        self.method.setCurrentIndex(self.method.findData(name))

    @Slot()
    def _on_method(self) -> None:
        if self.session.run is not None:
            self._ask()

    def _ask(self) -> None:
        if self._chosen() == "tsne":
            job: Job = self.session.view("Laying out the map", "map", self._settings())
            job.reported.connect(self._on_moved)
            job.succeeded.connect(self._on_result)
        else:
            self.session.ask_view("map", "map", self._settings(), self._on_result)

    def _settings(self) -> dict[str, Any]:
        return {"method": self._chosen()}

    def view_settings(self) -> list[str]:
        return [f"method={self._chosen()}"]

    # -- drawing ----------------------------------------------------------------------------------------------------

    @Slot(object)
    def _on_moved(self, event: Any) -> None:
        if isinstance(event, ProjectionMoved) and self.result is not None:
            coords = np.asarray(event.coords, dtype=float)
            if len(coords) == len(self.result.coords):
                self.points.setData(coords[:, 0], coords[:, 1], brush=self._brushes())
                self.set_subtitle(f"t-SNE, step {event.step} of {event.steps}")

    @Slot(object)
    def _on_result(self, result: Any) -> None:
        if self.refused(result):
            return
        first = self.result is None or self.result.method != result.method
        self.result = result
        self.points.setData(result.coords[:, 0].astype(float), result.coords[:, 1].astype(float), brush=self._brushes())
        if first:
            self.plot.enableAutoRange()
        self.set_subtitle(result.subtitle)
        self._draw_legend()
        self._mark()

    def _brushes(self) -> Any:
        groups = self.result.groups
        if groups is None:
            return pg.mkBrush(UNLABELLED)
        shared = [pg.mkBrush(class_color(number)) for number in range(int(groups.max(initial=0)) + 1)]
        return [shared[int(group)] for group in groups]

    def _draw_legend(self) -> None:
        names = self.result.group_names if self.result.groups is not None else ()
        parts = [
            f"<span style='color:{class_color(number)}'>&#9679;</span>&nbsp;{name}" for number, name in enumerate(names)
        ]
        self.legend.setText("&nbsp;&nbsp; ".join(parts))
        self.legend.setVisible(bool(parts))

    def on_code(self, code: Code) -> None:
        self._mark()

    def _mark(self) -> None:
        """Ring the point of the current code, or where it lies if the map can place it."""
        code = self.session.code
        place = self._place_of(code) if self.result is not None and code is not None else None
        if place is None:
            self.mark.setData([], [])
        else:
            self.mark.setData([float(place[0])], [float(place[1])], pen=pg.mkPen(theme.color("text"), width=2))

    def _place_of(self, code: Code) -> np.ndarray | None:
        if code.index is not None and code.part == self.result.part:
            rows = np.flatnonzero(self.result.index == code.index)
            if len(rows):
                found: np.ndarray = self.result.coords[rows[0]]
                return found
        projection = self.result.projection
        if projection is None or self.result.method == "tsne" or code.z.size != projection.codes.shape[1]:
            return None
        placed: np.ndarray = projection.place(code.z[None])[0]
        return placed

    @Slot()
    def _recolour(self) -> None:
        if self.result is not None:
            self._mark()

    # -- clicks -----------------------------------------------------------------------------------------------------

    @Slot(object)
    def _on_click(self, event: Any) -> None:
        if self.result is None or event.button() != Qt.MouseButton.LeftButton:
            return
        box = self.plot.getViewBox()
        if not box.sceneBoundingRect().contains(event.scenePos()):
            return
        event.accept()
        row = self._nearest(event.scenePos())
        if row is not None:
            self.session.pick_image(self.result.part, int(self.result.index[row]))
            return
        place = box.mapSceneToView(event.scenePos())
        current = self.session.code
        base = current.z if current is not None else None
        projection = self.result.projection
        self.session.ask("map:place", _Place(projection, (place.x(), place.y()), base), self._on_place)

    def _nearest(self, position: QPointF) -> int | None:
        """The row of the point under a position of the scene, if there is one within reach."""
        box = self.plot.getViewBox()
        width, height = box.viewPixelSize()
        place = box.mapSceneToView(position)
        coords = self.result.coords
        distance = np.hypot((coords[:, 0] - place.x()) / width, (coords[:, 1] - place.y()) / height)
        row = int(np.argmin(distance))
        return row if distance[row] <= REACH_PX else None

    def scene_position(self, row: int) -> QPointF:
        """Where a point of the map stands in the plot's scene."""
        x, y = self.result.coords[row]
        place: QPointF = self.plot.getViewBox().mapViewToScene(QPointF(float(x), float(y)))
        return place

    def _on_place(self, found: tuple[np.ndarray, str]) -> None:
        z, how = found
        self.session.set_code(z, how=how)


class _Place:
    """A question: the code at a place of the map."""

    def __init__(self, projection: Any, place: tuple[float, float], base: np.ndarray | None) -> None:
        self.projection, self.place, self.base = projection, place, base

    def __call__(self) -> tuple[np.ndarray, str]:
        found: tuple[np.ndarray, str] = self.projection.code_at(self.place, self.base)
        return found
