"""From settings to images: the source, its held-out part, the subset, then pixels in the size and colour asked for."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.catalog import SOURCES
from latentexplorer.core.config import DataConfig, Fit
from latentexplorer.core.counting import count_text
from latentexplorer.core.errors import DataError
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.core.garbage import collected_later
from latentexplorer.data import big_arrays, convert
from latentexplorer.data.binarise import binarised_split
from latentexplorer.data.image_set import DataSplit, ImageSet
from latentexplorer.data.labels import without_empty
from latentexplorer.data.pixels import Block, Loaded, Wanted, some
from latentexplorer.data.resizing import inner_size, resize, resize_note, usual_size
from latentexplorer.data.subsets import choose, hold_out

Notes = Callable[[Sequence[int]], list[str]]
"""What is said of the images of some blocks, given how many of each could be read."""
HeldOutNotes = Callable[[int, int], list[str]]
"""What is said of the held-out part, given how many images to train on and held-out ones cannot be read."""
PIECE_S = 0.2
"""How long reading one piece should take."""


def load_data(config: DataConfig, *, emit: Emit = ignore, stop: StopToken = NEVER) -> DataSplit:
    """The images that `config` asks for.

    Parameters
    ----------
    config : DataConfig
        `train_per_class` and `test_per_class` take the first images of each class in order (without labels: the first
        ones in all); `limit` then takes training images evenly over the classes.
    emit : callable
        Hears `Progress` while images are downloaded, read and converted.
    stop : StopToken

    Returns
    -------
    DataSplit
        Images in the order of their source. What was changed is in `notes`.

    Raises
    ------
    DataError
        With everything that is wrong and what to do about it.
    Stopped
        If `stop` was requested.
    """
    with collected_later():
        split = _loaded(config, emit, stop)
    return binarised_split(split, config, emit, stop)


def _loaded(config: DataConfig, emit: Emit, stop: StopToken) -> DataSplit:
    """The images as they are in their source."""
    loaded: Loaded = SOURCES.load(config.name)(config, emit, stop)
    if len(loaded.train) == 0:
        if left_out := list(loaded.train.pixels.finish().values()):
            raise DataError(
                f"{loaded.name}: none of the images to train on can be read: {some(left_out)}", "Repair or replace them"
            )
        raise DataError(f"{loaded.name} holds no images", "At least one is needed")
    train, test, held_out_notes = _split(loaded, config)
    picked, train_notes = choose(train.labels, len(train), config.train_per_class, config.limit, loaded.class_names)
    if config.held_out_from == "train" and len(picked) < len(train):
        held_out_notes = _always("held-out images are training images that are not trained on", *_unused(test))
        test = train.take(np.setdiff1d(np.arange(len(train)), picked))
    elif config.held_out_from == "train" and test is loaded.test:
        held_out_notes = _always("no training image is left to be held out: the set's own held-out images are")
    train = train.take(picked)
    picked, test_notes = choose(test.labels, len(test), config.test_per_class, None, loaded.class_names)
    test = test.take(picked)
    if train.labels is None and test.labels is None:
        loaded = replace(loaded, class_names=())
    chosen = [f"to train on, {note}" for note in train_notes] + [f"held out, {note}" for note in test_notes]

    def notes(read: Sequence[int]) -> list[str]:
        return held_out_notes(len(train) - read[0], len(test) - read[1]) + chosen

    train_set, test_set = image_sets((train, test), loaded, Wanted.of(config), emit, stop, notes)
    return DataSplit(train_set, test_set)


def _split(loaded: Loaded, config: DataConfig) -> tuple[Block, Block, HeldOutNotes]:
    """The two parts, and what is said of them, given how many of each cannot be read."""
    chosen = config.train_per_class is not None or config.limit is not None
    if loaded.test is not None and (config.held_out_from == "test" or chosen):
        return loaded.train, loaded.test, _always()
    block = loaded.train
    in_order = loaded.in_order or _better_in_order(block, config.test_fraction)
    kept, held = hold_out(len(block), block.labels, config.test_fraction, config.seed, in_order)
    notes = partial(_held_out_notes, len(held), len(block), in_order, loaded.test)
    return block.take(kept), block.take(held), notes


def _always(*notes: str) -> HeldOutNotes:
    """What is said however many images can be read."""
    return lambda lost, lost_held: list(notes)


def _held_out_notes(held: int, count: int, in_order: bool, own: Block | None, lost: int, lost_held: int) -> list[str]:
    """Which images are held out, of those that can be read.

    Parameters
    ----------
    held, count : int
        Images held out, of so many.
    own : Block or None
        Held-out images that the set has itself.
    lost, lost_held : int
        Images to train on and held-out ones that cannot be read.
    """
    held, count = held - lost_held, count - lost - lost_held
    which = f"the last {held:,} of {count:,}" if in_order else f"{held:,} of {count:,}, drawn at random,"
    if own is None:
        return [f"no held-out images of its own: {which} are held out"]
    return [f"of the training images {which} are held out", *_unused(own)]


def _unused(test: Block) -> list[str]:
    """That images are neither trained on nor held out, because others are held out in their place."""
    are = "is" if len(test) == 1 else "are"
    return [f"{count_text(len(test), 'image')} that would be held out else {are} not used"] if len(test) else []


def _better_in_order(block: Block, fraction: float) -> bool:
    """Whether to cut instead of drawing, because the set is too large to be copied and a cut does no harm."""
    array = block.pixels.array()
    if not isinstance(array, np.memmap) or array.nbytes <= big_arrays.IN_MEMORY_BYTES:
        return False
    if block.labels is None:
        return True
    kept, held = hold_out(len(block), None, fraction, 0, in_order=True)
    classes = np.unique(block.labels)
    return all(len(np.unique(block.labels[rows])) == len(classes) for rows in (kept, held))


def image_sets(
    blocks: Sequence[Block],
    loaded: Loaded,
    wanted: Wanted,
    emit: Emit,
    stop: StopToken,
    notes: Notes = lambda read: [],
) -> list[ImageSet]:
    """Read the pixels of blocks of one source, in the size and colour that are wanted, without what is left out.

    Parameters
    ----------
    notes : callable
        What is said of them beside what reading them needs.

    Raises
    ------
    DataError
        Naming everything that cannot be read; also where nothing is left of the first block.
    """
    _, height, width, channels = loaded.train.pixels.shape
    size = wanted.size or usual_size(height, width)
    shape = (*size, wanted.channels or channels)
    images = [_read(block, shape, wanted.fit, emit, stop) for block in blocks]
    # Only after both parts, so that what concerns both is said once, with one count.
    pixels = {id(block.pixels): block.pixels for block in blocks}
    failed = {key: found.finish() for key, found in pixels.items()}
    left_out = tuple(name for rows in failed.values() for name in rows.values())
    scales = [(kind, scale) for found in pixels.values() for kind, scale in found.scales.items()]
    changes = [note for found in pixels.values() for note in found.notes]
    changes += [scale.note for _, scale in scales if scale.note]
    if size != (height, width):
        count = sum(map(len, blocks))
        changed = 0 if inner_size(height, width, size) == size else count
        note = resize_note(count, (height, width), size, changed, wanted.fit)
        changes.append(note if wanted.size else f"{note}; data.size says another size")
    if shape[2] != channels:
        changes.append("colour turned to grey" if shape[2] == 1 else "grey repeated as red, green and blue")
    kept = [np.flatnonzero(~np.isin(block.rows, list(failed[id(block.pixels)]))) for block in blocks]
    if not len(kept[0]):
        raise DataError(f"{loaded.name}: none of these images can be read: {some(left_out)}", "Repair or replace them")
    left = [block.take(rows) for block, rows in zip(blocks, kept, strict=True)]
    left, class_names = without_empty(left, blocks, loaded.class_names)
    said = tuple(dict.fromkeys([*loaded.notes, *notes([*map(len, kept)]), *changes]))
    return [
        ImageSet(
            big_arrays.gather(found, rows),
            block.labels,
            class_names,
            block.columns,
            loaded.name,
            said,
            block.rows,
            loaded.factor_names,
            left_out,
            {kind: scale.white for kind, scale in scales},
        )
        for block, found, rows in zip(left, images, kept, strict=True)
    ]


def _read(block: Block, shape: tuple[int, int, int], fit: Fit, emit: Emit, stop: StopToken) -> np.ndarray:
    array = block.pixels.array()
    if array is not None and array.shape[1:] == shape:
        return big_arrays.gather(array, block.rows)
    height, width, channels = shape
    out = big_arrays.empty((len(block), *shape))
    most = min(big_arrays.per_chunk(max(math.prod(shape), math.prod(block.pixels.shape[1:]))), 500)
    start, step = 0, min(most, 32)
    while start < len(block):
        stop.check()
        begun = time.perf_counter()
        rows = block.rows[start : start + step]
        out[start : start + len(rows)] = resize(convert.recolor(block.pixels.read(rows), channels), height, width, fit)
        start += len(rows)
        emit(Progress(start, len(block), "reading images"))
        # Pieces that take a moment each, be they thumbnails or photographs: that is how often a person hears of it.
        step = max(1, min(most, 4 * step, round(step * PIECE_S / max(time.perf_counter() - begun, 1e-6))))
    return out
