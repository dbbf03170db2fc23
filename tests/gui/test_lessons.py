"""Lessons, played through with mouse and keyboard: what is waited for is done, wrong answers lead nowhere."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QPushButton, QSlider

from latentexplorer.core.guide import pages
from latentexplorer.gui.lessons.answers import ALIKE, ANSWERS
from latentexplorer.gui.lessons.facts import FACTS, KEPT, MEASURED, asked
from latentexplorer.gui.lessons.measures import beside_whom, last_maps, lengths, order_kept, same_class, spread
from latentexplorer.gui.lessons.picture import paint
from latentexplorer.gui.lessons.table import LESSONS
from latentexplorer.gui.lessons.teacher import MEASURING
from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.window import offers
from latentexplorer.gui.window.workspaces import EXPLORE, WORKSPACES
from latentexplorer.gui.workers.lesson_tasks import stepped
from latentexplorer.latent.preservation import preservation
from tests.conftest import Train
from tests.gui.person import Person


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


def test_each_lesson_has_a_picture_of_its_own_in_either_theme(qapp: QApplication) -> None:
    seen = []
    for choice in ("light", "dark"):
        theme.choose(choice)
        for name in LESSONS:
            picture = QImage(240, 74, QImage.Format.Format_RGB32)
            picture.fill(theme.color("card"))
            painter = QPainter(picture)
            paint(name, painter, QRect(0, 0, 240, 74))
            painter.end()
            pixels = np.frombuffer(picture.constBits(), np.uint32)
            assert (pixels != pixels[0]).mean() > 0.02 and len(np.unique(pixels)) > 8, name
            seen.append(pixels.tobytes())
    theme.choose("system")
    assert len(set(seen)) == len(seen) == 2 * len(LESSONS)


@pytest.mark.parametrize("name", list(LESSONS))
def test_what_a_lesson_names_is_there(name: str) -> None:
    lesson = LESSONS[name]
    assert lesson.page in pages()
    assert lesson.steps[-1].question is not None, "it ends with an answer"
    for step in lesson.steps:
        assert bool(step.until) != (step.question is not None)
        assert step.until in ("", *FACTS) and step.keeps in ("", *KEPT, *MEASURED)
        assert step.workspace in ("", *WORKSPACES)
        assert asked(step).data.name == "digits", "nothing has to be downloaded"
        assert step.question is None or (
            step.question.answer in ANSWERS and len(step.question.choices) == 3 == len(set(step.question.means))
        )


def test_how_far_codes_lie_from_nought() -> None:
    rng = np.random.default_rng(0)
    assert spread(rng.normal(size=(20_000, 3))) == pytest.approx(1, abs=0.02)
    assert spread(rng.normal(3, 4, (20_000, 3))) == pytest.approx(5, abs=0.1)
    assert spread(np.zeros((1, 2))) == 0


def test_the_models_of_the_lessons_show_what_their_sentences_say(train_once: Train) -> None:
    """Trained as a person is told to, and not shorter: else a lesson contradicts what one sees."""
    steps = {name: [asked(step) for step in LESSONS[name].steps if step.trains] for name in ("prior", "shell")}
    free, held, uniform = (train_once(config).codes["train"] for config in steps["prior"])
    # Clouds that stay together around nought, and one that does not; a square that is filled.
    assert np.abs(held.loc.mean(0)).max() < 0.5 and 0.8 < spread(held.loc) < 1.5 < 2 < spread(free.loc)
    assert np.abs(uniform.loc).max() < 1.05 and uniform.loc.std(0).min() > 0.3
    (shell,) = (train_once(config) for config in steps["shell"])
    low, high = lengths(shell.codes["train"].loc, shell.codes["train"].scale)
    first, last = np.random.default_rng(0).standard_normal((2, 200, shell.code_dim))
    assert np.mean(np.linalg.norm((first + last) / 2, axis=1) < low) > 0.9
    assert np.mean((np.linalg.norm(first, axis=1) > low) & (np.linalg.norm(first, axis=1) < high)) > 0.7


def test_what_a_step_beside_a_code_is() -> None:
    z = np.random.default_rng(0).normal(0, (1, 5, 0.1), (500, 3)).astype(np.float32)
    moved = stepped(z)
    rows = np.random.default_rng(0).permutation(500)[: len(moved)]
    away = np.abs(moved - z[rows])
    assert ((away > 0).sum(1) == 1).all()
    np.testing.assert_allclose(away.sum(1), z.std(0)[away.argmax(1)], rtol=1e-4)


def test_what_a_map_keeps_of_groups() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(4), 50)
    z = np.array([[0.0, 0], [1, 0], [5, 0], [12, 0]])[labels] + rng.normal(0, 0.05, (200, 2))
    assert same_class(z, labels) == 1
    assert same_class(rng.normal(size=(200, 2)), labels) == pytest.approx(0.25, abs=0.08)
    assert order_kept(3 * z + 7, z, labels) == pytest.approx(1)
    assert list(beside_whom(z, labels)) == [1, 0, 1, 2]
    # The same groups at other places.
    other = np.array([[0.0, 0], [12, 0], [5, 0], [1, 0]])[labels]
    assert order_kept(other, z, labels) < 0.5 and list(beside_whom(other, labels)) == [3, 2, 3, 0]


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
        self.began()

    def began(self) -> None:
        """Wait until the first step is to be read."""
        lesson = self.teacher.lesson
        self.person.until(lambda: self.strip.isVisible() and lesson.title in self.strip.where.text())

    def train(self, epochs: int, images: int = 30) -> None:
        """As the form says; how long, and on how many images, is up to who does it."""
        assert not self.strip.go_on.isEnabled()
        self.person.type("field_data.train_per_class", str(images))
        self.person.type("field_data.test_per_class", str(images // 3))
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

    def answer_as(self, choice: int) -> str:
        """Answer by the number of the choice."""
        return self.answer(self.strip.choices[choice].text())

    def next(self) -> None:
        assert self.strip.go_on.isEnabled()
        self.person.click(self.strip.go_on)
        self.person.settled()

    def measured(self) -> str:
        """What the right answer is told by."""
        words: str = ANSWERS[self.teacher.step.question.answer](self.person.session, self.teacher._seen).words
        return words

    def choose(self, button: QPushButton) -> None:
        """Give an answer; what takes longer than a blink to be measured is waited for."""
        self.person.click(button)
        self.person.until(lambda: "measuring" not in self.strip.look.text())

    def answer(self, right: str) -> str:
        """Try the wrong choices first: each says where to look, and none leads on. Gives the reason."""
        choices = {button.text(): button for button in self.strip.choices}
        for text, button in choices.items():
            if text != right:
                self.choose(button)
                said = self.strip.look.text()
                assert said.startswith("Not so: then ") and not button.isEnabled()
                assert self.measured() in said, "what was measured says why"
                assert not self.strip.go_on.isVisible()
        self.choose(choices[right])
        assert self.strip.go_on.isEnabled() and right in self.strip.do.text()
        reason: str = self.strip.look.text()
        self.next()
        return reason


def collapse(pupil: Pupil) -> None:
    pupil.train(8)
    assert pupil.person.session.run.config.model.beta == 100
    pupil.pull(0)
    assert "no pixel changed" in pupil.answer("It hardly changed")
    pupil.train(25)
    assert pupil.person.session.run.config.model.beta == 1
    pupil.pull(0)
    units = round(pupil.person.session.history.rows[-1]["active_units"])
    assert f"{units} of 4 are active" in pupil.answer_as(0 if units == 0 else 1 if units <= 2 else 2)


def shell(pupil: Pupil) -> None:
    person = pupil.person
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


def prior(pupil: Pupil) -> None:
    person = pupil.person
    pupil.train(4)
    pupil.train(4)
    (far,), (near,) = pupil.teacher._seen.kept["spread"]
    # After so few epochs it may be either.
    first, last = abs(math.log(far)), abs(math.log(near))
    right = "Both alike" if abs(first - last) <= ALIKE else "The VAE's" if last < first else "The auto-encoder's"
    assert f"the auto-encoder's {far:.1f}, the VAE's {near:.1f}" in pupil.answer(right)
    for _ in range(3):
        assert not pupil.strip.go_on.isEnabled()
        before = person.session.current.code
        person.qtbot.keyClick(person.frame, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
        person.until(lambda before=before: person.session.current.code is not before)
        person.decoded()
    pupil.next()
    pupil.train(1)
    assert "100 % of" in pupil.answer("Inside a square from -1 to 1")


def holes(pupil: Pupil) -> None:
    pupil.train(15, 100)
    pupil.pull(0)
    pupil.train(15, 100)
    pupil.pull(1)
    (hollow, _), (filled, _) = pupil.teacher._seen.kept["beside"]
    assert hollow > 1.2 * filled, (hollow, filled)
    assert f"{100 * hollow:.0f} % of the auto-encoder's and {100 * filled:.0f} %" in pupil.answer_as(0)
    (_, first), (_, last) = pupil.teacher._seen.kept["beside"]
    right = 2 if abs(first - last) <= ALIKE * max(first, last) else 1 if first > last else 0
    assert f"{first:.3f} (auto-encoder) and {last:.3f} (VAE)" in pupil.answer_as(right)


def decoder(pupil: Pupil) -> None:
    person = pupil.person
    pupil.train(3)
    assert not person.session.run.config.model.kind.encoder
    # After so few epochs the codes know nothing of digits yet.
    codes = person.session.run.codes["train"]
    part = same_class(codes.loc, codes.labels)
    # Who is quicker than what is measured sees that it goes on, and then what comes of the answer.
    person.session.surveys.hold()
    pupil.teacher._let_go()
    wrong = 0 if part <= 0.65 else 2
    person.click(pupil.strip.choices[wrong])
    assert "measuring" in pupil.strip.look.text() and pupil.strip.choices[wrong].isEnabled()
    person.session.surveys.release()
    person.until(lambda: pupil.strip.look.text().startswith("Not so: "))
    assert "by chance it is 10 %" in pupil.answer_as(0 if part > 0.65 else 1 if part > 0.3 else 2)
    assert not pupil.strip.go_on.isEnabled()
    person.qtbot.keyClick(
        person.frame, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    person.until(lambda: person.find_or_none("drawing_dialog") is not None)
    canvas = person.find("drawing_dialog").canvas
    person.click(canvas, QPoint(canvas.width() // 3, canvas.height() // 3))
    person.click("drawing_keep")
    person.frame.activateWindow()
    person.until(pupil.strip.go_on.isEnabled)
    pupil.next()
    assert "exactly what it drew before" in pupil.answer("Only the two numbers")


def tsne(pupil: Pupil) -> None:
    person = pupil.person
    pupil.train(4)
    options = person.frame.panes["map"].controls.options
    options.set_value("steps", 120)
    method = person.find("map_method", QComboBox)
    method.setCurrentIndex(method.findData("tsne"))
    method.activated.emit(method.currentIndex())
    person.until(pupil.strip.go_on.isEnabled)
    pupil.next()
    (coords, rows), codes = last_maps(person.session.run)[0], person.session.run.codes["train"]
    z, labels = codes.loc[rows], codes.labels[rows]
    near = preservation(z, coords).overall("trustworthiness")
    far = order_kept(coords, z, labels)
    assert f"{near:.2f} of 1" in pupil.answer_as(2 if near < 0.9 else 0 if far < 0.9 else 1)
    person.click("map_more")
    options.fields["perplexity"].setValue(5)
    options.go.click()
    person.frame.activateWindow()
    person.until(pupil.strip.go_on.isEnabled)
    pupil.next()
    now, then = (beside_whom(places, codes.labels[at]) for places, at in last_maps(person.session.run)[:2])
    changed = int((now != then).sum())
    assert f"of {changed} of 10 digits" in pupil.answer_as(0 if changed == 0 else 1 if changed <= 3 else 2)


PLAYED = {"collapse": collapse, "prior": prior, "holes": holes, "shell": shell, "decoder": decoder, "tsne": tsne}


def test_each_lesson_is_played_through(person: Person) -> None:
    """One after the other in one window, as somebody does who takes them all; it takes long, as each trains models."""
    assert list(PLAYED) == list(LESSONS)
    form = person.session.training.draft
    pupil = Pupil(person)
    person.frame.arrangement.choose("explore")
    person.frame.resize(1024, 700)
    for name, play in PLAYED.items():
        pupil.begin(f"lesson: {LESSONS[name].title}")
        assert pupil.teacher.lesson.name == name
        play(pupil)
        assert not pupil.strip.isVisible() and pupil.teacher.lesson is None, name
        assert person.session.training.draft == form, "the form is that of before"
        # A window that has once been pushed larger stays so.
        assert person.frame.size().toTuple() == (1024, 700), name


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


def test_what_takes_long_is_measured_by_a_job_and_what_was_stopped_waits_for_another_run(person: Person) -> None:
    pupil = Pupil(person)
    teacher, surveys = pupil.teacher, person.session.surveys
    pupil.begin("lesson: an auto-encoder has")
    seen: list[int] = []

    def stop_first() -> None:
        for job in surveys.jobs:
            if job.title == MEASURING and job.number not in seen:
                seen.append(job.number)
                if len(seen) == 1:
                    job.stop()

    surveys.changed.connect(stop_first)
    person.train(2, data__train_per_class="20", data__test_per_class="8")
    person.until(lambda: "it was stopped" in pupil.strip.look.text())
    assert not pupil.strip.go_on.isEnabled() and not teacher._seen.kept
    person.train(2)
    person.until(pupil.strip.go_on.isEnabled)
    assert len(seen) == 2 and len(teacher._seen.kept["beside"]) == 1
    assert "stopped" not in pupil.strip.look.text()
    surveys.changed.disconnect(stop_first)
    person.click("lesson_close")


def test_a_lesson_is_found_by_what_it_is_about_and_begun_from_its_card(person: Person) -> None:
    actions = offers.of_actions(person.frame.actions_table.by_id.values())
    for words in ("lesson", "tutorial", "teach", "learn"):
        found = {offer.name for offer in actions if offer.matches(words)}
        assert {f"Lesson: {lesson.title}" for lesson in LESSONS.values()} <= found, words
    for words, title in (("t-sne", "t-SNE"), ("slerp", "shell"), ("auto-decoder", "encoder"), ("gaps", "holes")):
        assert any(offer.matches(words) and title in offer.name for offer in actions), words
    person.frame.commands.new_run()
    dialog: Any = person.find("new_run_chooser")
    person.qtbot.keyClicks(dialog.search, "lesson holes")
    assert [card.entry.lesson for card in dialog.cards.shown] == ["holes"]
    assert dialog.train.text() == "Begin the lesson" and not dialog.form.isEnabled()
    assert "2 minutes" in dialog.cards.card.lines[2] and dialog.cards.card.entry.paint is not None
    person.qtbot.keyClick(dialog.search, Qt.Key.Key_Return)
    assert person.frame.teacher.lesson.name == "holes" and not dialog.isVisible()
    Pupil(person).began()
    person.settled()
