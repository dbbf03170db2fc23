"""What the arrays of an .npz are for, by their names: `images`, `x_train`, `test_images`, `labels`, `y_test`."""

from __future__ import annotations

import re
from collections.abc import Iterable

IMAGES = ("images", "imgs", "x")
LABELS = ("labels", "label", "y", "target", "targets", "class", "classes")
CLASS_NAMES = ("class_names", "label_names", "labels_names", "target_names", "classes_names")
PARTS = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "val": "val",
    "valid": "val",
    "validation": "val",
}


def part_and_rest(name: str) -> tuple[str, str]:
    """`("train", "images")` of `train_images` and of `images_train`, in lower case; `("", "images")` of `images`."""
    words = re.split("[_-]", name.lower())
    for at in (0, -1):
        if len(words) > 1 and words[at] in PARTS:
            return PARTS[words[at]], "_".join(words[1:] if at == 0 else words[:-1])
    return "", name.lower()


def image_arrays(shapes: dict[str, tuple[int, ...]]) -> dict[str, str]:
    """The array of images of each part by their names; `""` is the part of arrays that name none.

    Where there is one for no part, it is what is trained on, and one for training is not.
    """
    found: dict[str, str] = {}
    for base in IMAGES:
        for name, shape in shapes.items():
            part, rest = part_and_rest(name)
            # An `x` alone may as well be a coordinate.
            if rest == base and (part or base != "x" or len(shape) > 2):
                found.setdefault(part, name)
    return found


def labels_of(part: str, names: Iterable[str]) -> str | None:
    """The array of labels of a part."""
    there = {part_and_rest(name): name for name in reversed(list(names))}
    return next((there[part, base] for base in LABELS if (part, base) in there), None)
