"""What the loop does for every family, and how it answers when it is paused, stopped, or goes wrong."""

from __future__ import annotations

import math
import queue
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.errors import DivergedError, OutOfMemoryError, RunError
from latentexplorer.core.events import EpochDone, Event, Notice, Progress, SnapshotTaken, TrainingProgress
from latentexplorer.core.history import COLUMNS
from latentexplorer.models.families.pca import principal_codes
from latentexplorer.models.families.wae import squared_mmd
from latentexplorer.runs import RunFolder, Snapshot, Trained, kept_snapshots, shown_index
from latentexplorer.runs.snapshot import snapshot_file
from latentexplorer.training import Controls, train
from latentexplorer.training.reports import Pace
from tests.training.helpers import StopAfterLooks, delete, digits, new_run, small, tensors


@pytest.mark.parametrize("family", FAMILIES.names)
@pytest.mark.parametrize("numerics", ["exact", "fast"])
def test_every_family_trains_is_saved_and_decodes_again(tmp_path: Path, family: str, numerics: str) -> None:
    config = small(family, "training.epochs=2", f"training.numerics={numerics}")
    data = digits(config)
    run = new_run(tmp_path / "run", config)
    kind = FAMILIES[family]
    generator, threads = torch.get_rng_state(), torch.get_num_threads()

    trained = train(run, data)

    assert run.status == "finished"
    assert torch.equal(torch.get_rng_state(), generator)
    assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == (threads, False)
    assert len(run.history) == (2 if kind.gradient else 1)
    row = run.history.rows[-1]
    more = [*(term.name for term in kind.terms), *(("log_likelihood",) if family == "pca" else ())]
    assert list(row) == [*COLUMNS, *(f"{part}_{name}" for part in ("train", "test") for name in more)]
    for part in ("train", "test"):
        assert 0 < row[f"{part}_rmse"] < 1
        own = sum(weight * row[f"{part}_{name}"] for name, weight in config.model.term_weights.items())
        assert row[f"{part}_loss"] == pytest.approx(row[f"{part}_recon"] + row[f"{part}_kl"] + own, rel=1e-5)
    assert math.isfinite(row["active_units"]) == kind.variational
    assert math.isfinite(row["code_lr"]) == (not kind.encoder)
    assert trained.data is data
    again = Trained.load(run.path, with_data=False)
    for part, count in (("train", 96), ("test", 70)):
        codes = again.codes[part]
        assert codes.loc.shape == (count, again.code_dim)
        assert (codes.scale is not None) == kind.variational
        assert np.array_equal(codes.index, np.arange(count))
        assert np.array_equal(codes.labels, (data.train if part == "train" else data.test).labels)
    y = again.labels("train")[:3] if kind.conditional else None
    images = again.decode(again.codes["train"].loc[:3], y)
    assert images.shape == (3, 8, 8 * kind.components, 1)
    assert np.array_equal(images, trained.decode(trained.codes["train"].loc[:3], y))
    assert run.environment["numerics"]["mode"] == numerics
    assert set(run.metrics["test"]) >= {"recon", "rmse", "norm_metric"}


def test_learning_lowers_the_loss_of_training_and_held_out_images(tmp_path: Path) -> None:
    for family in ("ad", "vad", "vae"):
        config = small(family, "training.epochs=15", "training.lr=0.01", "training.code_lr=0.1", "model.latent_dim=8")
        run = new_run(tmp_path / family, config)
        train(run, digits(config))
        for column in ("train_rmse", "test_rmse"):
            first, *_, last = run.history.column(column)
            assert last < 0.9 * first, (family, column)


def test_the_first_row_is_what_the_definitions_say(tmp_path: Path) -> None:
    """norm_metric, rmse and sse_plus_kl worked out by hand."""
    config = small("pca")
    data = digits(config)
    run = new_run(tmp_path / "run", config)
    trained = train(run, data)
    row = run.history.rows[0]
    # So few held-out images are watched that it costs little beside 96 training images.
    watched = {"train": np.arange(96), "test": shown_index(70, 64)}
    for part, index in watched.items():
        images = trained.images(part).images[index]
        x_hat = trained.decode(trained.codes[part].loc[index], clamped=False)
        squared = np.square(x_hat.astype(np.float64) - images / 255).reshape(len(images), -1).sum(1)
        norms = [255 * math.sqrt(group.sum()) / (64 * len(group)) for group in np.split(squared, [64]) if len(group)]
        assert row[f"{part}_rmse"] == pytest.approx(math.sqrt(squared.mean() / 64), rel=1e-5)
        assert row[f"{part}_sse_plus_kl"] == pytest.approx(squared.mean(), rel=1e-5)
        assert row[f"{part}_norm_metric"] == pytest.approx(np.mean(norms), rel=1e-5)


def test_a_term_of_the_batch_is_watched_on_batches_like_those_of_training(tmp_path: Path) -> None:
    config = small("wae", "training.epochs=15", "training.lr=0.01")
    trained = train(new_run(tmp_path / "run", config), digits(config))
    codes = torch.from_numpy(trained.codes["test"].loc[shown_index(70, 64)])
    shuffled = codes[np.random.default_rng(0).permutation(64)]
    expected = np.mean([float(squared_mmd(shuffled[:32])), float(squared_mmd(shuffled[32:]))])
    assert trained.history.rows[-1]["test_mmd"] == pytest.approx(expected, abs=1e-6)
    assert float(squared_mmd(codes)) != pytest.approx(expected, abs=1e-5)


def test_a_code_moves_only_when_its_image_is_in_the_batch(tmp_path: Path) -> None:
    config = small("vad")
    run = new_run(tmp_path / "run", config)
    train(run, digits(config), stop=StopAfterLooks(0))
    before = tensors(run, "checkpoint/state.safetensors")["codebook/codebook.weight"]
    train(run, digits(config), stop=StopAfterLooks(2), resume=True)
    after = tensors(run, "checkpoint/state.safetensors")["codebook/codebook.weight"]
    assert int((before != after).any(1).sum()) == 2 * 32


def test_stop_is_looked_at_after_every_step(tmp_path: Path) -> None:
    config = small("vae")
    run = new_run(tmp_path / "run", config)
    stop = StopToken()

    def ask(event: Event) -> None:
        if isinstance(event, SnapshotTaken):
            stop.request()

    controls = Controls()
    controls.want_snapshot()
    train(run, digits(config), emit=ask, stop=stop, controls=controls)
    assert run.status == "stopped"
    assert Trained.load(run.path, with_data=False).info.step == 0

    for looks in (1, 2):
        train(run, digits(config), stop=StopAfterLooks(looks), resume=True)
    assert Trained.load(run.path, with_data=False).info.step == 3


def test_pause_one_epoch_snapshots_and_stop_while_paused(tmp_path: Path) -> None:
    config = small("vad", "training.epochs=1000", "training.snapshots=0")
    data = digits(config)
    run = new_run(tmp_path / "run", config)
    controls, stop = Controls(), StopToken()
    heard: queue.Queue[Event] = queue.Queue()
    controls.pause()
    worker = threading.Thread(
        target=train, args=(run, data), kwargs={"emit": heard.put, "stop": stop, "controls": controls}
    )
    worker.start()

    controls.want_snapshot()
    first = _next(heard, SnapshotTaken).snapshot
    assert (first.epoch, first.step, controls.paused) == (0, 0, True)
    controls.step_epoch()
    assert _next(heard, EpochDone).row["epoch"] == 1
    controls.want_snapshot()
    second = _next(heard, SnapshotTaken).snapshot
    assert (second.epoch, second.step, controls.paused) == (1, 3, True)
    controls.step_epoch()
    controls.step_epoch()
    assert [_next(heard, EpochDone).row["epoch"] for _ in range(2)] == [2, 3]
    controls.unpause()
    assert _next(heard, EpochDone).row["epoch"] == 4
    controls.pause()
    stop.request()
    worker.join()
    assert run.status == "stopped"

    # A snapshot is a copy: training went on and it did not change.
    shown = Trained.of_snapshot(config, first, data, run.path)
    start = Trained.of_snapshot(config, second, data, run.path)
    assert not np.array_equal(shown.codes["train"].loc, start.codes["train"].loc)
    z = first.codes["train"].loc[:2]
    assert not np.array_equal(shown.decode(z), start.decode(z))
    assert np.array_equal(shown.model.posterior(_index(5)).mean.numpy(), shown.codes["train"].loc[:5])
    assert len(shown.history) == 0 and len(start.history) == 1


def _index(count: int):  # type: ignore[no-untyped-def]
    from latentexplorer.models import Batch

    return Batch(torch.zeros(count, 1, 8, 8), index=torch.arange(count))


def _next(heard: queue.Queue[Event], kind: type) -> Event:
    while not isinstance(event := heard.get(timeout=120), kind):
        pass
    return event


def test_snapshots_are_spread_evenly_and_bounded_also_when_a_run_grows(tmp_path: Path) -> None:
    config = small("vad", "training.epochs=8", "training.snapshots=4")
    data = digits(config)
    run = new_run(tmp_path / "run", config)
    taken: list[Snapshot] = []

    def keep(event: Event) -> None:
        if isinstance(event, SnapshotTaken):
            taken.append(event.snapshot)

    train(run, data, emit=keep)
    assert kept_snapshots(run) == [2, 4, 6, 8] == [snapshot.epoch for snapshot in taken]
    third = Trained.load(run.path, epoch=6, with_data=False)
    assert third.epoch == len(third.history) == 6
    assert np.array_equal(third.codes["test"].loc, taken[2].codes["test"].loc)
    z = third.codes["train"].loc[:4]
    assert np.array_equal(third.decode(z), Trained.of_snapshot(config, taken[2], data, run.path).decode(z))
    with pytest.raises(RunError, match="2, 4, 6, 8"):
        Trained.load(run.path, epoch=5)

    train(run, data, resume=True, changes=["training.epochs=16"])
    assert kept_snapshots(run) == [4, 8, 12, 16]


def test_a_state_to_look_back_at_that_a_kill_took_is_there_again(tmp_path: Path) -> None:
    config = small("vae", "training.epochs=4", "training.snapshots=4")
    data = digits(config)
    run = new_run(tmp_path / "run", config)
    train(run, data)
    # Killed after the checkpoint of epoch 4, and before its state.
    run.remove(snapshot_file(4))
    train(run, data, resume=True, changes=["training.epochs=8"])
    assert kept_snapshots(run) == [2, 4, 6, 8]


def test_a_run_that_goes_on_from_its_start_keeps_the_states_of_one_never_stopped(tmp_path: Path) -> None:
    config = small("vae", "training.epochs=4", "training.snapshots=2", "training.numerics=exact")
    data = digits(config)
    run = new_run(tmp_path / "run", config)
    stop = StopToken()

    def stopping(event: Event) -> None:
        if isinstance(event, Progress) and event.what == "the first batch":
            stop.request()

    train(run, data, emit=stopping, stop=stop)
    assert Trained.load(run.path, with_data=False).epoch == 0
    train(run, data, resume=True)
    assert kept_snapshots(run) == [2, 4]


def test_what_came_to_nothing_before_it_began_leaves_its_place_free(tmp_path: Path) -> None:
    config = small("vae")
    run = new_run(tmp_path / "run", config)

    def hungry(event: Event) -> None:
        torch.empty(2**60, dtype=torch.uint8)

    with pytest.raises(OutOfMemoryError, match=r"training.batch_size \(now 32\)"):
        train(run, digits(config), emit=hungry)
    assert not run.path.exists()
    train(new_run(tmp_path / "run", config), digits(config))


def test_divergence_keeps_the_last_epoch_and_says_what_to_lower(tmp_path: Path) -> None:
    config = small("vae", "model.hidden=[64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64]")
    run = new_run(tmp_path / "run", config)
    controls = Controls()

    def spoil(event: Event) -> None:
        if isinstance(event, EpochDone):
            controls.set("training.lr", 10.0)

    with pytest.raises(DivergedError, match=r"epoch 2; the last whole epoch is kept. Lower training.lr \(now 10\)"):
        train(run, digits(config), emit=spoil, controls=controls)
    assert run.status == "failed"
    assert "training.lr" in run.message
    kept = Trained.load(run.path, with_data=False)
    assert kept.epoch == len(kept.history) == 1
    assert all(bool(torch.isfinite(tensor).all()) for tensor in kept.model.state_dict().values())
    train(run, digits(config), resume=True, changes=["training.lr=0.001"])
    assert run.status == "finished"
    assert [(change.step, change.value) for change in run.config.training.changes] == [(3, 0.001)]


def test_no_memory_says_which_setting_to_lower(tmp_path: Path) -> None:
    config = small("vae")
    run = new_run(tmp_path / "run", config)

    def hungry(event: Event) -> None:
        if isinstance(event, EpochDone):
            torch.empty(2**60, dtype=torch.uint8)

    with pytest.raises(OutOfMemoryError, match=r"training.batch_size \(now 32\)"):
        train(run, digits(config), emit=hungry)
    assert run.status == "failed"
    assert Trained.load(run.path, with_data=False).epoch == 1


def test_a_folder_deleted_under_a_training_is_said(tmp_path: Path) -> None:
    config = small("vae")
    run = new_run(tmp_path / "run", config)

    def remove(event: Event) -> None:
        if isinstance(event, EpochDone):
            delete(run.path)

    with pytest.raises(RunError, match="not there"):
        train(run, digits(config), emit=remove)
    assert not run.path.exists()


def test_early_stopping_ends_where_the_held_out_loss_no_longer_falls(tmp_path: Path) -> None:
    config = small("vae", "training.epochs=200", "training.early_stopping=2", "training.lr=0.03")
    run = new_run(tmp_path / "run", config)
    heard: list[Event] = []
    train(run, digits(config), emit=heard.append)
    losses = run.history.column("test_loss")
    assert run.status == "finished" and len(losses) < 200
    assert min(losses[-2:]) >= min(losses[:-2]) == losses[-3]
    assert any(isinstance(event, Notice) and "early" in event.text for event in heard)


def test_a_collapsed_posterior_is_noticed(tmp_path: Path) -> None:
    config = small("vae", "model.beta=100000", "training.epochs=9", "training.lr=0.02")
    run = new_run(tmp_path / "run", config)
    heard: list[Event] = []
    train(run, digits(config), emit=heard.append)
    assert run.history.column("active_units")[-1] == 0
    assert sum("collapsed" in event.text for event in heard if isinstance(event, Notice)) == 1


def test_fast_numerics_are_chosen_once_and_kept(tmp_path: Path) -> None:
    config = small("conv-ae", "training.numerics=fast", "training.epochs=40")
    run = new_run(tmp_path / "run", config)
    train(run, digits(config), stop=StopAfterLooks(2))
    chosen = run.environment["numerics"]
    assert chosen["chosen"] and "fp32" in chosen["timings_ms"]
    train(RunFolder.open(run.path), digits(config), resume=True)
    assert run.environment["numerics"] == chosen


def test_progress_is_told_with_the_mean_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("latentexplorer.training.reports.INTERVAL_S", 0.0)
    config = small("ad")
    run = new_run(tmp_path / "run", config)
    stop = StopToken()
    heard: list[TrainingProgress] = []

    def listen(event: Event) -> None:
        if isinstance(event, TrainingProgress):
            heard.append(event)
            stop.request()

    train(run, digits(config), emit=listen, stop=stop)
    assert len(heard) == 1
    assert 0 < heard[0].fraction < 1 and math.isfinite(heard[0].loss)


@pytest.mark.parametrize("count", [1, 2, 33])
@pytest.mark.parametrize("family", [family.name for family in FAMILIES if family.gradient])
def test_very_few_images_train_too(tmp_path: Path, family: str, count: int) -> None:
    config = small(family, f"data.limit={count}", "training.epochs=1")
    run = new_run(tmp_path / "run", config)
    trained = train(run, digits(config))
    assert len(trained.codes["train"]) == count


def test_no_held_out_images(tmp_path: Path) -> None:
    config = small("vad", "training.held_out=0", "training.early_stopping=1")
    run = new_run(tmp_path / "run", config)
    trained = train(run, digits(config))
    assert len(run.history) == 3 and "test" not in trained.codes
    assert all(math.isnan(value) for value in run.history.column("test_loss"))


@pytest.mark.parametrize(("numerics", "expected"), [("fast", {1, 2}), ("exact", {2})])
def test_a_core_is_left_to_whoever_uses_the_window_unless_results_depend_on_it(
    tmp_path: Path, numerics: str, expected: set[int]
) -> None:
    config = small("vae", f"training.numerics={numerics}", "training.device=cpu")
    controls, seen = Controls(), set[int]()

    def watch(event: Event) -> None:
        if isinstance(event, EpochDone):
            seen.add(torch.get_num_threads())
            controls.leave_a_core(event.row["epoch"] == 1)

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        train(new_run(tmp_path / "run", config), digits(config), emit=watch, controls=controls)
    finally:
        torch.set_num_threads(before)
    assert seen == expected


@pytest.mark.parametrize("family", [family.name for family in FAMILIES if not family.encoder])
def test_an_auto_decoder_starts_at_the_principal_components_of_its_images(tmp_path: Path, family: str) -> None:
    still = ("training.epochs=1", "training.lr=1e-9", "training.code_lr=1e-9")
    config = small(family, "model.code_init=pca", "model.code_init_scale=0.7", *still)
    trained = train(new_run(tmp_path / "run", config), digits(config))
    components = principal_codes(trained.images("train").images, config.model.latent_dim)
    np.testing.assert_allclose(trained.codes["train"].loc, 0.7 * components, atol=1e-4)


def test_the_pace_does_not_jump() -> None:
    pace = Pace()
    # The first batches, in which everything is new, tell nothing.
    assert math.isnan(pace.after(64, 2.0))
    steady = [pace.after(100, 0.1) for _ in range(40)]
    assert all(speed == pytest.approx(1000) for speed in steady)
    slow = pace.after(9, 0.1)
    assert 900 < slow < 1000
    for _ in range(200):
        later = pace.after(50, 0.1)
    assert later == pytest.approx(500, rel=0.02)


@pytest.mark.parametrize("family", ["vae", "cvae", "vad", "ad"])
def test_a_kept_state_is_bit_for_bit_the_run_that_was_trained_so_far(tmp_path: Path, family: str) -> None:
    changes = ("training.numerics=exact", "training.schedule=constant")
    config = small(family, *changes, "training.epochs=4", "training.snapshots=4")
    data = digits(config)
    longer = train(new_run(tmp_path / "longer", config), data)
    shorter = train(new_run(tmp_path / "shorter", small(family, *changes, "training.epochs=2")), data)
    kept = Trained.load(longer.path or "", epoch=2, with_data=False)
    whole = shorter.codes["train"]
    index = np.searchsorted(whole.index, kept.codes["train"].index)
    np.testing.assert_array_equal(kept.codes["train"].loc, whole.loc[index])
    z, labels = whole.loc[:8], whole.labels[:8] if family == "cvae" and whole.labels is not None else None
    np.testing.assert_array_equal(kept.decode(z, labels), shorter.decode(z, labels))
    assert not np.array_equal(kept.decode(z, labels), longer.decode(z, labels))
