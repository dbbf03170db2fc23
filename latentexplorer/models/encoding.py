"""Images to codes and back, arrays in and arrays out: encode, decode."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.models.base import Batch, LatentModel
from latentexplorer.models.codes import Codes
from latentexplorer.models.partners import partner_row
from latentexplorer.models.torch_threads import Paced

ENCODING, DECODING = Paced(), Paced()
_PIECE_NUMBERS = 2**22
"""Numbers of the images that are worked on at once: a network needs some ten times their memory."""
Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]


def to_batch(
    images: Images,
    labels: Labels | None = None,
    index: npt.NDArray[np.int64] | None = None,
    device: torch.device | str = "cpu",
) -> Batch:
    """Stored images as a model takes them.

    Parameters
    ----------
    images : ndarray (B, H, W, C), uint8
    labels, index : ndarray (B,), int64, or None
    """
    x = torch.from_numpy(np.array(images)).to(device).permute(0, 3, 1, 2).float().div_(255).contiguous()
    return Batch(x, _to(labels, device), _to(index, device))


def batches(
    model: LatentModel,
    images: Images,
    labels: Labels | None = None,
    index: npt.NDArray[np.int64] | None = None,
    *,
    batch_size: int = 500,
    stop: StopToken = NEVER,
) -> Iterator[tuple[slice, Batch]]:
    """All of `images` (N, H, W, C) in order, as batches on the model's device, each with its rows.

    A model that takes mixtures apart gets each image with its partner (`latentexplorer.models.partners`).
    """
    device = device_of(model)
    for rows in chunks(len(images), at_once(images.shape[1:], batch_size)):
        stop.check()
        batch = to_batch(images[rows], _rows(labels, rows), _rows(index, rows), device)
        if model.kind.separates:
            partners = partner_row(np.arange(rows.start, rows.stop), len(images))
            batch.partner = to_batch(images[partners], device=device).x
        yield rows, batch


def encode_images(
    model: LatentModel,
    images: Images,
    labels: Labels | None = None,
    *,
    index: npt.NDArray[np.int64] | None = None,
    batch_size: int = 500,
    steady: bool = True,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Codes:
    """Posterior means and scales: from the encoder, or, for an auto-decoder and its training images, its codebook.

    Parameters
    ----------
    images : ndarray (N, H, W, C), uint8
    labels : ndarray (N,), int64, or None
        Needed by conditional families.
    index : ndarray (N,), int64, or None
        Positions in the training set, by which an auto-decoder looks codes up; default position for the others:
        0 .. N-1.
    steady : bool
        The same to the last bit however busy the machine is; else with as many threads as pay for it.

    Raises
    ------
    NotApplicableError
        If an auto-decoder is given no `index` (use `infer_codes`), or a conditional model no labels.
    """
    count = len(images)
    if index is None and not model.kind.encoder:
        raise NotApplicableError("This model has no encoder", "Fit codes of images with infer_codes")
    loc = np.zeros((count, model.code_dim), np.float32)
    scale: npt.NDArray[np.float32] | None = None
    with evaluating(model), torch.no_grad():
        for rows, batch in batches(model, images, labels, index, batch_size=batch_size, stop=stop):
            with ENCODING.piece(rows.stop - rows.start, steady, batch.x.device):
                posterior = model.posterior(batch)
            loc[rows] = posterior.mean.cpu().numpy()
            if posterior.scale is not None:
                scale = np.zeros_like(loc) if scale is None else scale
                scale[rows] = posterior.scale.cpu().numpy()
            emit(Progress(rows.stop, count, "encoding images"))
    positions = np.arange(count) if index is None else np.asarray(index, np.int64)
    return Codes(loc, scale, positions, labels)


def encode_mixture(model: LatentModel, first: Images, second: Images | None) -> npt.NDArray[np.float32]:
    """The code (D,) of two images (H, W, C) mixed, or of one that is a mixture already, by a model that separates."""
    device = device_of(model)
    batch = to_batch(first[None], device=device)
    batch.partner = None if second is None else to_batch(second[None], device=device).x
    with evaluating(model), torch.no_grad():
        return np.asarray(model.posterior(batch).mean[0].cpu().numpy(), np.float32)


def decode_images(
    model: LatentModel,
    z: npt.NDArray[np.float32],
    y: Labels | None = None,
    *,
    clamped: bool = True,
    bf16: bool = False,
    batch_size: int = 500,
    steady: bool = True,
    stop: StopToken = NEVER,
) -> npt.NDArray[np.float32]:
    """Images of codes `z` (N, D), as an array (N, H, W', C), float32, [0, 1]; conditional families need `y` (N,).

    With `clamped` False as the decoder gives them: a linear output layer may leave [0, 1]. With `bf16` its matrix
    products are in bfloat16, which is quicker on machines that have it and some grey levels off. `steady` as for
    `encode_images`.
    """
    channels, height, width = model.decoded_shape
    images = np.zeros((len(z), height, width, channels), np.float32)
    device = device_of(model)
    with evaluating(model), torch.no_grad():
        for rows in chunks(len(z), at_once(model.decoded_shape, batch_size)):
            stop.check()
            codes = torch.from_numpy(np.array(z[rows], np.float32)).to(device)
            autocast = torch.autocast(device.type, torch.bfloat16, enabled=bf16)
            with DECODING.piece(len(codes), steady, device), autocast:
                decoded = model.decode(codes, _to(_rows(y, rows), device), clamped=clamped)
            images[rows] = decoded.permute(0, 2, 3, 1).cpu().numpy()
    return images


def device_of(model: LatentModel) -> torch.device:
    """Where a model computes: its codes may be elsewhere."""
    # The first one tells: to list all of them takes as long as a small decode.
    found = next(chain(model.network_parameters(), model.parameters(), model.buffers()), None)
    return torch.device("cpu") if found is None else found.device


@contextmanager
def evaluating(model: LatentModel) -> Iterator[None]:
    """Eval mode inside; every module's own mode afterwards."""
    training = [module for module in model.modules() if module.training]
    if training:
        model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True


def at_once(shape: Sequence[int], most: int = 500) -> int:
    """How many images of that shape are worked on together: at most so many, and fewer large ones."""
    return max(1, min(most, _PIECE_NUMBERS // max(1, math.prod(shape))))


def chunks(count: int, size: int) -> Iterator[slice]:
    """Slices of at most `size` that cover 0 .. count."""
    for begin in range(0, count, size):
        yield slice(begin, min(begin + size, count))


def _rows(array: npt.NDArray[np.int64] | None, rows: slice) -> npt.NDArray[np.int64] | None:
    return None if array is None else array[rows]


def _to(array: npt.NDArray[np.int64] | None, device: torch.device | str) -> Tensor | None:
    return None if array is None else torch.from_numpy(np.array(array, np.int64)).to(device)
