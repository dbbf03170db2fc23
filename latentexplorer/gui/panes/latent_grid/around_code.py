"""A plane around a code: the code as its centre, and the axes that are found there, in a job where that takes long."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from latentexplorer.core.settings_text import parse_setting
from latentexplorer.gui.workers import axes_tasks
from latentexplorer.views.base import Refused
from latentexplorer.views.code import Code, as_setting, title_of
from latentexplorer.views.latent_grid import Settings
from latentexplorer.views.local_axes import KINDS

if TYPE_CHECKING:
    from typing_extensions import TypeIs

    from latentexplorer.gui.panes.base import Pane
    from latentexplorer.gui.workers.job import Job
    from latentexplorer.runs import Trained


FINDING = "finding the axes of the decoder's metric…"
STOPPED = "stopped before the axes were found; choose them again"


class MetricAxes(QObject):
    """Has the axes found that a plane waits for; one job at a time, which a newer wish replaces.

    Signals
    -------
    found : (Trained)
        A plane of this run can be asked for again.
    refused : (Refused)
        There are none.
    """

    found = Signal(object)
    refused = Signal(object)

    def __init__(self, pane: Pane) -> None:
        super().__init__(pane)
        self._pane = pane
        self._job: Job | None = None

    def takes(self, answer: object) -> TypeIs[axes_tasks.AxesWanted]:
        """Whether an answer is a wish for axes; they are looked for then."""
        if isinstance(answer, axes_tasks.AxesWanted):
            self._find(answer)
            return True
        return False

    def _find(self, wanted: axes_tasks.AxesWanted) -> None:
        """Begin; while a run trains the axes of the weights before are found first, so that something is ever seen."""
        session = self._pane.session
        if session.training.active and self._job is not None and not self._job.done:
            return
        self._pane.set_subtitle(FINDING)
        work = partial(axes_tasks.find_metric, wanted)
        self._job = session.submit("Finding the axes around the code", work, "view:grid-axes")
        self._job.succeeded.connect(partial(self._on_found, wanted.run))
        self._job.stopped.connect(self._on_stopped)

    def leave(self) -> None:
        """Nobody waits for them any more."""
        if self._job is not None and not self._job.done:
            self._pane.session.jobs.leave(self._job)
        self._job = None

    def _on_found(self, run: Trained, refused: Refused | None) -> None:
        self._job = None
        if refused is None:
            self.found.emit(run)
        else:
            self.refused.emit(refused)

    @Slot()
    def _on_stopped(self) -> None:
        self._pane.set_subtitle(STOPPED)


def centre_of(run: Trained, code: Code) -> str | tuple[float, ...]:
    """A code as the centre of a plane: by name, or as its numbers where it is that of no image."""
    named = parse_setting(f"centre={as_setting(run, code)}")[1]
    return named if isinstance(named, str) else tuple(named)


def along_axes(
    plane: Settings, run: Trained | None, code: Code | None, axes: str, dims: tuple[int, int]
) -> tuple[Settings, str | None]:
    """A plane along other axes, and what it is laid through then; None: as before.

    Axes around a code are those around the current one.
    """
    # Ranges belong to axes: those of other ones mean nothing.
    changes: dict[str, object] = {"axes": axes, "dims": dims, "x_range": None, "y_range": None, "origin": "mean"}
    through = None
    if axes in KINDS and axes != plane.axes and run is not None and code is not None:
        changes |= {"centre": centre_of(run, code), "spacing": "auto"}
        through = title_of(run, code)
    elif axes not in KINDS and plane.axes in KINDS:
        changes |= {"centre": ""}
        through = ""
    return plane.model_copy(update=changes), through
