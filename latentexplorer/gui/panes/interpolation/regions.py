"""Decision regions along a path: a band below the strip in the colours of the classes, and where they change."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from latentexplorer.gui.panes.interpolation.anchors import Stage
from latentexplorer.gui.panes.interpolation.path_strip import HANDLE_PX, PathView
from latentexplorer.gui.session.undo import Chosen
from latentexplorer.gui.style.theme import caption_font, theme
from latentexplorer.gui.widgets.regions import RegionsSwitch, judge_choice
from latentexplorer.gui.workers import region_tasks
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.code_path import CodePath
from latentexplorer.views.judging import JudgedPath, shades

if TYPE_CHECKING:
    from latentexplorer.gui.panes.base import Pane
    from latentexplorer.runs import Trained


class PathRegions(QObject):
    """Asks for the classes along the path while they are wanted, and shows them."""

    def __init__(self, pane: Pane, view: PathView) -> None:
        super().__init__(pane)
        self._view = view
        self._shown: tuple[Trained | None, CodePath | None, int] = (None, None, 2)
        self.band = ClassBand(view)
        view.band = self.band
        self.switch = RegionsSwitch(pane, pane, "path", low=True)
        self._pane = pane
        self._chosen = Chosen(self._read, self.switch.action.setChecked)
        self.switch.action.triggered.connect(self._on_person)
        pane.body.addWidget(self.switch.line)
        self.switch.switched.connect(self._follow)
        self.switch.changed.connect(self._follow)

    def follow(self, run: Trained | None, path: CodePath | None, steps: int) -> None:
        """The run as it is, what lies between the two ends, and how many images; None where there is nothing."""
        self._shown = run, path, steps
        self._follow()

    def restore(self, settings: Settings) -> None:
        """As a figure that is brought back has it."""
        if settings.get("regions", False):
            judge_choice.choose(settings.get("classifier", ""))
        self.switch.action.setChecked(settings.get("regions", False))
        self._chosen.note()

    def _read(self) -> bool:
        return self.switch.on

    @Slot()
    def _on_person(self) -> None:
        what = "showing decision regions" if self.switch.on else "hiding decision regions"
        self._pane.by_person.emit(self._chosen.change(what))

    @Slot()
    def _follow(self) -> None:
        run, path, steps = self._shown
        if run is None or path is None:
            self.switch.follow(None)
        else:
            about = (run, path.first.z.tobytes(), path.last.z.tobytes(), path.method, path.classes, steps)
            self.switch.follow(about, partial(region_tasks.of_path, run, path, steps, judge_choice.file))
        found = self.switch.found if isinstance(self.switch.found, JudgedPath) else None
        self.band.show_path(found)
        self._view.judged = None if found is None else found.at(steps)
        stage = self._view.parentWidget()
        if self._view.show_band(self.switch.on and path is not None) and isinstance(stage, Stage):
            stage.refit()
        if found is not None:
            self.switch.line.say(f"{found.words(steps)}. Judged by {found.regions.by}", (), found.brief)


class ClassBand(QWidget):
    """Each place of a path in the colour of its class, pale where that is unsure, with a tick where it changes."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("class_band")
        self.setAccessibleName("Class along the path")
        self.setFont(caption_font())
        self._path: JudgedPath | None = None
        theme.changed.connect(self.update)
        self.hide()

    def show_path(self, path: JudgedPath | None) -> None:
        """Show a path; None: not known yet."""
        self._path = path
        self.setAccessibleDescription("" if path is None else path.words(len(path.t)).replace(" → ", " to "))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._path is None:
            return
        path, painter = self._path, QPainter(self)
        # Nought and one are where the handle of the slider stands at its ends.
        left, wide, tall = HANDLE_PX / 2, max(self.width() - HANDLE_PX, 1), self.height()
        regions, t = path.regions, path.t
        colors = shades(regions.verdict, regions.strength, theme.tokens.card, dark=theme.dark).tolist()
        edges = np.concatenate([t[:1], (t[1:] + t[:-1]) / 2, t[-1:]])
        places = sorted([*edges.tolist(), *(flip.at for flip in path.flips)])
        for low, high in pairwise(places):
            # Between two looks the border is where the class changes, not in the middle.
            middle = (low + high) / 2
            painter.fillRect(
                QRectF(left + low * wide, 0, (high - low) * wide + 1, tall), QColor(*colors[_at(path, middle)])
            )
        self._name(painter, left, wide)
        painter.setPen(QPen(theme.color("text"), 1.5))
        for flip in path.flips:
            x = left + flip.at * wide
            painter.drawLine(QPointF(x, 0), QPointF(x, tall))
        painter.end()

    def _name(self, painter: QPainter, left: float, wide: float) -> None:
        """The name of each class where it has room."""
        path = self._path
        assert path is not None
        ends = [0.0, *(flip.at for flip in path.flips), 1.0]
        for low, high in pairwise(ends):
            name = path.regions.class_names[int(path.regions.verdict.classes[_at(path, (low + high) / 2)])]
            room = QRectF(left + low * wide, 0, (high - low) * wide, self.height())
            if self.fontMetrics().horizontalAdvance(name) + 6 <= room.width():
                painter.setPen(theme.color("text"))
                painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter), name)


def _at(path: JudgedPath, place: float) -> int:
    """The look that a place between two changes of class belongs to: the nearest on its side of every change."""
    changes = np.array([flip.at for flip in path.flips])
    same = np.searchsorted(changes, path.t) == np.searchsorted(changes, place)
    away = np.abs(path.t - place) + (0 if not same.any() else np.where(same, 0, 2))
    return int(away.argmin())
