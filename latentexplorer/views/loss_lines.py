"""The numbers of a loss, a line each: what figure, pane and command list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from latentexplorer.core.measures import MEASURES
from latentexplorer.views.base import Part
from latentexplorer.views.comparable import NO_DENSITY
from latentexplorer.views.loss import QUANTITIES
from latentexplorer.views.loss_scales import plain
from latentexplorer.views.loss_terms import KL_PARTS, Result
from latentexplorer.views.loss_words import nats

BASELINES = {
    "mean": (
        "Recon of the mean image",
        "What the mean training image costs as the decode of every image: a code of nothing",
    ),
    "pca": (
        "Recon of PCA",
        "As many principal components as a code has numbers; no prior is paid for them, so it is held "
        "against the reconstruction, not against the total",
    ),
    "exact": ("Recon of the image itself", "No decode gets below that with this likelihood"),
}
"""Titles and tips."""


@dataclass(frozen=True)
class Line:
    """A line of numbers.

    Attributes
    ----------
    name : str
        That of a term, `total`, `elbo`, `bits`, `kl_mi` and so on, `baseline_pca` and so on.
    title, tip, weight : str
    values : dict of Part to float
    in_nats : bool
        Whether it is nats of an image, which have a mean over pixel values.
    """

    name: str
    title: str
    tip: str
    weight: str
    values: Mapping[Part, float]
    in_nats: bool = True

    def cell(self, part: Part) -> str:
        """The number in words."""
        if part not in self.values:
            return "–"
        return nats(self.values[part]) if self.in_nats else f"{self.values[part]:.3f}".replace("-", "−")

    def of_value(self, result: Result, part: Part) -> str:
        """The same as the mean over the values of an image, where it has one."""
        return plain(result.per_pixel(self.values[part])) if self.in_nats and part in self.values else ""


def lines_of(result: Result) -> tuple[Line, ...]:
    """Terms, their total, the bound, bits, the KL in three, baselines: those that there are."""
    lines = [Line(row.name, row.title, row.tip, row.weight, row.costs) for row in result.rows]
    lines.append(Line("total", "Total", MEASURES["loss"].summary, "", result.total))
    if result.kl:
        bound = {part: result.recon[part] + kl for part, kl in result.kl.items()}
        # Of black and white pixels there are bits, too.
        dense = result.objective.likelihood != "bernoulli" or bool(result.bits)
        tip = f"Reconstruction + KL: {f'−{result.bounded} is at most that' if dense else NO_DENSITY}"
        lines.append(Line("elbo", "−ELBO: weights of one", tip, "", bound))
    if result.bits:
        tip = MEASURES["bits_per_dim"].summary
        lines.append(Line("bits", "Bits per dimension", tip, "", result.bits, in_nats=False))
    if result.apart is not None:
        for name in KL_PARTS:
            quantity = QUANTITIES[name]
            tip = f"{quantity.summary.split(';')[0]}; {result.apart.source}"
            lines.append(Line(f"kl_{name}", f"KL: {quantity.title}", tip, "", result.apart.values[name]))
    for each in result.baselines:
        title, tip = BASELINES[each.name]
        title = f"{title}, {each.numbers:,} numbers" if each.name == "pca" else title
        recon: dict[Part, float] = {part: each.recon[part] for part in result.parts if part in each.recon}
        counts = " and ".join(f"{each.images[part]:,} {part}" for part in recon)
        lines.append(Line(f"baseline_{each.name}", title, f"{tip}. Of {counts} images", "", recon))
    return tuple(lines)
