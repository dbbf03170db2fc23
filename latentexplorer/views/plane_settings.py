"""What a latent grid is asked: which plane, over which range, how finely, and what else is shown of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from latentexplorer.views.base import SnapshotSettings
from latentexplorer.views.fading import FADE_HELP
from latentexplorer.views.judging import CLASSIFIER_HELP, REGIONS_HELP
from latentexplorer.views.magnified import MAGNIFICATION_HELP
from latentexplorer.views.pick import Pick
from latentexplorer.views.ranges import RANGE_WORDS, Range, RangeSetting, check_range


class Settings(SnapshotSettings):
    """Which plane, how finely."""

    axes: Literal["auto", "dims", "directions", "nearby", "metric"] = Field(
        "auto",
        title="Plane",
        description="Two raw dimensions, two principal directions of the training codes, or two principal axes around "
        "the centre: of the codes nearby, or of the decoder's metric (in standard deviations, usually -2 to 2). "
        "Auto: the raw dimensions of a two-dimensional code, else directions.",
    )
    dims: tuple[int, int] = Field(
        (0, 1), title="Dimensions", description="Which two dimensions, or which two principal directions, from 0."
    )
    nearby: int = Field(50, ge=3, le=1_000_000, title="Codes nearby", description="How many codes count as nearby.")
    n: int = Field(12, ge=2, le=64, title="Cells", description="Images across, and as many down unless rows says so.")
    rows: int | None = Field(None, ge=2, le=64, title="Rows", description="Images down. Empty: as many as across.")
    spacing: Literal["auto", "quantiles", "linear"] = Field(
        "auto",
        title="Spacing",
        description="Quantiles: as many of the prior's draws (or of the codes) between neighbours. "
        "Auto: quantiles, or linear where a range is given or the codes leave the prior.",
    )
    coverage: float = Field(
        0.98,
        gt=0,
        lt=1,
        title="Coverage",
        description="Part of the prior (or of the codes) that a side of linear spacing spans, where it has no range.",
    )
    range: RangeSetting = Field(
        "auto",
        title="Range",
        description="What both sides span: codes, prior (the codes along directions, and where there is none), or "
        f"[from, to]. Auto: {RANGE_WORDS}.",
    )
    x_range: Range | None = Field(None, title="Across", description="From, to. Empty: as 'range' says.")
    y_range: Range | None = Field(None, title="Up", description="From, to. Empty: as 'range' says.")
    centre: Pick = Field(
        "",
        title="Centre",
        description="A code the plane goes through, such as train:12. Empty: the prior's mean, or that of the codes; "
        "for auto-decoders the code of a typical image.",
    )
    origin: Literal["mean", "centre"] = Field(
        "mean",
        title="Nought",
        description="Where values along directions are counted from: the mean of the codes, as in a map by PCA, or the "
        "centre.",
    )
    label: str = Field(
        "", max_length=200, title="Class", description="The class a conditional model decodes. Empty: the first."
    )
    fade: bool = Field(False, title="Fade away from data", description=FADE_HELP)
    magnification: bool = Field(False, title="Magnification", description=MAGNIFICATION_HELP)
    regions: bool = Field(False, title="Decision regions", description=f"Rims tell: {REGIONS_HELP}.")
    classifier: str = Field("", max_length=4096, title="Classifier", description=CLASSIFIER_HELP)

    @model_validator(mode="after")
    def _fits(self) -> Settings:
        if self.dims[0] == self.dims[1]:
            raise ValueError("dims: choose two different dimensions")
        for name, span in (("range", self.range), ("x_range", self.x_range), ("y_range", self.y_range)):
            check_range(name, span)
        if self.spacing == "quantiles" and (self.x_range or self.y_range or isinstance(self.range, tuple)):
            raise ValueError("spacing: quantiles has no ranges; use spacing=linear with x_range and y_range")
        if self.regions and self.magnification:
            raise ValueError("regions: rims show regions or the magnification; choose one of them")
        return self

    def axes_for(self, code_dim: int) -> Literal["dims", "directions", "nearby", "metric"]:
        """`axes`, where it is "auto" what that means for codes of so many numbers."""
        if self.axes != "auto":
            return self.axes
        return "dims" if code_dim == 2 else "directions"

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows or self.n, self.n

    def in_shape(self, rows: int, columns: int) -> Settings:
        """The same plane in so many rows and columns."""
        return self.model_copy(update={"n": columns, "rows": rows if rows != columns else None})

    def given(self) -> dict[str, object]:
        """What must be said for the same plane: axes and cells, and what is not as by default."""
        return {"axes": self.axes, "n": self.n, **self.model_dump(exclude_defaults=True)}
