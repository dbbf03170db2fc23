"""A person's own images in the window, from the drop to the trained model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QListView, QPlainTextEdit, QWidget

from latentexplorer.core.config import DataConfig
from latentexplorer.core.paths import runs_dir
from latentexplorer.data.survey import Survey
from latentexplorer.gui.session.window_settings import DEFAULTS, Settings
from latentexplorer.gui.sheet.words import headline
from latentexplorer.gui.window.workspaces import EXPLORE
from latentexplorer.runs import RunFolder
from tests.gui.conftest import Person

BROKEN = ("circle/broken.png", "square/cut.png", "square/empty.jpg")


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        (4, "4 a, 3 b, 2 c, 1 d"),
        (5, "5 a, 4 b, 3 c and 2 more kinds"),
        (1, "a"),
    ],
)
def test_no_words_are_spent_on_one_kind_more(kinds: int, said: str) -> None:
    counts = tuple((letter, kinds - at) for at, letter in enumerate("abcde"[:kinds]))
    survey = Survey(DataConfig(), images=10, sizes=((8, 8, 10),), kinds=counts)
    assert headline(survey) == f"10 images · all 8 × 8 · {said}"


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Two classes of pictures of three sizes and kinds; three files are broken."""
    folder = tmp_path / "my shapes"
    draws = np.random.default_rng(0)
    for name in ("circle", "square"):
        (folder / name).mkdir(parents=True)
        for number in range(12):
            shape = ((16, 16), (24, 20), (8, 6))[number % 3]
            pixels = draws.integers(0, 256, shape, np.uint8)
            ending = ("png", "jpg", "tif")[number % 3]
            Image.fromarray(pixels).save(folder / name / f"{number}.{ending}")
    Image.fromarray(draws.integers(0, 256, (16, 16, 4), np.uint8), "CMYK").save(folder / "circle" / "cmyk.jpg")
    (folder / BROKEN[0]).write_bytes(b"no image")
    whole = (folder / "square" / "0.png").read_bytes()
    (folder / BROKEN[1]).write_bytes(whole[: len(whole) // 2])
    (folder / BROKEN[2]).write_bytes(b"")
    return folder


def sheet_of(person: Person) -> object:
    return person.frame.own_images._sheet


def read(person: Person) -> None:
    """Wait until the sheet knows everything."""
    person.until(lambda: (sheet := person.frame.own_images._sheet) is not None and (sheet.survey is not None))
    person.until(lambda: bool(person.frame.own_images._sheet.survey.done))


def trained(person: Person) -> None:
    session = person.session
    person.until(lambda: session.training.state != "idle")
    person.until(lambda: session.training.state == "idle")
    person.settled()


def test_from_the_drop_of_a_folder_to_the_trained_model(person: Person, mixed: Path) -> None:
    assert person.frame.hint.isVisible()
    person.type("field_training.epochs", "1")
    person.drop_to_train(mixed)
    read(person)
    sheet = person.find("images_sheet")
    # Of 28 files three cannot be read, which is said below.
    assert "25 images" in person.find("sheet_headline", QLabel).text()
    assert [(found.name, found.count) for found in sheet.facts.classes.classes] == [("circle", 13), ("square", 12)]
    shown = person.find("unreadable_list", QListView).model()
    listed = [shown.index(row, 0).data() for row in range(shown.rowCount())]
    assert len(listed) == 3 and all(any(name in line for line in listed) for name in BROKEN)
    # Nothing is trained without what is broken unless a person agrees.
    leave_out = person.find("leave_out")
    person.qtbot.keyClick(leave_out, Qt.Key.Key_Space)
    assert not person.find("sheet_train").isEnabled()
    person.qtbot.keyClick(leave_out, Qt.Key.Key_Space)
    person.choose("sheet_size", "28")
    person.choose("sheet_fit", "Crop")
    person.choose("sheet_model", "As in the form")
    read(person)
    person.until(lambda: person.find("sheet_train").isEnabled() and sheet.survey.settings.size == 28)
    person.click("sheet_train")
    trained(person)
    run = person.session.run
    assert run.path == runs_dir() / "my-shapes-vae"
    # It named a button that has said something else since.
    assert not person.frame.hint.isVisible()
    config = RunFolder.open(run.path).config.data
    assert (config.path, config.size, config.fit, config.skip_unreadable) == (str(mixed), 28, "crop", True)
    assert len(run.data.train) + len(run.data.test) == 25 and run.data.image_shape == (1, 28, 28)
    assert Settings().recent_images == [mixed]
    # What was done can be read again.
    person.click("images_notes")
    said = person.find("images_notes_text", QPlainTextEdit).toPlainText()
    assert all(name in said for name in BROKEN) and "cropped" in said and "turned to grey" in said


def test_escape_in_the_middle_of_reading_leaves_everything_as_it_was(person: Person, mixed: Path) -> None:
    before, draft = person.session.run, person.session.training.draft
    person.drop(mixed)
    train = person.button_in_dialog("train_on_images")
    # However long reading takes, the sheet is there.
    person.session.surveys.hold()
    person.click(train)
    person.until(lambda: person.frame.own_images._sheet is not None)
    assert person.find("images_sheet").isVisible() and mixed.name in person.find("sheet_name", QLabel).text()
    assert not person.find("sheet_train").isEnabled()
    (job,) = person.session.surveys.jobs
    person.qtbot.keyClick(person.find("images_sheet"), Qt.Key.Key_Escape)
    assert job.token.requested and not person.session.surveys.jobs
    person.session.surveys.release()
    assert person.frame.own_images._sheet is None
    assert person.session.run is before and person.session.training.draft == draft
    assert person.session.training.state == "idle"


@pytest.mark.parametrize("button", ["choose_folder", "choose_files"])
def test_folders_and_files_are_chosen_in_one_place(person: Person, mixed: Path, button: str) -> None:
    person.qtbot.keyClick(person.frame, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    person.until(lambda: person.frame.own_images._sheet is not None)
    person.click(button)
    dialog = person.find("images_dialog", QFileDialog)
    wanted = mixed if button == "choose_folder" else mixed / "circle" / "0.png"
    dialog.setDirectory(str(wanted.parent))
    dialog.selectFile(wanted.name)
    dialog.accept()
    read(person)
    assert person.frame.own_images._sheet.survey.images == (28 if button == "choose_folder" else 1)
    person.qtbot.keyClick(person.find("images_sheet"), Qt.Key.Key_Escape)
    person.until(lambda: person.frame.own_images._sheet is None)
    # The place is there at once the next time.
    person.click("choose_images")
    person.click("recent_0")
    read(person)
    person.click("sheet_cancel")


def test_several_that_are_chosen_are_read_from_where_they_lie_together(person: Person, mixed: Path) -> None:
    together: tuple[tuple[tuple[str, ...], str | None], ...] = (
        (("", "circle/0.png"), ""),
        (("circle/0.png", ""), ""),
        (("circle", "square"), ""),
        (("circle", "/x"), None),
    )
    for chosen, read_from in together:
        person.frame.open_sheet([mixed / name for name in chosen])
        sheet = person.frame.own_images._sheet
        if read_from is None:
            # Not from the whole disk.
            problem = sheet.findChild(QLabel, "sheet_problem")
            assert problem.isVisible() and "Put them into one folder" in problem.text()
            assert not sheet.findChild(QWidget, "sheet_train").isEnabled()
        else:
            read(person)
            assert sheet.survey.path == mixed / read_from
            assert f"all of {mixed.name} is read" in sheet.findChild(QLabel, "sheet_headline").text()
        person.click(sheet.findChild(QWidget, "sheet_cancel"))
        person.until(lambda: person.frame.own_images._sheet is None)


def test_only_the_form_is_set_and_a_preset_keeps_the_images(person: Person, mixed: Path) -> None:
    person.drop_to_train(mixed)
    read(person)
    person.click("sheet_form")
    draft = person.session.training.draft
    assert draft is not None and draft.data.path == str(mixed) and draft.data.skip_unreadable
    assert person.session.training.state == "idle"
    person.choose_preset("vae-3")
    kept = person.session.training.draft
    assert kept is not None and kept.data == draft.data and kept.model.latent_dim == 3
    assert mixed.name in person.find("training_help", QLabel).text()


def test_few_images_are_trained_on_for_so_many_epochs_that_something_is_learned(person: Person, mixed: Path) -> None:
    person.drop_to_train(mixed)
    read(person)
    outcome = person.find("sheet_outcome")
    # 20 images are one batch; the preset's own sixty epochs would be sixty steps.
    person.until(lambda: "1,000 epochs" in outcome.text())
    model = person.find("sheet_model")
    person.qtbot.keyClick(model, Qt.Key.Key_End)
    assert "60 epochs" in outcome.text()
    person.qtbot.keyClick(model, Qt.Key.Key_Home)
    assert "1,000 epochs" in outcome.text()
    person.click("sheet_form")
    draft = person.session.training.draft
    assert draft is not None and draft.training.epochs == 1000 and draft.preset == "digits-vae"


def test_a_preset_for_own_images_waits_for_them_and_brings_its_size(person: Person, mixed: Path) -> None:
    person.choose_preset("faces-vae")
    assert person.session.training.draft is None
    assert "your images" in person.find("training_help", QLabel).text()
    person.type("field_data.path", str(mixed))
    draft = person.session.training.draft
    assert draft is not None and draft.data.size == 64 and draft.data.fit == "crop"
    person.choose_preset("faces-ad")
    draft = person.session.training.draft
    assert draft is not None and draft.data.path == str(mixed) and draft.data.size == 64 and draft.model.family == "ad"


def test_broken_files_at_the_start_of_a_training_are_left_out_by_one_click(person: Person, mixed: Path) -> None:
    person.expects_failure = True
    person.type("field_training.epochs", "1")
    person.choose("field_data.name", "My images")
    person.type("field_data.path", str(mixed))
    person.click("train_button")
    banner = person.find("failure")
    person.until(banner.isVisible)
    person.until(lambda: person.session.training.state == "idle")
    remedy = person.find("failure_remedy")
    assert remedy.isVisible() and "3" in remedy.text()
    person.click(remedy)
    assert not banner.isVisible()
    trained(person)
    assert not banner.isVisible()
    assert person.session.run.path == runs_dir() / "my-shapes-vae"
    assert len(person.session.run.data.train) + len(person.session.run.data.test) == 25
    assert person.session.training.draft.data.skip_unreadable
    # A fault of another kind offers nothing of the sort.
    person.type("field_data.path", str(mixed / "lost"))
    person.click("train_button")
    person.until(banner.isVisible)
    assert not remedy.isVisible()
    person.until(lambda: person.session.training.state == "idle")


def test_nothing_to_train_on_is_said_on_the_sheet(person: Person, tmp_path: Path) -> None:
    for what in ("empty", "text", "lost"):
        folder = tmp_path / what
        if what != "lost":
            folder.mkdir()
        if what == "text":
            (folder / "notes.txt").write_text("x")
        person.frame.open_sheet([folder])
        sheet = person.frame.own_images._sheet
        problem = sheet.findChild(QLabel, "sheet_problem")
        person.until(problem.isVisible)
        assert "is not there" in problem.text() if what == "lost" else "holds no images" in problem.text()
        assert not sheet.findChild(QWidget, "sheet_train").isEnabled()
        person.click(sheet.findChild(QWidget, "sheet_cancel"))
        person.until(lambda: person.frame.own_images._sheet is None)


def test_settings_of_the_window_and_of_its_dialogs_live_side_by_side(own_home: Path) -> None:
    window, dialog = Settings(), Settings()
    dialog["last_folder"] = "/figures"
    window["theme"] = "dark"
    assert (Settings()["last_folder"], Settings()["theme"]) == ("/figures", "dark")


@pytest.mark.parametrize("dpi", ["-5", "1e9", "100000000000", "1" + "0" * 400, "true", "[]"])
def test_dots_per_inch_that_no_figure_can_have_are_those_of_before(own_home: Path, dpi: str) -> None:
    Settings()["theme"] = "dark"
    (own_home / "window.json").write_text(f'{{"theme": "dark", "export_dpi": {dpi}}}')
    assert (Settings()["theme"], Settings()["export_dpi"]) == ("dark", DEFAULTS["export_dpi"])


def test_so_many_per_class_are_said_as_so_many_images(person: Person) -> None:
    person.choose("field_data.name", "MNIST")
    for per_class, limit, said in (
        ("", "", "60,000 images"),
        ("100", "", "1,000 images"),
        ("5500", "", "about 55,000 images"),
        ("100", "50", "50 images"),
    ):
        person.type("field_data.train_per_class", per_class)
        person.type("field_data.limit", limit)
        shown = person.find("next_run", QLabel).text()
        assert shown.startswith(f"Train starts · {said} × 60 epochs")


def test_classes_come_from_folders_from_a_column_or_from_nowhere(person: Person, mixed: Path) -> None:
    files = [file.relative_to(mixed).as_posix() for file in sorted(mixed.rglob("*.*"))]
    rows = [f"{file},{'left' if row % 3 else 'right'}" for row, file in enumerate(files)]
    (mixed / "columns.csv").write_text("\n".join(["file,side", *rows]))
    person.drop_to_train(mixed)
    read(person)
    sheet = person.find("images_sheet")
    shown = []
    for choice in ("Automatic", "Column side", "None"):
        person.choose("sheet_labels", choice)
        person.until(lambda: sheet.facts.choices.settings.labels == sheet.survey.settings.labels and sheet._job is None)
        shown.append([found.name for found in sheet.facts.classes.classes])
    assert shown == [["circle", "square"], ["left", "right"], [""]]
    person.click("sheet_cancel")
