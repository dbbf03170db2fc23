"""Every command of the README, on fewer images and epochs."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from .conftest import Latentexplorer

ROOT = Path(__file__).resolve().parents[2]
FEWER = {
    "train": ["--set", "data.limit=40", "data.test_per_class=3", "training.held_out=10", "--quiet"],
    "reproduce": ["--quick", "--seeds", "1", "--quiet"],
    "encode": ["--steps", "20"],
}
ELSEWHERE = (["demo", "--out", "demo"],)
"""Called as they stand here by `test_commands`, which looks at what they leave."""
Command = list[str]


def commands() -> list[Command]:
    """The indented lines of the README that call the program, continued lines joined, comments left out."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.startswith("    latentexplorer ")]
    return [shlex.split(line, comments=True)[1:] for line in lines]


COMMANDS = commands()


def made_by(command: Command) -> str | None:
    """The file or folder that a command makes."""
    return command[command.index("--out") + 1] if "--out" in command else None


def needed(number: int) -> list[int]:
    """The earlier commands that make what a command names."""
    return [earlier for earlier in range(number) if made_by(COMMANDS[earlier]) in COMMANDS[number]]


def fewer(command: Command, all_rows: bool) -> Command:
    """A command with less to do; a reference system where it names none, unless all are asked for.

    One that `test_reproduce` leaves to this: it draws the figures of others.
    """
    changed = [*command, *FEWER.get(command[0], [])]
    if command[0] == "train":
        changed += ["--set", f"training.epochs={3 if '--resume' in command else 2}"]
    if command[0] == "reproduce" and command[1].startswith("-") and not all_rows:
        changed[1:1] = ["linear-ae-2"]
    if command[:2] == ["reproduce", "published"] and not all_rows:
        changed[2:2] = ["pca-30-mnist"]
    return changed


class Folder:
    """Where the README's commands are called; each is called once."""

    def __init__(self, path: Path, all_rows: bool) -> None:
        self.path, self.all_rows = path, all_rows
        self._done: set[int] = set()

    def run(self, number: int, latentexplorer: Latentexplorer) -> None:
        """Call a command, after those that make what it needs."""
        if number in self._done:
            return
        for earlier in needed(number):
            self.run(earlier, latentexplorer)
        code, _, err = latentexplorer(*fewer(COMMANDS[number], self.all_rows))
        assert code == 0, f"{shlex.join(COMMANDS[number])}: {err}"
        self._done.add(number)


@pytest.fixture(scope="module")
def folder(data_root: Path, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Folder:
    """A folder with images of one's own, and the published sets in `data`."""
    path = tmp_path_factory.mktemp("readme")
    (path / "data").symlink_to(data_root)
    pixels = np.random.default_rng(0).integers(0, 256, (12, 40, 30), dtype=np.uint8)
    for number, image in enumerate(pixels):
        images = path / "my-images" / ("cats", "dogs")[number % 2]
        images.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(images / f"{number}.png")
    return Folder(path, bool(pytestconfig.getoption("all_rows")))


def test_the_readme_names_what_the_program_does() -> None:
    assert {command[0] for command in COMMANDS} >= {
        "demo", "list", "train", "evaluate", "figure", "sample", "project", "encode", "decode", "export", "reproduce",
    }  # fmt: skip


HERE = [number for number, command in enumerate(COMMANDS) if command not in ELSEWHERE]


@pytest.mark.parametrize("number", HERE, ids=[shlex.join(COMMANDS[number]) for number in HERE])
def test_works(latentexplorer: Latentexplorer, folder: Folder, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Slow where it trains a decoder of convolutions, or all reference systems (with `--all-rows`)."""
    monkeypatch.chdir(folder.path)
    folder.run(number, latentexplorer)
