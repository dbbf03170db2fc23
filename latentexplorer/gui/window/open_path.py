"""What was dropped, or chosen to be opened: a run, a figure, images, or settings; and what the window does with it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import DataError
from latentexplorer.core.events import Progress
from latentexplorer.core.paths import is_file, is_folder, is_there, runs_dir
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.workers import tasks
from latentexplorer.gui.workers.job import Report

RUN, FIGURE, IMAGES, SETTINGS, SWEEP = "run", "figure", "images", "settings", "sweep"
FIGURES = (".png", ".svg", ".pdf", ".apng", ".gif", ".webp")
"""Some of them may be an image like any other."""
OF_RUNS = ("status.json", "history.csv", "model.safetensors", "checkpoint", "environment.json")
"""A run holds one of them at least, beside its settings."""
CAN = "Open a run's folder, an exported figure, images (a folder, npz, npy, idx or picture files) or TOML settings"


@dataclass(frozen=True)
class Recognised:
    """What something is.

    Attributes
    ----------
    what : "run", "figure", "images", "settings" or "sweep"
    path : Path
        The run's folder, for a figure too; else the file or folder itself.
    view, settings : str and dict
        Of a figure: the kind of view and its settings, checked.
    config : RunConfig or None
        For settings: what the form is to show.
    said : str
        What to tell the person.
    paths : tuple of Path
        Of images: all that were chosen together.
    """

    what: str
    path: Path
    view: str = ""
    settings: tasks.Settings = field(default_factory=dict)
    config: RunConfig | None = None
    said: str = ""
    paths: tuple[Path, ...] = ()


def recognise(paths: Sequence[Path], emit: Report, stop: StopToken) -> Recognised:
    """Find out what is at a path; several that were chosen together are images.

    Raises
    ------
    LatentExplorerError
        With what to do, if it is nothing that can be opened, or is damaged.
    """
    path = paths[0]
    if len(paths) > 1:
        alone = next((path for path in paths if _holds_run(path) or path.suffix == ".toml"), None)
        if alone is not None:
            raise DataError(f"{alone.name} is among {len(paths)} things that cannot be opened together", CAN)
        return Recognised(IMAGES, path, paths=tuple(paths))
    emit(Progress(0, 0, f"looking at {path.name}"))
    try:
        return _recognise(path)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}", "Check the path") from None


def _recognise(path: Path) -> Recognised:
    if not is_there(path):
        raise DataError(f"{path} is not there", CAN)
    if is_folder(path):
        if _holds_run(path):
            return Recognised(RUN, path)
        if is_file(path / "sweep.json"):
            return Recognised(SWEEP, path)
        runs = sorted(child.name for child in path.iterdir() if _holds_run(child))
        if runs:
            raise DataError(f"{path.name} holds {len(runs)} runs", f"Open one of them, such as {runs[0]}")
        return _images(path)
    suffix = path.suffix.lower()
    if is_file(path.parent / "config.json") and (path.name == "config.json" or suffix == ".safetensors"):
        return Recognised(RUN, path.parent)
    if suffix == ".toml":
        config = RunConfig.from_toml(path)
        return Recognised(SETTINGS, path, config=config, said=f"Train starts from {path.name} now")
    if suffix in FIGURES:
        figure = _figure(path, must=suffix in (".svg", ".pdf"))
        if figure is not None:
            return figure
    return _images(path)


def _holds_run(path: Path) -> bool:
    """Whether a folder is a run; one of images may hold a `config.json` of its own."""
    return is_file(path / "config.json") and any(is_there(path / name) for name in OF_RUNS)


def _figure(path: Path, must: bool) -> Recognised | None:
    """An exported figure; None for a picture that says nothing of how it was made: an image like any other."""
    from latentexplorer.figures.recipe import read_recipe

    try:
        recipe = read_recipe(path)
    except DataError as error:
        if must or "understood" in error.what:
            raise
        return None
    places = (Path(recipe.run) if recipe.run else None, path.resolve().parent.parent, runs_dir() / recipe.run_name)
    run = next((place for place in places if place is not None and _is_run(place, recipe.run_name)), None)
    if run is None:
        name = recipe.run_name or "a run that was never saved"
        where = f" (it was at {recipe.run})" if recipe.run else ""
        raise DataError(f"{path.name} shows {name}, which is not here{where}", "Put the run into the runs folder")
    return Recognised(FIGURE, run, recipe.kind, dict(recipe.settings))


def _is_run(place: Path, name: str) -> bool:
    return is_file(place / "config.json") and (not name or place.resolve().name == name)


def _images(path: Path) -> Recognised:
    """Something that images are read from: what is in it, the sheet says."""
    from latentexplorer.data.own_images import could_hold_images

    if not could_hold_images(path):
        raise DataError(f"{path.name} is nothing that can be opened here", CAN)
    if is_file(path) and _is_broken_archive(path):
        raise DataError(f"{path.name} is a damaged archive", "Copy or save it again")
    return Recognised(IMAGES, path, paths=(path,))


def _is_broken_archive(path: Path) -> bool:
    """Whether a file begins as an `.npz` does and does not end as one: nobody is asked what is to become of it."""
    with path.open("rb") as file:
        return file.read(2) == b"PK" and not zipfile.is_zipfile(file)


class Opener(QObject):
    """Opens anything, in the window.

    Parameters
    ----------
    panes : mapping of name to Pane
        Those that may show a figure's view again.
    show_pane : callable (name)
        Brings a pane to the front.

    Signals
    -------
    images_found : (tuple of Path)
        They are images.
    sweep_found : (Path)
        It is a sweep.
    """

    images_found = Signal(object)
    sweep_found = Signal(object)

    def __init__(
        self, session: Session, panes: Mapping[str, Pane], show_pane: Callable[[str], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._panes, self._show_pane = session, panes, show_pane
        self._figure: Recognised | None = None

    @Slot(object)
    def open(self, paths: Sequence[Path]) -> None:
        """Find out what it is and open it; what cannot be opened fails with the reason."""
        title = f"Opening {paths[0].name}" if len(paths) == 1 else f"Opening {len(paths)} files"
        work = partial(recognise, tuple(paths))
        job = self._session.submit(title, work, "recognise", quick=True, of_run=False)
        job.succeeded.connect(self._on_recognised)

    @Slot(object)
    def _on_recognised(self, found: Recognised) -> None:
        if found.what == RUN:
            self._session.open_run(found.path)
        elif found.what == FIGURE:
            self._open_figure(found)
        elif found.what == SWEEP:
            self.sweep_found.emit(found.path)
        elif found.what == IMAGES:
            self.images_found.emit(found.paths)
        elif found.config is not None:
            self._session.training.set_draft(found.config)
            self._show_pane("training")
            self._session.message.emit("info", found.said)

    def _open_figure(self, found: Recognised) -> None:
        self._figure = found
        run = self._session.run
        path = run.path if run is not None and self._session.explorable else None
        if path is not None and path.resolve() == found.path.resolve():
            self._restore()
        else:
            # Connected after the session's own slot: the run is open by then.
            self._session.open_run(found.path).succeeded.connect(self._restore)

    def _look_back(self, epoch: int | None) -> None:
        """The state of the run that the figure was made from."""
        if epoch is None:
            self._session.epochs.end()
        else:
            self._session.epochs.show(int(epoch))

    @Slot()
    def _restore(self) -> None:
        found, self._figure = self._figure, None
        if found is None:
            return
        for name, pane in self._panes.items():
            if pane.restore(found.view, found.settings):
                self._look_back(found.settings.get("epoch"))
                self._show_pane(name)
                self._session.message.emit("info", f"{pane.title} shows the figure's view again")
                return
        self._session.message.emit("warning", f"The run is open, but no pane can show this {found.view} figure again")
