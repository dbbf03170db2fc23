"""What traversal and grid show where nobody says anything: never a blank picture."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.presets import presets
from latentexplorer.figures.recipe import read_recipe
from latentexplorer.gui.panes.latent_grid.words import heading
from latentexplorer.runs import Trained
from latentexplorer.views.latent_grid import Settings as Grid
from latentexplorer.views.latent_grid import compute as lay_grid
from latentexplorer.views.latent_grid import lay_out
from latentexplorer.views.registry import load_view, settings_from
from latentexplorer.views.traversal import compute as traverse

SMALL = (
    "data.name=digits",
    "data.size=16",
    "data.train_per_class=none",
    "data.test_per_class=none",
    "data.limit=48",
    "training.epochs=2",
    "training.batch_size=16",
    "training.held_out=0",
    "training.numerics=exact",
)


def view(run: Trained, kind: str, *changes: str) -> Any:
    return load_view(kind).compute(run, settings_from(kind, changes))


def contrast(images: np.ndarray) -> float:
    """Mean standard deviation of the pixels within a picture."""
    return float(images.reshape(-1, np.prod(images.shape[-3:])).std(1).mean())


@pytest.mark.parametrize("name", sorted(presets()))
def test_no_default_picture_of_a_preset_is_blank(train_once: Callable[[RunConfig], Trained], name: str) -> None:
    chosen = presets()[name]
    run = train_once(chosen.config(SMALL))
    # So short a training draws faintly, at what codes of images decode to a quarter is taken.
    codes = run.codes["train"]
    least = contrast(run.decode(codes.loc, codes.labels)) / 4
    for kind, few in (("traversal", ("count=4", "steps=5")), ("latent-grid", ("n=5",))):
        try:
            assert contrast(view(run, kind, *few).images) > least, kind
        except NotApplicableError:
            assert run.code_dim == 1


def hollow(run: Trained) -> Trained:
    """The same run with its codes on a thin shell, around where everything decodes to nothing."""
    rng = np.random.default_rng(0)
    codes = run.codes["train"]
    loc = rng.normal(size=codes.loc.shape) * np.geomspace(3, 0.1, codes.loc.shape[1])
    loc *= 3 / np.linalg.norm(loc, axis=1, keepdims=True)
    shell = replace(run, codes={"train": replace(codes, loc=loc.astype(np.float32))})
    shell.decode = partial(bright_outside, run.image_shape)  # type: ignore[method-assign]
    return shell


def bright_outside(shape: tuple[int, int, int], z: np.ndarray, *_: object, **__: object) -> np.ndarray:
    """A checkerboard, as strong as the code is long."""
    channels, height, width = shape
    board = np.indices((height, width)).sum(0) % 2
    strength = np.clip(np.linalg.norm(z, axis=1) - 2, 0, 1)
    return (strength[:, None, None, None] * board[None, :, :, None] * np.ones(channels)).astype(np.float32)


@pytest.mark.parametrize("family", [name for name in FAMILIES.names if not FAMILIES[name].encoder])
def test_the_hollow_middle_of_free_codes_is_not_where_one_starts(
    small_run: Callable[..., Trained], family: str
) -> None:
    run = hollow(small_run(family, "model.latent_dim=12"))
    images = contrast(bright_outside(run.image_shape, run.codes["train"].loc))
    for kind, few, old, more_than in (
        ("traversal", ("count=4", "steps=5"), ("base=prior-mean", "range=either"), 2),
        # Along the widest directions both span the codes, of which there are none in the middle.
        ("latent-grid", ("n=5",), ("centre=mean",), 1.2),
        ("latent-grid", ("n=5", "axes=dims", "dims=[4, 5]"), ("centre=prior-mean", "range=either"), 2),
    ):
        shown, before = (contrast(view(run, kind, *few, *more).images) for more in ((), old))
        assert shown > images / 4 and shown > more_than * before


def test_ranges_of_free_codes_are_their_own_quantiles(small_run: Callable[..., Trained]) -> None:
    run = hollow(small_run("vad", "model.latent_dim=12"))
    z = run.codes["train"].loc
    strips = traverse(run, settings_from("traversal", ["dims=[0, 11]", "steps=3"]))
    np.testing.assert_allclose(strips.values[:, [0, -1]], np.quantile(z[:, [0, 11]], [0.01, 0.99], axis=0).T, rtol=1e-5)
    assert not strips.notes
    plane = lay_grid(run, settings_from("latent-grid", ["axes=dims", "dims=[0, 11]", "n=4"]))
    np.testing.assert_allclose(plane.x, np.quantile(z[:, 0], [0.125, 0.375, 0.625, 0.875]), rtol=1e-5)


def test_the_plane_of_free_codes_stays_with_its_image_while_they_move(small_run: Callable[..., Trained]) -> None:
    run = hollow(small_run("vad", "model.latent_dim=12"))
    first = lay_grid(run, settings_from("latent-grid", ["n=3"]))
    position = int(str(first.centre).removeprefix("train:"))
    # The image that was typical is now the oddest one.
    moved = run.codes["train"].loc.copy()
    moved[run.codes["train"].index == position] *= 5
    later = replace(run, codes={"train": replace(run.codes["train"], loc=moved)})
    later.decode = run.decode  # type: ignore[method-assign]
    assert lay_out(later, settings_from("latent-grid", ["n=3"]), before=first)[1].centre == first.centre
    assert lay_out(later, settings_from("latent-grid", ["n=3"]))[1].centre != first.centre


@pytest.mark.parametrize("kind,name", [("traversal", "base"), ("latent-grid", "centre")])
def test_figures_of_before_start_where_they_did(tmp_path: Path, kind: str, name: str) -> None:
    def read(edition: int, **settings: object) -> Any:
        path = tmp_path / "old.svg"
        recipe = {"kind": kind, "version": "0.1.0", "edition": edition, "settings": settings}
        path.write_text(f"<svg><dc:description>{json.dumps(recipe)}</dc:description></svg>")
        return read_recipe(path).view_settings()

    mean = "prior-mean" if kind == "traversal" else "mean"
    for edition, span in ((0, "prior"), (1, "either")):
        assert (getattr(read(edition), name), read(edition).range) == (mean, span)
        assert getattr(read(edition, **{name: "train:3"}), name) == "train:3"
    assert (getattr(read(2), name), read(2).range) == ("", "auto")
    if kind == "latent-grid":
        assert read(1, axes="dims").centre == "prior-mean"
        assert [read(edition, centre="train:3").origin for edition in (1, 2, 3)] == ["centre", "centre", "mean"]


def test_the_head_of_the_grid_says_that_it_goes_through_a_typical_image(small_run: Callable[..., Trained]) -> None:
    free, held = (lay_grid(small_run(family, "model.latent_dim=5"), Grid(n=3)) for family in ("ad", "vae"))
    assert "through a typical image" in heading(free, "", moved=False)
    assert "through" not in heading(held, "", moved=False) and "through Sandal" in heading(free, "Sandal", moved=False)
