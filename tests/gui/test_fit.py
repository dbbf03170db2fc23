"""Nothing is cut: no text, no number and no widget, in no workspace, at no size."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from latentexplorer.gui.window.workspaces import EXPLORE, TRAIN, WORKSPACES
from tests.gui.fitting import faults
from tests.gui.person import Person

SMALL, USUAL, LARGE, HUGE = (1024, 700), (1280, 800), (1920, 1080), (2560, 1600)
LONG = "a run with a name that somebody has taken a good while to think about and to type"


@pytest.fixture
def workspace() -> str:
    """As at the first start."""
    return EXPLORE


@pytest.fixture
def long_names(make_run: Callable[..., Path], tmp_path: Path) -> Path:
    """A run with a long name, of classes with long names."""
    values = np.random.default_rng(0).integers(0, 255, (40, 8, 8), np.uint8)
    names = [f"a class with a rather long name that goes on and on, number {at} of four" for at in range(4)]
    images = tmp_path / "images.npz"
    np.savez(images, images=values, labels=np.arange(40) % 4, class_names=names)
    run = make_run("data.name=images", f"data.path={images}")
    return Path(shutil.copytree(run, tmp_path / LONG))


def walk(person: Person, sizes: Iterable[tuple[int, int]], workspaces: Iterable[str] = WORKSPACES) -> list[str]:
    """What does not fit in the workspaces at some sizes."""
    found = []
    for size in sizes:
        for name in workspaces:
            person.frame.arrangement.choose(name)
            person.frame.resize(*size)
            found += look(person, size, name)
    return found


def walk_panes(person: Person, size: tuple[int, int]) -> list[str]:
    """What does not fit in any pane, brought to the front in each workspace."""
    found = []
    for name in WORKSPACES:
        person.frame.arrangement.choose(name)
        person.frame.resize(*size)
        for pane in person.frame.panes:
            person.frame.show_pane(pane)
            found += look(person, size, f"{name} with {pane} in front")
        person.frame.reset_layout()
    return found


def look(person: Person, size: tuple[int, int], where: str) -> list[str]:
    QApplication.processEvents()
    person.settled()
    now = person.frame.size().toTuple()
    found = [f"the window becomes {now}"] if now != size else []
    return [f"{where} at {size}: {fault}" for fault in (*found, *faults(person.frame))]


def test_nothing_is_cut_at_any_size(person: Person, make_run: Callable[..., Path], long_names: Path) -> None:
    found = walk(person, (SMALL, HUGE))
    person.open_run(make_run("model.latent_dim=2"))
    found += walk(person, (SMALL, USUAL, LARGE, HUGE)) + walk_panes(person, SMALL)
    for run in (make_run("model.latent_dim=128"), make_run("model.family=cvae"), long_names):
        person.open_run(run)
        found += [f"{run.name[:20]}: {fault}" for fault in walk(person, (SMALL, USUAL))]
    assert not found, "\n".join(found)


def test_nothing_is_cut_while_a_run_trains(person: Person) -> None:
    person.begin_training()
    found = walk(person, (SMALL, USUAL), (EXPLORE, TRAIN))
    assert not found, "\n".join(found)
