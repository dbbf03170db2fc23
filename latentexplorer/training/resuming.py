"""Going on with a run: what is left to train, and with which settings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.changes import Begun, changed, in_force
from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import RunError, SettingsError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.core.places import places_of
from latentexplorer.core.settings_text import PATHS, as_changes, parse_setting
from latentexplorer.data import DataSplit
from latentexplorer.runs import RunFolder
from latentexplorer.runs.location import find_images, read_at
from latentexplorer.runs.stored_model import MODEL_FILE
from latentexplorer.training.checkpoint import CheckpointInfo, has_checkpoint, open_checkpoint
from latentexplorer.training.distributed import Ranks


@dataclass(frozen=True)
class Plan:
    """How a run goes on.

    Attributes
    ----------
    config : RunConfig
        Its settings with what was asked to change.
    changes : list of `KEY=VALUE`
        What was asked, for `train`.
    fingerprint : str
        What the images are known by that it was trained on.
    finished, more : str
        Why nothing is left to train, and how to train more; "" where there is something.
    """

    config: RunConfig
    changes: list[str] = field(default_factory=list)
    fingerprint: str = ""
    finished: str = ""
    more: str = ""


def plan(folder: RunFolder, changes: Iterable[str] = ()) -> Plan:
    """How a run would go on, to be looked at before its images are loaded.

    Parameters
    ----------
    changes : iterable of `KEY=VALUE`

    Raises
    ------
    SettingsError
        If a change is wrong, would need another model or other images, or contradicts what is trained.
    RunError
        If another process trains it, or there is nothing to go on from.
    """
    if folder.status == "training":
        raise RunError(f"{folder.name} is being trained by another process", "Wait for it, or stop it there")
    return plan_of_held(folder, changes)


def plan_of_held(folder: RunFolder, changes: Iterable[str] = ()) -> Plan:
    """The same for a folder that this process holds, from what is on disk now."""
    changes = list(changes)
    config = RunFolder.open(folder.path).config
    if not has_checkpoint(folder):
        if folder.file(MODEL_FILE).exists() or len(folder.history):
            raise RunError(
                f"{folder.name} has no checkpoint to go on from", "Restore its folder checkpoint, or train a new run"
            )
        return Plan(changed(config, changes, Begun(folder.name, 0, 0)), changes)
    _, info = open_checkpoint(folder)
    # A run that stopped after the last step of an epoch has still to look at its held-out images.
    wanted = changed(config, changes, Begun(folder.name, info.step, info.epoch, info.position > 0))
    if folder.status != "finished":
        return Plan(wanted, changes, info.fingerprint)
    finished, more = _finished(folder.name, wanted, info)
    if finished and wanted != config:
        raise SettingsError(f"{finished}, and this would train nothing more", more)
    return Plan(wanted, changes, info.fingerprint, finished, more)


def images_of(
    folder: RunFolder, going: Plan, *, emit: Emit = ignore, stop: StopToken = NEVER
) -> tuple[DataSplit, list[str]]:
    """The images that a run goes on with, and the changes to give to `train`: where they are now is one of them.

    Raises
    ------
    DataError
        Naming where they were looked for.
    Stopped
    """
    data = going.config.data
    if any(parse_setting(text)[0] in PATHS for text in going.changes):
        return read_at(data, going.fingerprint, emit, stop).there(), going.changes
    found = find_images(folder, data, going.fingerprint, emit=emit, stop=stop)
    moved = dict(places_of(found.config).items() - places_of(data).items())
    return found.there(), [*going.changes, *as_changes(moved)]


def _finished(name: str, config: RunConfig, info: CheckpointInfo) -> tuple[str, str]:
    """Why nothing is left to train, and how to train more."""
    training = in_force(config, info.step).training
    if not config.model.kind.gradient:
        return f"{name} is finished: its family is solved at once", "Train a new run for another one"
    if training.early_stopping and info.worse >= training.early_stopping:
        why = f"{name} is finished: its held-out loss got no better for {info.worse} epochs"
        return why, "For more, set training.early_stopping to more, or to 0"
    if info.epoch >= training.epochs:
        return f"{name} is finished: all {info.epoch} epochs are trained", "For more, set training.epochs to more"
    return "", ""


def agreed_plan(folder: RunFolder, ranks: Ranks, changes: list[str]) -> Plan:
    """`plan_of_held` of the main process, on all of them."""

    def found() -> tuple[str, str, str]:
        going = plan_of_held(folder, changes)
        return going.config.to_json(), going.finished, going.more

    config, finished, more = ranks.from_main(found)
    return Plan(RunConfig.from_json(config), changes, "", finished, more)


def write_changes(folder: RunFolder, config: RunConfig, step: int) -> None:
    """Keep settings that are others from a step on, and say so in the log."""
    if config == folder.config:
        return
    before, had, has = folder.config.training.changes, folder.config.settings(), config.settings()
    folder.write_config(config)
    for key in has:
        if had[key] != has[key] and key != "training.changes":
            folder.log(f"{key} = {has[key]} (was {had[key]})")
    for change in config.training.changes:
        if change.step == step and change not in before:
            folder.log(f"from step {step} on {change.key} = {change.value}")
