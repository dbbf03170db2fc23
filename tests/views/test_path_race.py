"""Three ways between two codes: what they are called, how long they are, and where there is nothing to race."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from latentexplorer.core.errors import NotApplicableError
from latentexplorer.runs import Trained
from latentexplorer.views import path_race
from latentexplorer.views.path_race import Settings

Small = Callable[..., Trained]


def test_strips_are_decodes_of_their_ways(small_run: Small) -> None:
    run = small_run("cvae")
    found = path_race.compute(run, Settings(steps=5, segments=8, iterations=10, label="2"))
    assert [strip.name for strip in found.strips] == ["linear", "spherical", "geodesic"]
    for strip in found.strips:
        images = run.decode(strip.codes, np.full(5, found.label), clamped=False)
        np.testing.assert_allclose(strip.images, images, atol=1e-5)
        np.testing.assert_array_equal(strip.codes[[0, -1]], [found.start.z, found.end.z])
        assert strip.way.length == pytest.approx(strip.numbers["length_pixels"]) == sum(strip.numbers["steps_pixels"])
    assert found.label == 2 and "class 2" in found.subtitle
    json.dumps(found.numbers)


@pytest.mark.parametrize(
    ("family", "changes", "said"),
    [
        ("pca", ("model.latent_dim=5",), "as a linear one does"),
        ("linear-ae", (), "as a linear one does"),
        ("vae", ("model.latent_dim=1",), "one way: the geodesic only goes it at an even pace"),
        ("vae", ("model.latent_dim=128",), "shorter in pixels than linear|No way is shorter in pixels"),
    ],
)
def test_what_the_race_came_to_is_said(small_run: Small, family: str, changes: tuple[str, ...], said: str) -> None:
    found = path_race.compute(small_run(family, *changes), Settings(segments=8, iterations=100))
    assert any(part in found.notes[0] for part in said.split("|")), found.notes


def test_one_code_leads_nowhere(small_run: Small) -> None:
    with pytest.raises(NotApplicableError, match="same code"):
        path_race.compute(small_run("vae"), Settings(start="train:3", end="train:3"))
