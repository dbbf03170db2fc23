"""Which runs are set beside each other, and what of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from latentexplorer.views.base import Part, ViewSettings
from latentexplorer.views.compared import Show
from latentexplorer.views.loss import QUANTITIES
from latentexplorer.views.loss import Settings as LossSettings

Index = Annotated[int, Field(ge=0)]


class Settings(ViewSettings):
    """Which runs, and what of them."""

    runs: tuple[str, ...] = Field(
        (), max_length=20, title="Other runs", description="Folders (or names) of the runs to put beside this one."
    )
    show: Show = Field(
        "images",
        title="Show",
        description="Reconstructions of the same images, maps of the codes, curves of the losses, or numbers: the "
        "settings that differ and the results.",
    )
    part: Part = Field("test", title="Images", description="Training or held-out images.")
    count: int = Field(8, ge=1, le=100, title="Count", description="How many images.")
    index: tuple[Index, ...] = Field(
        (), max_length=100, title="Chosen images", description="Positions of the images, instead of a count."
    )
    order: Literal["first", "random", "differences"] = Field(
        "first",
        title="Which images",
        description="The first ones, a random draw, or those on which the errors of the runs differ most.",
    )
    label: str = Field("", max_length=200, title="Class", description="Images of this class only. Empty: of all.")
    method: Literal["auto", "tsne", "pca", "umap", "dims"] = Field(
        "auto",
        title="Map",
        description="How maps are laid out. Auto: raw dimensions where there are two, else principal components.",
    )
    align: bool = Field(
        True,
        title="Align",
        description="Maps of the same images are turned, mirrored and scaled onto the first one (Procrustes).",
    )
    limit: int = Field(2000, ge=1, le=100_000, title="At most", description="Codes on a map at most.")
    curves: tuple[str, ...] = Field(
        ("loss", "rmse"),
        min_length=1,
        max_length=len(QUANTITIES),
        title="Curves",
        description=f"Which curves of the losses: {', '.join(QUANTITIES)}.",
    )
    curve_part: Literal["both", "train", "test"] = Field(
        "both", title="Curves of", description="Curves of the training images, of the held-out ones, or both."
    )
    log: bool = Field(False, title="Log scale", description="Logarithmic axes of the curves.")
    seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title="Seed",
        description="Seed of maps, of a random draw of images, and of codes that are fitted.",
    )

    @field_validator("curves")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return LossSettings(curves=names).curves
