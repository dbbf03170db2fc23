"""A direction from one group of images to another: its receipt, and codes that are moved along it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field, model_validator

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import SettingsError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.core.paths import expanded
from latentexplorer.core.registry import suggest
from latentexplorer.views.attribute_groups import MOST_LETTERS
from latentexplorer.views.attribute_made import held_out, made, refuse_mixtures
from latentexplorer.views.attribute_words import document, made_words, receipt_lines
from latentexplorer.views.base import Array, SnapshotSettings, View, ViewResult
from latentexplorer.views.lookup import at_epoch, code_note, decode, decode_class, is_conditional
from latentexplorer.views.pick import Pick, pick_code

if TYPE_CHECKING:
    from latentexplorer.runs import Trained
    from latentexplorer.runs.attributes import Attribute

LOW, HIGH = -1.0, 2.0
"""How far codes are moved where nothing else is said: 1 is from one group to the other."""


class Settings(SnapshotSettings):
    """Between which groups, and which codes are moved how far."""

    from_group: str = Field(
        "",
        max_length=MOST_LETTERS,
        title="From",
        description="A class, images (train:3,5-9), a half of a column (low:scale), or a search. Empty: all others.",
    )
    to_group: str = Field(
        "", max_length=MOST_LETTERS, title="To", description="The same. Both empty: the first two classes."
    )
    kept: str = Field(
        "", max_length=200, title="Kept", description="Instead of groups: a direction that the run keeps, by its name."
    )
    file: str = Field("", max_length=4096, title="File", description="Instead of groups: a file with a direction.")
    base: Pick = Field("", title="Code", description="Which code is moved. Empty: some images on the near side.")
    label: str = Field("", max_length=200, title="Class", description="Decode as this class (conditional models).")
    count: int = Field(4, ge=1, le=32, title="Rows", description="How many codes are moved where none is named.")
    steps: int = Field(7, ge=2, le=64, title="Steps", description="Pictures in a row.")
    low: float = Field(LOW, ge=-100, le=100, title="From", description="How far the first picture is moved; 0: not.")
    high: float = Field(HIGH, ge=-100, le=100, title="To", description="And the last; 1: from group to group.")
    seed: int = Field(0, ge=0, le=2**31 - 1, title="Seed", description="Of what is kept out to be asked.")

    @model_validator(mode="after")
    def _one_way(self) -> Settings:
        ways = [bool(self.from_group.strip() or self.to_group.strip()), bool(self.kept), bool(self.file)]
        if sum(ways) > 1:
            raise ValueError("name two groups, or one that is kept, or a file")
        if not self.low < self.high:
            raise ValueError("low is not below high")
        return self


@dataclass(frozen=True, kw_only=True)
class Result(ViewResult):
    """A direction and R codes that are moved along it.

    Attributes
    ----------
    attribute : Attribute
    codes : (R, S, D) float32
    images : (R, S, H, W', C) float32
    amounts : (S,) float64
        How far each column is moved, in steps from group to group.
    names : tuple of R str
        Whose codes they are.
    places : (R,) float64
        Where they lie along it, before they are moved.
    where : (H, W') float32
        Mean change of each pixel from 0 to 1, brighter above nought.
    """

    attribute: Attribute
    codes: Array
    images: Array
    amounts: Array
    names: tuple[str, ...]
    places: Array
    where: Array

    @property
    def numbers(self) -> dict[str, Any]:
        return document(self.attribute)


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Make or read the direction, and move codes along it."""
    from latentexplorer.latent.attributes import moved, places

    refuse_mixtures(trained)
    shown = at_epoch(trained, settings.epoch, emit=emit, stop=stop)
    attribute = chosen(trained, shown, settings, emit=emit, stop=stop)
    step = attribute.vector
    bases, labels, names = _bases(trained, shown, settings, step, attribute.offset)
    amounts = np.linspace(settings.low, settings.high, settings.steps)
    codes = moved(step, bases, amounts)
    flat = codes.reshape(-1, codes.shape[-1])
    y = None if labels is None else np.repeat(labels, len(amounts))
    images = decode(shown, flat, y, emit=emit, stop=stop)
    ends = moved(step, bases, np.array([0.0, 1.0]))
    before, after = (np.clip(decode(shown, ends[:, at], labels, stop=stop), 0, 1) for at in (0, 1))
    return Result(
        attribute=attribute,
        codes=codes,
        images=images.reshape(*codes.shape[:2], *images.shape[1:]),
        amounts=amounts,
        names=names,
        places=places(step, attribute.offset, bases),
        where=(after - before).mean((0, 3)).astype(np.float32),
        title=attribute.name,
        subtitle=made_words(attribute) + (", as the file states" if settings.file else ""),
        notes=(*receipt_lines(attribute.receipt), *code_note(trained)),
    )


def chosen(
    trained: Trained, shown: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER
) -> Attribute:
    """The direction that settings name: made of groups, kept with the run, or in a file.

    Raises
    ------
    RunError
        Where it is one of another model, with both named, or cannot be read.
    """
    from latentexplorer.runs.attributes import read_attributes, read_shared, refuse_others

    if settings.file:
        attribute = read_shared(expanded(settings.file))
    elif settings.kept:
        known = {attribute.name: attribute for attribute in read_attributes(trained)}
        if settings.kept not in known:
            raise SettingsError(
                f"{trained.name} keeps no direction {settings.kept!r}", suggest(settings.kept, known) if known else ""
            )
        attribute = known[settings.kept]
    else:
        return made(trained, shown, settings.from_group, settings.to_group, seed=settings.seed, emit=emit, stop=stop)
    refuse_others(attribute, shown)
    return attribute


def _bases(
    trained: Trained, shown: Trained, settings: Settings, step: Array, offset: float
) -> tuple[Array, Array | None, tuple[str, ...]]:
    """The codes that are moved, the classes that they are decoded with, and what they are called."""
    from latentexplorer.latent.attributes import places

    if settings.base:
        picked = pick_code(shown, settings.base, images=trained)
        y = decode_class(trained, settings.label, default=picked.y or 0)
        return picked.z[None], None if y is None else np.array([y]), (picked.title,)
    codes, part = held_out(shown), "held-out"
    if codes is None:
        codes, part = shown.codes_of("train"), "training"
    at = places(step, offset, codes.loc)
    near = np.flatnonzero(at < 0.5)
    # The nearest to where the first group lies, spread over it.
    rows = near[np.argsort(np.abs(at[near]), kind="stable")[: 4 * settings.count]]
    if len(rows) < settings.count:
        rows = np.argsort(at, kind="stable")
    some = codes.take(rows[:: max(min(len(rows) // settings.count, 4), 1)][: settings.count])
    y = decode_class(trained, settings.label, default=None)
    if y is None and is_conditional(trained):
        labels = some.labels
    else:
        labels = None if y is None else np.full(len(some), y)
    return some.loc, labels, tuple(f"{part} image {index}" for index in some.index)


VIEW = View(Settings, compute)
