"""Random draws for the images of a batch, from a generator of one's own; a share of them where processes share a batch.

Made here from standard draws, because torch.distributions cannot take a generator of its own and would draw from the
global one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class ShareOfDraws:
    """The draws of some images of a batch: those that they would get if the whole batch were drawn for at once.

    Attributes
    ----------
    generator : torch.Generator
    rows : Tensor (b,), int64
        Positions of these images in the batch.
    count : int
        Images of the whole batch.
    """

    generator: torch.Generator
    rows: Tensor
    count: int


Draws = torch.Generator | ShareOfDraws
"""Where the draws for a batch come from; a share where several processes train on one batch."""


def draw(like: Tensor, draws: Draws, fill: Callable[[Tensor, torch.Generator], Tensor]) -> Tensor:
    """Random numbers (b, ...) of the shape, type and device of `like`, whose first dimension are images.

    Parameters
    ----------
    fill : callable
        Fills a tensor from a generator: see `standard_normal`.
    """
    if isinstance(draws, torch.Generator):
        return fill(torch.empty(like.shape, dtype=like.dtype, device=like.device), draws)
    whole = torch.empty((draws.count, *like.shape[1:]), dtype=like.dtype, device=like.device)
    return fill(whole, draws.generator)[draws.rows]


def standard_normal(out: Tensor, generator: torch.Generator) -> Tensor:
    """Fill with draws from N(0, 1)."""
    return out.normal_(generator=generator)


def standard_exponential(out: Tensor, generator: torch.Generator) -> Tensor:
    """Fill with draws from an exponential of rate 1."""
    return out.exponential_(generator=generator)


def standard_laplace(out: Tensor, generator: torch.Generator) -> Tensor:
    """Fill with draws from Laplace(0, 1): the difference of two unit exponentials, which is always finite."""
    return out.exponential_(generator=generator) - torch.empty_like(out).exponential_(generator=generator)


def unit_uniform(out: Tensor, generator: torch.Generator) -> Tensor:
    """Fill with draws from the uniform distribution on [0, 1)."""
    return out.uniform_(generator=generator)


def centred_uniform(out: Tensor, generator: torch.Generator) -> Tensor:
    """Fill with draws from the uniform distribution on [-1, 1)."""
    return out.uniform_(-1, 1, generator=generator)
