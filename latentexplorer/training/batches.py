"""Images by position, as a model takes them: uint8 in memory, in a memory map or on the device, floats in the batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from latentexplorer.data import ImageSet
from latentexplorer.models import Batch

ROOM = 1 / 3
"""Part of the free memory of a card that images may take."""


@dataclass(frozen=True)
class Order:
    """The images of an epoch, in the order in which they are trained on.

    Attributes
    ----------
    index : Tensor (N,), int64
    partner : Tensor (N,), int64, or None
        What each is mixed with, for mixtures.
    """

    index: Tensor
    partner: Tensor | None = None

    def at(self, start: int, end: int) -> tuple[Tensor, Tensor | None]:
        """Positions (B,) of the images of a batch, and of their partners."""
        return self.index[start:end], None if self.partner is None else self.partner[start:end]

    def to(self, device: torch.device) -> Order:
        """The same on a device."""
        return Order(self.index.to(device), None if self.partner is None else self.partner.to(device))


@dataclass(frozen=True)
class Chosen:
    """Which images a step is to take, on its device; and their pixels, where the set is not there.

    Attributes
    ----------
    index, partner : Tensor (B,), int64
        Positions of the images and of their partners; None for no partners.
    pixels, partner_pixels : Tensor (B, H, W, C), uint8, or None
    """

    index: Tensor
    partner: Tensor | None = None
    pixels: Tensor | None = None
    partner_pixels: Tensor | None = None

    def clone(self) -> Chosen:
        """Buffers of the same shapes, with the same numbers in them."""
        return Chosen(*(None if tensor is None else tensor.clone() for tensor in self._all()))  # type: ignore[arg-type]

    def copy_(self, other: Chosen) -> None:
        """Take over the numbers of `other`, in place."""
        for mine, theirs in zip(self._all(), other._all(), strict=True):
            if mine is not None and theirs is not None:
                mine.copy_(theirs, non_blocking=True)

    def _all(self) -> tuple[Tensor | None, ...]:
        return self.index, self.partner, self.pixels, self.partner_pixels


class Images:
    """A part of the data, ready to be drawn from.

    Parameters
    ----------
    images : ImageSet
    device : torch.device
    channels_last : bool
        Memory layout of a batch.

    Attributes
    ----------
    pixels : ndarray (N, H, W, C), uint8
    on_device : bool
        Whether all of them are in memory on the device.
    """

    def __init__(self, images: ImageSet, device: torch.device, channels_last: bool = False) -> None:
        self.device = device
        self._layout = torch.channels_last if channels_last else torch.contiguous_format
        self.pixels = images.images
        self._whole = _whole(images.images, device)
        self._labels = None if images.labels is None else torch.from_numpy(np.array(images.labels, np.int64)).to(device)

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def on_device(self) -> bool:
        return self._whole is not None

    def batch(self, index: Tensor, partner: Tensor | None = None) -> Batch:
        """The images at positions `index` (B,), int64, on the CPU; and, for mixtures, at `partner` (B,)."""
        return self.of(self.choose(index, partner))

    def choose(self, index: Tensor, partner: Tensor | None = None) -> Chosen:
        """The same before they are brought into the form that a model takes; where the set is, anywhere."""
        where = index.to(self.device, non_blocking=True)
        partner_where = None if partner is None else partner.to(self.device, non_blocking=True)
        if self.on_device:
            return Chosen(where, partner_where)
        return Chosen(where, partner_where, self._gathered(index), None if partner is None else self._gathered(partner))

    def of(self, chosen: Chosen) -> Batch:
        """Chosen images as a model takes them; asks the host for nothing."""
        partner = None if chosen.partner is None else self._nchw(chosen.partner, chosen.partner_pixels)
        return Batch(
            x=self._nchw(chosen.index, chosen.pixels),
            y=None if self._labels is None else self._labels[chosen.index],
            index=chosen.index,
            partner=partner,
        )

    def _gathered(self, index: Tensor) -> Tensor:
        pixels = torch.from_numpy(self.pixels[index.numpy()])
        return pixels.pin_memory().to(self.device, non_blocking=True) if self.device.type == "cuda" else pixels

    def _nchw(self, index: Tensor, pixels: Tensor | None) -> Tensor:
        """(B, C, H, W), float32, [0, 1]."""
        if pixels is None:
            assert self._whole is not None
            pixels = self._whole.index_select(0, index)
        nchw = pixels.permute(0, 3, 1, 2).contiguous(memory_format=self._layout)
        return nchw.to(torch.float32).div_(255)


class Gathered:
    """Images of a part of the data at some positions, gathered once: a training shows the same ones every time.

    Parameters
    ----------
    images : ImageSet
    """

    def __init__(self, images: ImageSet) -> None:
        self._all = images
        self._index: npt.NDArray[np.int64] | None = None
        self._pixels = images.images[:0]

    def at(self, index: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        """The images (n, H, W, C) at the positions `index` (n,), in that order."""
        if len(index) == len(self._all):
            return self._all.images
        if self._index is None or not np.array_equal(self._index, index):
            self._index, self._pixels = index, self._all.take(index).images
        return self._pixels


def _whole(pixels: np.ndarray, device: torch.device) -> Tensor | None:
    """The whole set as torch picks from it, where that is in memory on the device, or there is room for it."""
    if device.type != "cuda":
        # torch takes no array that must not be written to, as a mapped one.
        return torch.from_numpy(pixels) if pixels.flags.writeable and pixels.flags.c_contiguous else None
    if pixels.nbytes > ROOM * torch.cuda.mem_get_info(device)[0]:
        return None
    whole = torch.empty(pixels.shape, dtype=torch.uint8, device=device)
    for start in range(0, len(pixels), 10_000):
        whole[start : start + 10_000] = torch.from_numpy(np.array(pixels[start : start + 10_000]))
    return whole


def batch_bounds(count: int, batch_size: int, drop_last: bool) -> list[tuple[int, int]]:
    """Where each batch of an epoch begins and ends.

    A last batch of one image joins the one before it: batch normalisation has no variance of one. A set smaller than
    a batch is one batch.
    """
    bounds = [(start, min(start + batch_size, count)) for start in range(0, count, batch_size)]
    if drop_last and len(bounds) > 1 and bounds[-1][1] - bounds[-1][0] < batch_size:
        bounds.pop()
    if len(bounds) > 1 and batch_size > 1 and bounds[-1][1] - bounds[-1][0] == 1:
        (_, end), (start, _) = bounds.pop(), bounds.pop()
        bounds.append((start, end))
    return bounds


def in_order(count: int, size: int) -> Iterator[Tensor]:
    """Positions 0 .. count in batches, in order."""
    for start in range(0, count, size):
        yield torch.arange(start, min(start + size, count))
