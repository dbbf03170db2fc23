"""How points of a t-SNE push each other apart: all pairs at once, on a grid, on any device of torch.

A few points, and points that lie far apart, push by a tree instead, or pair by pair on a card.

Every pair pushes by the gradient of one potential, K(d) = 1 / (1 + d^2): the force on a point is -1/2 of the gradient
of sum_j K(|y - y_j|), and the sum of that potential over the points is t-SNE's normalisation. So a step takes one
convolution: the points are spread onto a grid as cubic splines, convolved by FFT, and the potential and its gradient
are read where the points lie (the smooth particle mesh of Essmann et al. 1995, with the kernel of t-SNE; Linderman et
al. 2019 convolve four charges with two kernels instead).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from latentexplorer.core.imports import one_at_a_time

SPACING = 0.4
"""Between two nodes of the grid, at most: forces are then within 2 % on the whole, as a tree's are at theta = 0.5."""
NODES = 24
"""Cells along the longer side at least, so that a map of a dot has forces too."""
SINGLE_FROM = 8.0
"""Width of the map from which single precision tells the points apart."""
CELLS, FEW_CELLS = 100, 4_000_000
"""Cells of the grid for each point, beyond which a tree is quicker, and those that a card does not mind."""
TREE_UP_TO = 1_500
"""Points up to which a tree is quicker than a grid."""
PAIRS = 2**24
"""Pairs that push at once where there is no grid and no tree."""
STEP = 16
"""Cells by which a grid grows: the kernel is worked out anew only then."""
_ORDER = 4
_FIXED = 2.0**40
"""Weights are added up as whole numbers on a card, where the order of additions is not known: the sum is the same."""


@dataclass
class _Kernel:
    key: tuple[object, ...]
    spectrum: Tensor


class Repulsion:
    """The pushes between points, and what it needs to remember from one step to the next: the kernel of its grid.

    Parameters
    ----------
    n_jobs : int
        Threads of the tree.
    tree_up_to : int
        Points up to which there is no grid, on the processor.
    """

    def __init__(self, n_jobs: int = 1, tree_up_to: int = TREE_UP_TO) -> None:
        self._n_jobs, self._tree_up_to = n_jobs, tree_up_to
        self._kernel: _Kernel | None = None

    def __call__(self, layout: Tensor) -> tuple[Tensor, Tensor]:
        """Sum over pairs of K, and of K^2 (y_i - y_j) for each point.

        Parameters
        ----------
        layout : Tensor (N, 2), float64

        Returns
        -------
        total : Tensor (), float64
            Each pair counted twice.
        push : Tensor (N, 2), float64
        """
        lowest, highest = layout.amin(0), layout.amax(0)
        width = (highest - lowest).tolist()
        cells = max(1.0, width[0] / SPACING) * max(1.0, width[1] / SPACING)
        if layout.is_cuda and cells > max(FEW_CELLS, CELLS * len(layout)):
            return _by_pairs(layout)
        if not layout.is_cuda and (len(layout) <= self._tree_up_to or cells > CELLS * len(layout)):
            return _by_tree(layout, self._n_jobs)
        spacing = min(SPACING, max(max(width) / NODES, 1e-12))
        rows, columns = (STEP * (int(side / spacing) // STEP + 1) + _ORDER for side in width)
        size = (_fast(2 * rows), _fast(2 * columns))
        place = (layout - lowest) / spacing
        first = place.floor()
        number = torch.float64 if max(width) < SINGLE_FROM else torch.float32
        value, slope = _cubic((place - first).to(number))
        nodes = _nodes(first.long(), size[1])
        spread = _spread(nodes, value[:, 0, :, None] * value[:, 1, None, :], rows * size[1])
        potential = self._convolved(spread.view(rows, size[1]), size, spacing).reshape(-1)[nodes]
        along = (potential * value[:, 1, None, :]).sum(-1)
        across = (potential * slope[:, 1, None, :]).sum(-1)
        total = (along * value[:, 0]).sum(dtype=torch.float64) - len(layout)
        push = torch.stack([(along * slope[:, 0]).sum(-1), (across * value[:, 0]).sum(-1)], -1)
        return total, push.double().mul_(-0.5 / spacing)

    def _convolved(self, density: Tensor, size: tuple[int, int], spacing: float) -> Tensor:
        spectrum = torch.fft.fft(torch.fft.rfft(density, dim=1), n=size[0], dim=0)
        spectrum *= self._spectrum(size, spacing, density)
        convolved: Tensor = torch.fft.irfft(torch.fft.ifft(spectrum, dim=0)[: len(density)], n=size[1], dim=1)
        return convolved

    def _spectrum(self, size: tuple[int, int], spacing: float, like: Tensor) -> Tensor:
        key = (size, spacing, like.dtype, like.device)
        if self._kernel is None or self._kernel.key != key:
            away = [_ring(side, like.device) * spacing for side in size]
            kernel = 1 / (1 + away[0][:, None] ** 2 + away[1] ** 2)
            smear = _response(size[0], like.device)[:, None] * _response(size[1], like.device)[: size[1] // 2 + 1]
            # Spread and read back by splines: twice the smear of one, which is taken out again.
            self._kernel = _Kernel(key, (torch.fft.rfft2(kernel).real / smear**2).to(like.dtype))
        return self._kernel.spectrum


def _by_tree(layout: Tensor, n_jobs: int) -> tuple[Tensor, Tensor]:
    """By openTSNE's quad tree (van der Maaten 2014), on the processor."""
    with one_at_a_time():
        from openTSNE import _tsne
        from openTSNE.quad_tree import QuadTree

    places, found = layout.numpy(), torch.zeros_like(layout)
    # It gives minus the pushes over their sum.
    total = _tsne.estimate_negative_gradient_bh(
        QuadTree(places), places, found.numpy(), theta=0.5, dof=1, num_threads=n_jobs
    )
    return torch.tensor(total, dtype=torch.float64), found.mul_(-total)


def _by_pairs(layout: Tensor) -> tuple[Tensor, Tensor]:
    """Pair by pair, exact, in blocks."""
    total, push = layout.new_zeros(()), torch.empty_like(layout)
    rows = max(1, PAIRS // len(layout))
    for start in range(0, len(layout), rows):
        apart = layout[start : start + rows, None] - layout
        near = 1 / (1 + apart.square().sum(-1))
        total += near.sum()
        push[start : start + rows] = torch.einsum("ij,ijc->ic", near.square(), apart)
    return total - len(layout), push


def _fast(count: int) -> int:
    """A length that Fourier transforms are quick at, at least that."""
    from scipy.fft import next_fast_len

    return int(next_fast_len(count, real=True))


def _ring(size: int, device: torch.device) -> Tensor:
    """Steps from node 0 to each, the shorter way round."""
    steps = torch.arange(size, dtype=torch.float64, device=device)
    return torch.minimum(steps, size - steps)


def _response(size: int, device: torch.device) -> Tensor:
    """What a cubic spline on the nodes does to each frequency: (2 + cos) / 3."""
    turn = torch.arange(size, dtype=torch.float64, device=device) * (2 * torch.pi / size)
    return (2 + turn.cos()) / 3


def _cubic(part: Tensor) -> tuple[Tensor, Tensor]:
    """The four cubic splines over a place in its cell (N, 2), 0..1, and their slopes: (N, 2, 4) each."""
    rest = 1 - part
    square, cube = part * part, part * part * part
    value = torch.stack([rest**3, 3 * cube - 6 * square + 4, -3 * cube + 3 * square + 3 * part + 1, cube], -1).div_(6)
    slope = torch.stack([-rest * rest, 3 * square - 4 * part, -3 * square + 2 * part + 1, square], -1).div_(2)
    return value, slope


def _nodes(first: Tensor, stride: int) -> Tensor:
    """Positions (N, 4, 4) of the nodes around each point in the grid."""
    span = torch.arange(_ORDER, device=first.device)
    return (first[:, 0, None] + span)[:, :, None] * stride + (first[:, 1, None] + span)[:, None, :]


def _spread(nodes: Tensor, weights: Tensor, count: int) -> Tensor:
    """Weights (N, 4, 4) added up at their nodes, the same whatever the device."""
    if not nodes.is_cuda:
        return weights.new_zeros(count).index_add_(0, nodes.view(-1), weights.reshape(-1))
    grid = torch.zeros(count, dtype=torch.int64, device=nodes.device)
    grid.index_add_(0, nodes.view(-1), (weights.double() * _FIXED).round_().long().view(-1))
    return (grid.double() / _FIXED).to(weights.dtype)


__all__ = ["TREE_UP_TO", "Repulsion"]
