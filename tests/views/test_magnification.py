"""How much the decoder stretches the cells of a latent grid: over the families, and as a person reads it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.figure import Figure

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.figures.latent_grid import draw
from latentexplorer.figures.style import Style
from latentexplorer.runs import Trained
from latentexplorer.views.magnified import note_of, number, scale_of, times
from latentexplorer.views.registry import load_view, settings_from

Small = Callable[..., Trained]
STEP = 2e-3


def plane(run: Trained, *changes: str) -> object:
    return load_view("latent-grid").compute(run, settings_from("latent-grid", ("n=3", "magnification=true", *changes)))


@pytest.mark.parametrize(
    ("family", "changes"),
    [(family, ()) for family in FAMILIES.names]
    + [("vae", ("model.latent_dim=128",)), ("ae", ("data.limit=1",)), ("vae", ("model.latent_dim=2",))],
    ids=str,
)
def test_of_every_family_the_cells_grow_as_areas_between_steps_do(
    small_run: Small, family: str, changes: tuple[str, ...]
) -> None:
    run = small_run(family, *changes)
    if len(run.codes_of("train")) < 2:
        changes = ("axes=dims", "range=[-1,1]")
    result = plane(run, *(change for change in changes if not change.startswith(("model", "data"))))
    found, codes = result.magnification, result.codes.reshape(9, -1).astype(np.float64)
    y = None if result.label is None else np.full(9, result.label)
    steps = [np.float32(STEP * axis / np.linalg.norm(axis)) for axis in result.basis]
    ends = [[run.decode(np.float32(codes) + way * step, y, clamped=False) for way in (1, -1)] for step in steps]
    across, up = ((one - other).reshape(9, -1).astype(np.float64) / (2 * STEP) for one, other in ends)
    area = np.sqrt(np.square(across).sum(1) * np.square(up).sum(1) - np.square((across * up).sum(1)))
    assert found.shape == (3, 3)
    known = np.isfinite(found.ravel()) & (area > 1e-4)
    # At a kink of a network, and of an area that is hardly one, the two differ.
    if known.any():
        assert np.median(np.abs(found.ravel()[known] - np.log10(area[known]))) < 0.05
    figure = Figure(figsize=(4, 4))
    draw(result, figure, Style())
    assert any("small area grows" in note or "stands still" in note for note in result.notes)


def test_a_code_of_one_number_says_why_not(small_run: Small) -> None:
    with pytest.raises(NotApplicableError, match="two dimensions"):
        plane(small_run("vae", "model.latent_dim=1"))


def test_rounding_is_no_difference_and_standing_still_is_told() -> None:
    low, high = scale_of(np.full((2, 2), 1.5) + np.array([0, 1e-7]))
    assert high - low == pytest.approx(0.1) and (low + high) / 2 == pytest.approx(1.5)
    assert scale_of(np.array([np.nan, -1, 3])) == (-1, 3) and scale_of(np.array([np.nan]))[0] < 0
    assert (times(0.5), times(np.nan), number(9.0), number(-7.2)) == ("3.16 times", "0 times", "10^9.0", "10^-7.2")
    assert "At 1 of 2 places" in note_of(np.array([np.nan, 0])) and "At 1 of 1" in note_of(np.array([np.nan]))
