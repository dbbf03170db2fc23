"""What each latent dimension does: how much it changes the image, and what of the data it goes with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.counting import count_text
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.base import Array, Part, SnapshotSettings, View, ViewResult
from latentexplorer.views.dimension_columns import Column, Known, figures
from latentexplorer.views.dimensions import Result as Rows
from latentexplorer.views.lookup import BY_LABEL, at_epoch, code_note, decoded_shape, is_conditional, label_note
from latentexplorer.views.ranges import importance_of

if TYPE_CHECKING:
    from latentexplorer.latent.correlation import Correlations, Groups
    from latentexplorer.latent.effect import Effect
    from latentexplorer.latent.traversal import Importance
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained

IMAGES = 10_000
"""Images whose codes are held against the columns of the data, evenly spread."""
NAMED = 4
"""Columns that were not compared, by name."""


class Settings(SnapshotSettings):
    """Over how many codes, and how many dimensions are shown."""

    codes: int | None = Field(
        None,
        ge=1,
        le=10_000,
        title="Codes",
        description="Codes that are changed, each in every dimension. Empty: 8 to 100, as many as take seconds.",
    )
    steps: int = Field(5, ge=2, le=50, title="Steps", description="Values that each dimension takes.")
    seed: int = Field(0, ge=0, le=2**31 - 1, title="Seed", description="Of which codes are changed.")
    top: int = Field(
        12, ge=1, le=64, title="At most", description="Dimensions in the figure, those that change the image most."
    )


@dataclass(frozen=True)
class GoesWith:
    """A column of the data that a dimension goes with: its rank correlation and the interval of that."""

    column: str
    r: float
    low: float
    high: float

    @property
    def words(self) -> str:
        """`size −0.83`."""
        return f"{self.column} {signed(self.r)}"

    @property
    def interval(self) -> str:
        """`−0.85 to −0.80`."""
        return f"{signed(self.low)} to {signed(self.high)}"


@dataclass(frozen=True)
class Result(ViewResult):
    """What D dimensions do.

    Attributes
    ----------
    effect : Effect
        How much each changes the image.
    deviation : float or None
        How far the training images deviate from their mean, rmse on [0, 1]; None where they are not there.
    importance : Importance
        The KL of each, or the variance of its codes.
    correlations : Correlations
        With the columns of the data, M of them; none where nothing is known of the images.
    images : int
        Whose codes they are of.
    epoch : int
        Of the run as it is shown.
    top : int
        Dimensions that a figure shows.
    """

    effect: Effect
    deviation: float | None
    importance: Importance
    correlations: Correlations
    images: int
    epoch: int
    top: int

    @property
    def dims(self) -> int:
        """D."""
        return len(self.effect.change)

    def share(self, dim: int) -> float | None:
        """The change beside the deviation of the images; None where that is not known, or nought."""
        return float(self.effect.change[dim]) / self.deviation if self.deviation else None

    def goes_with(self, dim: int) -> GoesWith | None:
        """What a dimension surely goes with."""
        at = int(self.correlations.surest()[dim])
        if at < 0:
            return None
        found = self.correlations
        return GoesWith(found.names[at], *(float(each[at, dim]) for each in (found.r, found.low, found.high)))


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Pull every dimension along its range, and hold its codes against the columns of the data."""
    from latentexplorer.latent.correlation import correlations
    from latentexplorer.latent.effect import dimension_effect

    shown = at_epoch(trained, settings.epoch, emit=emit, stop=stop)
    codes = shown.codes_of("train")

    def decode(z: Array, y: Array | None) -> Array:
        return shown.decode(z, y if is_conditional(shown) else None, clamped=False, stop=stop)

    effect = dimension_effect(
        decode,
        codes,
        decoded_shape(shown),
        count=settings.codes,
        steps=settings.steps,
        seed=settings.seed,
        emit=emit,
        stop=stop,
    )
    some = _spread(codes)
    numbers, groups = columns_of(trained, some)
    found = correlations(some.loc, numbers, groups, stop=stop)
    # Which classes such codes go with says how they began.
    by_label = label_note(trained) if any(name.startswith("class = ") for name in found.names) else ()
    deviation = _deviation(trained)
    beside = "" if deviation is None else f"; the images deviate by {deviation:.3f}"
    how = f"pixel rmse along the codes' range, {count_text(effect.codes, 'code')}{beside}"
    return Result(
        effect=effect,
        deviation=deviation,
        importance=importance_of(shown),
        correlations=found,
        images=len(some),
        epoch=shown.epoch,
        top=settings.top,
        title="Dimension effect",
        subtitle=how,
        notes=(*_notes(effect, found, len(some)), *by_label, *code_note(trained)),
    )


def _spread(codes: Codes) -> Codes:
    usable = np.flatnonzero(np.isfinite(codes.loc).all(1))
    if len(usable) > IMAGES:
        usable = usable[np.linspace(0, len(usable) - 1, IMAGES).astype(np.int64)]
    return codes.take(usable)


def columns_of(trained: Trained, codes: Codes, part: Part = "train") -> tuple[dict[str, Array], dict[str, Groups]]:
    """What is known of the images of some codes of a part: columns of numbers, and classes and columns of names."""
    numbers: dict[str, Array] = {}
    groups: dict[str, Groups] = {}
    names = None
    if codes.labels is not None:
        groups["class"] = (trained.class_names, np.asarray(codes.labels))
        names = np.array([*trained.class_names, ""])[codes.labels]
    for name, values in trained.columns(part).items():
        column = np.asarray(values)[codes.index]
        if column.dtype.kind in "fiu":
            numbers[name] = column.astype(np.float64)
            continue
        text = column.astype(np.str_)
        # A column that the classes were made of says the same once more.
        if name not in groups and not (names is not None and np.array_equal(text, names)):
            distinct, which = np.unique(text, return_inverse=True)
            groups[name] = (tuple(distinct.tolist()), np.asarray(which, np.int64))
    return numbers, groups


def _deviation(trained: Trained) -> float | None:
    from latentexplorer.latent.effect import DEVIATION_IMAGES, deviation_of

    if trained.data is None:
        return None
    images = trained.images("train").images
    rows = np.unique(np.linspace(0, len(images) - 1, DEVIATION_IMAGES).astype(np.int64))
    return deviation_of(images, rows)


def _notes(effect: Effect, found: Correlations, images: int) -> tuple[str, ...]:
    said = [
        "Effect, how much it changes the image: deviation of the decoded pixels while a dimension takes "
        f"{effect.steps} values from the 5 % to the 95 % quantile of the training codes and the others stay as in "
        f"{count_text(effect.codes, 'code')}"
    ]
    if found.names:
        said.append(
            "Goes with: the surest rank correlation (Spearman's of numbers; of a class against all others 2 AUC - 1) "
            f"over {count_text(images, 'image')}; intervals hold with 95 % for all {found.comparisons:,} together "
            "(Bonferroni)"
        )
    if found.left_out:
        more = f" and {len(found.left_out) - NAMED} more" if len(found.left_out) > NAMED else ""
        said.append(f"Not compared: {', '.join(found.left_out[:NAMED])}{more}")
    return tuple(said)


def signed(value: float) -> str:
    """`0.83`, `−0.10`."""
    text = f"{value:.2f}"
    return (text if float(text) else text.lstrip("-")).replace("-", "−")


def _apart(known: Known) -> None:
    """They are worked out together, and only where they are asked for."""


CHANGE = Column(
    "effect",
    "Effect",
    "rmse",
    "How far the decoded image moves (pixel rmse about its mean) while this dimension goes through the training codes' "
    "own range and the others stay as in real codes",
    _apart,
    figures,
    slow=True,
)
GOES_WITH = Column(
    "goes_with",
    "Goes with",
    "r",
    "The column of the data whose rank correlation with this dimension is surest (Spearman's of numbers, 2 AUC - 1 of "
    "a class against all others); – where every interval holds nought",
    _apart,
    signed,
    slow=True,
    full=1.0,
)


def beside(rows: Rows, found: Result, epoch: int) -> Rows:
    """The rows of a table of dimensions, of that epoch, with what these change and go with in front."""
    values = {CHANGE.name: found.effect.change[rows.dims]}
    columns, words = [CHANGE], {}
    if found.correlations.names:
        known = [found.goes_with(dim) for dim in rows.dims.tolist()]
        values[GOES_WITH.name] = np.array([np.nan if each is None else abs(each.r) for each in known])
        words[GOES_WITH.name] = tuple("–" if each is None else each.words for each in known)
        columns.append(GOES_WITH)
    return replace(
        rows,
        columns=(*columns, *rows.columns),
        values=rows.values | values,
        words={**rows.words, **words},
        notes=(_brief(found, epoch), *rows.notes),
    )


def _brief(found: Result, epoch: int) -> str:
    then = "" if found.epoch == epoch else f" of epoch {found.epoch}"
    beside = "" if found.deviation is None else f"; the images deviate by {found.deviation:.3f}"
    effect = f"Effect{then}: pixel rmse over {count_text(found.effect.codes, 'code')}{beside}"
    many = found.correlations.comparisons
    if not many:
        return effect
    images = count_text(found.images, "image")
    carried = f". {BY_LABEL}" if BY_LABEL in found.notes else ""
    return f"{effect}. Goes with: {images}, 95 % for all {many:,} together (Bonferroni){carried}"


def as_table(result: Result) -> dict[str, Any]:
    """The same in plain Python, as `evaluate --dimensions --json` prints it."""
    effect, found = result.effect, result.correlations
    key = "kl" if result.importance.measure.startswith("KL") else "variance"
    rows = []
    for dim in effect.order.tolist():
        known = result.goes_with(dim)
        rows.append(
            {
                "dimension": dim,
                "change": float(effect.change[dim]),
                "standard_error": float(effect.error[dim]),
                "of_deviation": result.share(dim),
                "range": effect.ranges[dim].tolist(),
                key: float(result.importance.value[dim]),
                "used": not bool(result.importance.unused[dim]),
                "goes_with": None if known is None else vars(known),
                "correlations": {name: float(r) for name, r in zip(found.names, found.r[:, dim], strict=True)},
            }
        )
    return {
        "dimensions": rows,
        "deviation": result.deviation,
        "codes": effect.codes,
        "steps": effect.steps,
        "comparisons": found.comparisons,
        "not_compared": list(found.left_out),
        "notes": list(result.notes),
    }


VIEW = View(Settings, compute)
