"""Batches of a set that does not fit on the device, gathered ahead by a thread of their own.

Two buffers go round: while a step computes with one, the thread fills the other and sends it on, on a stream of its own
where there is a card. So a step waits for its images only where the disk or the memory is slower than the card.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from latentexplorer.training.batches import Chosen, Images, Order

if TYPE_CHECKING:
    import numpy.typing as npt

BUFFERS = 2


class Buffer:
    """Room for the images of a batch, beside the device and on it.

    Parameters
    ----------
    shape : (B, H, W, C)
        Of the largest batch.
    device : torch.device
    """

    def __init__(self, shape: tuple[int, ...], device: torch.device) -> None:
        on_card = device.type == "cuda"
        self.host = torch.empty(shape, dtype=torch.uint8, pin_memory=on_card)
        self.there = torch.empty(shape, dtype=torch.uint8, device=device) if on_card else self.host
        self.sent: torch.cuda.Event | None = None
        self.used: torch.cuda.Event | None = None
        if on_card:
            self.sent, self.used = torch.cuda.Event(), torch.cuda.Event()  # type: ignore[no-untyped-call]

    def fill(self, pixels: npt.NDArray[np.uint8], index: Tensor, stream: torch.cuda.Stream | None) -> None:
        """Gather the images (n, H, W, C) at `index` (n,), and send them to the device."""
        if self.sent is not None:
            # What was sent from here before must have left.
            self.sent.synchronize()
        # Bounds are known to hold, and "raise" would gather into a buffer of its own first.
        np.take(pixels, index.numpy(), axis=0, out=self.host[: len(index)].numpy(), mode="clip")
        if stream is None or self.sent is None or self.used is None:
            return
        stream.wait_event(self.used)
        with torch.cuda.stream(stream):
            self.there[: len(index)].copy_(self.host[: len(index)], non_blocking=True)
            self.sent.record(stream)


class Ahead:
    """Gives the images of one batch after the other; the next is under way meanwhile.

    Parameters
    ----------
    pixels : ndarray (N, H, W, C), uint8
        May be a memory map.
    device : torch.device
    """

    def __init__(self, pixels: npt.NDArray[np.uint8], device: torch.device) -> None:
        self._pixels, self._device = pixels, device
        self._stream: torch.cuda.Stream | None = None
        if device.type == "cuda":
            self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self._buffers: list[Buffer] = []
        self._largest = 0
        self._thread: threading.Thread | None = None

    def begin(self, batches: Sequence[Tensor]) -> None:
        """Gather these batches, by positions (n,) each, one after the other."""
        self.end()
        largest = max((len(index) for index in batches), default=0)
        if largest > self._largest:
            self._largest = largest
            shape = (largest, *self._pixels.shape[1:])
            self._buffers = [Buffer(shape, self._device) for _ in range(BUFFERS)]
            for buffer in self._buffers:
                if self._stream is not None:
                    # Else its memory could be another's while a copy into it is still under way.
                    buffer.there.record_stream(self._stream)
        self._stand_behind()
        self._stopped = threading.Event()
        self._free: queue.SimpleQueue[Buffer | None] = queue.SimpleQueue()
        self._full: queue.SimpleQueue[tuple[Buffer, int] | Exception] = queue.SimpleQueue()
        self._held: Buffer | None = None
        for buffer in self._buffers:
            self._free.put(buffer)
        self._thread = threading.Thread(target=self._gather, args=(batches,), name="gathering images", daemon=True)
        self._thread.start()

    def next(self) -> Tensor:
        """The images (n, H, W, C) of the next batch, on the device; they stay until the next call.

        Raises
        ------
        Exception
            Whatever happened to the thread that gathers them.
        """
        self._give_back()
        found = self._full.get()
        if isinstance(found, Exception):
            raise found
        buffer, count = found
        self._held = buffer
        if buffer.sent is not None:
            torch.cuda.current_stream(self._device).wait_event(buffer.sent)
        return buffer.there[:count]

    def end(self) -> None:
        """Stop gathering; nothing is under way any more."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stopped.set()
        self._give_back()
        self._free.put(None)
        thread.join()
        if self._stream is not None:
            # What takes the place of the buffers is written after the last copy into them.
            torch.cuda.current_stream(self._device).wait_stream(self._stream)

    def _stand_behind(self) -> None:
        """Copy nothing before what was launched by now is done: the buffers may lie where others have been."""
        if self._stream is not None:
            self._stream.wait_stream(torch.cuda.current_stream(self._device))

    def _give_back(self) -> None:
        """The batch before is not needed any more, once all that was launched with it is done."""
        buffer, self._held = self._held, None
        if buffer is None:
            return
        if buffer.used is not None:
            buffer.used.record(torch.cuda.current_stream(self._device))
        self._free.put(buffer)

    def _gather(self, batches: Sequence[Tensor]) -> None:
        try:
            for index in batches:
                buffer = self._free.get()
                if buffer is None or self._stopped.is_set():
                    return
                buffer.fill(self._pixels, index, self._stream)
                self._full.put((buffer, len(index)))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised in the thread that trains
            self._full.put(error)


class Feed:
    """Gives a step its batches, where the images are in memory with the device, or are gathered in passing.

    Parameters
    ----------
    images : Images
    positions_only : bool
        Whether whoever asks brings the images themselves, by positions on the host.
    """

    def __init__(self, images: Images, *, positions_only: bool = False) -> None:
        self._images, self._positions_only = images, positions_only

    def begin(self, order: Order, bounds: Sequence[tuple[int, int]]) -> None:
        """Give these batches of an epoch, from `start` to `end` in its order each, one after the other."""
        there = self._images.on_device and not self._positions_only
        self._order = order.to(self._images.device) if there else order

    def at(self, start: int, end: int) -> Chosen:
        """The next of them."""
        found = self._order.at(start, end)
        return Chosen(*found) if self._positions_only else self._images.choose(*found)

    def end(self) -> None:
        """Give no more."""


class StreamedFeed(Feed):
    """The same from images beside the device, gathered ahead."""

    def __init__(self, images: Images) -> None:
        super().__init__(images)
        self._ahead = Ahead(images.pixels, images.device)
        self._partners: Ahead | None = None

    def begin(self, order: Order, bounds: Sequence[tuple[int, int]]) -> None:
        self._order = order.to(self._images.device)
        self._ahead.begin([order.index[start:end] for start, end in bounds])
        if order.partner is not None:
            self._partners = self._partners or Ahead(self._images.pixels, self._images.device)
            self._partners.begin([order.partner[start:end] for start, end in bounds])

    def at(self, start: int, end: int) -> Chosen:
        index, partner = self._order.at(start, end)
        return Chosen(index, partner, self._ahead.next(), None if partner is None else self._partners_next())

    def end(self) -> None:
        with contextlib.ExitStack() as both:
            both.callback(self._ahead.end)
            if self._partners is not None:
                both.callback(self._partners.end)

    def _partners_next(self) -> Tensor:
        assert self._partners is not None
        return self._partners.next()


def feed_of(images: Images) -> Feed:
    """What gives a step its batches from these images."""
    streamed = images.device.type == "cuda" and not images.on_device
    return StreamedFeed(images) if streamed else Feed(images)
