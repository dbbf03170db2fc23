"""Seconds of each torture break no wall, and no reader waits for what is no file."""

from __future__ import annotations

import json
import logging
import random
import runpy
import shutil
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import LatentExplorerError
from tests.conftest import ROOT

from .files import made
from .mutations import SECRET, folder, link_round, pipe
from .samples import samples
from .spent import Looker, Spent
from .walk import Tour, seen
from .watch import Words

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork, and no pipes among its files")

STALL_MS = "1000"
"""Four times what the full command allows: of the window's own processor time, which a busy machine lengthens by its
caches alone. The longest pass of these events took 86 ms on two busy cores."""
SECONDS = {
    "events": ("--count", "60", "--stall", STALL_MS),
    "files": ("--count", "60"),
    "kills": ("--count", "2"),
    "cycles": ("--count", "2", "--stall", STALL_MS),
    "disk": ("--count", "4"),
    "follow": ("--count", "1", "--stall", STALL_MS),
}


ONE_AFTER_THE_OTHER = """
import json, sys
from tests.torture.__main__ import main
sys.exit(sum([main(command) for command in json.loads(sys.argv[1])]))
"""


def test_seconds_of_torture_break_no_wall() -> None:
    """Slow: every kind of it. In a process of its own, because an audit hook stays for good; each in children of that
    process, which has loaded the libraries once for all."""
    commands = json.dumps([[kind, "--seed", "7", *given] for kind, given in SECONDS.items()])
    program = [sys.executable, "-c", ONE_AFTER_THE_OTHER, commands]
    ended = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    told = [line.partition(":")[0] for line in ended.stdout.splitlines() if "(seed 7)" in line]
    assert told == [f"{kind} (seed 7)" for kind in SECONDS]


HOSTILE = ("images texts.npy",)
"""Refused as they are; all others are read before somebody spoils them."""
SLOW = """def outer(look):
    inner(look)
    look()

def inner(look):
    look()
"""


def test_a_stall_says_on_what_it_was_spent(tmp_path: Path) -> None:
    (tmp_path / "latentexplorer").mkdir()
    (tmp_path / "latentexplorer" / "slow.py").write_text(SLOW)
    calls = runpy.run_path(str(tmp_path / "latentexplorer" / "slow.py"))
    spent, until_s = Spent(), iter((0.3, 0.4))
    looker = Looker(threading.get_ident())
    spent.look([], 0.05)

    def look() -> None:
        # From another thread, as the watch does; the last call is this one.
        with ThreadPoolExecutor(1) as other:
            seen = other.submit(looker.calls).result()
        spent.look(seen[: next(at for at, step in enumerate(seen) if step[2] == "look")], next(until_s))

    calls["outer"](look)
    assert spent.kind == "slow.py:6 inner"
    lines = [line.strip() for line in spent.tree().splitlines()]
    assert lines[0] == "seen 3 times, 12 % in Qt itself"
    assert "62 % slow.py:2 outer > slow.py:6 inner" in lines and "25 % slow.py:3 outer" in lines


def test_a_painter_that_lives_on_is_excused_only_where_a_look_was_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    looker = Looker(threading.get_ident())
    words = Words(lambda what, _: told.append(what), looker)
    record = logging.LogRecord(
        "latentexplorer", logging.WARNING, "", 0, "endPaint() called with active painter", (), None
    )
    monkeypatch.setattr(sys.modules[Looker.__module__], "AT_ONCE_S", -1.0)
    assert not looker.held_lately
    words.emit(record)
    assert len(told) == 1
    looker.calls()
    assert looker.held_lately
    words.emit(record)
    assert len(told) == 1


def test_what_was_never_acted_on_comes_first_and_numbered_things_are_of_one_kind(qapp: QApplication) -> None:
    sheet, draw, tour = QWidget(), random.Random(0), Tour()
    sheet.setObjectName("sheet")
    buttons = [QPushButton(f"{at}", sheet) for at in range(3)]
    for at, button in enumerate(buttons):
        button.setObjectName(f"strip_{at}" if at < 2 else "other")
        button.move(0, 40 * at)
    sheet.show()
    assert seen(sheet) == [sheet, *buttons] and tour.fresh(sheet)
    while tour.fresh(sheet):
        tour.widget(draw, seen(sheet))
    assert set(tour.visits) == {"QWidget sheet", "QPushButton strip_#", "QPushButton other"}
    sheet.close()


def test_no_reader_waits_for_a_pipe_a_folder_or_a_link_to_itself(tmp_path: Path) -> None:
    """Each in place of each file that is read from elsewhere."""

    def late(number: int, frame: object) -> None:
        raise TimeoutError

    found = samples(tmp_path, *made(tmp_path / "made"))
    Image.new("L", (9, 9)).save(tmp_path / SECRET)
    wrong = []
    before = signal.signal(signal.SIGALRM, late)
    try:
        for sample in found:
            if sample.name not in HOSTILE:
                sample.read(sample.place, StopToken())
            for number, spoil in enumerate((pipe, folder, link_round)):
                copy = Path(shutil.copytree(sample.place, tmp_path / "in" / str(number) / sample.name))
                spoil(random.Random(0), copy / sample.victim)
                signal.alarm(20)
                try:
                    sample.read(copy, StopToken())
                except LatentExplorerError as error:
                    assert "\n" not in str(error)
                except Exception as error:
                    wrong.append((sample.name, spoil.__name__, repr(error)))
                finally:
                    signal.alarm(0)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert len(found) > 30 and not wrong, wrong
