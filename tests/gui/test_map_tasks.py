"""What the map asks of threads, as plain functions: no window, no thread."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import Stopped
from latentexplorer.core.events import ProjectionMoved, ignore
from latentexplorer.gui.workers import map_tasks
from latentexplorer.gui.workers.map_tasks import Begun
from latentexplorer.runs import Trained
from latentexplorer.views.base import Refused
from latentexplorer.views.map import Result

Small = Callable[..., Trained]
TSNE = {"method": "tsne", "limit": 60, "steps": 30}


def laid_out(vae: Trained, emit: Callable[[object], None] = ignore) -> Result:
    """A t-SNE that has come to its end."""
    result = map_tasks.lay_out(vae, TSNE, None, emit, NEVER)
    assert isinstance(result, Result)
    return result


def test_the_points_of_a_slow_map_are_told_before_they_move(small_run: Small) -> None:
    events: list[object] = []
    result = laid_out(small_run("vae"), events.append)
    begun = events[0]
    assert isinstance(begun, Begun) and begun.result.method == "tsne" and begun.result.same_points(result)
    moved = [event for event in events if isinstance(event, ProjectionMoved)]
    assert moved[-1].step == 30
    np.testing.assert_array_equal(moved[-1].coords, result.coords)
    again = map_tasks.resume(result, 40, ignore, NEVER)
    assert again.projection.step == 40


def test_what_makes_no_sense_is_an_answer_and_a_stop_is_none(small_run: Small) -> None:
    vae = small_run("vae")
    ae = small_run("conv-ae")
    unknown = map_tasks.lay_out(vae, {**TSNE, "color_by": "altitude"}, None, ignore, NEVER)
    assert isinstance(unknown, Refused) and "altitude" in unknown.what and unknown.todo
    shown = laid_out(ae)
    no_kl = map_tasks.quick_recolor(ae, shown, {"color_by": "kl"})
    assert isinstance(no_kl, Refused) and "no KL" in no_kl.what
    stop = StopToken()
    stop.request()
    with pytest.raises(Stopped):
        map_tasks.lay_out(vae, TSNE, None, ignore, stop)


def test_a_place_has_the_code_of_the_points_that_are_there_just_now(small_run: Small) -> None:
    projection = laid_out(small_run("vae")).projection
    moving = np.random.default_rng(0).normal(size=projection.coords.shape)
    x, y = moving[8]
    z, how = map_tasks.code_at(projection, moving, (x, y), None)
    np.testing.assert_array_equal(z, projection.codes[8])
    assert "point itself" in how
    x, y = projection.coords[8]
    np.testing.assert_array_equal(map_tasks.code_at(projection, None, (x, y), None)[0], projection.codes[8])


def test_the_nearest_codes_begin_with_the_code_itself(small_run: Small) -> None:
    codes = small_run("vae").codes_of("train").loc
    rows = map_tasks.nearest_codes(codes, 5)
    away = np.square(codes - codes[5]).sum(1)
    assert rows[0] == 5 and len(set(rows.tolist())) == map_tasks.NEAREST
    assert away[rows].max() <= np.delete(away, rows).min() + 1e-5
