"""Black and white images by draws: each pixel white with its grey value as probability (Salakhutdinov and Murray 2008).

A draw belongs to an image, not to its place in a selection: it depends on the data seed, on the part and on the
position of the image in its source alone, so that any subset, in any order, is drawn as the whole set is.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.config import DataConfig
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.data import big_arrays
from latentexplorer.data.image_set import DataSplit, ImageSet

STREAMS = {"train": 0, "test": 1}
"""Which draws a part of the data has; all other parts share a third stream."""
_PER_STEP = 16
"""Pixels that one step of the generator decides: 256 bits, 16 a pixel."""


def binarised_split(split: DataSplit, config: DataConfig, emit: Emit = ignore, stop: StopToken = NEVER) -> DataSplit:
    """Both parts as `data.binarise` asks; the grey training images stay at hand where each epoch draws anew."""
    if config.binarise == "none":
        return split
    train = binarised(split.train, config.seed, "train", emit, stop)
    test = binarised(split.test, config.seed, "test", emit, stop)
    if config.binarise == "fixed":
        how = "once for each image by the data seed"
    else:
        how = "for training anew each epoch, else once for each image by the data seed"
    note = f"pixels drawn black or white with their grey value as probability, {how}"
    notes = (*split.train.notes, note)
    grey = split.train if config.binarise == "every-epoch" else None
    return DataSplit(replace(train, notes=notes), replace(test, notes=notes), grey)


def binarised_like(images: ImageSet, config: DataConfig, part: str = "train") -> ImageSet:
    """Other images as those of a run with these settings are: drawn once, and that said, or left as they are."""
    if config.binarise == "none":
        return images
    note = "pixels drawn black or white with their grey value as probability, as the run's images were"
    return replace(binarised(images, config.seed, part), notes=(*images.notes, note))


def binarised(
    images: ImageSet, seed: int, part: str = "train", emit: Emit = ignore, stop: StopToken = NEVER
) -> ImageSet:
    """The images with every pixel drawn black or white, one definite draw an image; black and white ones stay."""
    ids = np.arange(len(images)) if images.ids is None else images.ids
    return replace(images, images=_drawn(images.images, ids, seed, STREAMS.get(part, 2), emit, stop))


def _drawn(images: np.ndarray, ids: np.ndarray, seed: int, stream: int, emit: Emit, stop: StopToken) -> np.ndarray:
    """Images (N, H, W, C), uint8, of 0 and 255 alone; in a file where they are large."""
    numel = math.prod(images.shape[1:])
    most = big_arrays.per_chunk(2 * numel)
    out = big_arrays.empty(images.shape)
    # Images that follow one another in their source come from one generator.
    breaks = np.flatnonzero(np.diff(ids) != 1) + 1
    bounds = np.unique(np.concatenate([[0], breaks, np.arange(0, len(ids), most), [len(ids)]]))
    for start, end in pairwise(bounds.tolist()):
        stop.check()
        thresholds = _thresholds(int(ids[start]), end - start, numel, seed, stream)
        grey = images[start:end].reshape(end - start, numel).astype(np.uint16)
        # 257 x: x of 255 as so many of 65,535, so that black and white stay what they are.
        out[start:end] = np.where(thresholds < 257 * grey, np.uint8(255), np.uint8(0)).reshape(images[start:end].shape)
        emit(Progress(end, len(ids), "drawing black and white"))
    return out


def _thresholds(first: int, count: int, numel: int, seed: int, stream: int) -> np.ndarray:
    """Uniform numbers (count, numel), uint16, 0..65534, of images that follow one another from `first`."""
    steps = -(-numel // _PER_STEP)
    # Philox (Salmon et al. 2011) counts, so that the numbers of any image are found without those before it.
    generator = np.random.Philox(key=np.array([seed, stream], np.uint64))
    generator.advance(first * steps)
    raw = generator.random_raw(count * steps * 4).astype("<u8", copy=False)
    drawn: np.ndarray = raw.view("<u2").reshape(count, steps * _PER_STEP)[:, :numel]
    return drawn.clip(max=65534)
