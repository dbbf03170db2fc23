"""A map that was laid out is kept with its run: back at once, further from where it stood, known to be old."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.events import Event, Notice, ProjectionMoved
from latentexplorer.runs import RunFolder, Trained
from latentexplorer.runs.kept_maps import FOLDER, kept_maps
from latentexplorer.views.kept_map import keep, last_map
from latentexplorer.views.map import Result, Settings, compute, resume

STEPS = {"method": "tsne", "steps": 40}


@pytest.fixture
def run(small_run: Callable[..., Trained], tmp_path: Path) -> Trained:
    """A copy of a trained run."""
    path = small_run("vae").path
    assert path is not None
    shutil.copytree(path, tmp_path / "mine")
    return Trained.load(tmp_path / "mine")


def laid_out(run: Trained, **settings: Any) -> tuple[Result, list[Event]]:
    """A map, and what was said meanwhile."""
    said: list[Event] = []
    return compute(run, Settings(**{**STEPS, **settings}), emit=said.append), said


def notices(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, Notice)]


def moved(events: list[Event]) -> bool:
    return any(isinstance(event, ProjectionMoved) for event in events)


def test_the_same_map_is_taken_and_it_says_so(run: Trained) -> None:
    first, said = laid_out(run)
    assert moved(said) and not first.kept and keep(run, first) == ""
    again, said = laid_out(Trained.load(run.path))
    assert again.kept and not moved(said) and "is kept with the run is taken" in notices(said)[0]
    np.testing.assert_array_equal(again.coords, first.coords)
    assert again.description == first.description and again.projection.description == first.projection.description
    # Colours, what is hidden and what is seen are no part of it; the number of points asked for neither.
    for other in ({"color_by": "none"}, {"hide": ("1",)}, {"limit": 1000}, {"area": (0, 1, 0, 1)}, {"where": "3"}):
        assert laid_out(run, **other)[0].kept, other
    fresh, said = laid_out(run, refresh=True)
    assert moved(said) and not fresh.kept
    np.testing.assert_array_equal(fresh.coords, first.coords)
    # New codes find their places on it as on the one that was laid out.
    z = run.codes_of("test").loc[:3]
    np.testing.assert_array_equal(again.projection.place(z), first.projection.place(z))


@pytest.mark.parametrize(
    "other",
    [{"steps": 60}, {"seed": 1}, {"perplexity": 5.0}, {"part": "test"}, {"limit": 20}, {"sample": 20}, {"early": 3}],
)
def test_another_map_is_laid_out(run: Trained, other: dict[str, Any]) -> None:
    assert keep(run, laid_out(run)[0]) == ""
    made, said = laid_out(run, **other)
    assert not made.kept and moved(said)


def test_a_stopped_map_goes_on_from_where_it_stood_and_ends_as_if_never_stopped(run: Trained) -> None:
    whole, _ = laid_out(run)
    part, _ = laid_out(run, stopped=17)
    assert keep(run, part) == ""
    same, said = laid_out(run, stopped=17)
    assert same.kept and not moved(said) and same.stopped == "stopped after 17 of 40 iterations"
    back = last_map(Trained.load(run.path), Settings())
    assert back is not None and back.kept and not back.outdated and back.tsne_settings == part.tsne_settings
    np.testing.assert_array_equal(back.coords, part.coords)
    np.testing.assert_array_equal(resume(back, 40).coords, whole.coords)
    done, said = laid_out(run)
    assert not done.kept and "goes on from step 17" in notices(said)[0]
    np.testing.assert_array_equal(done.coords, whole.coords)
    more, said = laid_out(run, steps=41)
    assert not more.kept and moved(said)
    # It takes the place of the one that was stopped.
    assert keep(run, done) == "" and laid_out(run)[0].kept
    assert len(list((run.path / FOLDER).iterdir())) == 1  # type: ignore[operator]


def test_the_map_that_was_kept_last_comes_back_in_any_colour(run: Trained) -> None:
    assert last_map(run, Settings()) is None
    for settings in ({}, {"part": "test"}, {"perplexity": 5.0}):
        assert keep(run, laid_out(run, **settings)[0]) == ""
    back = last_map(run, Settings(color_by="kl"))
    assert back is not None and back.wanted is not None and back.wanted.perplexity == 5 and back.values is not None
    held_out = last_map(run, Settings(part="test"))
    assert held_out is not None and held_out.part == "test"
    assert last_map(run, Settings(method="umap")) is None


def test_a_map_of_an_older_model_is_known_to_be_old(run: Trained) -> None:
    assert keep(run, laid_out(run)[0]) == ""
    run.codes["train"].loc[:] += 0.5
    run.epoch = 8
    made, said = laid_out(run)
    assert not made.kept and moved(said)
    old = last_map(run, Settings())
    assert old is not None and old.outdated and (old.epoch, run.epoch) == (2, 8)
    # The places are the old ones, the codes those of the model as it is.
    np.testing.assert_array_equal(old.projection.codes, run.codes["train"].loc)
    # One of the codes as they are is preferred to a newer one of others.
    assert keep(run, made) == ""
    back = last_map(run, Settings())
    assert back is not None and not back.outdated and back.epoch == 8
    assert len(kept_maps(RunFolder.open(run.path))[0]) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["read only", "another run", "gone", "no folder"])
def test_a_run_that_cannot_be_written_to_is_left_alone_and_says_why(
    run: Trained, kind: str, small_run: Callable[..., Trained]
) -> None:
    made, _ = laid_out(run)
    path = run.path
    assert path is not None
    if kind == "read only":
        # As root may write into any folder: something that is no folder is in the way.
        (path / FOLDER).write_text("")
    elif kind == "no folder":
        run.path = None
    else:
        shutil.rmtree(path)
    if kind == "another run":
        shutil.copytree(small_run("ae").path, path)  # type: ignore[arg-type]
    before = sorted(path.rglob("*")) if path.exists() else []
    assert bool(keep(run, made)) == (kind != "no folder")
    assert (sorted(path.rglob("*")) if path.exists() else []) == before


def test_what_did_not_begin_is_not_kept(run: Trained) -> None:
    stop = StopToken()

    def listen(event: Event) -> None:
        if isinstance(event, ProjectionMoved):
            stop.request()

    for settings in (Settings(method="pca"), Settings(method="tsne", limit=4)):
        assert keep(run, compute(run, settings)) == ""
    assert not (run.path / FOLDER).exists()  # type: ignore[operator]


def test_a_damaged_map_is_said_and_laid_out_anew(run: Trained) -> None:
    first, _ = laid_out(run)
    assert keep(run, first) == ""
    (file,) = (run.path / FOLDER).iterdir()  # type: ignore[operator]
    file.write_bytes(file.read_bytes()[:-8])
    made, said = laid_out(run)
    assert not made.kept and moved(said) and "is not used" in notices(said)[0]
    heard: list[Event] = []
    assert last_map(run, Settings(), emit=heard.append) is None and "is damaged" in notices(heard)[0]


def test_what_is_searched_stands_out_in_a_figure_and_says_how_many(run: Trained) -> None:
    made = compute(run, Settings(method="pca", where="class = 3 or class = 4"))
    labels = run.codes_of("train").labels
    assert made.found is not None and labels is not None
    np.testing.assert_array_equal(made.found, np.isin(labels, (3, 4)))
    assert made.notes[-1] == f"{made.found.sum()} of {len(labels)} codes found: class = 3 or class = 4"
    left = compute(run, Settings(method="pca", where="class = 3", hide=("4",)))
    assert left.found is not None and len(left.found) == len(left.coords) == (labels != 4).sum()
