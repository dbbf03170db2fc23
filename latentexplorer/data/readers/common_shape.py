"""One size and colour for image files of several."""

from __future__ import annotations

from collections import Counter
from statistics import median_low

from latentexplorer.core.errors import DataError
from latentexplorer.data.pixels import Wanted, some
from latentexplorer.data.readers.image_files import Look
from latentexplorer.data.resizing import inner_size, resize_note, usual_size

SHARE = 0.25
"""A size that fewer images have than this part of them is theirs by chance."""


def common_shape(looks: list[Look], names: list[str], wanted: Wanted) -> tuple[tuple[int, int, int], list[str]]:
    """Height, width and channels for all, with a note where not all are so already.

    Parameters
    ----------
    looks : list of Look
        Of at least one image.
    names : list of str
        What each of them is called.
    """
    size, notes = _size(looks, wanted)
    channels, more = _channels(looks, names, wanted)
    return (*size, channels), [*notes, *more]


def _size(looks: list[Look], wanted: Wanted) -> tuple[tuple[int, int], list[str]]:
    sizes = Counter((look.height, look.width) for look in looks)
    size, why = (wanted.size, "") if wanted.size else _usual(looks, sizes)
    if min(size) < 2:
        raise DataError(f"Images of {size[0]} x {size[1]} pixels are too small", "Two by two is the least")
    if not (resized := len(looks) - sizes[size]):
        return size, []
    changed = sum(count for own, count in sizes.items() if inner_size(*own, size) != size)
    return size, [resize_note(resized, None, size, changed, wanted.fit) + why]


def _usual(looks: list[Look], sizes: Counter[tuple[int, int]]) -> tuple[tuple[int, int], str]:
    """The size where nobody chose one, and why it is that."""
    (size, count), *others = sizes.most_common()
    why = f"; that is the most common of {len(sizes):,} sizes" if others else ""
    if count < SHARE * len(looks):
        size = median_low(look.height for look in looks), median_low(look.width for look in looks)
        why = f"; that is the middle of {len(sizes):,} sizes"
    usual = usual_size(*size)
    if usual != size:
        why = f"; {size[0]} x {size[1]} is large, data.size says another size"
    return usual, why


def _channels(looks: list[Look], names: list[str], wanted: Wanted) -> tuple[int, list[str]]:
    colors = Counter(look.channels for look in looks)
    # Of as many grey images as colour ones nothing is lost in colour.
    channels = wanted.channels or (3 if colors[3] >= colors[1] else 1)
    odd = [name for look, name in zip(looks, names, strict=True) if look.channels != channels]
    if not odd:
        return channels, []
    what = "colour images turned to grey" if channels == 1 else "grey images among colour ones, their grey repeated"
    return channels, [f"{len(odd):,} {what}: {some(odd)}"]
