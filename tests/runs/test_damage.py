"""One damaged run never hides the others, and whoever asks for it reads what is wrong in one line."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import LatentExplorerError, RunError
from latentexplorer.core.history import History
from latentexplorer.runs import RunFolder, Trained, attributes, kept_inverses, kept_maps, list_runs, sweep_folder  # noqa: F401  # noqa: F401
from latentexplorer.training import checkpoint  # noqa: F401

from .conftest import config_of

FILES = ("config.json", "history.csv", "status.json", "metrics.json", "environment.json", "bookmarks.json", ".lock")
READ_BY_THE_LIST = ("config.json", "history.csv", "status.json")

Damage = Callable[[Path], object]


def _text(content: str) -> Damage:
    return lambda path: path.write_text(content)


def _replaced(make: Damage) -> Damage:
    def damage(path: Path) -> None:
        path.unlink(missing_ok=True)
        make(path)

    return damage


DAMAGES: dict[str, Damage] = {
    "empty": _text(""),
    "null": _text("null"),
    "list": _text("[]"),
    "number": _text("3"),
    "number of 5,000 digits": _text("9" * 5000),
    "table of a number of 5,000 digits": _text('{"status": 1' + "0" * 5000 + "}"),
    "deep": _text("[" * 100_000),
    "deep but whole": _text('{"status": ' * 900 + "1" + "}" * 900),
    "deep message": _text('{"status": "failed", "message": ' + "[" * 900 + "]" * 900 + "}"),
    "a thousand unknown names": _text("{" + ", ".join(f'"unknown{i}": 1' for i in range(1000)) + "}"),
    "huge cell": _text('"' + "a" * 200_000 + '"\n'),
    "huge cell in a row": _text("epoch,train_loss\n1,2\n3," + "4" * 200_000 + "\n5,6\n"),
    "ten thousand columns": _text(",".join(map(str, range(10_000))) + "\n" + "1," * 9_999 + "1\n" + "2\n3\n"),
    "epoch out of range": _text("epoch,train_loss\n1e308,1\n"),
    "epoch between two": _text("epoch,train_loss\n1.5,1\n"),
    "NUL bytes": lambda path: path.write_bytes(b"\0" * 100 + b"\n" + b"\0\n" * 100),
    "not text": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "folder": _replaced(lambda path: path.mkdir()),
    "link to itself": _replaced(lambda path: path.symlink_to(path)),
    "links in a circle": _replaced(lambda path: (path.with_name("back").symlink_to(path), path.symlink_to("back"))),
    "link to nowhere": _replaced(lambda path: path.symlink_to("nowhere")),
    "link out": _replaced(lambda path: path.symlink_to("/etc/hostname")),
}
if sys.platform != "win32":
    DAMAGES["pipe"] = _replaced(os.mkfifo)


@contextlib.contextmanager
def _in_a_minute() -> Iterator[None]:
    """A reader that waits for ever (at a pipe) fails instead of stopping all tests."""
    if sys.platform == "win32":
        yield
        return

    def late(number: int, frame: object) -> None:
        pytest.fail("waited for ever")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(60)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a good run, and one for each damage of each file the list reads."""
    folder = tmp_path_factory.mktemp("runs")
    good = RunFolder.create(folder / "good", config_of("vad"))
    good.write_history(History([{"epoch": 1.0, "train_loss": 3.0}]))
    good.set_status("finished")
    for name in (*READ_BY_THE_LIST, ".lock"):
        for what, damage in DAMAGES.items():
            path = shutil.copytree(good.path, folder / f"{name} {what}")
            if name == ".lock":
                RunFolder(path, good.config).set_status("training")
            damage(path / name)
    return folder


def test_the_list_shows_every_run_that_is_damaged_beside_those_that_are_not(runs: Path) -> None:
    with _in_a_minute():
        rows = {row.name: row for row in list_runs(runs)}
    assert set(rows) == {path.name for path in runs.iterdir()}
    assert (rows["good"].status, rows["good"].loss, rows["good"].error) == ("finished", 3.0, "")
    for name, row in rows.items():
        assert "\n" not in row.error and len(row.error) < 1000, name
        if row.status == "damaged":
            assert name.split()[0] in row.error, (name, row.error)
        # What a table of the window can hold.
        assert 0 <= row.epochs <= 10**9
    damaged = {name for name, row in rows.items() if row.status == "damaged"}
    for name in (
        "history.csv huge cell in a row",
        "status.json link to itself",
        "config.json pipe",
        "config.json deep",
    ):
        assert name in damaged
    assert not any(name.startswith(".lock") for name in damaged)


@pytest.mark.parametrize("what", DAMAGES)
@pytest.mark.parametrize("name", FILES)
def test_who_asks_a_damaged_run_reads_one_line(vad: RunFolder, name: str, what: str) -> None:
    DAMAGES[what](vad.path / name)
    readers: list[Callable[[RunFolder], object]] = [
        lambda run: run.status,
        lambda run: run.message,
        lambda run: run.history,
        lambda run: run.metrics,
        lambda run: run.environment,
        lambda run: run.bookmarks,
        lambda run: run.log("line"),
        lambda run: Trained.load(run.path, with_data=False),
    ]
    with _in_a_minute():
        for read in readers:
            try:
                read(RunFolder.open(vad.path))
            except LatentExplorerError as error:
                assert "\n" not in str(error) and len(str(error)) < 1000
                assert error.todo


def test_a_folder_that_leads_to_itself_is_no_run(tmp_path: Path) -> None:
    RunFolder.create(tmp_path / "good", RunConfig())
    (tmp_path / "circle").symlink_to(tmp_path / "circle", target_is_directory=True)
    assert [run.name for run in list_runs(tmp_path)] == ["good"]
    with pytest.raises(RunError, match="no run at"):
        RunFolder.open(tmp_path / "circle")


def test_a_run_that_may_not_be_read_does_not_hide_the_others() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        RunFolder.create(folder / "good", RunConfig())
        closed = RunFolder.create(folder / "closed", RunConfig()).path
        closed.chmod(0)
        with _as_nobody(folder):
            rows = {run.name: run for run in list_runs(folder)}
            with pytest.raises(RunError, match="closed"):
                RunFolder.open(closed)
        closed.chmod(0o755)
    assert set(rows) == {"good", "closed"}
    assert (rows["good"].status, rows["closed"].status) == ("empty", "damaged")
    assert "closed" in rows["closed"].error


@contextlib.contextmanager
def _as_nobody(folder: Path) -> Iterator[None]:
    """Whoever may read everything (root) becomes somebody who may not."""
    if sys.platform == "win32":
        pytest.skip("Windows has other permissions")
    if os.geteuid() != 0:
        yield
        return
    if any(path.stat().st_mode & 0o005 != 0o005 for path in folder.parents):
        pytest.skip(f"{folder.parent} is not for everybody")
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_white_that_no_float_holds_is_none(vad: RunFolder) -> None:
    whites = f'{{"uint16": 4095, "a": 1{"0" * 400}, "b": 1e999, "c": NaN, "d": -1, "e": "f"}}'
    (vad.path / "environment.json").write_text(f'{{"data": {{"whites": {whites}}}}}')
    assert RunFolder.open(vad.path).whites == {"uint16": 4095}


def _lists() -> list[tuple[type[BaseModel], str]]:
    """Every list of any length in what is read from a run."""
    found, waiting = [], [BaseModel]
    while waiting:
        model = waiting.pop()
        waiting += model.__subclasses__()
        if model.__module__.startswith(("latentexplorer.runs", "latentexplorer.core", "latentexplorer.training")):
            found += [(model, name) for name, field in model.model_fields.items() if "list[" in repr(field.annotation)]
            found += [(model, name) for name, field in model.model_fields.items() if ", ...]" in repr(field.annotation)]
    return found


def test_of_a_list_the_first_wrong_item_is_told() -> None:
    """A file of some megabytes can hold millions, and each would take a thousand bytes to be told."""
    lists = _lists()
    assert {name for _, name in lists} >= {"z", "step", "bookmarks", "class_names", "changes", "hidden", "ways", "runs"}
    for model, name in lists:
        with pytest.raises(ValidationError) as caught:
            model.model_validate({name: [object()] * 5})
        places = [each["loc"][1] for each in caught.value.errors() if each["loc"][:1] == (name,) and each["loc"][1:]]
        assert places == [0], (model, name)
