"""What the points of a map are coloured by: classes, errors, KL, or a column of the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.core.registry import suggest
from latentexplorer.views.base import Array, Part
from latentexplorer.views.lookup import decode, kl_of, originals, rmse

if TYPE_CHECKING:
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained


@dataclass(frozen=True)
class Colors:
    """What the points are coloured by: groups, numbers or nothing."""

    title: str = ""
    groups: Array | None = None
    names: tuple[str, ...] = ()
    values: Array | None = None


def colors_of(
    trained: Trained, shown: Trained, codes: Codes, by: str, part: Part, *, stop: StopToken = NEVER
) -> Colors:
    """What codes are coloured by.

    Parameters
    ----------
    trained, shown : Trained
        The run, which has the images, and the run as it was at the epoch whose codes these are.
    codes : Codes
    by : str
        `auto`, `class`, `error`, `kl`, `none` or the name of a column of the data.
    part : "train" or "test"
        Whose codes they are.

    Raises
    ------
    NotApplicableError
        Where that is not known of these images.
    SettingsError
        Where there is no such column.
    """
    if by == "none" or (by == "auto" and codes.labels is None):
        return Colors()
    if by in ("auto", "class"):
        if codes.labels is None:
            raise NotApplicableError("These images carry no classes", "Choose another colour: color_by=none")
        return Colors("class", codes.labels, trained.class_names)
    if by == "kl":
        kl = kl_of(shown, codes)
        if kl is None:
            raise NotApplicableError(
                f"{trained.config.model.kind.title} has no KL to colour by", "Choose another colour, such as error"
            )
        return Colors("KL, nats", values=kl.sum(1).astype(np.float64))
    if by == "error":
        return Colors("rmse on [0, 1]", values=errors_of(trained, shown, codes, part, stop))
    return _column(trained, codes, by, part)


def errors_of(trained: Trained, shown: Trained, codes: Codes, part: Part, stop: StopToken) -> Array:
    """Root mean squared error (N,) of each image's decode, on [0, 1]; as for `colors_of`."""
    if trained.config.model.kind.separates:
        raise NotApplicableError("A mixture has two originals", "See the separation figure for its errors")
    errors = np.empty(len(codes.loc))
    for start in range(0, len(errors), 1024):
        rows = slice(start, start + 1024)
        x_hat = decode(shown, codes.loc[rows], None if codes.labels is None else codes.labels[rows], stop=stop)
        errors[rows] = rmse(x_hat, originals(trained, part, codes.index[rows]))
    return errors


def _column(trained: Trained, codes: Codes, name: str, part: Part) -> Colors:
    """Colours by a column of the data: numbers on a scale, everything else in groups."""
    columns = trained.images(part).columns
    if name not in columns:
        choices = ["class", "error", "kl", "kept", "trustworthiness", "continuity", "none", *columns]
        raise SettingsError(f"color_by = {name!r}: there is no such column", suggest(name, choices))
    column = np.asarray(columns[name])[codes.index]
    if column.dtype.kind in "fiu":
        return Colors(name, values=column.astype(np.float64))
    names, groups = np.unique(column, return_inverse=True)
    return Colors(name, groups.astype(np.int64), tuple(str(value) for value in names))


def color_limits(values: Array) -> tuple[float, float]:
    """Ends of the colour scale: all but the one in a hundred at either end that would flatten the rest."""
    known = values[np.isfinite(values)]
    if not known.size:
        return 0.0, 1.0
    low, high = np.quantile(known, [0.01, 0.99])
    if low < high:
        return float(low), float(high)
    # All are equal: around them, but where they may well be from 0 to 1, not beyond that.
    return (0.0, 1.0) if 0 <= low <= 1 else (float(low) - 0.5, float(low) + 0.5)
