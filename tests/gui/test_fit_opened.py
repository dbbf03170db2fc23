"""Nothing is cut in what opens from the window: sheets, dialogs, panels, menus, lists, and messages below it."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication

import latentexplorer.gui
from latentexplorer.gui.lessons.strip import LOW_PX
from latentexplorer.gui.lessons.table import LESSONS
from latentexplorer.gui.window.replacing import ask_to_replace
from latentexplorer.gui.window.workspaces import EXPLORE, TRAIN
from latentexplorer.gui.workers.job import Failure
from tests.gui.fitting import faults
from tests.gui.opening import lists_and_menus, sheet, what_opens
from tests.gui.person import Person
from tests.gui.test_fit import SMALL, look, outside

FAILURE = Failure(
    "The images cannot be read",
    "digits.npz holds no array that is called images, x or data, but one that is called y",
    "Name the array of images: images",
    "Traceback (most recent call last)",
    "data.train_per_class=100",
    "Use 100 images a class",
)
MEASURED = (
    "It is 4.2 long, those at the ends 5.3 on average, and nine of ten codes that the decoder was trained on 3.1 to 6.4"
)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder of images of two classes."""
    for name in ("circle", "a class with a name that is rather long"):
        (tmp_path / "my shapes" / name).mkdir(parents=True)
        for number in range(6):
            shape = ((16, 16), (24, 20))[number % 2]
            pixels = np.random.default_rng(number).integers(0, 256, shape, np.uint8)
            Image.fromarray(pixels).save(tmp_path / "my shapes" / name / f"{number}.png")
    (tmp_path / "my shapes" / "circle" / "broken.png").write_bytes(b"no image")
    return tmp_path / "my shapes"


def test_nothing_is_cut_in_what_opens(person: Person, make_run: Callable[..., Path], own: Path) -> None:
    person.open_run(make_run("model.family=cvae"))
    frame = person.frame
    frame.resize(*SMALL)
    names = [*outside(person.frame), own.name, *(folder.name for folder in own.iterdir())]
    opening = what_opens(person, own, FAILURE)
    opening["close"] = frame.closing.ask
    opening["replace"] = partial(ask_to_replace, [own / "circle" / "0.png"], frame, list, list)
    opening["delete"] = partial(frame.panes["runs"].folders.ask_to_delete, [person.session.run.path])
    found = [f"{name}: {fault}" for name in opening for fault in sheet(opening[name], person.settled, SMALL, names)]
    assert not found, "\n".join(found)


def test_nothing_is_cut_above_the_panes(person: Person) -> None:
    frame, found = person.frame, []
    frame.arrangement.choose(EXPLORE)
    frame.resize(*SMALL)
    frame.hint.set_wanted(True)
    found += look(frame, person.settled, SMALL, "hint", frame.hint)
    frame.failure.tell(FAILURE)
    found += look(frame, person.settled, SMALL, "failure", frame.failure)
    frame.failure.dismiss()
    # As low as a window may be whose lessons do not scroll.
    size, strip = (SMALL[0], LOW_PX), frame.teacher.strip
    frame.resize(*size)
    for lesson in LESSONS.values():
        for at, step in enumerate(lesson.steps):
            strip.show_step(lesson, at)
            found += look(frame, person.settled, size, f"{lesson.name} {at}", strip)
            question = step.question
            for choice, means in enumerate(question.means if question is not None else ()):
                strip.show_answer(choice, False, f"Not so: then {means}. {MEASURED}. {question.hint}.")
                # What is higher by it is laid out from the inside out, which takes a few turns.
                look(frame, person.settled, size, "", strip)
                found += look(frame, person.settled, size, f"{lesson.name} {at} answered {choice}", strip)
    strip.hide()
    assert not found, "\n".join(found)


def test_nothing_is_cut_in_lists_and_menus(person: Person, make_run: Callable[..., Path]) -> None:
    person.open_run(make_run("model.family=cvae"))
    person.frame.arrangement.choose(TRAIN)
    person.frame.resize(*SMALL)
    person.click("more_settings")
    person.settled()
    found = lists_and_menus(person.frame, SMALL, outside(person.frame)) + faults(person.frame, outside(person.frame))
    assert not found, "\n".join(found)


def said() -> Iterator[str]:
    """Texts of the program's own that are said in the status bar, with a name where one is put in."""
    for module in pkgutil.walk_packages(latentexplorer.gui.__path__, "latentexplorer.gui."):
        spec = importlib.util.find_spec(module.name)
        if spec is None or not spec.origin:
            continue
        for node in ast.walk(ast.parse(Path(spec.origin).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("message.emit") and len(node.args) == 2:
                yield from texts(node.args[1], module.name)


def texts(node: ast.expr, module: str) -> Iterator[str]:
    """What an expression says, as far as it is written down."""
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "digits-vae" for part in node.values)
    elif isinstance(node, ast.IfExp):
        yield from texts(node.body, module)
        yield from texts(node.orelse, module)
    elif isinstance(node, ast.BoolOp):
        for each in node.values:
            yield from texts(each, module)
    elif isinstance(node, ast.Name):
        value = getattr(importlib.import_module(module), node.id, None)
        if isinstance(value, str):
            yield value


def test_what_is_said_below_fits_the_smallest_window(person: Person) -> None:
    person.frame.resize(*SMALL)
    person.settled()
    bar, spoken, cut = person.frame.statusBar(), list(said()), []
    assert len(spoken) > 30
    for text in spoken:
        person.session.message.emit("info", text)
        QApplication.processEvents()
        cut += [] if bar.currentMessage() == text else [f"{text!r}: {bar.currentMessage()!r}"]
    assert not cut, "\n".join(cut)
