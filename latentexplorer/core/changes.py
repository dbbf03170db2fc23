"""What may change in a run that has begun, and how it is kept, so that its settings repeat it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, get_args

from latentexplorer.core.config import Change, Recorded, RunConfig
from latentexplorer.core.errors import SettingsError
from latentexplorer.core.places import absolute_changes
from latentexplorer.core.settings_text import parse_setting

EPOCHS = "training.epochs"
BATCHES = ("training.batch_size", "training.drop_last")
RECORDED = tuple(key for key in get_args(Recorded) if key != EPOCHS)
"""What the weights depend on: a change of it is kept with the step from which it is in force."""
FREE = (
    EPOCHS,
    "training.device",
    "training.held_out",
    "training.snapshots",
    "training.checkpoint_every",
    "data.root",
    "data.path",
    "data.columns",
)
"""What changes no step that was made: it is written over."""


@dataclass(frozen=True)
class Begun:
    """How far a run has come.

    Attributes
    ----------
    name : str
        The run's, for errors.
    step, epoch : int
        Gradient steps and whole epochs done.
    within : bool
        Whether an epoch is under way.
    """

    name: str
    step: int
    epoch: int
    within: bool = False


def in_force(config: RunConfig, step: int) -> RunConfig:
    """The settings with all changes that are in force at a gradient step, counted from 0; `epochs` stays the end."""
    tables: dict[str, dict[str, Any]] = defaultdict(dict)
    for change in by_step(config):
        if change.step <= step and change.key != EPOCHS:
            table, name = change.key.split(".")
            tables[table][name] = change.value
    return config.model_copy(
        update={table: getattr(config, table).model_copy(update=values) for table, values in tables.items()}
    )


def scheduled_epochs(config: RunConfig, step: int) -> int:
    """The epochs that a schedule counted on at a gradient step: those of then, where more were asked for later."""
    asked = [int(change.value) for change in by_step(config) if change.step <= step and change.key == EPOCHS]
    return asked[-1] if asked else config.training.epochs


def by_step(config: RunConfig) -> list[Change]:
    """Its changes in the order in which they come into force."""
    return sorted(config.training.changes, key=lambda change: change.step)


def with_recorded(config: RunConfig, changes: Iterable[Change]) -> RunConfig:
    """The settings with these changes instead of their own."""
    ordered = tuple(sorted(changes, key=lambda change: change.step))
    return config.model_copy(update={"training": config.training.model_copy(update={"changes": ordered})})


def changed(config: RunConfig, asked: Iterable[str], begun: Begun) -> RunConfig:
    """The settings of a run that goes on with others.

    What the weights depend on is recorded with its step and the settings that it began with stay, so that a new run
    with the result takes the same steps.

    Parameters
    ----------
    asked : iterable of `KEY=VALUE`

    Raises
    ------
    SettingsError
        If one is wrong, would need another model or other images, or contradicts what is trained already.
    """
    asked = absolute_changes(asked)
    if not asked:
        return config
    keys = {parse_setting(text)[0] for text in asked}
    now = in_force(config, begun.step)
    wanted = now.updated(asked)
    before, after = now.settings(), wanted.settings()
    different = [key for key in before if before[key] != after[key] and key != "training.changes"]
    _check(config, wanted, different, begun, rewritten="training.changes" in keys)
    if begun.step == 0 and not begun.epoch:
        return config.updated(asked)
    # Those to come were of steps that a kill undid, or are what this asks to be otherwise.
    kept = [change for change in by_step(config) if change.key not in keys or change.step < begun.step]
    kept += [Change(step=begun.step, key=key, value=after[key]) for key in different if key in RECORDED]
    if EPOCHS in different and _by_cosine(config, begun.step):
        if not any(change.key == EPOCHS for change in kept):
            kept.insert(0, Change(step=0, key=EPOCHS, value=config.training.epochs))
        kept.append(Change(step=begun.step, key=EPOCHS, value=after[EPOCHS]))
    written = [text for text in asked if parse_setting(text)[0] in FREE]
    return with_recorded(config.updated(written), kept)


def fixed_changes(before: RunConfig, after: RunConfig) -> list[str]:
    """Settings that differ and that a run has for good, such as `model.latent_dim`."""
    old, new = before.settings(), after.settings()
    return [key for key in old if old[key] != new[key] and key not in (*RECORDED, *FREE, "training.changes")]


def _check(config: RunConfig, wanted: RunConfig, different: list[str], begun: Begun, *, rewritten: bool) -> None:
    """Raise if what is asked for cannot be."""
    fixed = [key for key in different if key not in (*RECORDED, *FREE)] + ["training.changes"] * rewritten
    patient = [change.value for change in config.training.changes if change.key == "training.early_stopping"]
    if "training.held_out" in different and any(
        [wanted.training.early_stopping, config.training.early_stopping, *patient]
    ):
        fixed.append("training.held_out (on which it depends when the run stops early)")
    if fixed:
        raise SettingsError(
            f"{', '.join(fixed)} cannot change in a run that has begun", "Train a new run with these settings"
        )
    batches = [key for key in BATCHES if key in different]
    if batches and begun.within:
        raise SettingsError(
            f"{' and '.join(batches)} cannot change in the middle of an epoch, and {begun.name} stopped in epoch "
            f"{begun.epoch + 1}",
            "Train to the end of the epoch first",
        )
    least = begun.epoch + begun.within
    if wanted.training.epochs < least and wanted.model.kind.gradient:
        done = f"{begun.name} is in epoch {least}" if begun.within else f"{begun.name} has trained {least}"
        raise SettingsError(
            f"training.epochs = {wanted.training.epochs} is too few: {done}", f"Set it to {least} or more"
        )


def _by_cosine(config: RunConfig, step: int) -> bool:
    """Whether rates fell along a cosine, which depends on the epochs to come, in a step before this one."""
    kinds = [change.value for change in config.training.changes if change.step < step]
    return "cosine" in (config.training.schedule, *kinds)
