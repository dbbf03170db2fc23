"""The magnification under a map: the known answer of a linear decoder, what a click there decodes, and refusals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.figure import Figure

from latentexplorer.core.errors import NotApplicableError
from latentexplorer.figures.map import draw
from latentexplorer.figures.style import Style
from latentexplorer.latent.exact_maps import plane_of
from latentexplorer.latent.projection import project
from latentexplorer.runs import Trained
from latentexplorer.views.map import Result
from latentexplorer.views.map_ground import Ground, extent_of, ground_of
from latentexplorer.views.registry import load_view, settings_from

Small = Callable[..., Trained]
STEP = 2e-3


def mapped(run: Trained, *changes: str) -> Result:
    return load_view("map").compute(run, settings_from("map", ("color_by=none", *changes)))


def grown(run: Trained, result: Result, place: np.ndarray, y: int | None) -> float:
    """log10 of the area that a small square around a place becomes among the images, by what a click decodes."""
    steps = STEP * np.array([(1, 0), (-1, 0), (0, 1), (0, -1)])
    mean = result.projection.codes.mean(0)
    codes = np.stack([result.projection.code_at(place + step, mean)[0] for step in steps])
    labels = None if y is None else np.full(4, y)
    images = run.decode(codes, labels, clamped=False).reshape(4, -1).astype(np.float64)
    across, up = (images[0] - images[1]) / (2 * STEP), (images[2] - images[3]) / (2 * STEP)
    return float(np.log10(np.sqrt((across @ across) * (up @ up) - (across @ up) ** 2)))


@pytest.mark.parametrize(
    ("family", "changes", "method"),
    [
        ("vae", ("model.latent_dim=2",), "dims"),
        ("vae", ("model.latent_dim=4",), "pca"),
        ("vae", ("model.latent_dim=4",), "dims"),
        ("cvae", ("model.latent_dim=4",), "pca"),
        ("vae", ("model.latent_dim=128",), "pca"),
        ("ad", ("model.latent_dim=4",), "pca"),
    ],
)
def test_the_ground_is_what_clicks_there_decode(
    small_run: Small, family: str, changes: tuple[str, ...], method: str
) -> None:
    run = small_run(family, *changes)
    result = mapped(run, f"method={method}")
    y = 1 if run.config.model.kind.conditional else None
    # Wider than high, so that rows and columns are not confused.
    extent = extent_of(result.coords, 2.0)
    ground = ground_of(run, result.projection, y, extent, 8)
    rows, columns = ground.values.shape
    assert (rows, columns) == (4, 8)
    left, right, bottom, top = extent
    assert right - left == pytest.approx(2 * (top - bottom))
    assert (result.coords >= (left, bottom)).all() and (result.coords <= (right, top)).all()
    x = left + (np.arange(columns) + 0.5) * (right - left) / columns
    down = top - (np.arange(rows) + 0.5) * (top - bottom) / rows
    expected = np.array([[grown(run, result, np.array((at, height)), y) for at in x] for height in down])
    known = np.isfinite(ground.values) & np.isfinite(expected)
    # At a kink of a network the two differ; a decoder that has learned little stretches nearly alike.
    off = np.median(np.abs(ground.values - expected)[known])
    assert known.any() and off < max(2e-3, 0.2 * expected[known].std())
    assert ("the mean of the codes" in ground.sentence) is (run.code_dim > 2)


def test_the_plane_of_a_map_is_where_its_places_decode() -> None:
    codes = np.random.default_rng(0).normal(3.0, 1.0, (50, 5)).astype(np.float32)
    for made in (project(codes, "pca"), project(codes, "dims", dims=(3, 1))):
        origin, basis = plane_of(made)
        np.testing.assert_allclose(basis @ basis.T, np.eye(2), atol=1e-6)
        for place in ((0.0, 0.0), (1.5, -2.0)):
            np.testing.assert_allclose(origin + np.array(place) @ basis, made.code_at(place)[0], atol=1e-5)


def test_a_linear_decoder_stretches_every_place_alike(small_run: Small) -> None:
    run = small_run("pca", "model.latent_dim=3")
    result = mapped(run, "method=pca", "magnification=true")
    values, decoded = result.ground.values, run.decode(np.vstack([np.zeros((1, 3)), np.eye(3)]).astype(np.float32))
    directions = result.projection.found.directions @ (decoded[1:] - decoded[:1]).reshape(3, -1).astype(np.float64)
    expected = np.log10(np.sqrt(np.linalg.det(directions @ directions.T)))
    np.testing.assert_allclose(values, expected, atol=1e-3)
    # What is rounded differently is no difference: all of it has one shade.
    assert np.ptp(result.ground.shades) < 0.05
    figure = Figure(figsize=(4, 4))
    draw(result, figure, Style())
    image = figure.axes[0].images[0]
    assert tuple(image.get_extent()) == result.ground.extent and any("Ground:" in note for note in result.notes)


def test_shades_go_with_the_scale_and_standing_still_has_none() -> None:
    ground = Ground(np.array([[0.0, 1.0], [2.0, np.nan]]), (0, 1, 0, 1), True)
    assert ground.shades.tolist() == [[0, 0.5], [1, 0]] and "from 1 (plain) to 100 times (shaded)" in ground.note
    still = Ground(np.full((2, 2), np.nan), (0, 1, 0, 1), True)
    assert "stands still" in still.note and not still.shades.any()
    # One point, and points on a line, have some room about them.
    for coords in (np.zeros((1, 2)), np.array([(0.0, 3.0), (1.0, 3.0)])):
        left, right, bottom, top = extent_of(coords, 1.5)
        assert right - left == pytest.approx(1.5 * (top - bottom)) and top > bottom


@pytest.mark.parametrize(
    ("changes", "asked", "why"),
    [
        ("model.latent_dim=4", "method=tsne", "t-SNE map is no place of the latent space"),
        ("model.latent_dim=4", "method=umap", "UMAP map is no place of the latent space"),
        ("model.latent_dim=1", "method=dims", "one dimension"),
        ("model.latent_dim=4", "dims=[1,1]", "same dimension"),
    ],
)
def test_where_a_place_is_none_of_the_latent_space_it_is_said(
    small_run: Small, changes: str, asked: str, why: str
) -> None:
    method = () if asked.startswith("method") else ("method=dims",)
    with pytest.raises(NotApplicableError, match=why):
        mapped(small_run("vae", changes), asked, "magnification=true", *method)
