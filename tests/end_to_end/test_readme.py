"""Every command of the README, run in its order, on fewer images and epochs."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from .conftest import Latentexplorer

ROOT = Path(__file__).resolve().parents[2]
FEWER = {
    "train": [
        "--set",
        "data.limit=40",
        "data.test_per_class=3",
        "training.epochs=2",
        "training.held_out=10",
        "--quiet",
    ],
    "reproduce": ["--quick", "--seeds", "1", "--quiet"],
}


def commands() -> list[list[str]]:
    """The indented lines of the README that call the program, continued lines joined, comments left out."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.startswith("    latentexplorer ")]
    return [shlex.split(line, comments=True)[1:] for line in lines]


def test_the_readme_names_what_the_program_does() -> None:
    assert {command[0] for command in commands()} >= {
        "demo", "list", "train", "evaluate", "figure", "sample", "project", "encode", "decode", "export", "reproduce",
    }  # fmt: skip


def test_every_command_of_the_readme_works(
    latentexplorer: Latentexplorer, data_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").symlink_to(data_root)
    pixels = np.random.default_rng(0).integers(0, 256, (12, 40, 30), dtype=np.uint8)
    for number, image in enumerate(pixels):
        folder = tmp_path / "my-images" / ("cats", "dogs")[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / f"{number}.png")
    for command in commands():
        if command[0] == "gui":
            continue  # the window has tests of its own
        code, _, err = latentexplorer(*command, *FEWER.get(command[0], []))
        assert code == 0, f"{shlex.join(command)}: {err}"
