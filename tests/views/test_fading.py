"""Pictures fade where there is no data, in figures as in the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.errors import Stopped
from latentexplorer.figures import make
from latentexplorer.figures.pixels import faded
from latentexplorer.gui.workers import code_tasks, tasks
from latentexplorer.runs import Trained
from latentexplorer.views.code import Code
from latentexplorer.views.code_facts import USUAL, Facts
from latentexplorer.views.fading import FAINT, strength_of
from latentexplorer.views.map_place import MapPlace
from latentexplorer.views.registry import load_view, settings_from

Small = Callable[..., Trained]
FADING = ("latent-grid", "interpolation", "traversal", "samples")


def view(trained: Trained, kind: str, *changes: str, stop: StopToken | None = None):  # type: ignore[no-untyped-def]
    return load_view(kind).compute(trained, settings_from(kind, changes), stop=stop or StopToken())


def test_from_the_edge_of_the_data_on_pictures_fade_evenly_and_never_vanish() -> None:
    np.testing.assert_allclose(strength_of(np.array([0, 1, 1.25, 1.5, 40, np.inf])), [1, 1, 0.6, 0.2, 0.2, 0.2])
    pixels = np.full((2, 2, 4), 255, np.uint8)
    assert faded(pixels, 0.2)[..., 3].tolist() == [[51, 51], [51, 51]] and faded(pixels, 1.0) is pixels
    assert (pixels == 255).all()


@pytest.mark.parametrize("family", FAMILIES.names)
def test_whatever_is_decoded_of_no_image_fades_in_every_family(small_run: Small, family: str) -> None:
    trained = small_run(family)
    plain = view(trained, "latent-grid", "n=4", "range=[-30, 30]")
    grid = view(trained, "latent-grid", "n=4", "range=[-30, 30]", "fade=true")
    assert plain.fading is None and np.array_equal(plain.images, grid.images)
    assert grid.fading.strength.shape == (4, 4) and grid.fading.strength.min() == pytest.approx(FAINT)
    assert f"of 16 fade: odder than 95 % of {grid.fading.whose}" in grid.notes[-1]
    assert (
        grid.fading.words(0)
        == f"odder than all {grid.fading.whose.split(' ', 1)[-1] if grid.fading.images else 'training images'}"
    )
    for kind in FADING[1:]:
        result = view(trained, kind, *(["count=4"] if kind == "samples" else []), "fade=true")
        assert result.fading.near.size == result.images[..., 0, 0, 0].size


def test_pane_and_figure_fade_alike_and_say_how_odd_a_picture_is(small_run: Small) -> None:
    trained = small_run("vae")
    figure = view(trained, "latent-grid", "n=5", "fade=true")
    *_, pane = tasks.latent_grid(trained, {"n": 5, "fade": True}, None, USUAL)
    np.testing.assert_allclose(pane.fading.strength, figure.fading.strength, atol=1e-4)
    assert next(tasks.latent_grid(trained, {"n": 5, "fade": True}, None, 0)).fading is None
    path = view(trained, "interpolation", "fade=true")
    first, *_, last = code_tasks.path_images(trained, path.codes, None, USUAL)
    assert first.fading is None
    np.testing.assert_allclose(last.fading.strength, path.fading.strength, atol=1e-4)
    rows = view(trained, "traversal", "fade=true")
    strips = partial(code_tasks.strips, trained, rows.base.z, None, rows.dims, rows.values)
    known = [found for found in strips(USUAL) if found is not None and found.fading is not None]
    np.testing.assert_allclose(
        np.concatenate([found.fading.strength for found in known]), rows.fading.strength, atol=1e-4
    )


@pytest.mark.parametrize(
    "kind,far",
    [
        ("latent-grid", ["range=[-30, 30]", "n=4"]),
        ("traversal", ["range=[-30, 30]"]),
        ("interpolation", ["start=[-30, -30]", "end=[30, 30]"]),
        ("samples", ["temperature=5", "count=8"]),
    ],
)
def test_what_fades_is_printed_faint(small_run: Small, kind: str, far: list[str]) -> None:
    trained = small_run("ad")
    opacities = []
    for changes in (far, [*far, "fade=true"]):
        figure = make(kind, trained, settings_from(kind, changes))
        figure.canvas.draw()
        pictures = [image.get_array() for axes in figure.axes for image in axes.images]
        opacities.append({int(value) for picture in pictures for value in np.unique(picture[..., 3])})
    assert opacities[0] <= {0, 255} and opacities[1] - {0, 255}


def test_too_few_codes_fade_nothing_and_a_stop_is_heard(small_run: Small) -> None:
    run = small_run("vae")
    known = {part: codes.take(slice(0, 9)) for part, codes in run.codes.items()}
    few = view(replace(run, codes=known), "latent-grid", "n=3", "fade=true")
    assert (few.fading.strength == 1).all() and not few.fading.words(0)
    assert "too few codes" in few.notes[-1]
    stop = StopToken()
    stop.request()
    with pytest.raises(Stopped):
        view(run, "latent-grid", "fade=true", stop=stop)


def test_a_decoded_code_says_how_odd_and_how_likely_it_is(small_run: Small) -> None:
    notes = view(small_run("vae"), "decoded", "support=true").notes
    assert any("than" in note and "held-out images" in note for note in notes)
    assert sum("more likely than" in note and note.startswith("By the ") for note in notes) == 2
    assert not any("likely" in note for note in view(small_run("vae"), "decoded").notes)


@pytest.mark.parametrize(
    "words,ratio,said",
    [
        ("near data", 30.0, "code near data · place far from points"),
        ("far from any data", 0.5, "code far from any data · place among points"),
        ("between the data", 2.0, "code between the data · place beside points"),
    ],
)
def test_code_and_place_are_judged_apart(words: str, ratio: float, said: str) -> None:
    code = Code(np.zeros(2, np.float32), where=MapPlace((0.0, 0.0), ratio))
    none = np.zeros(0)
    assert Facts(code, 1.0, words, none, none, True).near == said
