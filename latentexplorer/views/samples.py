"""Draws beside decodes of held-out codes: how far what is imagined is from what is real."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.counting import amount_text
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.data.subsets import spaced
from latentexplorer.views.base import (
    MAX_IMAGES,
    PART_NAMES,
    Array,
    Part,
    SnapshotSettings,
    View,
    ViewResult,
    count_text,
)
from latentexplorer.views.code_facts import KnownSupport
from latentexplorer.views.fading import FADE_HELP, Fading, fading_of
from latentexplorer.views.lookup import at_epoch, code_note, decode, decode_class, draw

if TYPE_CHECKING:
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained


class Settings(SnapshotSettings):
    """What is drawn, how many, how boldly."""

    count: int = Field(16, ge=1, le=MAX_IMAGES // 2, title="Count", description="How many draws.")
    source: Literal["auto", "prior", "fitted"] = Field(
        "auto",
        title="Draw from",
        description="The prior, or a density fitted to the training codes. Auto: both, where there is a prior.",
    )
    temperature: float = Field(
        1.0, ge=0, le=5, title="Temperature", description="Below 1 draws stay nearer to the middle, above 1 they stray."
    )
    beside: bool = Field(True, title="Beside held-out", description="Show decodes of as many held-out codes too.")
    seed: int = Field(0, ge=0, le=2**31 - 1, title="Seed", description="Another seed, other draws.")
    label: str = Field(
        "", max_length=200, title="Class", description="The class a conditional model decodes. Empty: all in turn."
    )
    fade: bool = Field(False, title="Fade away from data", description=FADE_HELP)


@dataclass(frozen=True)
class Result(ViewResult):
    """B decoded draws, and as many decodes of codes of real images.

    Attributes
    ----------
    images : (B, H, W', C) float32 in [0, 1]
    codes : (B, D) float32
    labels : (B,) int64 or None
        Classes the draws were decoded with (conditional models).
    source : str
        `prior` or `fitted`: what was drawn from.
    fitted : (B, H, W', C) float32 or None
        As many decoded draws from the fitted density, where `images` are drawn from the prior and both were asked for.
    fitted_labels : (B,) int64 or None
        Classes those were decoded with.
    beside : (M, H, W', C) float32 or None
        Decodes of held-out codes; M is smaller than B where fewer are kept.
    beside_index : (M,) int64 or None
        Positions of their images in `beside_part`.
    beside_labels : (M,) int64 or None
        Their classes.
    source_title, fitted_title, beside_title : str
        What the blocks are, for a person.
    fading, fitted_fading, beside_fading : Fading or None
        How boldly the images of each block are shown; None: all alike.
    """

    images: Array
    codes: Array
    labels: Array | None
    source: Literal["prior", "fitted"]
    fitted: Array | None
    fitted_labels: Array | None
    beside: Array | None
    beside_index: Array | None
    beside_labels: Array | None
    beside_part: Part
    class_names: tuple[str, ...]
    source_title: str
    fitted_title: str
    beside_title: str
    fading: Fading | None = None
    fitted_fading: Fading | None = None
    beside_fading: Fading | None = None


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Draw and decode."""
    shown = at_epoch(trained, settings.epoch, emit=emit, stop=stop)
    source: Literal["prior", "fitted"] = "prior" if shown.prior is not None else "fitted"
    if settings.source != "auto":
        source = settings.source
    label = decode_class(trained, settings.label, default=None)

    def drawn(source: Literal["prior", "fitted"]) -> tuple[Array, Array, Array | None]:
        codes, labels = draw(
            shown, settings.count, seed=settings.seed, source=source, temperature=settings.temperature, label=label
        )
        return decode(shown, codes, labels, emit=emit, stop=stop), codes, labels

    images, codes, labels = drawn(source)
    fitted, fitted_codes, fitted_labels, without = None, None, None, ""
    if settings.source == "auto" and source == "prior":
        try:
            fitted, fitted_codes, fitted_labels = drawn("fitted")
        except NotApplicableError as error:  # Too few codes to fit to, or none of a class: the prior alone.
            without = str(error)
    both = fitted is not None
    rest = _beside(shown, settings)
    beside = None
    if rest is not None:
        beside = decode(shown, rest[1].loc, rest[1].labels, emit=emit, stop=stop)
    prior = trained.config.model.prior
    source_title = f"from the {prior} prior" if source == "prior" else "fitted to the codes"
    notes = [] if settings.temperature == 1 else [f"temperature {settings.temperature:g}"]
    if source == "prior":
        notes += _widths(shown)
    elif settings.source == "auto":
        notes.append(f"{trained.config.model.kind.title} has no prior: draws come from a density fitted to its codes")
    else:
        notes.append("Drawn from a density fitted to the training codes, not from the prior")
    if without:
        notes.append(without)
    if both:
        notes.append("The fitted sampler draws from a density fitted to the training codes")
    draws = count_text(settings.count, "draw")
    epoch = f"epoch {shown.epoch}" if settings.epoch is not None else ""
    beside_title = "" if rest is None else f"{PART_NAMES[rest[0]]} codes"
    if rest is not None and not both:
        beside_title = f"{len(rest[1])} decoded {beside_title}"
    known = KnownSupport()
    blocks = [
        (codes, labels),
        (fitted_codes, fitted_labels),
        (None, None) if rest is None else (rest[1].loc, rest[1].labels),
    ]
    fading = [fading_of(shown, z, y, known, stop=stop) if settings.fade and z is not None else None for z, y in blocks]
    titles = zip(("Draws", "Fitted draws", "Held out"), fading, strict=True)
    notes += [f"{title}: {found.note}" for title, found in titles if found is not None]
    return Result(
        images=images,
        codes=codes,
        labels=labels,
        source=source,
        fitted=fitted,
        fitted_labels=fitted_labels,
        beside=beside,
        beside_index=None if rest is None else rest[1].index,
        beside_labels=None if rest is None else rest[1].labels,
        beside_part="test" if rest is None else rest[0],
        class_names=trained.class_names,
        source_title=f"{prior} prior" if both else f"{draws} {source_title}",
        fitted_title="fitted sampler" if both else "",
        beside_title=beside_title,
        fading=fading[0],
        fitted_fading=fading[1],
        beside_fading=fading[2],
        title="Samples",
        subtitle=", ".join(part for part in (f"{draws} each" if both else "", epoch) if part),
        notes=(*notes, *code_note(trained)),
    )


def _widths(shown: Trained) -> list[str]:
    """How wide the codes lie beside the prior: where that is not 1, the prior draws from where no code is."""
    codes, prior = shown.codes.get("train"), shown.prior
    if codes is None or len(codes) < 2 or prior is None:
        return []
    spread = np.zeros(1) if codes.scale is None else codes.scale.astype(np.float64) ** 2
    widths = np.sqrt(codes.loc.astype(np.float64).var(0) + spread.mean(0)) / prior.scale
    low, high = widths.min(), widths.max()
    if max(high - 1, 1 - low) < 0.05:
        return ["The training codes are as wide as the prior"]
    if high - low < 0.05:
        return [f"The training codes are {amount_text(high, 2)} times as wide as the prior"]
    middle = f", half of the dimensions at most {amount_text(float(np.median(widths)), 2)}" if len(widths) > 2 else ""
    return [
        f"The training codes are {amount_text(low, 2)} to {amount_text(high, 2)} times as wide as the prior{middle}"
    ]


def _beside(shown: Trained, settings: Settings) -> tuple[Part, Codes] | None:
    """Held-out codes (training codes where none are held out), evenly spread over those that are kept."""
    if not settings.beside:
        return None
    part: Part = "test" if "test" in shown.codes and len(shown.codes["test"].loc) else "train"
    codes = shown.codes_of(part)
    rows = spaced(len(codes.loc), settings.count)
    return part, codes.take(rows)


VIEW = View(Settings, compute)
