"""Decoding on the decoder's threads: on how many cores, and how many codes in one step."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.gui.workers.on_card import card
from latentexplorer.gui.workers.torch_threads import cores, thread_choice
from latentexplorer.views.base import Array
from latentexplorer.views.code_facts import shared_support
from latentexplorer.views.fading import fading_in_steps
from latentexplorer.views.lookup import decoded_shape
from latentexplorer.views.tiling import Pace, for_screen

if TYPE_CHECKING:
    from latentexplorer.runs import Trained
    from latentexplorer.views.fading import Fading

pace = Pace()
"""How fast the shown run decodes, for questions that are answered in steps."""


def decode(run: Trained, z: Array, y: Array | None = None) -> Array:
    """Images (B, H, W, C) of codes (B, D) with their classes (B,), as the decoder gives them; who draws them clamps."""
    # Of a short piece alone, as of a single code: to wake the others takes longer than they save.
    alone = cores.training or len(z) == 1 or 2 * len(z) < pace.tile
    cores.take(alone or not thread_choice.all_of_them)
    begin = time.perf_counter()
    # Small pictures of a model that learns are gone in a moment: what they take is taken from the training.
    rough = cores.training and len(z) > 1
    images = card.decode(run, np.ascontiguousarray(z, dtype=np.float32), y, rough)
    seconds = time.perf_counter() - begin
    if not alone:
        thread_choice.record(len(z), seconds)
    pace.record(len(z), seconds)
    return images


def decode_as(run: Trained, z: Array, y: int | None) -> Array:
    """Images (B, H, W, C) of codes (B, D), all of class `y`."""
    return decode(run, np.asarray(z), classes(y, len(z)))


def decode_for_screen(run: Trained, z: Array, *, y: int | None, side_by_side: int) -> Array:
    """The same for a row of so many pictures: large ones come smaller, see `latentexplorer.views.tiling.for_screen`."""
    return for_screen(decode_as(run, z, y), side_by_side)


def fading_of_shown(
    run: Trained, z: Array, y: int | Array | None, images: Array, limit: int
) -> Iterator[Fading | None]:
    """How boldly the images of codes (B, D) are shown, in steps; `images` as `decode_for_screen` gave them."""
    whole = images if images.shape[1:3] == decoded_shape(run)[:2] else None
    ys = y if y is None or isinstance(y, np.ndarray) else classes(y, len(z))
    yield from fading_in_steps(run, z, ys, shared_support, decode, limit, whole)


def classes(y: int | None, count: int) -> Array | None:
    """The same class for `count` codes."""
    return None if y is None else np.full(count, y, dtype=np.int64)
