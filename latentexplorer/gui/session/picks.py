"""Codes by name: as a view's settings write them, and found from such a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from latentexplorer.views.code import Code

MOST_WORDS = 24


def as_setting(run: Any, code: Code) -> str:
    """How settings write a code, so that the figure shows exactly this one: by name where that still means it.

    While a run trains, the code that a name stands for moves; then the numbers themselves are written.
    """
    from latentexplorer.core.errors import LatentExplorerError
    from latentexplorer.views.pick import pick_code

    name = f"{code.part}:{code.index}" if code.of_image else code.pick
    if name:
        try:
            if np.array_equal(pick_code(run, name).z, code.z):
                return name
        except LatentExplorerError:
            pass
    return f"[{', '.join(str(value) for value in code.z)}]"


def named_code(run: Any, pick: str) -> Code:
    """The code that a name stands for, such as "random:7" or "mean:Trouser". May load what sampling needs."""
    from latentexplorer.views.pick import pick_code

    found = pick_code(run, pick)
    y = found.y if run.config.model.kind.conditional else None
    # A draw from what was fitted to the codes is another one after more training: its numbers say more than its seed.
    fitted = pick.startswith("random:") and run.prior is None
    return Code(found.z, y, how=found.title, pick="" if fitted else pick)


def picked_code(run: Any, picked: Any) -> Code:
    """A `Picked` of a view's settings as a code; of an image, where that is what it names."""
    from latentexplorer.views.lookup import is_conditional

    y = picked.y if is_conditional(run) else None
    kind, _, value = picked.pick.partition(":") if isinstance(picked.pick, str) else ("", "", "")
    if kind in ("train", "test"):
        return Code(picked.z, y, kind, int(value), picked.title, label=picked.y)
    return Code(picked.z, y, how=picked.title, pick=picked.pick if isinstance(picked.pick, str) else "")


def chosen_code(run: Any, pick: str | tuple[float, ...], label: str) -> Callable[..., Code]:
    """Work that finds the code that a figure's settings name, with the class it is decoded with."""

    def work(emit: Any, stop: Any) -> Code:
        from latentexplorer.views.lookup import decode_class
        from latentexplorer.views.pick import pick_code

        code = picked_code(run, pick_code(run, pick))
        return replace(code, y=decode_class(run, label, default=code.y or 0))

    return work


def title_of(run: Any, code: Code) -> str:
    """A code in a few words: the class of its image, or how it came about."""
    names = run.class_names
    if code.label is not None and code.label < len(names):
        return str(names[code.label])
    words = code.how or "a code"
    return words if len(words) <= MOST_WORDS else f"{words[: MOST_WORDS - 1]}…"


def two_images(run: Any, seed: int) -> tuple[str, int, int] | None:
    """A part and the positions of two images whose codes are known, of two classes where there are classes.

    Held-out images first; None where fewer than two codes are known.
    """
    part = next((part for part in ("test", "train") if part in run.codes and len(run.codes[part].loc) >= 2), "")
    if not part:
        return None
    codes = run.codes[part]
    rng = np.random.default_rng(seed)
    first = int(rng.integers(len(codes.loc)))
    others = np.arange(len(codes.loc)) != first
    if codes.labels is not None and (codes.labels != codes.labels[first]).any():
        others = codes.labels != codes.labels[first]
    second = int(rng.choice(np.flatnonzero(others)))
    return part, int(codes.index[first]), int(codes.index[second])
