"""What every view is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

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


@dataclass(frozen=True)
class View:
    """A kind of view: what it can be asked and how it is worked out.

    Attributes
    ----------
    settings : type of ViewSettings
    compute : callable
        `compute(trained, settings, *, emit, stop)` gives the view's result: a frozen dataclass of plain arrays.
        It raises NotApplicableError, with one line that says why, where the view makes no sense for the model.
    """

    settings: type[ViewSettings]
    compute: Callable[..., Any]


@dataclass(frozen=True)
class Refused:
    """Why something cannot be shown, and what to do: for the place where it would stand."""

    what: str
    todo: str = ""

    @classmethod
    def of(cls, error: LatentExplorerError) -> Refused:
        """What an error says."""
        return cls(error.what, error.todo)


def count_text(number: int, singular: str, plural: str = "") -> str:
    """`1,000 codes`, `1 code`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
