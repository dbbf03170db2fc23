"""How much a decoder stretches the latent space: what a small step, area or volume of it becomes among the images."""

from __future__ import annotations

import numpy as np
import torch
from torch.func import vjp

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

    def decoded(codes: torch.Tensor) -> torch.Tensor:
        return model.decode(codes, y, clamped=False)

    def pulled(weights: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = pull(weights)[0]
        return found

    # J^T u is linear in u, so its own derivative takes a step to J a. Forward mode loads what torch itself deprecates.
    shown, pull = vjp(decoded, z)[:2]
    push = vjp(pulled, torch.zeros_like(shown))[1]
    each = steps.expand(len(z), *steps.shape[-2:])
    columns = [push(each[:, at].contiguous())[0] for at in range(each.shape[1])]
    return torch.stack(columns, 1).flatten(2).detach().double().cpu().numpy()
