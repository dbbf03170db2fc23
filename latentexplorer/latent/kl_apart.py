"""The KL of a model's codes taken apart in three, from the posteriors that a run keeps (Chen et al. 2018, eq. 2).

Mutual information: how much a code tells of which image it is. Total correlation: how much its dimensions tell of each
other (Kim and Mnih 2018, section 3). Dimension-wise KL: how far each of them by itself is from the prior.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, Progress, ignore

if TYPE_CHECKING:
    from latentexplorer.models import Codes
    from latentexplorer.models.distributions import Prior

PARTS = ("mi", "tc", "dimwise_kl")
_AT_ONCE = 2**21
"""Densities that are held at once: 8 MiB of them."""


@dataclass(frozen=True)
class KlApart:
    """Means over M images, nats.

    Attributes
    ----------
    mi, tc, dimwise_kl : float
        At draws from the posteriors; `total` is their sum.
    errors : dict of str to float
        Standard error of each over the images: one draw of each is in it, and that they are these very images.
    images : int
        M: q(z) is the mean of their posteriors, and mutual information is at most log M.
    """

    mi: float
    tc: float
    dimwise_kl: float
    errors: dict[str, float]
    images: int

    @property
    def total(self) -> float:
        """Their sum: the mean KL at the same draws."""
        return self.mi + self.tc + self.dimwise_kl

    @property
    def most_mi(self) -> float:
        """What mutual information cannot get above, nats."""
        return math.log(self.images)


@torch.no_grad()
def take_apart(
    prior: Prior | None,
    codes: Codes,
    *,
    most: int = 1000,
    seed: int = 0,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> KlApart:
    """The three parts of the KL of at most `most` images, evenly spread over the codes.

    q(z) is the mean of the posteriors of these very images, and so its density is known; what is estimated is the mean
    over z, by one draw an image. Compare what equally many images say.

    Raises
    ------
    NotApplicableError
        Where codes are points.
    Stopped
    """
    from latentexplorer.latent.codes import posterior_of
    from latentexplorer.models.families.tc_vae import kl_in_three

    if prior is None or codes.scale is None or not len(codes):
        raise NotApplicableError("These codes are points: there is no KL to take apart")
    count = min(len(codes), most)
    some = codes.take(np.linspace(0, len(codes) - 1, count).round().astype(np.int64))
    posterior = posterior_of(prior, some)
    z = posterior.rsample(torch.Generator().manual_seed(seed))
    found: dict[str, list[torch.Tensor]] = {name: [] for name in PARTS}
    step = max(1, _AT_ONCE // (count * z.shape[1]))
    for begin in range(0, count, step):
        stop.check()
        # The images that `z` was drawn for come first.
        turned = posterior.mapped(partial(torch.roll, shifts=-begin, dims=0))
        parts = kl_in_three(turned, z[begin : begin + step], prior, count)
        for name, values in parts.items():
            found[name].append(values)
        emit(Progress(min(begin + step, count), count, "taking the KL apart"))
    joined = {name: torch.cat(values).double() for name, values in found.items()}
    means = {name: float(values.mean()) for name, values in joined.items()}
    errors = {name: float(values.std() / math.sqrt(count)) if count > 1 else 0.0 for name, values in joined.items()}
    return KlApart(**means, errors=errors, images=count)
