"""Shortest ways, against decoders whose geodesics are known, over several seeds; and over the families."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.errors import Stopped
from latentexplorer.core.events import WayMoved
from latentexplorer.latent.geodesic import geodesic, of_decoder, way_of
from latentexplorer.latent.interpolation import interpolate, lerp
from latentexplorer.runs import Trained

Small = Callable[..., Trained]
SEEDS = range(4)


@pytest.mark.parametrize("seed", SEEDS)
def test_of_a_linear_decoder_it_is_the_straight_line_at_an_even_pace(seed: int) -> None:
    draws = np.random.default_rng(seed)
    matrix = torch.from_numpy(draws.normal(size=(5, 40)) * [[9.0], [3.0], [1.0], [0.5], [0.3]])
    start, end = draws.normal(size=(2, 5))
    straight = start + np.linspace(0, 1, 33)[:, None] * (end - start)
    begin = straight.copy()
    begin[1:-1] += draws.normal(size=(31, 5))
    found = of_decoder(lambda z: z @ matrix, begin, 400)
    assert found.settled
    np.testing.assert_allclose(found.codes, straight, atol=0.08)
    np.testing.assert_allclose(found.steps, found.length / 32, rtol=0.02)
    exact = np.sqrt(np.mean(((end - start) @ matrix.numpy()) ** 2))
    assert found.length == pytest.approx(exact, rel=2e-3) and found.energy >= found.length**2 - 1e-9


@pytest.mark.parametrize("seed", SEEDS)
def test_on_a_sphere_it_is_the_great_circle(seed: int) -> None:
    """Codes are longitude and latitude, where straight lines are no shortest ways."""
    draws = np.random.default_rng(seed)
    start, end = np.array([0.0, draws.uniform(0.3, 1.0)]), np.array([draws.uniform(1.2, 2.5), draws.uniform(0.3, 1.0)])

    def sphere(z: torch.Tensor) -> torch.Tensor:
        east, north = z[:, 0], z[:, 1]
        return torch.stack([north.cos() * east.cos(), north.cos() * east.sin(), north.sin()], 1)

    begin = start + np.linspace(0, 1, 65)[:, None] * (end - start)
    found = of_decoder(sphere, begin)
    places = sphere(torch.from_numpy(found.codes)).numpy()
    angle = np.arccos(places[0] @ places[-1])
    assert found.settled and found.length == pytest.approx(angle / np.sqrt(3), rel=2e-3)
    assert of_decoder(sphere, begin, 0).length > 1.01 * found.length
    normal = np.cross(places[0], places[-1])
    np.testing.assert_allclose(places @ normal / np.linalg.norm(normal), 0, atol=0.02)


@pytest.mark.parametrize("family", FAMILIES.names)
def test_of_every_family_it_is_no_longer_than_the_others(small_run: Small, family: str) -> None:
    run = small_run(family)
    start, end = run.codes_of("train").loc[:2]
    y = 1 if run.config.model.kind.conditional else None
    seen: list[float] = []

    def listen(event: object) -> None:
        if isinstance(event, WayMoved):
            seen.append(event.way.energy)

    found = geodesic(run.model, start, end, y, segments=12, iterations=30, emit=listen)
    others = [way_of(run.model, interpolate(start, end, 13, way), y) for way in ("linear", "spherical")]
    assert all(found.energy <= other.energy * (1 + 1e-5) for other in others)
    assert seen == sorted(seen, reverse=True) and seen[-1] == found.energy
    np.testing.assert_array_equal(found.at(np.array([0.0, 1.0])), np.array([start, end], np.float32))
    if family == "pca":
        np.testing.assert_allclose(found.codes, lerp(start, end, np.linspace(0, 1, 13)), atol=1e-2)
    images = run.decode(found.codes.astype(np.float32), None if y is None else np.full(13, y), clamped=False)
    changes = np.sqrt(np.mean(np.diff(images.reshape(13, -1).astype(np.float64), axis=0) ** 2, 1))
    np.testing.assert_allclose(found.steps, changes, rtol=1e-3, atol=1e-6)


def test_large_images_are_looked_at_in_pieces(small_run: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    run = small_run("vae")
    start, end = run.codes_of("train").loc[:2]
    whole = geodesic(run.model, start, end, segments=10, iterations=5)
    monkeypatch.setattr("latentexplorer.latent.geodesic.at_once", lambda shape: 4)
    np.testing.assert_allclose(geodesic(run.model, start, end, segments=10, iterations=5).codes, whole.codes, atol=1e-3)


def test_it_can_be_stopped(small_run: Small) -> None:
    stop = StopToken()
    stop.request()
    run = small_run("vae")
    with pytest.raises(Stopped):
        geodesic(run.model, *run.codes_of("train").loc[:2], stop=stop)
