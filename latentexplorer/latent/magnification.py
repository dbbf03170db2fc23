"""How much a decoder stretches the latent space: what a small step, area or volume of it becomes among the images."""

from __future__ import annotations

import numpy as np
import torch

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.models import LatentModel
from latentexplorer.models.encoding import at_once, device_of, evaluating


def magnification(
    model: LatentModel,
    z: np.ndarray,
    y: np.ndarray | None = None,
    *,
    along: np.ndarray | None = None,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> np.ndarray:
    """log10 of sqrt(det(A^T J^T J A)) at some codes, with J the decoder's Jacobian (Bishop et al. 1997).

    Images are measured as vectors of all their numbers on [0, 1], as the decoder gives them. With unit directions A it
    is by how much a small area that they span in the latent space grows; 0: not at all, 1: ten times. Exact but for
    single precision: J A comes from differentiating the decoder, a product a direction.

    Parameters
    ----------
    z : ndarray (B, D)
    y : ndarray (B,), int64, or None
        Classes; required by conditional models.
    along : ndarray (M, D) or None
        Directions, rows of A^T; None: all D, which gives the volume.
    emit, stop
        `Progress` in codes; polled for each batch.

    Returns
    -------
    ndarray (B,), float64
        -inf where the decoder does not move along one of the directions.
    """
    device = device_of(model)
    codes = torch.from_numpy(np.array(z, np.float32)).to(device)
    directions = np.eye(codes.shape[1]) if along is None else along
    steps = torch.from_numpy(np.array(directions, np.float32)).to(device)
    classes = None if y is None else torch.from_numpy(np.array(y, np.int64)).to(device)
    found = np.empty(len(codes))
    size = max(1, at_once(model.decoded_shape) // max(1, len(steps)))
    with evaluating(model):
        for start in range(0, len(codes), size):
            stop.check()
            rows = slice(start, start + size)
            grown = stretched(model, codes[rows], None if classes is None else classes[rows], steps)
            gram = np.einsum("bmp,bnp->bmn", grown, grown)
            sign, log = np.linalg.slogdet(gram)
            found[rows] = np.where(sign > 0, log / (2 * np.log(10)), -np.inf)
            emit(Progress(min(start + size, len(codes)), len(codes), "differentiating the decoder"))
    return found


def stretched(model: LatentModel, z: torch.Tensor, y: torch.Tensor | None, steps: torch.Tensor) -> np.ndarray:
    """J A (B, M, P): how the image of each code changes along each direction; an image depends on its own code only.

    Parameters
    ----------
    steps : Tensor (M, D), or (B, M, D) where each code has directions of its own
    """

    # J^T u is linear in u, so its own derivative takes a step to J a. Both are derivatives of sums: what torch has for
    # products with J loads its compiler (two seconds and 150 MB), its forward mode what torch itself deprecates.
    with torch.enable_grad():
        z = z.detach().requires_grad_()
        shown = model.decode(z, y, clamped=False)
        u = torch.zeros_like(shown, requires_grad=True)
        (pulled,) = torch.autograd.grad((shown * u).sum(), z, create_graph=True)
        each = steps.expand(len(z), *steps.shape[-2:]).unbind(1)
        columns = [torch.autograd.grad((pulled * step).sum(), u, retain_graph=True)[0] for step in each]
    return torch.stack(columns, 1).flatten(2).double().cpu().numpy()
