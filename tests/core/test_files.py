"""Files written whole or not at all, paths that stay in their folder, and the metric table."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path

import pytest

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import RunError, SettingsError, Stopped
from latentexplorer.core.history import COLUMNS, MAX_NUMBERS, MOST_EPOCHS, ROW, History
from latentexplorer.core.number_lines import MAX_BYTES
from latentexplorer.core.paths import (
    append_line,
    atomic_write,
    child,
    expanded,
    is_file,
    is_folder,
    is_there,
    own_folder,
    printable,
    reading,
    replacing,
    resource,
    slug,
)
from latentexplorer.core.surroundings import settled


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    atomic_write(path, b"old")
    with pytest.raises(ZeroDivisionError), replacing(path) as temporary:
        temporary.write_bytes(b"half of the n")
        raise ZeroDivisionError
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_on_the_disk_before_it_takes_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "history.csv"
    path.write_bytes(b"old\n")
    asked: list[tuple[int, bytes]] = []
    monkeypatch.setattr(os, "fsync", lambda file: asked.append((os.fstat(file).st_size, path.read_bytes())))
    atomic_write(path, b"newer\n")
    assert asked == [(6, b"old\n")]
    append_line(path, b"more\n")
    assert asked[1:] == [(11, b"newer\nmore\n")]


def test_a_name_that_is_too_long_is_nowhere_and_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 300)
    assert not is_there(path) and not is_file(path) and not is_folder(path)
    assert is_there(tmp_path) and is_folder(tmp_path) and not is_file(tmp_path)
    with pytest.raises(RunError, match="could not be written"):
        atomic_write(path, b"x")


def test_nothing_is_begun_where_it_may_not_be_written(tmp_path: Path) -> None:
    def refuse() -> None:
        raise RunError("not yours")

    with pytest.raises(RunError, match="not yours"), replacing(tmp_path / "file", refuse):
        pytest.fail("it was begun")


def test_a_folder_that_has_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is not there"):
        atomic_write(tmp_path / "gone" / "file", b"x")
    # In one line, also where the name of the folder is none.
    with pytest.raises(RunError) as told:
        atomic_write(tmp_path / "what was\npasted" / "file", b"x")
    assert "what was pasted" in told.value.what and "\n" not in told.value.what


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../x", "."])
def test_paths_cannot_leave_their_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(RunError, match="outside"):
        child(tmp_path, name)


def test_a_home_that_does_not_exist_is_a_path_that_is_not_there() -> None:
    assert expanded("~nobody-of-that-name/runs") == Path("~nobody-of-that-name/runs")
    assert expanded("~/runs") == Path.home() / "runs"


def test_a_link_cannot_leave_its_folder(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    try:
        (inside / "link").symlink_to(tmp_path)
    except OSError:
        pytest.fail("links cannot be made here")
    with pytest.raises(RunError, match="outside"):
        child(inside, "link/secret")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes among its files")
def test_a_pipe_or_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path(os.devnull)):
        with pytest.raises(OSError, match="no file but"):
            reading(path)
    (tmp_path / "file").write_bytes(b"content")
    with reading(tmp_path / "file") as file:
        assert file.read() == b"content"


def test_slugs_are_safe_file_names() -> None:
    assert slug("../../etc/my run!") == "etc-my-run"
    assert slug("...") == "unnamed"


def test_history_reads_back_exactly(tmp_path: Path) -> None:
    history = History([{"epoch": 1, "train_loss": 0.1 + 0.2}, {"epoch": 2, "train_loss": 1e-300, "extra": 5.0}])
    history.save(tmp_path / "history.csv")
    again = History.load(tmp_path / "history.csv")
    assert again.column("train_loss") == [0.1 + 0.2, 1e-300]
    assert math.isnan(again.column("extra")[0])
    assert again.column("extra")[1] == 5
    assert len(again.until(1)) == 1


@pytest.mark.parametrize(
    "text", ["epoch,\n" + "1,\n" * 1_400_000, "epoch\n" + "1," * 600_000 + "\n"], ids=["rows", "columns"]
)
def test_a_table_that_would_take_gigabytes_is_refused_in_a_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "history.csv"
    path.write_text(text)
    with pytest.raises(RunError, match=r"^history\.csv has [^\n]*more [^\n]*$"):
        History.load(path)


def test_the_table_of_the_longest_training_can_be_read_again() -> None:
    numbers = len(COLUMNS) + 2 * max(len(family.terms) for family in FAMILIES)
    longest = len(f"{-1e-300 / 3!r},")
    assert MOST_EPOCHS * (numbers + ROW) <= MAX_NUMBERS and MOST_EPOCHS * numbers * longest <= MAX_BYTES
    assert RunConfig.parse({"training": {"epochs": MOST_EPOCHS}}).training.epochs == MOST_EPOCHS
    with pytest.raises(SettingsError, match=r"training\.epochs"):
        RunConfig.parse({"training": {"epochs": MOST_EPOCHS + 1}})


def test_a_row_that_is_no_row_is_named_unless_a_crash_may_have_left_it(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_text("epoch,beta\n1,1\n2,\0\0\n")
    assert len(History.load(path)) == 1
    path.write_text("epoch,beta\n1,1\n2,x\n3,1\n")
    with pytest.raises(RunError, match="line 3 is not a row of numbers"):
        History.load(path)


def test_a_row_is_added_to_the_file_and_one_that_was_changed_meanwhile_is_written_anew(tmp_path: Path) -> None:
    path, history = tmp_path / "history.csv", History()
    for epoch in range(1, 6):
        history.append({"epoch": epoch, "train_loss": 1 / epoch})
        history.save(path)
    assert path.read_text() == history.to_csv()
    # Cut short by a full disk, say; and a column that was not there before.
    path.write_bytes(path.read_bytes()[:-3])
    history.append({"epoch": 6, "train_loss": 0.1})
    history.save(path)
    history.append({"epoch": 7, "train_loss": 0.05, "extra": 2})
    history.save(path)
    assert History.load(path).column("train_loss") == history.column("train_loss")
    assert History.load(path).column("extra")[-1] == 2
    before = path.stat().st_ino
    history.append({"epoch": 8, "train_loss": 0.01})
    history.save(path)
    assert path.stat().st_ino == before  # Added to, not replaced: long runs do not write all of it again.
    assert History.load(path).column("epoch") == [1, 2, 3, 4, 5, 6, 7, 8]


def test_history_drops_a_line_cut_short_but_not_a_damaged_one(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    for cut in ("2,12", "2,", "2"):  # Of "2,12.75": what is left may look like a row.
        path.write_text(f"epoch,train_loss\n1,2.5\n{cut}")
        assert History.load(path).column("epoch") == [1]
    path.write_text("epoch,train_loss\n1,spam\n2,3\n")
    with pytest.raises(RunError, match="line 2"):
        History.load(path)


def test_resources_are_found() -> None:
    assert resource("presets", "ad-128.toml").is_file()


def test_a_stop_is_seen_by_the_work() -> None:
    stop = StopToken()
    stop.check()
    stop.request()
    with pytest.raises(Stopped):
        stop.check()


@pytest.mark.skipif(sys.platform == "win32", reason="there is always a folder of the person's own")
def test_where_nobody_knows_the_person_a_command_works_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    import pwd

    def nobody(number: int) -> None:
        raise KeyError(number)

    for name in ("HOME", "MPLCONFIGDIR"):
        # So that it is put back, also where there was none.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    assert own_folder().is_dir()
    with settled():
        pass


@pytest.mark.parametrize(
    ("text", "shown"),
    [("é🐱", "é🐱"), ("a\udcff", "a\\xff"), ("a\ud800", "a\\ud800"), ("\udcff\ude00", "\\udcff\\ude00")],
)
def test_any_text_can_be_written_anywhere(text: str, shown: str) -> None:
    assert printable(text) == shown
    printable(text).encode()


def test_a_name_with_a_zero_in_it_is_that_of_no_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no name holds a zero"):
        reading(tmp_path / "a\0b")
