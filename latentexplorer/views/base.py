"""What every view is made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from latentexplorer.core.counting import count_text as count_text
from latentexplorer.core.errors import LatentExplorerError

Array = NDArray[Any]
Part = Literal["train", "test"]

PART_NAMES = {"train": "training", "test": "held-out"}
"""How a person calls the two parts of the images."""

MAX_IMAGES = 4096
"""Images in one picture at most: more cannot be told apart and would only cost memory."""


class ViewSettings(BaseModel):
    """Base of every view's settings: checked, unchangeable, each field described for the form and the help."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        validate_default=True,
        # Classes are often called 3 or 7, which TOML reads as numbers.
        coerce_numbers_to_str=True,
    )


class SnapshotSettings(ViewSettings):
    """Settings of a view that can be seen as it was at an earlier epoch."""

    epoch: int | None = Field(
        None, ge=0, le=1_000_000, title="Epoch", description="A kept snapshot to look back at. Empty: the run as it is."
    )


@dataclass(frozen=True, kw_only=True)
class ViewResult:
    """What a view worked out; each adds its own arrays.

    Attributes
    ----------
    title, subtitle : str
    notes : tuple of str
        What a person must know to read it rightly, one sentence each.
    """

    title: str
    subtitle: str
    notes: tuple[str, ...]

    @property
    def numbers(self) -> dict[str, Any]:
        """What it comes to, for a command to print; empty where pictures say it all."""
        return {}


@dataclass(frozen=True, kw_only=True)
class Pictures(ViewResult):
    """B images of one part of the data.

    Attributes
    ----------
    index : (B,) int64
        Position of each image in its part.
    labels : (B,) int64 or None
    class_names : tuple of str
        Empty where images carry no labels.
    part : "train" or "test"
    """

    index: Array
    labels: Array | None
    class_names: tuple[str, ...]
    part: Part


def alike(one: Any, other: Any) -> bool:
    """Whether two results, or parts of them, say the same to the last bit; what is not a number is equal to itself."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return bool(one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes())
    if is_dataclass(one):
        return all(alike(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, Mapping):
        return list(one) == list(other) and all(alike(value, other[key]) for key, value in one.items())
    if isinstance(one, float) and math.isnan(one):
        return math.isnan(other)
    return bool(one == other)


@dataclass(frozen=True)
class View:
    """A kind of view: what it can be asked and how it is worked out.

    Attributes
    ----------
    settings : type of ViewSettings
    compute : callable
        `compute(trained, settings, *, emit, stop)` gives a `ViewResult` of plain arrays.
        It raises NotApplicableError, with one line that says why, where the view makes no sense for the model.
    keep : callable or None
        `keep(trained, result)` keeps with the run what took long to work out; "", or why it is not kept.
    """

    settings: type[ViewSettings]
    compute: Callable[..., ViewResult]
    keep: Callable[..., str] | None = None


@dataclass(frozen=True)
class Refused:
    """Why something cannot be shown, and what to do: for the place where it would stand."""

    what: str
    todo: str = ""

    @classmethod
    def of(cls, error: LatentExplorerError) -> Refused:
        """What an error says."""
        return cls(error.what, error.todo)

    @property
    def text(self) -> str:
        """Both in one line."""
        return f"{self.what}. {self.todo}" if self.todo else f"{self.what}."
