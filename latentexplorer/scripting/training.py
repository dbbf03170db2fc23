"""Training from a script: a new run, or one that goes on."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path

from latentexplorer.core.config import RunConfig, with_changes
from latentexplorer.core.events import Emit, Event, Notice
from latentexplorer.core.settings_text import read_toml
from latentexplorer.scripting.run import Run, folder_of, open_run
from latentexplorer.scripting.settings import AnyPath, as_texts

LEVELS = {"warning": logging.WARNING}


def train(
    preset: AnyPath,
    out: AnyPath | None = None,
    *,
    data_root: AnyPath | None = None,
    emit: Emit | None = None,
    **settings: object,
) -> Run:
    """Train a model and keep the run.

    Parameters
    ----------
    preset : str or path
        Name of a preset (`latentexplorer list presets`), or a .toml file of settings.
    out : str, path or None
        The run's folder, which must not hold anything yet; None for a new one in the runs folder.
    data_root : str, path or None
        Folder of the named data sets.
    emit : callable or None
        Hears every event (`latentexplorer.core.events`); None sends what a person should know to the log.
    **settings
        Changes by dotted name: `**{"training.epochs": 20, "training.seed": 1}`.

    Raises
    ------
    SettingsError, DataError, RunError, TrainingError
        Each with what to do. An interrupted training goes on with `resume`.
    """
    from latentexplorer.data import load_data
    from latentexplorer.runs import RunFolder, free_path
    from latentexplorer.training import train as loop

    config = _config(preset, data_root, settings)
    emit = emit or _to_log
    data = load_data(config.data, emit=emit)
    path = free_path(config.preset or f"{config.model.family}-{config.data.name}") if out is None else Path(out)
    return Run(loop(RunFolder.create(path, config), data, emit=emit))


def resume(run: Run | AnyPath, *, emit: Emit | None = None, **settings: object) -> Run:
    """Go on with a run from its last checkpoint: one that was interrupted, or for more epochs.

    Parameters
    ----------
    run : Run, or str or path as `open_run` takes it
    **settings
        Changes by dotted name. They are recorded with their step, so that the run's settings repeat it; what would
        need another model or other images cannot change.

    Raises
    ------
    SettingsError, DataError, RunError, TrainingError
        Each with what to do. A refused one changes nothing in the folder; a finished run is left as it is.
    """
    from latentexplorer.runs import RunFolder
    from latentexplorer.training import images_of, plan
    from latentexplorer.training import train as loop

    folder = RunFolder.open(run.path if isinstance(run, Run) else folder_of(run))
    emit = emit or _to_log
    going = plan(folder, as_texts(settings))
    if going.finished:
        emit(Notice(f"{going.finished}. {going.more}"))
        return open_run(folder.path)
    data, changes = images_of(folder, going, emit=emit)
    return Run(loop(folder, data, emit=emit, resume=True, changes=changes))


def _config(preset: AnyPath, data_root: AnyPath | None, settings: Mapping[str, object]) -> RunConfig:
    from latentexplorer.core.presets import preset as named

    name = os.fspath(preset)
    own = {} if data_root is None else {"data.root": data_root}
    if name.endswith(".toml"):
        return RunConfig.parse(with_changes(read_toml(Path(name)), as_texts({**own, **settings})))
    return named(name).config(as_texts({**own, **settings}))


def _to_log(event: Event) -> None:
    if isinstance(event, Notice):
        logging.getLogger("latentexplorer").log(LEVELS.get(event.level, logging.INFO), "%s", event.text)
