"""How far chance sets the results of runs apart: the standard error of a difference over the same held-out images.

What is hard for one run is hard for the other: what two make of each image differs by far less than images do, so that
differences are taken image by image. That says what other images of the same kind would change; what another seed of
the training would is known of runs with other seeds only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.events import Emit, Progress
from latentexplorer.core.measures import bits_per_dim
from latentexplorer.data.subsets import spaced
from latentexplorer.views.base import Array

if TYPE_CHECKING:
    from latentexplorer.latent.measured import Measured
    from latentexplorer.runs import Trained

MOST, FEWEST = 300, 20
"""Images that spreads are taken from, at most and at least: of 300 a spread is known within 4 %."""
SURE = 2.0
"""Standard errors by which a result must be ahead of that of the only other run to be called better."""
ROOTS = frozenset({"rmse", "rmse_mean"})
"""Of these the result is the root of the mean of the images' own values."""


def sure_of(runs: int) -> float:
    """The same where so many runs stand beside each other, so that chance alone marks as seldom as of two (Bonferroni).

    Of eight runs that are alike some two lie more than `SURE` standard errors apart in every other line.
    """
    from scipy.stats import norm

    return float(norm.isf(norm.sf(SURE) / max(math.comb(runs, 2), 1)))


@dataclass(frozen=True)
class Chance:
    """What each of R runs makes of the same B images.

    Attributes
    ----------
    values : mapping of str to ndarray (R, B)
        By the name of what is measured; NaN where a run has none. Of `ROOTS` squares.
    """

    values: Mapping[str, Array]

    def error(self, name: str, first: int, second: int, counts: tuple[float, float]) -> float:
        """Standard error of the difference of two runs' results, in the result's unit; NaN where it is not known.

        Parameters
        ----------
        name : str
            What is measured.
        first, second : int
            Which runs.
        counts : (float, float)
            Of how many images each result is. Where they are not as many, they are not the same ones.
        """
        if name not in self.values:
            return math.nan
        one, other = self.values[name][first], self.values[name][second]
        if counts[0] == counts[1]:
            error = float((one - other).std(ddof=1)) / math.sqrt(counts[0])
        else:
            error = math.hypot(
                *(float(x.std(ddof=1)) / math.sqrt(n) for x, n in zip((one, other), counts, strict=True))
            )
        if name not in ROOTS:
            return error
        # The difference of two roots is that of the squares over their sum.
        roots = math.sqrt(float(one.mean())) + math.sqrt(float(other.mean()))
        return error / roots if roots > 0 else 0.0


def chance_of(runs: Sequence[Trained], emit: Emit, stop: StopToken) -> Chance | None:
    """Put some of the held-out images that all runs share through each; None where that cannot be.

    The images are those of the first run that has them. Runs without an encoder take the codes that they keep.
    """
    from latentexplorer.latent.measured import measure

    source = next((run for run in runs if run.data is not None), None)
    if source is None:
        return None
    images = source.images("test")
    rows = np.arange(len(images), dtype=np.int64)
    for run in runs:
        if not run.config.model.kind.encoder:
            rows = rows[np.isin(rows, run.codes["test"].index)] if "test" in run.codes else rows[:0]
    rows = rows[spaced(len(rows), MOST)] if len(rows) else rows
    if len(rows) < FEWEST:
        return None
    shown = replace(images.take(rows), ids=rows)
    found: list[dict[str, Array]] = []
    for at, run in enumerate(runs):
        emit(Progress(at, len(runs), f"{run.name}: differences image by image"))
        kept = None if run.config.model.kind.encoder else run.codes["test"]
        if kept is not None:
            place = {int(position): row for row, position in enumerate(kept.index)}
            kept = kept.take([place[int(position)] for position in rows])
        try:
            # A seed for each, as results are of draws of their own.
            part = measure(run, shown, kept, "", len(shown), at, stop)
            found.append(_values(run, part, stop))
        except LatentExplorerError:
            return None
    nothing = np.full(len(rows), math.nan)
    names = dict.fromkeys(name for values in found for name in values)
    return Chance({name: np.stack([values.get(name, nothing) for values in found]) for name in names})


def _values(run: Trained, part: Measured, stop: StopToken) -> dict[str, Array]:
    """What one run makes of each image (B,), in the images' order."""
    from latentexplorer.latent.diagnostics import squared_error, ssim
    from latentexplorer.latent.likelihood import log_likelihood

    size, model = part.x[0].size, run.config.model
    mse = squared_error(part.x, part.x_hat) / size
    found = {
        "rmse": part.sse / size,
        "rmse_mean": mse,
        "psnr": -10 * np.log10(np.maximum(mse, 1e-10)),
        "ssim": ssim(part.x, part.pictures),
        "recon": part.recon,
        "loss": part.recon + sum(model.term_weights[name] * values for name, values in part.terms.items()),
    }
    exact = log_likelihood(run.model, part.images.images, part.images.labels, stop=stop)
    if part.kl is not None:
        found |= {"loss": found["loss"] + model.beta * part.kl, "elbo": -(part.recon + part.kl)}
    if exact is not None:
        found["log_likelihood"] = np.asarray(exact, np.float64)
    if (nats := found.get("log_likelihood", found.get("elbo"))) is not None:
        found["bits_per_dim"] = np.array([bits_per_dim(value, size) for value in nats])
    # A model whose images change each other's loss takes them in an order of its own.
    order = np.argsort(part.images.ids if part.images.ids is not None else np.arange(len(part.x)))
    return {name: np.asarray(values, np.float64)[order] for name, values in found.items()}
