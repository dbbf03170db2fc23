"""A training writes into its own run and into no other one, whatever becomes of the folder meanwhile."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import RunError
from latentexplorer.core.events import EpochDone, Event, SnapshotTaken
from latentexplorer.core.history import History
from latentexplorer.core.paths import replacing, unchecked
from latentexplorer.runs import RunFolder, Trained
from latentexplorer.runs.lock import locked
from latentexplorer.training import Controls, train
from tests.training.helpers import assert_same_run, delete, digits, new_run, small

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows lets nobody move or delete a folder while a file in it is open"
)

Change = Callable[[Path, Path], None]

BEGUN = "*.tmp"
"""What a checkpoint under way in its thread has begun: it comes and goes."""


def _another_run(folder: Path, other: Path) -> None:
    folder.rename(folder.with_name("moved"))
    shutil.copytree(other, folder)


def _a_copy_of_itself(folder: Path, other: Path) -> None:
    folder.rename(folder.with_name("moved"))
    shutil.copytree(folder.with_name("moved"), folder, ignore=shutil.ignore_patterns(BEGUN))


def _a_link(folder: Path, other: Path) -> None:
    folder.rename(folder.with_name("moved"))
    folder.symlink_to(other, target_is_directory=True)


def _an_empty_folder(folder: Path, other: Path) -> None:
    delete(folder)
    folder.mkdir()


def _another_run_after_deletion(folder: Path, other: Path) -> None:
    delete(folder)
    shutil.copytree(other, folder)


def _the_folder_above(folder: Path, other: Path) -> None:
    folder.parent.rename(folder.parent.with_name("moved"))
    folder.parent.mkdir()
    shutil.copytree(other, folder)


REPLACED: list[Change] = [
    _another_run,
    _a_copy_of_itself,
    _a_link,
    _an_empty_folder,
    _another_run_after_deletion,
    _the_folder_above,
]


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of the same settings, with a state to look back at."""
    run = new_run(tmp_path_factory.mktemp("other") / "finished", small("vad", "training.snapshots=3"))
    train(run, digits(run.config))
    return run.path


def _content(folder: Path, leave_out: str = "") -> dict[str, tuple[bytes, int]]:
    """Every file by name: what it holds and when it was written."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.match(leave_out or " "))
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


@pytest.mark.parametrize("replaced", REPLACED, ids=lambda change: change.__name__.strip("_"))
@pytest.mark.parametrize("moment", [EpochDone, SnapshotTaken, "live change", "stopped", "last epoch"], ids=str)
def test_what_was_put_in_its_place_is_left_as_it_is(
    tmp_path: Path, other: Path, replaced: Change, moment: type[Event] | str
) -> None:
    config = small("vad", "training.snapshots=3")
    run = new_run(tmp_path / "runs" / "run", config)
    controls, stop = Controls(), StopToken()
    placed: list[dict[str, tuple[bytes, int]]] = []

    def replace(event: Event) -> None:
        epoch = 3 if moment == "last epoch" else 1
        wanted = moment if isinstance(moment, type) else EpochDone
        if placed or not isinstance(event, wanted) or len(run.history) < epoch:
            return
        replaced(run.path, other)
        placed.append(_content(run.path, leave_out=BEGUN))
        if moment == "live change":
            controls.set("training.lr", 0.01)
        if moment == "stopped":
            stop.request()

    with pytest.raises(RunError, match=r"was moved or replaced while it trained; nothing was written into it\. Resume"):
        train(run, digits(config), emit=replace, stop=stop, controls=controls)
    assert _content(run.path) == placed[0]


def test_a_folder_that_was_only_moved_resumes_where_it_is(tmp_path: Path) -> None:
    config = small("vad")
    run, whole = new_run(tmp_path / "run", config), new_run(tmp_path / "whole", config)

    def move(event: Event) -> None:
        if isinstance(event, EpochDone):
            run.path.rename(tmp_path / "moved")

    with pytest.raises(RunError, match=r"not there any more.*Resume the run where it is now"):
        train(run, digits(config), emit=move)
    assert not run.path.exists()
    moved = RunFolder.open(tmp_path / "moved")
    assert (moved.status, len(moved.history)) == ("interrupted", 1)
    train(moved, digits(config), resume=True)
    train(whole, digits(config))
    assert_same_run(moved, whole)


WRITERS: dict[str, Callable[[RunFolder], object]] = {
    "config": lambda run: run.write_config(run.config),
    "history": lambda run: run.write_history(History([{"epoch": 1.0}])),
    "metrics": lambda run: run.write_metrics({}),
    "environment": lambda run: run.write_environment({}),
    "bookmarks": lambda run: run.write_bookmarks([]),
    "log": lambda run: run.log("line"),
    "status": lambda run: run.set_status("finished"),
    "tensors": lambda run: run.write_tensors("model.safetensors", {"a": torch.ones(1)}, {}),
    "sub-folder": lambda run: run.subfolder("figures"),
    "removal": lambda run: run.remove("config.json"),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_every_writer_looks_whose_folder_it_is(tmp_path: Path, other: Path, write: Callable[[RunFolder], None]) -> None:
    run = new_run(tmp_path / "run", small("vad"))
    with run.training():
        write(run)
        _another_run(run.path, other)
        placed = _content(run.path)
        with pytest.raises(RunError, match="replaced"):
            write(run)
        assert _content(run.path) == placed and not (run.path / "figures").exists()
    # Whoever is not training tells runs apart by what they are known by.
    with pytest.raises(RunError, match="holds another run by now"):
        write(run)
    assert _content(run.path) == placed


@pytest.mark.parametrize("older", [False, True], ids=["known", "known by their logs"])
def test_what_is_found_out_about_a_run_is_not_kept_in_another_of_the_same_settings(
    tmp_path: Path, other: Path, older: bool
) -> None:
    run = new_run(tmp_path / "run", small("vad", "training.snapshots=3")).path
    train(RunFolder.open(run), digits(RunFolder.open(run).config))
    if older:
        other = Path(shutil.copytree(other, tmp_path / "other"))
        for path in (run, other):
            (path / "identity.json").unlink()
        (other / "log.txt").write_text("2001" + (other / "log.txt").read_text()[4:])
    trained = Trained.load(run, with_data=False)
    folder = trained.folder()
    _another_run(run, other)
    placed = _content(run)
    with pytest.raises(RunError, match=r"holds another run by now\. Open the run where it is now"):
        trained.folder()
    with pytest.raises(RunError, match="holds another run by now"):
        folder.write_metrics({})
    # Nor is a state of the other one taken for an earlier or later one of the first.
    with pytest.raises(RunError, match="holds another run by now"):
        Trained.load(run, like=trained)
    assert _content(run) == placed
    trained.path = run.with_name("moved")
    trained.folder().write_metrics({})


def test_a_folder_replaced_while_a_large_file_is_written_is_left_as_it_is(tmp_path: Path, other: Path) -> None:
    run = new_run(tmp_path / "run", small("vad"))
    placed = {}

    class Slow(dict[str, torch.Tensor]):
        """Its numbers are asked for when the file has been begun."""

        def __getitem__(self, name: str) -> torch.Tensor:
            if not run.path.with_name("moved").exists() and list(run.path.glob("*.tmp")):
                _another_run(run.path, other)
                placed.update(_content(run.path))
            return super().__getitem__(name)

    with run.training(), pytest.raises(RunError, match="moved or replaced"):
        run.write_tensors("model.safetensors", Slow(a=torch.ones(3)), {})
    assert placed and _content(run.path) == placed


def test_a_file_begun_in_what_was_put_in_its_place_is_taken_back(tmp_path: Path, other: Path) -> None:
    run = new_run(tmp_path / "run", small("vad"))
    placed = {}
    with (
        pytest.raises(RunError, match="moved or replaced"),
        locked(run.path) as lock,
        replacing(run.path / "metrics.json", lock.check) as temporary,
    ):
        _another_run(run.path, other)
        placed.update(_content(run.path))
        temporary.write_bytes(b"{}")
    assert placed and _content(run.path) == placed


def test_a_history_that_is_deleted_at_the_moment_does_not_come_back_alone(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    looks = iter((path.unlink, unchecked))
    history = History([{"epoch": 1.0}])
    history.save(path)
    history.append({"epoch": 2.0})
    with pytest.raises(RunError, match="not there"):
        history.save(path, check=lambda: next(looks)())
    assert list(tmp_path.iterdir()) == []
