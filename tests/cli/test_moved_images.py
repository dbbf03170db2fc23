"""Commands on a run whose images are not where they were, and a refused `--resume`, as a person meets them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Latentexplorer
from tests.training.test_resume_with_changes import content

IMAGES = np.random.default_rng(0).integers(0, 256, (24, 8, 8, 1), np.uint8)
SETTINGS = ["data.name=images", "model.hidden=[8]", "training.snapshots=0", "training.numerics=exact"]


@pytest.fixture
def moved(latentexplorer: Latentexplorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run trained in a folder with a relative path, seen from another folder after its images moved."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    np.savez("mine.npz", images=IMAGES)
    arguments = ["--set", *SETTINGS, "data.path=mine.npz", "training.epochs=1", "--quiet"]
    assert latentexplorer("train", "--preset", "digits-vae", "--out", "run", *arguments)[0] == 0
    monkeypatch.chdir(tmp_path)
    (work / "mine.npz").replace(tmp_path / "moved.npz")
    return work / "run"


COMMANDS = {
    "evaluate": ["evaluate", "RUN"],
    "figure": ["figure", "reconstructions", "RUN", "--out", "out.png"],
    "train": ["train", "--out", "RUN", "--resume", "--set", "training.epochs=2"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_says_where_it_looked_and_is_told_where_they_are(
    latentexplorer: Latentexplorer, moved: Path, command: str
) -> None:
    arguments = [str(moved) if word == "RUN" else word for word in COMMANDS[command]]
    code, _, err = latentexplorer(*arguments, "--quiet")
    assert code == 2 and err.count("\n") == 1
    assert str(moved.parent / "mine.npz") in err and "--set data.path=PATH" in err
    code, _, err = latentexplorer(*arguments, "--set", "data.path=moved.npz")
    assert code == 0, err
    # The run remembers.
    again = [*arguments[:-1], "training.epochs=3"] if command == "train" else arguments
    assert latentexplorer(*again, "--quiet")[0] == 0


def test_a_command_that_does_without_images_says_so(latentexplorer: Latentexplorer, moved: Path) -> None:
    code, _, err = latentexplorer("project", moved, "--method", "pca", "--out", "coords.csv")
    assert code == 0 and f"{moved.parent / 'mine.npz'} is not there" in err
    np.savez("others.npz", images=IMAGES[::-1])
    where = ["--set", "data.path=others.npz"]
    code, _, err = latentexplorer("project", moved, "--method", "pca", "--out", "coords.csv", *where)
    assert code == 2 and "not those that this run was trained on" in err
    code, _, err = latentexplorer("evaluate", moved, "--set", "model.beta=3")
    assert code == 2 and "no setting here" in err


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        (["--set", "training.epochs=2"], "is not there"),
        (["--set", "training.epochs=2", "data.path=others.npz"], "not those"),
        (["--set", "training.epochs=2", "data.path=nowhere.npz"], "nowhere.npz is not there"),
        (["--seed", "4", "--set", "data.path=moved.npz"], "training.seed cannot change"),
        (["--set", "training.lr=0.1", "data.path=moved.npz"], "train nothing more"),
        (["--set", "training.epoch=3"], "no such setting"),
        (["--set", "training.epochs=2", "--preset", "digits-vae"], "own settings"),
    ],
)
def test_a_resume_that_is_refused_leaves_no_trace(
    latentexplorer: Latentexplorer, moved: Path, asked: list[str], word: str
) -> None:
    np.savez("others.npz", images=IMAGES[::-1])
    before = content(moved)
    code, out, err = latentexplorer("train", "--out", moved, "--resume", *asked, "--quiet")
    assert (code, out, err.count("\n")) == (2, "", 1) and word in err
    assert content(moved) == before


def test_a_finished_run_says_so_without_its_images(latentexplorer: Latentexplorer, moved: Path) -> None:
    before = content(moved)
    code, out, err = latentexplorer("train", "--out", moved, "--resume")
    assert (code, out) == (0, f"{moved}\n") and "all 1 epochs are trained. For more, set training.epochs" in err
    assert content(moved) == before


def test_a_run_in_a_folder_that_was_moved_whole_is_opened_from_anywhere(
    latentexplorer: Latentexplorer, moved: Path, tmp_path: Path
) -> None:
    (tmp_path / "moved.npz").replace(moved.parent / "mine.npz")
    assert latentexplorer("evaluate", moved, "--quiet")[0] == 0
    shutil.move(moved.parent, tmp_path / "elsewhere")
    code, _, err = latentexplorer("evaluate", tmp_path / "elsewhere" / "run", "--quiet")
    assert code == 2 and str(moved.parent / "mine.npz") in err
