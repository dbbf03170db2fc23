"""Settings that suit a person's images: sizes that models like, colour by the majority."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

import numpy as np

from latentexplorer.core.config import DataConfig, RunConfig
from latentexplorer.core.presets import Preset, presets

SIZES = (28, 32, 64, 128)
"""Sides in pixels that are offered."""
AS_THEY_ARE, MOST = 64, 64
"""Images of one size are kept up to the first; larger ones, and those of several sizes, become the second at most."""
LEAST_STEPS = 1_000
"""Fewer steps leave a model near the mean image. 288 colour photographs of 32 x 32 with `conv-vae-cifar10`: in its ten
epochs, 90 steps, the pixel error of others falls from 0.25 to 0.20, in 500 to 0.17, in 900 to 0.164, its lowest."""


def suggested(
    settings: DataConfig, sizes: Mapping[tuple[int, int], int], kinds: Mapping[str, int], unreadable: bool
) -> DataConfig:
    """The settings with what suits the images; what has been chosen already stays.

    Parameters
    ----------
    sizes : (height, width) to count
    kinds : text of `FileSeen.kind` to count
    unreadable : bool
        Whether some files cannot be read.
    """
    changes: dict[str, object] = {}
    if settings.size is None and (side := side_for(sizes)) is not None:
        changes["size"] = side
    if unreadable and not settings.skip_unreadable:
        changes["skip_unreadable"] = True
    return settings.model_copy(update=changes)


def side_for(sizes: Mapping[tuple[int, int], int]) -> int | None:
    """The side in pixels that suits images of these sizes; None: they can stay as they are."""
    if not sizes or (len(sizes) == 1 and max(next(iter(sizes))) <= AS_THEY_ARE):
        return None
    sides = np.repeat([max(size) for size in sizes], list(sizes.values()))
    middle = float(np.median(sides))
    fitting = [side for side in SIZES if side <= min(middle, MOST)]
    return fitting[-1] if fitting else SIZES[0]


def mostly_grey(kinds: Mapping[str, int]) -> bool:
    """Whether most of the images have no colour."""
    grey = Counter(kinds)
    without = sum(count for kind, count in grey.items() if "grey" in kind)
    return 2 * without > sum(grey.values())


def enough_epochs(preset: Preset, config: RunConfig, images: int) -> int:
    """Epochs of a preset for so many training images: more than it has where they are few and it is made for many.

    Parameters
    ----------
    config : RunConfig
        That of the preset.
    images : int
        0: it is not known how many.
    """
    training = config.training
    if preset.needs_path or not images:
        # Those for a person's own images are made for a few hundred of them.
        return training.epochs
    batches = images // training.batch_size if training.drop_last else math.ceil(images / training.batch_size)
    return max(training.epochs, math.ceil(LEAST_STEPS / max(batches, 1)))


def suited_presets(size: tuple[int, int], grey: bool, labelled: bool) -> list[Preset]:
    """Presets whose models suit images of (height, width) `size`, the best first."""
    if max(size) > 32:
        names = ["faces-vae", "faces-ad"]
    else:
        names = ["digits-vae", "digits-vad"] if grey else ["conv-vae-cifar10", "vae-cifar10"]
    if labelled:
        names.append("glyphs-cvae")
    known = presets()
    return [known[name] for name in names if name in known]
