"""The tip of the map: the image of the point under the pointer, its decode, its class and its error."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QPointF

from latentexplorer.gui.panes.map.scatter import Scatter
from latentexplorer.gui.panes.map.tip import PointTip
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.workers import decoding
from latentexplorer.views.base import Array
from latentexplorer.views.code import Code
from latentexplorer.views.lookup import rmse


class MapHover(QObject):
    """Shows the tip; the newest point wins."""

    def __init__(self, plot: Scatter, session: Session) -> None:
        super().__init__(plot)
        self._plot, self._session = plot, session
        self.tip = PointTip(plot.viewport())
        self._code: Code | None = None

    def show(self, row: int, code: Code | None) -> None:
        """Tell about a point of the plot; None: nothing."""
        self._code = code
        if code is None:
            self.tip.hide()
            return
        self._row = row
        original = self._session.current.original(code)
        self._draw([] if original is None else [original], self._name(code))
        y = self._session.current.class_for(code.y)
        question = partial(decoding.decode_as, self._session.shown, code.z[None], y)
        self._session.decoder.ask("map:hover", question, partial(self._on_decoded, code))

    def _name(self, code: Code) -> str:
        names = self._session.shown.class_names
        image = f"image {code.index}"
        return f"{names[code.label]} · {image}" if code.label is not None and code.label < len(names) else image

    def _on_decoded(self, code: Code, decodes: Array) -> None:
        if code is not self._code:
            return
        x_hat = decodes[0]
        original = self._session.current.original(code)
        text = self._name(code)
        images = [x_hat]
        if original is not None:
            images = [original, x_hat]
            if original.shape == x_hat.shape:
                text += f" · error {rmse(x_hat[None], original[None])[0]:.3f}"
        self._draw(images, text)

    def _draw(self, images: list[Array], text: str) -> None:
        place: QPointF = self._plot.scene_position(self._row)
        self.tip.show_at(place, images, text)
