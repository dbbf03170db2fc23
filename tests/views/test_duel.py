"""Two models on the same images: pairs by what an image is, numbers against chance and seeds, strips of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.errors import LatentExplorerError, NotApplicableError, SettingsError
from latentexplorer.latent.duel import Alike
from latentexplorer.runs import Trained
from latentexplorer.views import settings_from
from latentexplorer.views.duel import Result, duel
from latentexplorer.views.duel_seeds import Seeds
from latentexplorer.views.duel_strips import same_image
from latentexplorer.views.duel_words import cka_text, overlap_text, verdict
from latentexplorer.views.lookup import rmse
from latentexplorer.views.registry import load_view

Small = Callable[..., Trained]
ABLE = [family.name for family in FAMILIES if not family.separates]


def set_beside(first: Trained, second: Trained, *changes: str) -> Result:
    return duel(first, second, settings_from("duel", ("rows=2", "steps=3", *changes)))


def permuted(run: Trained, order: np.ndarray, sign: np.ndarray) -> Trained:
    """The same run whose dimensions have others' places."""
    codes = {part: replace(known, loc=(known.loc * sign)[:, order]) for part, known in run.codes.items()}
    return replace(run, codes=codes)


@pytest.mark.parametrize("family", ABLE)
def test_every_family_beside_itself_and_another(small_run: Small, family: str) -> None:
    run, other = small_run(family), small_run("vae", "model.latent_dim=5")
    itself = set_beside(run, run)
    assert itself.alike.cka == pytest.approx(1) and itself.alike.overlap == pytest.approx(1)
    assert np.array_equal(itself.matches.first, itself.matches.second)
    assert np.allclose(itself.maps[0].map.coords, itself.maps[1].map.coords, atol=1e-4)
    assert "same way" in itself.notes[0]
    assert itself.names == (f"{run.name} (1)", f"{run.name} (2)")
    result = set_beside(run, other)
    assert 0 <= result.alike.cka < 1 and 0 <= result.alike.overlap < 1
    assert len(result.matches.r) <= min(run.code_dim, 5)
    assert any("class" in note and family in note for note in result.notes) == FAMILIES[family].conditional
    # Ends are decoded as the same images by each.
    for at, each in enumerate((run, other)):
        codes = each.codes["test"]
        row = np.flatnonzero(codes.index == int(result.ends[0].pick.partition(":")[2]))
        y = codes.labels[row] if each.config.model.kind.conditional else None
        assert np.allclose(result.strips.paths[at][0], each.decode(codes.loc[row], y, clamped=False)[0], atol=1e-5)


def test_permuted_dimensions_find_each_other_and_are_pulled_the_same_way(small_run: Small) -> None:
    run = small_run("ae", "model.latent_dim=4")
    order, sign = np.array([2, 0, 3, 1]), np.array([1, -1, 1, -1])
    result = set_beside(run, permuted(run, order, sign), "rows=4")
    found = dict(zip(result.matches.first.tolist(), result.matches.second.tolist(), strict=True))
    assert found == {int(dim): at for at, dim in enumerate(order)}
    assert result.alike.cka == pytest.approx(1) and result.maps[1].fit == pytest.approx(1, abs=1e-4)
    mirrored = result.matches.r < 0
    assert mirrored.any()
    for row in range(result.strips.rows):
        ours, theirs = (values[row] for values in result.strips.values)
        assert np.allclose(ours, -theirs if mirrored[row] else theirs, atol=1e-4)


def test_the_same_plane_goes_through_the_same_three_images(small_run: Small) -> None:
    runs = small_run("vae", "model.latent_dim=3"), small_run("cvae", "model.latent_dim=2")
    usual = set_beside(*runs, "n=3")
    assert len({corner.y[0] for corner in usual.plane.corners}) == 3
    picks = [f"test:{int(position)}" for position in usual.pairs.codes[0].index[[4, 2, 9]]]
    result = set_beside(
        *runs, "n=3", *(f"{name}={pick}" for name, pick in zip(("start", "end", "third"), picks, strict=True))
    )
    assert [corner.pick for corner in result.plane.corners] == picks
    for at, run in enumerate(runs):
        plane, z = result.plane.images[at], [corner.z[at] for corner in result.plane.corners]
        y = [corner.y[at] for corner in result.plane.corners] if at else [None] * 3
        places = (((2, 0), z[0], y[0]), ((2, 2), z[1], y[1]), ((0, 0), z[2], y[2]), ((0, 2), z[1] + z[2] - z[0], y[1]))
        for (row, column), code, label in places:
            expected = run.decode(code[None], None if label is None else np.array([label]), clamped=False)[0]
            assert np.allclose(plane[row, column], expected, atol=1e-4), (at, row, column)
    assert set_beside(*runs, "n=3", f"third={usual.ends[0].pick}").plane is None


def test_images_are_paired_by_what_they_are_in_other_sets(small_run: Small, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (60, 8, 8), dtype=np.uint8)
    # The same images in another order, some of them gone, one of them twice: a position says nothing.
    other = np.concatenate([images[50:5:-1], images[10:11], rng.integers(0, 255, (9, 8, 8), dtype=np.uint8)])
    strange = rng.integers(0, 255, (60, 8, 8), dtype=np.uint8)
    runs = []
    for name, array in (("one", images), ("two", other), ("strange", strange)):
        np.savez(tmp_path / f"{name}.npz", images=array)
        runs.append(small_run("pca", "data.name=images", f"data.path={tmp_path / name}.npz"))
    result = set_beside(runs[0], runs[1], "part=train")
    ours, theirs = result.pairs.codes
    pictures = [run.images("train").images for run in runs]
    assert np.array_equal(pictures[0][ours.index], pictures[1][theirs.index]) and len(ours) >= 10
    assert not np.array_equal(ours.index, theirs.index)
    assert any("by their pixels" in note for note in result.notes)
    assert len(np.unique(pictures[0][ours.index], axis=0)) == len(ours)
    # No image in common, others by size, none there: both names, and nothing is compared.
    without = replace(runs[1], data=None, missing="The images were not loaded")
    for first, second in ((runs[0], runs[2]), (runs[0], without), (runs[0], small_run("vae", "data.size=12"))):
        with pytest.raises(LatentExplorerError) as refused:
            set_beside(first, second, "part=train")
        assert first.name in str(refused.value) and second.name in str(refused.value)


@pytest.mark.parametrize("part", ["train", "test"])
def test_one_image_through_both(small_run: Small, part: str) -> None:
    runs = small_run("vae"), small_run("cvae", "model.latent_dim=3")
    pairs = set_beside(*runs, f"part={part}").pairs
    found = same_image(pairs, 3)
    position = int(pairs.codes[0].index[3])
    assert np.array_equal(found.end.original, runs[0].images(part).images[position])
    for image, error in zip(found.images, found.errors, strict=True):
        assert error == pytest.approx(rmse(image[None], found.end.original[None])[0])


def test_two_seeds_beside_a_run_are_what_it_is_held_against(small_run: Small, tmp_path: Path) -> None:
    import shutil

    paths = []
    for name, run in (
        ("one", small_run("vae")),
        ("two", small_run("vae", "training.seed=7")),
        ("wider", small_run("vae", "model.latent_dim=5", "training.seed=9")),
    ):
        paths.append(shutil.copytree(run.path, tmp_path / name))
    one, two, wider = (Trained.load(path) for path in paths)
    result = set_beside(one, wider)
    assert result.seeds.names == ("one", "two")
    assert result.seeds.alike == set_beside(one, two).alike
    assert "two seeds" in result.notes[0]
    # The other one has such a run beside it.
    assert set_beside(wider, one).seeds.names == ("one", "two")
    assert set_beside(one, two).seeds is None and "seed alone" in set_beside(one, two).notes[0]
    # As the figure opens it.
    found = load_view("duel").compute(one, settings_from("duel", (f"other={paths[2]}", "rows=1", "steps=2")))
    assert found.alike == result.alike and found.numbers["cka"]["value"] == result.alike.cka


@pytest.mark.parametrize(
    ("cka", "overlap", "said"),
    [
        (0.79, 0.49, "not told apart from two seeds of one"),
        (0.79, 0.30, "less than two seeds of one"),
        (0.60, 0.49, "less than two seeds of one"),
        (0.79, 0.70, "by chance and than two seeds of one"),
    ],
)
def test_both_numbers_must_be_near_those_of_two_seeds(cka: float, overlap: float, said: str) -> None:
    def alike(cka: float, overlap: float) -> Alike:
        return Alike(100, cka, 0.02, 0.1, overlap, 0.02, 0.1, 10, 100)

    seeds = Seeds(("one", "two"), alike(0.8, 0.5))
    assert said in verdict(alike(cka, overlap), seeds, twins=False)


@pytest.mark.parametrize(
    ("cka", "overlap", "said"),
    [(0.14, 0.13, "do not surely"), (0.3, 0.13, "more alike than by chance"), (0.14, 0.3, "more alike than by chance")],
)
def test_either_number_tells_models_from_chance(cka: float, overlap: float, said: str) -> None:
    """That it is not told is not told to be chance."""
    words = verdict(Alike(100, cka, 0.02, 0.1, overlap, 0.02, 0.1, 10, 100), None, twins=False)
    assert said in words and ("surely" in words) == ("surely" in said)


def test_anchors_are_images_that_both_know(small_run: Small) -> None:
    run, other = small_run("vae"), small_run("ae")
    index = run.codes["test"].index
    result = set_beside(run, other, f"start=train:{run.codes['train'].index[4]}", f"end=test:{index[2]}")
    codes = other.codes["train"]
    assert np.array_equal(result.ends[0].z[1], codes.loc[codes.index == run.codes["train"].index[4]][0])
    assert result.ends[1].pick == f"test:{index[2]}"
    with pytest.raises(SettingsError, match="do not both know"):
        set_beside(run, other, "start=test:99999")
    with pytest.raises(SettingsError, match="test:3"):
        settings_from("duel", ("start=prior-mean",))


def test_what_cannot_be_set_beside_says_so(small_run: Small) -> None:
    with pytest.raises(NotApplicableError, match="mixtures"):
        set_beside(small_run("vae"), small_run("separation-ae"))
    with pytest.raises(NotApplicableError, match="no run to compare"):
        load_view("duel").compute(small_run("vae"), settings_from("duel"))
    # One image of a class, few images: ten at least.
    few = small_run("vae")
    few = replace(few, codes={part: known.take(np.arange(9)) for part, known in few.codes.items()})
    with pytest.raises(NotApplicableError, match="share"):
        set_beside(small_run("ae"), few)


def test_dimensions_that_are_not_used_are_not_matched(small_run: Small) -> None:
    run = small_run("ae", "model.latent_dim=4")
    codes = {part: replace(known, loc=known.loc * np.array([1, 1, 1e-6, 1])) for part, known in run.codes.items()}
    result = set_beside(run, replace(run, codes=codes))
    assert 2 not in result.matches.second and len(result.matches.r) == 3
    assert any("uses 3 of its 4 dimensions" in note for note in result.notes)


def test_a_standard_error_that_is_there_is_not_written_as_none() -> None:
    def text(cka: float, error: float) -> str:
        return cka_text(Alike(100, cka, error, 0.1, 0.5, 0.02, 0.1, 10, 100))

    assert (text(0.931, 0.012), text(0.9642, 0.0031), text(1.0, 0.0)) == ("0.93 ± 0.01", "0.964 ± 0.003", "1.00 ± 0.00")

    def shared(overlap: float, error: float) -> str:
        return overlap_text(Alike(100, 0.5, 0.02, 0.1, overlap, error, 0.1, 10, 100))

    assert (shared(0.413, 0.012), shared(0.413, 0.004), shared(1.0, 0.0)) == ("41 ± 1 %", "41.3 ± 0.4 %", "100 ± 0 %")
