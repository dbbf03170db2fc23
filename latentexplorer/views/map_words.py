"""What a map is called, in a head, a caption and along its axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentexplorer.views.base import PART_NAMES, Part
from latentexplorer.views.lookup import label_note
from latentexplorer.views.map_colors import Colors
from latentexplorer.views.ranges import axis_name, unused_dimensions

if TYPE_CHECKING:
    from latentexplorer.latent.projection import Projection
    from latentexplorer.runs import Trained

METHOD_NAMES = {"tsne": "t-SNE", "umap": "UMAP"}
"""Of the methods whose axes mean nothing."""
PRINCIPAL = "principal components"


def subtitle_of(projection: Projection, there: int, part: Part) -> str:
    """`t-SNE of 1,000 of 60,000 training codes`; `there`: how many images that part has."""
    laid_out, shown = len(projection.sampled), len(projection.codes)
    of = f"{laid_out:,} of {there:,}" if laid_out < there else f"{there:,}"
    others = f", {shown - laid_out:,} placed among them" if laid_out < shown else ""
    codes = f"{_words(projection)[0]} of {of} {PART_NAMES[part]} {'code' if there == 1 else 'codes'}{others}"
    return codes + _divergence(projection)


def _divergence(projection: Projection) -> str:
    """`, KL 1.43 nats at perplexity 30` of a t-SNE: what it has come down to; of these codes and perplexity only."""
    from latentexplorer.latent.tsne import TsneMap

    if not isinstance(projection, TsneMap) or projection.kl is None:
        return ""
    return f", KL {projection.kl:.2f} nats at perplexity {projection.perplexity:.3g}"


def _words(projection: Projection) -> tuple[str, tuple[str, str]]:
    """What the map is and what its axes are, for a person."""
    from latentexplorer.latent.projection import DimensionMap, PrincipalMap

    if isinstance(projection, DimensionMap):
        if projection.codes.shape[1] == 1:
            return "the only dimension", ("z0", "")
        return f"z{projection.dims[0]} and z{projection.dims[1]}", (f"z{projection.dims[0]}", f"z{projection.dims[1]}")
    if isinstance(projection, PrincipalMap):
        shares = [*projection.found.share, 0.0]
        axes = [f"component {at + 1} ({100 * shares[at]:.0f} % of the variance)" for at in range(2)]
        return PRINCIPAL, (axes[0], axes[1])
    return METHOD_NAMES.get(projection.method, projection.method), ("", "")


def axes_of(shown: Trained, projection: Projection) -> tuple[str, str]:
    """What the axes are, and which dimensions are not used: their codes are a thread, at equal scales."""
    from latentexplorer.latent.projection import DimensionMap

    names = _words(projection)[1]
    if not isinstance(projection, DimensionMap):
        return names
    unused = unused_dimensions(shown)
    first, second = (axis_name(int(name[1:]), unused) if name else "" for name in names)
    return first, second


def notes_of(trained: Trained, colors: Colors) -> tuple[str, ...]:
    """What a person must know of the codes and their colours."""
    if trained.config.model.kind.separates:
        return ("Each code is that of a mixture; class and image are those of its first image",)
    return label_note(trained) if colors.groups is not None else ()
