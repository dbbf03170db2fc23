"""Sums over an epoch, kept on the device so that a step never waits for them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from latentexplorer.core.measures import ACTIVE_VARIANCE
from latentexplorer.models import LossTerms
from latentexplorer.training.distributed import ALONE, Ranks

TERMS = "terms"
"""Name of the sums of a family's own terms among the tensors of a state."""
SPREAD = "spread"
"""And of those that the variance of the posterior means is worked out from."""
AT_MOST = 256
"""Batches that wait to be added, at most: together they cost little more than one."""


class Meter:
    """Running means of one epoch of training, over the images of all processes.

    Parameters
    ----------
    code_dim : int
    device : torch.device
    ranks : Ranks
        The processes that train together.
    names : sequence of str
        The family's own terms.
    pixels : int
        Numbers of an image; known from the first batch that is `add`ed.

    Attributes
    ----------
    sums : Tensor (6,), float64
        Images, loss, recon, KL, squared error on [0, 1], and the sum over batches of `norm_metric`.
    terms : Tensor (T,), float64
        The family's own terms; NaN where an epoch was begun by a version that did not add them up.
    kl_per_dim : Tensor (D,), float64
    spread : Tensor (D + 1,), float64
        Squared distances of the posterior means from the mean of their batch, and last how many of them are free
        (images less batches): the network moves during an epoch, and by this does not seem to tell images apart. NaN
        where an epoch was begun by a version that did not add them up.
    batches : int
    """

    def __init__(
        self,
        code_dim: int,
        device: torch.device,
        ranks: Ranks = ALONE,
        names: Sequence[str] = (),
        pixels: int = 1,
    ) -> None:
        self.ranks, self.names = ranks, names
        self.sums = torch.zeros(6, dtype=torch.float64, device=device)
        self.terms = torch.zeros(len(names), dtype=torch.float64, device=device)
        self.kl_per_dim = torch.zeros(code_dim, dtype=torch.float64, device=device)
        self.spread = torch.zeros(code_dim + 1, dtype=torch.float64, device=device)
        self.batches = 0
        self.pixels = pixels
        self._waiting: list[tuple[Tensor, Callable[[], object]]] = []

    @torch.no_grad()
    def sums_of(self, terms: LossTerms, objective: Tensor) -> Tensor:
        """What `note` counts of a batch, or of a process's share of it; asks the host for nothing.

        Parameters
        ----------
        objective : Tensor
            Its mean per image; of a share, its part of the mean.
        """
        away = (terms.x_hat - terms.target).float().flatten()
        columns = [terms.recon[:, None], terms.kl[:, None], *(terms.extra[name][:, None] for name in self.names)]
        if terms.kl_per_dim is not None:
            columns.append(terms.kl_per_dim)
        elif terms.means is not None:
            columns.append(torch.zeros_like(terms.means))
        if terms.means is not None:
            means = terms.means.float()
            columns += [means, means.square()]
        # Few calls: where steps are short, each is a part of them that counts.
        images = terms.recon.new_full((), len(terms.recon))
        head = torch.stack([images.float(), objective.float(), torch.dot(away, away)])
        return torch.cat([head, torch.cat([column.float() for column in columns], 1).sum(0)])

    def add(self, terms: LossTerms, objective: Tensor) -> None:
        """Count a batch at once."""
        self.pixels = math.prod(terms.target.shape[1:])
        self.note(self.sums_of(terms, objective))

    def note(self, sums: Tensor) -> None:
        """Count a batch by its sums, which nobody may change any more."""
        self._waiting.append((sums, self.ranks.sum_later(sums)))
        self.batches += 1
        if len(self._waiting) >= AT_MOST:
            self._take_in()

    @torch.no_grad()
    def _take_in(self) -> None:
        """Add the batches that wait, whose sums are those of all processes by now.

        One after the other, as a running sum does it: when it happens must not be seen in the last bits.
        """
        if not self._waiting:
            return
        found, arrived = zip(*self._waiting, strict=True)
        self._waiting.clear()
        for wait in arrived:
            wait()
        sums = torch.stack(found)
        images, objective, squared = sums[:, :3].unbind(1)
        norm = 255 * squared.sqrt() / (images * self.pixels)
        first = (images, objective * images, sums[:, 3], sums[:, 4], squared, norm)
        columns = torch.cat([torch.stack(first, 1), sums[:, 5:]], 1).double()
        dims, size = 6 + len(self.terms), len(self.kl_per_dim)
        if columns.shape[1] == dims + 3 * size:
            columns = torch.cat([columns[:, : dims + size], _spread(columns[:, 0], columns[:, dims + size :])], 1)
        before = torch.cat([self.sums, self.terms, self.kl_per_dim, self.spread])[: columns.shape[1]]
        after = torch.cat([before[None], columns]).cumsum(0)[-1]
        self.sums.copy_(after[:6])
        self.terms.copy_(after[6:dims])
        self.kl_per_dim[: len(after) - dims] = after[dims : dims + size]
        self.spread[: max(len(after) - dims - size, 0)] = after[dims + size :]

    def loss_sum(self) -> tuple[float, float]:
        """Images so far and the sum of their objectives; waits for the device."""
        self._take_in()
        images, objective = self.sums[:2].tolist()
        return images, objective

    def columns(self) -> dict[str, float]:
        """The training columns of the history; waits for the device."""
        self._take_in()
        images, objective, recon, kl, squared, norm = self.sums.tolist()
        images = max(images, 1)
        return {
            "train_loss": objective / images,
            "train_recon": recon / images,
            "train_kl": kl / images,
            "train_rmse": math.sqrt(squared / (images * self.pixels)),
            "train_norm_metric": norm / max(self.batches, 1),
            "train_sse_plus_kl": (squared + kl) / images,
            **{f"train_{name}": total / images for name, total in zip(self.names, self.terms.tolist(), strict=True)},
        }

    def mean_kl_per_dim(self) -> npt.NDArray[np.float32]:
        """Mean KL of each dimension (D,), nats."""
        self._take_in()
        values: npt.NDArray[np.float32] = (self.kl_per_dim / self.sums[0].clamp_min(1)).float().cpu().numpy()
        return values

    def mean_variance(self) -> npt.NDArray[np.float32]:
        """Variance of each dimension's posterior means within the batches of the epoch (D,); NaN where not known."""
        self._take_in()
        free = self.spread[-1]
        values: npt.NDArray[np.float32] = torch.where(free > 0, self.spread[:-1] / free, math.nan).float().cpu().numpy()
        return values

    def active_units(self) -> float:
        """Dimensions that tell images apart, see `core.measures.ACTIVE_VARIANCE`; NaN where that is not known."""
        self._take_in()
        *away, free = self.spread.tolist()
        return float(sum(each > ACTIVE_VARIANCE * free for each in away)) if free > 0 else math.nan

    def state(self) -> dict[str, Tensor]:
        """What a checkpoint keeps."""
        self._take_in()
        state = {
            "sums": self.sums,
            "kl_per_dim": self.kl_per_dim,
            SPREAD: self.spread,
            "counts": torch.tensor([self.batches, self.pixels], dtype=torch.int64),
        }
        return state | ({TERMS: self.terms} if self.names and bool(self.terms.isfinite().all()) else {})

    def load(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state` gave."""
        self.sums.copy_(state["sums"])
        self.kl_per_dim.copy_(state["kl_per_dim"])
        self.batches, self.pixels = (int(value) for value in state["counts"])
        if SPREAD in state:
            self.spread.copy_(state[SPREAD])
        elif self.batches:
            self.spread.fill_(math.nan)
        if TERMS in state:
            self.terms.copy_(state[TERMS])
        elif self.batches:
            self.terms.fill_(math.nan)


def _spread(images: Tensor, means: Tensor) -> Tensor:
    """Of batches of so many images (n,): squared distances from their mean (n, D), and how many are free (n, 1).

    `means` (n, 2 D): sums of the numbers of a batch, and of their squares.
    """
    total, squares = means.chunk(2, dim=1)
    return torch.cat([(squares - total.square() / images[:, None]).clamp_min(0), images[:, None] - 1], 1)
