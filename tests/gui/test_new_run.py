"""One large button that says what it does now, and the cards that a new run is chosen from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from latentexplorer.core.config import RunConfig
from latentexplorer.core.history import History
from latentexplorer.core.presets import presets
from latentexplorer.gui.chooser.card import Card
from latentexplorer.gui.chooser.dialog import NewRunChooser
from latentexplorer.gui.chooser.entries import entries
from latentexplorer.gui.session.training import stopped_early
from latentexplorer.gui.window.command_palette import CommandPalette
from latentexplorer.gui.window.workspaces import ALL, EXPLORE
from latentexplorer.runs import RunFolder
from latentexplorer.views.first_image import telling_image
from tests.gui.conftest import Person

Key = Qt.Key


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


def primary(person: Person) -> QPushButton:
    return person.find("train_button")


def idle(person: Person) -> bool:
    return person.session.training.state == "idle"


def chooser(person: Person) -> NewRunChooser:
    """The chooser, opened by its key."""
    person.frame.activateWindow()
    person.until(person.frame.isActiveWindow)
    person.qtbot.keyClick(person.frame, Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    found = person.find("new_run_chooser", NewRunChooser)
    person.until(lambda: QApplication.focusWidget() is found.search)
    return found


def gone(person: Person) -> bool:
    QApplication.processEvents()
    found = person.find_or_none("new_run_chooser")
    return found is None or not found.isVisible()


def card(dialog: NewRunChooser, code: str) -> Card:
    return next(card for card in dialog.cards.all if card.entry.code == code)


# -- one large button -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workspace", [ALL])
def test_the_button_says_what_it_does_and_goes_on_with_what_was_stopped(person: Person) -> None:
    button, training = primary(person), person.session.training
    assert button.text() == "Train"
    person.begin_training()
    path = training.path
    assert button.text() == "Stop" and person.find("stop_button").isVisible()
    person.click(button)
    person.until(lambda: idle(person) and button.text() == "Resume")
    assert path is not None and path.name in button.toolTip()
    # The form says the same: there is no second Resume, and one epoch is one of this run.
    assert person.find("resume_button").isHidden() and person.find("step_button").text() == "One epoch"
    epochs = person.session.run.epoch
    person.click(button)
    person.until(lambda: len(person.session.history) > epochs)
    assert training.path == path and not training.new
    person.click(button)
    person.until(lambda: idle(person) and button.text() == "Resume")
    # Whoever chooses the settings of another run trains that one; the stopped one can still be gone on with.
    person.type("field_model.beta", "4")
    assert button.text() == "Train" and person.find("step_button").text() == "New run, one epoch"
    assert path.name in person.find("resume_button").text() and person.find("resume_button").isVisible()
    person.click("differs_reset")
    assert button.text() == "Resume"
    assert [run.name for run in path.parent.iterdir() if run.name.startswith("digits-vae")] == ["digits-vae"]


def test_a_double_click_starts_one_training(person: Person) -> None:
    person.type("field_training.epochs", "100000")
    button = primary(person)
    person.click(button)
    person.qtbot.mouseDClick(button, Qt.MouseButton.LeftButton)
    person.qtbot.mouseRelease(button, Qt.MouseButton.LeftButton)
    assert person.session.training.state == "loading"
    person.until(lambda: person.session.training.state == "training")
    person.click(button)
    assert button.text() == "Stopping…" and not button.isEnabled()
    person.until(lambda: idle(person))


@pytest.mark.parametrize("workspace", [ALL])
def test_settings_typed_while_it_trained_do_not_take_the_place_of_the_run(person: Person) -> None:
    person.begin_training()
    person.type("field_model.latent_dim", "5")
    person.click(primary(person))
    person.until(lambda: idle(person) and primary(person).text() == "Resume")
    # They are not lost: what differs is said, and can be trained.
    assert "Latent size 5 (2)" in person.find("differs", QLabel).text()
    new = person.find("train_new_button")
    assert new.isVisible()
    person.click(new)
    person.until(lambda: person.session.training.path is not None)
    assert person.session.training.path.name == "digits-vae-2"
    person.click(primary(person))
    person.until(lambda: idle(person))


def test_only_a_run_with_something_left_is_resumed(person: Person, tmp_path: Path) -> None:
    from latentexplorer.core.cancellation import StopToken
    from latentexplorer.core.events import EpochDone
    from latentexplorer.data import load_data
    from latentexplorer.training import train

    def begin(name: str, *changes: str, until: int = 0) -> Path:
        config = RunConfig().updated(["data.train_per_class=12", "data.test_per_class=4", *changes])
        stop = StopToken()

        def watch(event: object) -> None:
            if isinstance(event, EpochDone) and event.row["epoch"] == until:
                stop.request()

        train(RunFolder.create(tmp_path / name, config), load_data(config.data), emit=watch, stop=stop)
        return tmp_path / name

    stopped = begin("stopped", "training.epochs=3", until=1)
    for path, said in (
        (stopped, "Resume"),
        (begin("done", "training.epochs=1"), "Train"),
        (begin("solved at once", "model.family=pca", "training.epochs=3"), "Train"),
        (stopped, "Resume"),
    ):
        person.open_run(path)
        assert primary(person).text() == said, path.name


@pytest.mark.parametrize(
    ("losses", "changes", "ended"),
    [
        ([3, 2, 2.5, 2.5], ["training.early_stopping=2"], True),
        ([3, 2, 2.5, 1.9], ["training.early_stopping=2"], False),
        ([3, 2, 2.5, 2.5], [], False),
        ([1, 2, 3, 4], ["training.early_stopping=2", "model.kl_warmup=3"], False),
        ([2, float("nan"), float("nan"), 3], ["training.early_stopping=2"], False),
    ],
)
def test_a_run_that_stopped_by_itself_is_done(losses: list[float], changes: list[str], ended: bool) -> None:
    rows = [{"epoch": float(epoch), "test_loss": loss} for epoch, loss in enumerate(losses, start=1)]
    assert stopped_early(RunConfig().updated(changes), History(rows)) is ended


def test_what_a_stopped_run_took_is_known_when_it_has_ended(person: Person) -> None:
    person.begin_training()
    person.click(primary(person))
    person.until(lambda: idle(person))
    estimates, draft = person.session.estimates, person.session.training.draft
    person.until(lambda: (cost := estimates.of(draft).cost) is not None and cost.from_run)
    assert "not measured" not in person.find("next_run").text()


def test_wrong_settings_cannot_be_trained_but_the_open_run_can(person: Person) -> None:
    person.begin_training()
    person.click(primary(person))
    person.until(lambda: idle(person) and primary(person).text() == "Resume")
    person.type("field_training.epochs", "many")
    assert not primary(person).isEnabled()
    person.click("resume_button")
    person.until(lambda: person.session.training.state == "training")
    assert primary(person).text() == "Stop" and primary(person).isEnabled()
    person.click(primary(person))
    person.until(lambda: idle(person))


# -- the cards ------------------------------------------------------------------------------------------------------


def test_a_card_says_what_it_is_for_and_what_it_takes(person: Person) -> None:
    dialog = chooser(person)
    chosen = card(dialog, "digits-vae")
    assert dialog.cards.card is chosen
    person.until(lambda: bool(chosen._images) and "here" in chosen.lines[2])
    weights = chosen.lines[2].split(" parameters")[0]
    assert chosen.accessibleName() == presets()["digits-vae"].purpose
    for words in (
        "Variational auto-encoder",
        "Handwritten digits",
        "about 1,440 images × 60 epochs",
        f"{weights} param",
    ):
        assert words in chosen.accessibleDescription()
    # Real images of the set, and the number of parameters that the model has.
    shown = chosen._images[0]
    assert (shown.width(), shown.height()) == (8, 8)
    person.qtbot.keyClick(dialog, Key.Key_Escape)
    person.until(lambda: gone(person))
    person.train(epochs=1)
    assert f"{RunFolder.open(person.session.run.path).environment['model']['weights']:,}" == weights
    # Measured once, it is remembered; a whole training knows better than a few steps.
    again = chooser(person)
    config = presets()["digits-vae"].config(["data.size=16"])
    person.until(lambda: (cost := again._estimates.of(config).cost) is not None and cost.from_run)
    assert any(entry.entry.title == "As in digits-vae" for entry in again.cards.all)
    person.click("chooser_cancel")


def test_keys_search_choose_and_train(person: Person) -> None:
    dialog = chooser(person)
    place = dialog.form.geometry()
    focused = QApplication.focusWidget
    assert focused() is dialog.search
    person.qtbot.keyClick(dialog.search, Key.Key_Down)
    assert focused() is dialog.cards.card
    first = dialog.cards.card
    for key, back in ((Key.Key_Right, Key.Key_Left), (Key.Key_Down, Key.Key_Up)):
        person.qtbot.keyClick(focused(), key)
        assert focused() is dialog.cards.card is not first
        person.qtbot.keyClick(focused(), back)
        assert focused() is dialog.cards.card is first
    person.qtbot.keyClick(focused(), Key.Key_End)
    assert dialog.cards.card is dialog.cards.shown[-1] and dialog.cards.card in dialog.cards.in_sight()
    dialog.search.setFocus()
    person.qtbot.keyClicks(dialog.search, "zebra")
    assert not dialog.cards.shown and person.find("chooser_nothing").isVisible() and not dialog.train.isEnabled()
    person.qtbot.keyClick(dialog.search, Key.Key_Return)
    person.qtbot.keyClick(dialog.search, Key.Key_Escape)
    assert dialog.isVisible() and len(dialog.cards.shown) == len(dialog.cards.all)
    person.qtbot.keyClicks(dialog.search, "WASSERSTEIN digits")
    assert [shown.entry.code for shown in dialog.cards.shown] == ["digits-wae"]
    person.qtbot.keyClick(dialog.search, Key.Key_Return)
    assert gone(person)
    person.until(lambda: person.session.training.config is not None)
    assert person.session.training.config.preset == "digits-wae"
    # While it trains another one can take its place.
    dialog = chooser(person)
    assert dialog.train.text() == "Stop and train this" and dialog.form.isEnabled()
    # Nor does another button come under the mouse when the training ends meanwhile.
    assert dialog.form.geometry() == place
    person.until(lambda: person.session.training.state == "training")
    before = person.session.training.path
    person.qtbot.mouseDClick(card(dialog, "digits-vae"), Qt.MouseButton.LeftButton)
    person.until(lambda: person.session.training.path not in (None, before))
    assert before is not None and before.is_dir() and person.session.training.config.preset == "digits-vae"
    person.until(lambda: person.session.training.state == "training")
    person.click(primary(person))
    person.until(lambda: idle(person))


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("conditional digit", "Conditional"),
        ("digit conditional", "Conditional"),
        ("wasserstein", "Wasserstein"),
        ("own images", "Photographs"),
        ("prior", "Wasserstein"),
    ],
)
def test_the_best_match_comes_first(text: str, fits: str) -> None:
    rows = [(entry.rank(text), at, entry.facts) for at, entry in enumerate(entries(RunConfig(), [], [], None))]
    assert fits in min(row for row in rows if row[0] is not None)[2]


def test_cards_begin_at_the_top_and_own_images_are_of_no_model(person: Person) -> None:
    conditional = presets()["cvae-2"].config()
    person.session.training.set_draft(conditional)
    dialog = chooser(person)
    assert dialog.cards.card is dialog.cards.all[0] and dialog.cards.verticalScrollBar().value() == 0
    assert "onditional" not in next(card for card in dialog.cards.all if card.entry.asks).entry.facts
    person.qtbot.keyClicks(dialog.search, "conditional digit")
    assert dialog.cards.card is dialog.cards.shown[0]
    # The title of a group, which has the word too, brings no others.
    assert len(dialog.cards.shown) < 8
    assert "Conditional" in dialog.cards.card.entry.facts
    person.qtbot.keyClick(dialog.search, Key.Key_Escape)
    person.qtbot.keyClick(dialog, Key.Key_Escape)


def test_settings_are_changed_first_also_of_what_is_in_the_form(person: Person) -> None:
    person.begin_training()
    person.click(primary(person))
    person.until(lambda: idle(person) and primary(person).text() == "Resume")
    person.frame.arrangement.choose("explore")
    person.click("new_button")
    dialog = person.find("new_run_chooser", NewRunChooser)
    at = card(dialog, "digits-vae")
    person.click(at)
    person.click("chooser_form")
    person.until(lambda: gone(person))
    assert primary(person).text() == "Train" and person.find("field_training.epochs").text() == "60"
    assert person.frame.panes["training"].isVisible()
    # The same card once more: somebody has chosen it, so it is a new run.
    person.session.training.settle()
    assert primary(person).text() == "Resume"
    dialog = chooser(person)
    person.click("chooser_form")
    assert primary(person).text() == "Train"


def test_own_images_lead_to_their_sheet(person: Person, tmp_path: Path) -> None:
    folder = tmp_path / "<b>my & pictures"
    folder.mkdir()
    for number in range(6):
        Image.fromarray(np.full((20, 20), 40 * number, np.uint8)).save(folder / f"{number}.png")
    person.app.settings.remember_images(folder)
    person.app.settings.remember_images(tmp_path / "gone")
    for which in ("any", "faces-vae", "used before"):
        dialog = chooser(person)
        own = [card for card in dialog.cards.all if card.entry.asks]
        assert [card.entry.title for card in own if card.entry.path] == [f"{folder.name}…"]
        person.click({"any": own[0], "used before": own[1], "faces-vae": card(dialog, "faces-vae")}[which])
        assert dialog.train.text() == "Look at images…" and not dialog.form.isEnabled()
        if which == "used before":
            person.until(lambda used=own[1]: bool(used._images))
        person.click(dialog.train)
        person.until(lambda: gone(person))
        sheet = person.find("images_sheet")
        assert sheet.isVisible() and idle(person)
        if which == "used before":
            person.until(lambda sheet=sheet: sheet.survey is not None and sheet.survey.done)
            assert sheet.survey.path == folder
        elif which == "faces-vae":
            assert sheet._draft.preset == "faces-vae" and person.session.training.draft.preset == "digits-vae"
        person.click("sheet_cancel")
        person.until(lambda: person.find_or_none("images_sheet") is None)


def test_what_is_not_on_this_machine_says_so_and_how_to_get_it(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LATENTEXPLORER_DATA", str(tmp_path))
    dialog = chooser(person)
    person.qtbot.keyClicks(dialog.search, "house numbers")
    (only,) = dialog.cards.shown
    person.until(lambda: "is not on this machine" in only._instead)
    assert "SVHN" in only._instead and "downloaded first" in dialog.outcome.text()
    assert not only._images and "73,257 images" in only.lines[1]
    person.click("chooser_cancel")


def test_images_that_are_gone_or_damaged_are_told_on_the_card_and_hold_up_no_other(
    person: Person, tmp_path: Path, own_home: Path
) -> None:
    config = RunConfig().updated(["data.name=images", f"data.path={tmp_path / '<img src=x> gone'}"])
    RunFolder.create(own_home / "runs" / "<b>lost", config)
    (own_home / "runs" / "damaged").mkdir(parents=True)
    (own_home / "runs" / "damaged" / "config.json").write_text("{")
    dialog = chooser(person)
    person.until(lambda: any(shown.entry.title == "As in <b>lost" for shown in dialog.cards.all))
    assert not any("damaged" in shown.entry.title for shown in dialog.cards.all)
    person.qtbot.keyClicks(dialog.search, "lost")
    person.until(lambda: "is not there" in dialog.outcome.text())
    assert dialog.cards.shown[0]._instead == dialog.outcome.text()
    dialog.search.clear()
    dialog.cards.verticalScrollBar().setValue(0)
    person.until(lambda: bool(card(dialog, "glyphs-cvae")._images))
    person.click("chooser_cancel")


def test_nothing_is_measured_while_a_run_trains(person: Person) -> None:
    person.begin_training()
    dialog = chooser(person)
    chosen = card(dialog, "digits-wae")
    person.click(chosen)
    person.until(lambda: bool(chosen._images))
    assert "not measured yet" in chosen.lines[2]
    assert not any(job.key == "measure" for job in person.session.jobs.jobs)
    person.click("chooser_cancel")
    person.click(primary(person))
    person.until(lambda: idle(person))


def test_the_palette_finds_a_preset_by_what_it_is_for(person: Person) -> None:
    person.qtbot.keyClick(person.frame, Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette: Any = person.find("command_palette", CommandPalette)
    assert any("typeface" in offer.name and "glyphs-cvae" in offer.name for offer in palette._offers)
    assert any(offer.name == "New run…" for offer in palette._offers)
    palette.reject()


# -- the form -------------------------------------------------------------------------------------------------------


def test_what_differs_from_the_open_run_is_marked_and_said_and_can_be_taken_back(
    person: Person, make_run: Callable[..., Path]
) -> None:
    person.open_run(make_run("model.beta=2"))
    person.click("differs_reset")
    pane, line = person.frame.panes["training"], person.find("differs", QLabel)
    assert not line.isVisible()
    person.type("field_model.beta", "4")
    person.choose("field_training.schedule", "Cosine")
    marked = [key for key, field in pane.fields.items() if field.label.property("role") == "title"]
    assert marked == ["model.beta", "training.schedule"]
    assert line.text() == f"Differs from {person.session.run.name}: KL weight 4 (2), Schedule Cosine (Constant)"
    assert "The open run has 2" in person.find("field_model.beta").accessibleDescription()
    # What changes nothing for this family is no difference; neither is where it is computed.
    person.choose("field_training.device", "CPU")
    assert "Device" not in line.text()
    person.click("differs_reset")
    assert not line.isVisible() and person.session.training.draft.model.beta == 2


def test_the_help_follows_the_pointer_and_goes_back_to_the_keyboard(person: Person) -> None:
    pane, words = person.show("training"), person.find("training_help", QLabel)
    person.find("field_model.latent_dim").setFocus()
    assert "Numbers in a code" in words.text()
    place = QPointF(3, 3)
    for pointed in (pane.fields["model.prior"].label, pane.fields["model.prior"].editor):
        QApplication.sendEvent(pointed, QEnterEvent(place, place, place))
        assert "pulled towards" in words.text()
        QApplication.sendEvent(pointed, QEvent(QEvent.Type.Leave))
        assert "Numbers in a code" in words.text()


def test_of_two_settings_of_one_name_one_is_called_now(person: Person) -> None:
    person.begin_training()
    pane = person.frame.panes["training"]
    seen = [label for label in pane.findChildren(QLabel) if label.isVisibleTo(pane) and label.text()]
    names = [label.text() for label in seen]
    assert {"Learning rate", "Learning rate now", "KL weight", "KL weight now"} <= set(names)
    assert len(names) == len(set(names))
    assert person.find("next_run", QLabel).text().startswith("For the next run · ")
    spoken = [
        field.accessibleName()
        for field in pane.findChildren(QWidget)
        if field.objectName()[:5] in ("field", "live_") and not isinstance(field, QLabel)
    ]
    assert len(spoken) == len(set(spoken))
    person.click(primary(person))
    person.until(lambda: idle(person))


def test_the_form_says_how_long_it_will_take(person: Person) -> None:
    words = person.find("next_run", QLabel)
    assert words.text().endswith("not measured yet")
    person.type("field_data.train_per_class", "20")
    person.type("field_training.epochs", "50")
    person.until(lambda: words.text().endswith(" here"))
    assert words.text().startswith("Train starts · 200 images × 50 epochs · 82,948 parameters · ")
    # What cannot be says so, in the words of the model.
    person.choose("field_data.name", "My images")
    assert words.text() == "Set right what is marked to train with these settings"
    person.type("field_data.path", "my-images")
    assert words.text() == "Train starts · images are counted when they are read · time not measured yet"


@pytest.mark.parametrize("size", [(1024, 700), (1280, 800)])
@pytest.mark.parametrize("workspace", ["train"])
def test_nothing_in_the_form_is_cut(person: Person, size: tuple[int, int]) -> None:
    person.frame.resize(*size)
    person.begin_training()
    person.click("pause_button")
    pane = person.frame.panes["training"]
    field = person.find("live_training.lr")
    field.setFocus()
    field.selectAll()
    person.qtbot.keyClicks(field, "0.0005")
    person.qtbot.keyClick(field, Key.Key_Return)

    def cut() -> list[str]:
        """Buttons and lines of the form that are narrower than what stands in them, or reach under its edge."""
        found = []
        for widget in pane.area.widget().findChildren(QWidget):
            if not widget.isVisible() or not isinstance(widget, (QPushButton, QLabel)) or not widget.text():
                continue
            right = widget.mapTo(pane.area.viewport(), widget.rect().topRight()).x()
            wraps = isinstance(widget, QLabel) and (widget.wordWrap() or type(widget).__name__ == "ElidedLabel")
            if right >= pane.area.viewport().width() or (not wraps and widget.width() < widget.sizeHint().width()):
                found.append(widget.text())
        return found

    QApplication.processEvents()
    # A text that a timer has just said has its place, too.
    QApplication.sendPostedEvents()
    assert person.find("now_training.lr", QLabel).text() and not cut()
    room = field.width() - field.fontMetrics().horizontalAdvance("0.0005")
    assert room > 12, "what was typed can be read"
    person.click(primary(person))
    person.until(lambda: idle(person) and primary(person).text() == "Resume")
    person.type("field_model.beta", "4")
    person.until(lambda: person.find("resume_button").isVisible())
    assert not cut()


def test_a_run_begins_with_the_same_telling_image_each_time(person: Person, make_run: Callable[..., Path]) -> None:
    person.open_run(make_run())
    code, run = person.session.current.code, person.session.run
    codes = run.codes["test"]
    assert code.part == "test"
    of_class = codes.labels == code.label
    away = np.linalg.norm(codes.loc[of_class] - np.median(codes.loc[of_class], axis=0), axis=1)
    assert codes.index[of_class][np.argmin(away)] == code.index
    person.open_run(make_run("model.latent_dim=3"))
    person.open_run(make_run())
    assert person.session.current.code.index == code.index


def test_the_image_that_was_looked_at_is_looked_at_in_the_next_run_too(
    person: Person, make_run: Callable[..., Path]
) -> None:
    first, other = make_run(), make_run("model.latent_dim=3", "data.train_per_class=9")
    person.open_run(other)
    there = person.session.run.images("train").images
    person.open_run(first)
    current, here = person.session.current, person.session.run.images("train").images
    at = next(
        at for at in range(len(here)) if (there == here[at]).all((1, 2, 3)).any() and (there[at] != here[at]).any()
    )
    current.pick_image("train", at)
    image = current.original(current.code)
    # It is found by what it shows, wherever it stands.
    person.open_run(other)
    assert current.code.part == "train" and current.code.index != at and current.code.z.size == 3
    np.testing.assert_array_equal(current.original(current.code), image)
    # Where it is not among the images, one begins with a telling one.
    person.open_run(make_run("data.name=shapes", "data.size=8", "data.limit=60"))
    assert current.code.index == telling_image(person.session.run.codes["test"])
