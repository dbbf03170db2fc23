"""Which value is white in a set of image files: judged from all of them, so that a dark one stays dark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from latentexplorer.core.counting import count_text
from latentexplorer.data.convert import TOLERANCE, Scale, kind_of, scale_for


@dataclass(frozen=True)
class Extremes:
    """The lowest and highest number of an image of more than 8 bits.

    Attributes
    ----------
    kind : "whole" or "float"
    wrong : str
        A value that is no number; "" where there is none.
    low, high : float
    low_at, high_at : str
    """

    kind: str
    wrong: str = ""
    low: float = 0
    high: float = 0
    low_at: str = ""
    high_at: str = ""

    @classmethod
    def of(cls, values: np.ndarray) -> Extremes:
        """Those of one image."""
        kind = kind_of(values.dtype)
        finite = np.isfinite(values)
        if not finite.all():
            first = int((~finite).argmax())
            return cls(kind, f"{values.flat[first]} at {_place(first, values)} is no pixel value")
        low, high = int(values.argmin()), int(values.argmax())
        return cls(
            kind,
            "",
            float(values.flat[low]),
            float(values.flat[high]),
            _place(low, values),
            _place(high, values),
        )


def _place(position: int, values: np.ndarray) -> str:
    row, column, *_ = np.unravel_index(position, values.shape)
    return f"row {row}, column {column}"


def judge(
    found: Mapping[int, Extremes], flat_high: Callable[[], float], white: float | None = None
) -> tuple[dict[str, Scale], dict[int, str]]:
    """The scale of each kind of number, and what is wrong with single files.

    Parameters
    ----------
    found : mapping of int to Extremes
        Of every file of more than 8 bits, by its row.
    flat_high : callable
        The highest value of the files of 8 bits, or any above 1. Only asked where it matters: numbers 0 and 1 are
        black and white where no image holds anything else.
    white : float or None
        What is white in images of floats that these belong to.
    """
    wrong = {row: why for row, extremes in found.items() if (why := _impossible(extremes))}
    sound = {row: extremes for row, extremes in found.items() if row not in wrong}
    floats = [extremes.high for extremes in sound.values() if extremes.kind == "float"]
    if floats and scale_for(max(floats), whole=False, white=white) is None:
        for row, extremes in sound.items():
            if extremes.kind == "float" and extremes.high > 1 + TOLERANCE:
                wrong[row] = f"{extremes.high:.6g} at {extremes.high_at} fits neither [0, 1] nor [0, 255]"
        floats = [high for high in floats if high <= 1 + TOLERANCE]
    whole = [extremes.high for extremes in sound.values() if extremes.kind == "whole"]
    scales = {}
    binary = max(whole, default=0) <= 1 and (flat := flat_high()) <= 1 and max(whole, default=0) + flat > 0
    scales["uint8"] = Scale(1, "values 0 and 1 became black and white", 1) if binary else Scale(255)
    if whole:
        scale = scale_for(max(whole), whole=True)
        # A single dark image of 16 bits among brighter ones of 8 is no drawing in black and white.
        scales["whole"] = scale if scale is not None and (binary or scale.white > 1) else Scale(255, "", max(whole))
    if floats and (scale := scale_for(max(floats), whole=False, white=white)) is not None:
        scales["float"] = scale
    counts = {kind: sum(extremes.kind == kind for extremes in sound.values()) for kind in ("whole", "float")}
    for kind, count in counts.items():
        if kind in scales and scales[kind].note:
            scales[kind] = replace(scales[kind], note=f"{count_text(count, 'image')}: {scales[kind].note}")
    return scales, wrong


def _impossible(extremes: Extremes) -> str:
    """What is wrong with an image whatever the others hold; "" where nothing is."""
    if extremes.wrong:
        return extremes.wrong
    whole = extremes.kind == "whole"
    if extremes.low < (0 if whole else -TOLERANCE):
        return f"{extremes.low:.6g} at {extremes.low_at} is below 0"
    if whole and extremes.high > 65535:
        return f"{extremes.high:.6g} at {extremes.high_at} is above 65535"
    if not whole and extremes.high > 255 + TOLERANCE:
        return f"{extremes.high:.6g} at {extremes.high_at} fits neither [0, 1] nor [0, 255]"
    return ""
