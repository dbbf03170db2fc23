"""Lessons, played through with mouse and keyboard: what is waited for is done, wrong answers lead nowhere."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QSlider

from latentexplorer.core.guide import pages
from latentexplorer.gui.lessons.answers import ALIKE, ANSWERS
from latentexplorer.gui.lessons.facts import FACTS, KEPT, asked, spread
from latentexplorer.gui.lessons.table import LESSONS
from latentexplorer.gui.window.workspaces import WORKSPACES
from tests.gui.person import Person


@pytest.mark.parametrize("name", list(LESSONS))
def test_what_a_lesson_names_is_there(name: str) -> None:
    lesson = LESSONS[name]
    assert lesson.page in pages()
    assert lesson.steps[-1].question is not None, "it ends with an answer"
    for step in lesson.steps:
        assert bool(step.until) != (step.question is not None)
        assert step.until in ("", *FACTS) and step.keeps in ("", *KEPT)
        assert step.workspace in ("", *WORKSPACES)
        assert asked(step).data.name == "digits", "nothing has to be downloaded"
        assert step.question is None or (step.question.answer in ANSWERS and len(step.question.choices) == 3)


def test_how_far_codes_lie_from_nought() -> None:
    rng = np.random.default_rng(0)
    assert spread(rng.normal(size=(20_000, 3))) == pytest.approx(1, abs=0.02)
    assert spread(rng.normal(3, 4, (20_000, 3))) == pytest.approx(5, abs=0.1)
    assert spread(np.zeros((1, 2))) == 0


class Pupil:
    """Does what the strip says."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.teacher: Any = person.frame.teacher
        self.strip: Any = self.teacher.strip

    def begin(self, words: str) -> None:
        """Find it with Ctrl+K."""
        person = self.person
        person.qtbot.keyClick(person.frame, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
        palette: Any = next(
            top for top in QApplication.topLevelWidgets() if top.objectName() == "command_palette" and top.isVisible()
        )
        person.qtbot.keyClicks(palette.line, words)
        person.qtbot.keyClick(palette.line, Qt.Key.Key_Return)
        # What a desktop does when a popup closes.
        person.frame.activateWindow()
        person.until(person.frame.isActiveWindow)
        assert self.strip.isVisible()

    def train(self, epochs: int) -> None:
        """As the form says; how long is up to who does it."""
        assert not self.strip.go_on.isEnabled()
        self.person.type("field_training.epochs", str(epochs))
        self.person.click("train_button")
        self.person.until(lambda: self.person.session.training.state != "idle")
        self.person.until(self.strip.go_on.isEnabled)
        self.person.settled()
        self.next()

    def pull(self, dimension: int) -> None:
        slider = self.person.find(f"traversal_slider_{dimension}", QSlider)
        slider.setFocus()
        for key in (Qt.Key.Key_Home, Qt.Key.Key_PageUp, Qt.Key.Key_PageUp, Qt.Key.Key_End):
            self.person.qtbot.keyClick(slider, key)
            self.person.decoded()
        self.person.until(self.strip.go_on.isEnabled)
        self.next()

    def next(self) -> None:
        assert self.strip.go_on.isEnabled()
        self.person.click(self.strip.go_on)
        self.person.settled()

    def answer(self, right: str) -> str:
        """Try the wrong choices first: each says where to look, and none leads on. Gives the reason."""
        choices = {button.text(): button for button in self.strip.choices}
        for text, button in choices.items():
            if text != right:
                self.person.click(button)
                assert self.strip.look.text().startswith("Not so. ") and not button.isEnabled()
                assert not self.strip.go_on.isVisible()
        self.person.click(choices[right])
        assert self.strip.go_on.isEnabled() and right in self.strip.do.text()
        reason: str = self.strip.look.text()
        self.next()
        return reason


def test_a_posterior_collapses(person: Person) -> None:
    pupil = Pupil(person)
    pupil.begin("lesson: a posterior")
    pupil.train(6)
    assert person.session.run.config.model.beta == 100
    pupil.pull(0)
    assert "no pixel changed" in pupil.answer("It hardly changed")
    pupil.train(8)
    assert person.session.run.config.model.beta == 1
    pupil.pull(0)
    assert "of 4 are active" in pupil.answer("Three or four")
    assert not pupil.strip.isVisible() and pupil.teacher.lesson is None


def test_a_straight_line_leaves_the_shell(person: Person) -> None:
    pupil = Pupil(person)
    pupil.begin("shell")
    pupil.train(1)
    person.click("draw_two_codes")
    person.until(pupil.strip.go_on.isEnabled)
    pupil.next()
    slider = person.find("interpolation_slider", QSlider)
    person.click(slider, QPoint(slider.width() // 2, slider.height() // 2))
    person.decoded()
    person.until(pupil.strip.go_on.isEnabled)
    pupil.next()
    assert "It is " in pupil.answer("Shorter")
    person.choose("interpolation_method", "spherical")
    pane = person.frame.panes["interpolation"]
    pane.method.activated.emit(pane.method.currentIndex())
    person.settled()
    assert not pupil.strip.go_on.isEnabled(), "the code is still that of the straight way"
    for part in (4, 2):
        person.click(slider, QPoint(slider.width() // part, slider.height() // 2))
    person.decoded()
    person.until(pupil.strip.go_on.isEnabled)
    pupil.next()
    assert "on average" in pupil.answer("As long")


def test_the_prior_shapes_the_code(person: Person) -> None:
    pupil = Pupil(person)
    pupil.begin("lesson: the prior")
    pupil.train(4)
    pupil.train(4)
    far, near = pupil.teacher._seen.kept["spread"]
    # After so few epochs it may be either.
    first, last = abs(math.log(far)), abs(math.log(near))
    right = "Both alike" if abs(first - last) <= ALIKE else "The VAE's" if last < first else "The auto-encoder's"
    assert f"auto-encoder {far:.1f}, of the VAE {near:.1f}" in pupil.answer(right)
    for _ in range(3):
        assert not pupil.strip.go_on.isEnabled()
        before = person.session.current.code
        person.qtbot.keyClick(person.frame, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
        person.until(lambda before=before: person.session.current.code is not before)
        person.decoded()
    pupil.next()
    pupil.train(1)
    assert "100 % of" in pupil.answer("Inside a square from -1 to 1")


def test_a_lesson_is_left_and_another_one_begun(person: Person) -> None:
    pupil = Pupil(person)
    pupil.begin("lesson: a posterior")
    draft = person.session.training.draft
    assert draft is not None and draft.model.beta == 100 and person.session.training.next == "train"
    assert person.find("lesson_next", QPushButton).isEnabled() is False
    pupil.begin("lesson: the prior")
    assert "prior" in person.find("lesson_where", QLabel).text()
    person.click("lesson_close")
    assert not pupil.strip.isVisible()
    person.session.current.draw_random(1)
    person.decoded()
    assert pupil.teacher.step is None
