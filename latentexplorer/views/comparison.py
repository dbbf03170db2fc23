"""Several runs beside each other: the same images through each, maps, losses, settings and results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field, field_validator

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import LatentExplorerError, NotApplicableError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.base import Part, View, ViewSettings
from latentexplorer.views.compared import Entry, Panel, Result, Row, Show
from latentexplorer.views.lookup import run_path
from latentexplorer.views.loss import QUANTITIES
from latentexplorer.views.loss import Settings as LossSettings

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

__all__ = ["VIEW", "Entry", "Panel", "Result", "Row", "Settings", "compare", "compute"]

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


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Open the other runs and ask each the same."""
    from latentexplorer.runs import Trained

    if not settings.runs:
        raise NotApplicableError("There is no run to compare with", 'Name others, such as runs=["runs/other"]')
    runs = [trained]
    for name in settings.runs:
        stop.check()
        # Whoever has the images has them for all.
        found = all(run.data is None for run in runs)
        runs.append(Trained.load(run_path(name, trained.path), with_data=found, emit=emit, stop=stop))
    return compare(runs, settings, emit=emit, stop=stop)


def compare(runs: Sequence[Trained], settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Ask each of some opened runs the same; `settings.runs` is not looked at.

    Raises
    ------
    NotApplicableError, SettingsError
        Where no two of them can be set beside each other, with the reason of the first that cannot.
    """
    from latentexplorer.views import comparison_images, comparison_losses, comparison_maps, comparison_numbers

    if len(runs) < 2:
        raise NotApplicableError("One run alone cannot be compared", "Choose two or more")
    ways = {
        "images": comparison_images.images,
        "maps": comparison_maps.maps,
        "losses": comparison_losses.losses,
        "numbers": comparison_numbers.numbers,
    }
    return ways[settings.show](runs, settings, emit, stop)


def nothing(run: Trained, name: str, error: LatentExplorerError | str) -> Entry:
    """A run of which nothing can be shown, and why."""
    why = error if isinstance(error, str) else f"{error.what}. {error.todo}".strip()
    none = np.empty(0)
    return Entry(name, text_of(run), none, none, why=why)


def text_of(run: Trained) -> str:
    """`VAE, 3 numbers`."""
    from latentexplorer.views.base import count_text

    return f"{run.config.model.kind.title}, {count_text(run.code_dim, 'number')}"


VIEW = View(Settings, compute)
