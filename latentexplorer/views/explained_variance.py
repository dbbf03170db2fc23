"""How much each direction of the latent space carries, and each dimension's KL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.counting import percent_text
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.base import Array, SnapshotSettings, View, ViewResult
from latentexplorer.views.lookup import at_epoch, code_note, kl_of

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


class Settings(SnapshotSettings):
    """How many directions are shown."""

    count: int = Field(50, ge=1, le=4096, title="At most", description="Directions shown at most, the widest first.")


@dataclass(frozen=True)
class Result(ViewResult):
    """Shares of M directions, the widest first.

    Attributes
    ----------
    share : (M,) float64
        Part of the variance along each direction, 0..1.
    cumulative : (M,) float64
        Part of the variance along it and all before it.
    total : int
        Directions there are; M is smaller where only some are shown.
    of : str
        `images` (PCA: parts of the variance of the training images) or `codes`.
    kl : (M,) float64 or None
        KL of the M dimensions with the highest, falling, nats; None where there is no posterior.
    kl_dims : (M,) int64 or None
        Which dimensions these are.
    """

    share: Array
    cumulative: Array
    total: int
    of: Literal["images", "codes"]
    kl: Array | None
    kl_dims: Array | None


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Shares of the variance of the images (PCA) or of the training codes (all others)."""
    from latentexplorer.latent.geometry import principal

    shown = at_epoch(trained, settings.epoch, emit=emit, stop=stop)
    codes = shown.codes_of("train")
    of_images = shown.model.variance_shares()
    if of_images is not None:
        share, of = of_images.double().cpu().numpy(), "images"
        subtitle = f"principal components of the training images, {percent_text(float(share.sum()))} in {len(share)}"
    else:
        if len(codes) < 2:
            raise NotApplicableError("One code alone has no variance", "Train on more images")
        share, of = principal(codes.loc).share, "codes"
        subtitle = f"principal directions of {len(codes):,} training codes"
    kl, dims = None, None
    per_image = kl_of(shown, codes)
    if per_image is not None:
        mean = per_image.mean(0, dtype=np.float64)
        dims = np.argsort(-mean, kind="stable")[: settings.count]
        kl = mean[dims]
    return Result(
        share=share[: settings.count],
        cumulative=np.cumsum(share)[: settings.count],
        total=len(share),
        of="images" if of == "images" else "codes",
        kl=kl,
        kl_dims=dims,
        # Of the codes it says how a code spreads, not what it explains of the images.
        title="Explained variance" if of == "images" else "Variance of the codes",
        subtitle=subtitle,
        notes=code_note(trained),
    )


VIEW = View(Settings, compute)
