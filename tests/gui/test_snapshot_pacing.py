"""When panes ask for a snapshot of the model that trains: the machine alone, told the time, without a window."""

from __future__ import annotations

from latentexplorer.gui.session.snapshot_pacing import REST, REST_HERE, UNWATCHED_S, Phase, SnapshotPacing


def shown(pacing: SnapshotPacing, at_s: float) -> None:
    """A snapshot that was asked for has arrived and is on the screen; the panes draw it now."""
    pacing.arrived(at_s)
    pacing.shown()


def test_only_one_snapshot_is_under_way() -> None:
    pacing = SnapshotPacing()
    assert pacing.tick(0.0, somebody_here=True)
    assert not pacing.tick(0.5, somebody_here=True)
    pacing.arrived(0.6)
    assert pacing.phase is Phase.OPENING
    assert not pacing.tick(1.0, somebody_here=True)
    pacing.shown()
    assert pacing.tick(1.5, somebody_here=True)


def test_after_drawing_it_rests_in_proportion_to_what_the_panes_took() -> None:
    for here, rest in ((False, REST), (True, REST_HERE)):
        pacing = SnapshotPacing()
        assert pacing.tick(0.0, here)
        shown(pacing, 10.0)
        pacing.rested(12.0, here)
        assert not pacing.drawing
        assert not pacing.tick(12.0 + 2 * rest - 0.01, here)
        assert pacing.tick(12.0 + 2 * rest, here)


def test_pictures_drawn_at_once_still_cost_a_training_that_nobody_touches_little() -> None:
    for here in (False, True):
        pacing = SnapshotPacing()
        assert pacing.tick(0.0, here)
        shown(pacing, 10.0)
        pacing.rested(10.0, here)
        assert pacing.tick(10.0 + UNWATCHED_S - 0.01, here) is here
        assert here or pacing.tick(10.0 + UNWATCHED_S, here)


def test_what_panes_wait_for_a_core_is_not_what_they_took() -> None:
    pacing = SnapshotPacing()
    assert pacing.tick(0.0, somebody_here=False)
    shown(pacing, 10.0)
    # A second by the clock, of which a quarter was theirs.
    pacing.rested(11.0, somebody_here=False, spent_s=0.25)
    assert not pacing.tick(11.0 + 0.25 * REST - 0.01, somebody_here=False)
    assert pacing.tick(11.0 + 0.25 * REST, somebody_here=False)


def test_nobody_is_shown_a_snapshot_while_the_panes_still_draw_the_last_one() -> None:
    pacing = SnapshotPacing()
    assert pacing.tick(0.0, somebody_here=False)
    shown(pacing, 1.0)
    assert pacing.drawing
    assert not pacing.tick(100.0, somebody_here=False)
    # Somebody who looks sees it move, also before every pane has caught up.
    assert pacing.tick(100.0, somebody_here=True)


def test_who_comes_back_does_not_wait() -> None:
    pacing = SnapshotPacing()
    assert pacing.tick(0.0, somebody_here=False)
    shown(pacing, 0.0)
    pacing.rested(5.0, somebody_here=False)
    assert not pacing.tick(6.0, somebody_here=True)
    pacing.somebody_came()
    assert pacing.tick(6.0, somebody_here=True)


def test_standing_still_asks_at_once_also_within_a_rest() -> None:
    pacing = SnapshotPacing()
    assert pacing.tick(0.0, somebody_here=False)
    shown(pacing, 0.0)
    pacing.rested(5.0, somebody_here=False)
    assert pacing.stand_still()


def test_what_was_taken_before_standing_still_is_followed_by_what_stands_still() -> None:
    pacing = SnapshotPacing()
    assert pacing.tick(0.0, somebody_here=True)
    assert not pacing.stand_still()
    pacing.arrived(1.0)
    assert pacing.shown()
    assert pacing.phase is Phase.ASKED
    pacing.arrived(2.0)
    assert not pacing.shown()


def test_going_on_needs_no_second_one() -> None:
    pacing = SnapshotPacing()
    assert pacing.tick(0.0, somebody_here=True)
    assert not pacing.stand_still()
    # It trains again before the first has come: the next tick is soon enough.
    assert not pacing.tick(0.5, somebody_here=True)
    pacing.arrived(1.0)
    assert not pacing.shown()


def test_one_that_is_dropped_or_belongs_to_an_ended_training_holds_nothing_up() -> None:
    pacing = SnapshotPacing()
    assert pacing.tick(0.0, somebody_here=True)
    pacing.stand_still()
    pacing.dropped()
    assert pacing.tick(0.5, somebody_here=True)
    shown(pacing, 1.0)
    pacing.end()
    assert not pacing.drawing
    pacing.rested(50.0, somebody_here=False)
    assert pacing.tick(1.5, somebody_here=False)
