"""One size and colour for image files of several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from statistics import median_low

from latentexplorer.core.config import Fit
from latentexplorer.core.counting import count_text
from latentexplorer.core.errors import DataError
from latentexplorer.data.pixels import Wanted, some
from latentexplorer.data.readers.image_files import Look
from latentexplorer.data.resizing import inner_size, resize_note, usual_size

SHARE = 0.25
"""A size that fewer images have than this part of them is theirs by chance."""


def common_shape(looks: Sequence[Look], wanted: Wanted) -> tuple[tuple[int, int, int], str]:
    """Height, width and channels for all, and why this size where nobody chose it.

    Parameters
    ----------
    looks : sequence of Look
        Of at least one image.
    """
    size, why = (wanted.size, "") if wanted.size else _usual_size(looks)
    if min(size) < 2:
        raise DataError(f"Images of {size[0]} x {size[1]} pixels are too small", "Two by two is the least")
    colors = Counter(look.channels for look in looks)
    # Of as many grey images as colour ones nothing is lost in colour.
    return (*size, wanted.channels or (3 if colors[3] >= colors[1] else 1)), why


def _usual_size(looks: Sequence[Look]) -> tuple[tuple[int, int], str]:
    sizes = Counter((look.height, look.width) for look in looks)
    (size, count), *others = sizes.most_common()
    why = f"; that is the most common of {len(sizes):,} sizes" if others else ""
    if count < SHARE * len(looks):
        size = median_low(look.height for look in looks), median_low(look.width for look in looks)
        why = f"; that is the middle of {len(sizes):,} sizes"
    usual = usual_size(*size)
    if usual != size:
        why += f"; {size[0]} x {size[1]} is large, data.size says another size"
    return usual, why


def shape_notes(
    looks: Mapping[int, Look], name_of: Callable[[int], str], target: tuple[int, int, int], why: str, fit: Fit
) -> list[str]:
    """What bringing images to one shape changed, with counts and names.

    Parameters
    ----------
    looks : mapping of int to Look
        By the rows that `name_of` names.
    """
    notes = []
    sizes = Counter((look.height, look.width) for look in looks.values())
    size, channels = target[:2], target[2]
    if resized := len(looks) - sizes[size]:
        changed = sum(count for own, count in sizes.items() if inner_size(*own, size) != size)
        notes.append(resize_note(resized, None, size, changed, fit) + why)
    if odd := [name_of(row) for row, look in looks.items() if look.channels != channels]:
        count = count_text(len(odd), "colour image" if channels == 1 else "grey image")
        what = "turned to grey" if channels == 1 else "among colour ones, the grey repeated"
        notes.append(f"{count} {what}: {some(odd)}")
    return notes
