"""Attribute vectors: directions between two groups of images, kept with their run, and alone in a file that is shared.

A direction means something in the codes of one model only: with other weights the same numbers lead elsewhere. So each
says which model it is of, and another one is refused with both named.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from latentexplorer.core.errors import RunError
from latentexplorer.core.outside_json import parsed
from latentexplorer.core.paths import printable, reading, visible
from latentexplorer.core.wrong_values import in_words
from latentexplorer.runs.small_texts import MAX_JSON_BYTES
from latentexplorer.runs.trained import Trained

NAME = "attributes.json"
KIND = "latentexplorer attribute vector"
MAX_KEPT = 200
MAX_NUMBERS = 100_000
"""In one direction; together they may be as many as a file of `MAX_JSON_BYTES` holds."""
MAX_GROUP = 600_000
"""Letters that say which images a group has."""
MAX_ROWS = 1_000
LEAST = 1e-60
"""Square of the length of a step: places along a shorter one are beyond numbers."""
Number = Annotated[float, Field(ge=-1e30, le=1e30)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0, le=2**53)]
Words = Annotated[str, Field(max_length=1000)]
Model = TypeVar("Model", bound=BaseModel)


class _Checked(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False, strict=True)


class Accuracy(_Checked):
    """How often both groups are told right, see `latentexplorer.latent.attributes.Told`.

    Attributes
    ----------
    held_out : bool
        Whether the model had not seen the images that were asked; else only the direction had not.
    of : str
        What images those were, for a person.
    """

    value: Share
    low: Share
    high: Share
    chance: Share = 0.5
    images_from: Count
    images_to: Count
    held_out: bool
    of: Words
    discriminant: Share | None = None


class Goes(_Checked):
    """What goes along with a direction, see `latentexplorer.latent.attributes.Beside`.

    Attributes
    ----------
    own : bool
        Whether it is what the groups are made of.
    """

    name: Words
    group: bool
    images: Count
    value: Number
    low: Number
    high: Number
    against: Number
    own: bool = False


class Pixels(_Checked):
    """How far one step changes images, see `latentexplorer.latent.attributes.PixelChange`."""

    step: Number
    between: Number
    within: Number | None = None
    codes: Count


class Receipt(_Checked):
    """What is known of a direction.

    Attributes
    ----------
    accuracy : Accuracy or None
        None: `untold` says why.
    beside : list of Goes
    beside_of : str
        Of what images, for a person.
    pixels : Pixels or None
    notes : list of str
    """

    accuracy: Accuracy | None = None
    untold: Words = ""
    beside: list[Goes] = Field(default_factory=list, max_length=MAX_ROWS, fail_fast=True)
    beside_of: Words = ""
    left_out: list[Words] = Field(default_factory=list, max_length=MAX_ROWS, fail_fast=True)
    pixels: Pixels | None = None
    notes: list[Words] = Field(default_factory=list, max_length=20, fail_fast=True)


class Fits(_Checked):
    """The model that a direction is of.

    Attributes
    ----------
    run, family : str
    code_dim : int
        D.
    epoch : int
    fingerprint : str
        SHA-256 of its weights.
    """

    run: Words
    family: Words
    code_dim: Annotated[int, Field(ge=1, le=MAX_NUMBERS)]
    epoch: Count
    fingerprint: str = Field(pattern=r"^[0-9a-f]{64}$")

    @classmethod
    def of(cls, trained: Trained) -> Fits:
        """What a direction of this run fits."""
        return cls(
            run=trained.name[:1000],
            family=trained.config.model.family,
            code_dim=trained.code_dim,
            epoch=trained.epoch,
            fingerprint=fingerprint(trained),
        )

    @property
    def words(self) -> str:
        """Which model that is."""
        return (
            f"{visible(self.run)} (model {visible(self.family)}, codes of {self.code_dim:,} numbers, "
            f"epoch {self.epoch:,}, {self.fingerprint[:12]})"
        )


class Attribute(_Checked):
    """A direction with its receipt.

    Attributes
    ----------
    name : str
    from_group, to_group : str
        How the two groups are written, see `latentexplorer.views.attribute_groups`.
    from_words, to_words : str
        For a person.
    images_from, images_to : int
        Images of which it was made.
    step : list of D floats
        From the mean code of one group to that of the other.
    offset : float
        See `latentexplorer.latent.attributes.Direction`.
    """

    name: str = Field(min_length=1, max_length=200)
    fits: Fits
    from_group: str = Field("", max_length=MAX_GROUP)
    to_group: str = Field("", max_length=MAX_GROUP)
    from_words: Words
    to_words: Words
    images_from: Count
    images_to: Count
    step: list[Number] = Field(min_length=1, max_length=MAX_NUMBERS, fail_fast=True)
    offset: Number
    receipt: Receipt = Receipt()

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Attribute:
        if len(self.step) != self.fits.code_dim:
            raise ValueError(f"{len(self.step)} numbers are no step between codes of {self.fits.code_dim}")
        if not self.vector @ self.vector >= LEAST:
            raise ValueError("it leads nowhere")
        return self

    @property
    def vector(self) -> np.ndarray:
        """The step (D,), float64."""
        return np.array(self.step, np.float64)


class _Kept(_Checked):
    attributes: list[Attribute] = Field(default_factory=list, max_length=MAX_KEPT, fail_fast=True)


class _Shared(_Checked):
    kind: Literal["latentexplorer attribute vector"]
    edition: Literal[1] = 1
    attribute: Attribute


def fingerprint(trained: Trained) -> str:
    """SHA-256 of what a run's codes mean: its family, and the weights that encode and decode them."""
    found = hashlib.sha256(trained.config.model.family.encode())
    for name, tensor in sorted(trained.model.network_state().items()):
        found.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
        # Bytes and not numbers: bfloat16 has no numpy type.
        found.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return found.hexdigest()


def refuse_others(attribute: Attribute, trained: Trained) -> None:
    """Raise, with both named, where a direction is of another model."""
    mine = Fits.of(trained)
    theirs = attribute.fits
    if (theirs.fingerprint, theirs.code_dim, theirs.family) != (mine.fingerprint, mine.code_dim, mine.family):
        raise RunError(
            f"The direction {attribute.name!r} fits {theirs.words} and not {mine.words}",
            "A direction means something in the codes of one model only: make it anew from two groups",
        )


def read_attributes(trained: Trained) -> list[Attribute]:
    """The directions that are kept with a run, in their order, also those of earlier weights.

    Raises
    ------
    RunError
        If the file is damaged; nothing of it is used then.
    """
    if trained.path is None:
        return []
    folder = trained.folder()
    where = f"{folder.name}/{NAME}"
    kept = _checked(_Kept, folder.attributes, where, "Delete it; the run opens without").attributes
    for attribute in kept:
        if attribute.fits.code_dim != trained.code_dim:
            raise RunError(
                f"{where} is damaged: {attribute.name!r} has {attribute.fits.code_dim} numbers, not {trained.code_dim}",
                "Delete it; the run opens without",
            )
    return kept


def write_attributes(trained: Trained, attributes: list[Attribute]) -> None:
    """Replace the directions that are kept with a run.

    Raises
    ------
    RunError
        If they are too many, cannot be written, or one would not be read again.
    """
    content = {"attributes": [attribute.model_dump() for attribute in attributes]}
    for attribute in attributes:
        _check_written(attribute)
    if len(attributes) > MAX_KEPT or len(json.dumps(content, indent=2)) > MAX_JSON_BYTES:
        raise RunError(f"A run keeps at most {MAX_KEPT} directions, and {MAX_JSON_BYTES >> 20} MB", "Delete some")
    trained.folder().write_attributes(content)


def _check_written(attribute: Attribute) -> None:
    """Raise for what reading would refuse: changed copies are not checked when they are made."""
    try:
        Attribute.model_validate(attribute.model_dump())
    except ValidationError as error:
        at, wrong = _first(error)
        raise RunError(f"A direction cannot be written: {at}: {wrong}", "Give it another name") from None


def shared(attribute: Attribute) -> bytes:
    """What a file with one direction holds.

    Raises
    ------
    RunError
        If it would not be read again.
    """
    _check_written(attribute)
    content = {"kind": KIND, "edition": 1, "attribute": attribute.model_dump()}
    return (json.dumps(content, indent=2, allow_nan=False) + "\n").encode()


def read_shared(path: Path) -> Attribute:
    """The direction in a file that somebody shared; `refuse_others` says whether it fits.

    Raises
    ------
    RunError
        If it cannot be read, is too large, or is no such file.
    """
    todo = "Choose a file that was saved as a direction"
    name = printable(path.name)
    try:
        with reading(path) as handle:
            content = handle.read(MAX_JSON_BYTES + 1)
    except OSError as error:
        raise RunError(f"{printable(path)} cannot be read: {error.strerror or error}", "Check the path") from None
    if len(content) > MAX_JSON_BYTES:
        raise RunError(f"{name} is larger than {MAX_JSON_BYTES >> 20} MB", todo)
    try:
        values = parsed(content)
    except ValueError:
        raise RunError(f"{name} is not JSON", todo) from None
    if not isinstance(values, dict) or values.get("kind") != KIND:
        raise RunError(f"{name} holds no direction", todo)
    return _checked(_Shared, values, name, todo).attribute


def _checked(kind: type[Model], values: Mapping[str, object], where: str, todo: str) -> Model:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        at, wrong = _first(error)
        raise RunError(f"{where} is damaged: {at}: {wrong}", todo) from None


def _first(error: ValidationError) -> tuple[str, str]:
    """Where the first thing is wrong, and what."""
    first = error.errors(include_url=False, include_input=False)[0]
    return ".".join(map(str, first["loc"]))[:200], in_words(first)[:200]
