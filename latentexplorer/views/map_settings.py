"""What a map is asked: its method, its codes and colours, what is searched and hidden."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from latentexplorer.views.base import Part, SnapshotSettings
from latentexplorer.views.search_words import MOST_LETTERS

Number = Annotated[float, Field(ge=-1e9, le=1e9)]
Iterations = Annotated[
    int, Field(ge=1, le=20_000, title="Iterations", description="Steps in which t-SNE moves the points into place.")
]
EarlyIterations = Annotated[
    int | None,
    Field(
        ge=0,
        le=20_000,
        title="Early iterations",
        description="How many of them, at the beginning, pull neighbours together harder. Empty: a third, 100 at most.",
    ),
]
StoppedAfter = Annotated[
    int | None,
    Field(
        ge=0,
        le=20_000,
        title="Stopped after",
        description="Iterations after which t-SNE is left as it stands. Empty: it goes on to the last.",
    ),
]
"""The three say how a t-SNE of one epoch, or of all of them, goes on."""


class Settings(SnapshotSettings):
    """What the map shows, how it is laid out and coloured."""

    method: Literal["auto", "tsne", "pca", "umap", "dims"] = Field(
        "auto",
        title="Method",
        description="t-SNE keeps neighbours together, PCA shows the two widest directions, dims two raw dimensions. "
        "Auto: the raw dimensions of a two-dimensional code, else t-SNE.",
    )
    dims: tuple[int, int] = Field((0, 1), title="Dimensions", description="The two dimensions shown by 'dims'.")
    part: Part = Field("train", title="Images", description="Codes of the training or of the held-out images.")
    color_by: str = Field(
        "auto",
        max_length=200,
        title="Colour",
        description="class, error, kl, none or a column of the data; kept, trustworthiness or continuity: how well the "
        "map keeps the neighbours of each code. Auto: the class where there is one.",
    )
    neighbours: int = Field(
        15,
        ge=1,
        le=1000,
        title="Neighbours",
        description="How many nearest codes of each one are looked at for how well the map keeps them.",
    )
    perplexity: float = Field(
        30.0, ge=2, le=500, title="Perplexity", description="How many neighbours t-SNE and UMAP look at."
    )
    limit: int = Field(
        5000,
        ge=1,
        le=1_000_000,
        title="At most",
        description="Codes shown at most, drawn at random where more are kept.",
    )
    steps: Iterations = 600
    early: EarlyIterations = None
    stopped: StoppedAfter = None
    sample: int = Field(
        10_000,
        ge=1,
        le=1_000_000,
        title="Laid out",
        description="Codes that t-SNE or UMAP lays out at most; the others are placed among them.",
    )
    hide: tuple[str, ...] = Field(
        (), max_length=1000, title="Hidden", description="Names of the classes or groups that are left out."
    )
    names: bool = Field(True, title="Names", description="Write the names of classes or groups at their points.")
    seed: int = Field(0, ge=0, le=2**31 - 1, title="Seed", description="Same seed, same map.")
    where: str = Field(
        "",
        max_length=MOST_LETTERS,
        title="Search",
        description="What is searched stands out, all else is faint: words, or conditions such as "
        "error > 0.1 and class = Coat.",
    )
    magnification: bool = Field(
        False,
        title="Magnification",
        description="How much the decoder stretches each place, as the ground of the map, log scale. Where a place "
        "decodes exactly: pca and dims.",
    )
    label: str = Field(
        "", max_length=200, title="Class", description="The class a conditional model decodes for the magnification."
    )
    refresh: bool = Field(
        False,
        title="Lay out anew",
        description="Lay t-SNE and UMAP out anew, also where the run keeps the same map.",
    )
    area: tuple[Number, Number, Number, Number] | None = Field(
        None,
        title="Part",
        description="The part of the map that is seen: left, right, bottom, top. Empty: the whole.",
    )

    @model_validator(mode="after")
    def _fits(self) -> Settings:
        if self.stopped is not None and self.stopped > self.steps:
            raise ValueError("stopped: must not be more than steps")
        if self.area is not None and not (self.area[0] < self.area[1] and self.area[2] < self.area[3]):
            raise ValueError("area: left must be less than right, bottom less than top")
        return self
