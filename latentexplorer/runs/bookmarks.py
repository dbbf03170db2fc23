"""Codes that a person gave a name, as they lie in the run folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from latentexplorer.core.errors import RunError
from latentexplorer.core.wrong_values import in_words

NAME = "bookmarks.json"
MAX_KEPT = 10_000
MAX_NUMBERS = 1_000_000
Number = Annotated[float, Field(ge=-1e30, le=1e30)]
Count = Annotated[int, Field(ge=0, le=2**53)]


class _Checked(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False, strict=True)


class Bookmark(_Checked):
    """A code with its name and where it comes from.

    Attributes
    ----------
    name : str
    z, scale : list of D floats
        The code, and the standard deviation of the posterior it is the mean of, where it is one.
    y, label : int or None
        Class it is decoded with (conditional models), true class of its image.
    part, index : str and int, or "" and None
        The image it is the code of.
    how : str
        How it came about, for a person.
    pick : str
        How a view's settings name it; mostly empty.
    image : dict or None
        The image it is the code of, where that is none of the data: `views.new_image` writes and reads it.
    """

    name: str = Field(min_length=1, max_length=1000)
    z: list[Number] = Field(min_length=1, max_length=MAX_NUMBERS, fail_fast=True)
    scale: Annotated[list[Number], Field(max_length=MAX_NUMBERS, fail_fast=True)] | None = None
    y: Count | None = None
    label: Count | None = None
    part: Literal["", "train", "test"] = ""
    index: Count | None = None
    how: str = Field("", max_length=10_000)
    pick: str = Field("", max_length=1000)
    image: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Bookmark:
        if self.scale is not None and len(self.scale) != len(self.z):
            raise ValueError("scale is not as long as z")
        if (self.index is None) != (self.part == ""):
            raise ValueError("an image has a part and an index")
        return self


class Bookmarks(_Checked):
    """The file."""

    bookmarks: list[Bookmark] = Field(default_factory=list, max_length=MAX_KEPT, fail_fast=True)


def checked(values: Mapping[str, object], run_name: str) -> list[Bookmark]:
    """What a file holds.

    Raises
    ------
    RunError
        With the first thing that is wrong.
    """
    try:
        return Bookmarks.model_validate(values).bookmarks
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise RunError(
            f"{run_name}/{NAME} is damaged: {where}: {in_words(first)}", "Delete it; the run opens without"
        ) from None
