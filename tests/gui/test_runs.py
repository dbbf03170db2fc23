"""The table of runs, and everything that can be opened: by key, by menu, by drop."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit

from latentexplorer.core.paths import resource, runs_dir
from latentexplorer.gui.panes.runs.pane import RunsPane
from latentexplorer.gui.window.workspaces import EXPLORE
from tests.gui.conftest import Person

EXAMPLE = "example-digits"


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


def runs_pane(person: Person) -> RunsPane:
    """The pane with the runs listed."""
    person.frame.show_pane("runs")
    pane = person.frame.panes["runs"]
    assert isinstance(pane, RunsPane)
    # It may have been seen before the runs of the test were there.
    pane.refresh()
    listed(person, pane)
    return pane


def listed(person: Person, pane: RunsPane) -> None:
    """Wait until the table shows the folder as it is."""

    def same() -> bool:
        here = {path.name for path in runs_dir().iterdir() if (path / "config.json").exists()}
        return {run.name for run in pane.table.runs_model.runs} == here

    person.until(same)


def add_run(made: Path, name: str) -> Path:
    """A copy of a run in the runs folder."""
    return Path(shutil.copytree(made, runs_dir() / name))


def select(person: Person, pane: RunsPane, *names: str) -> None:
    """Click the rows of runs, with Ctrl for all but the first."""
    table = pane.table
    for at, name in enumerate(names):
        row = next(row for row, run in enumerate(table.runs_model.lines) if getattr(run, "name", "") == name)
        place = table.visualRect(table.runs_model.index(row, 0)).center()
        keys = Qt.KeyboardModifier.ControlModifier if at else Qt.KeyboardModifier.NoModifier
        person.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, keys, place)


def listed_names(pane: RunsPane) -> list[str]:
    """The runs that are listed, from top to bottom, without the headings."""
    return [line.name for line in pane.table.runs_model.lines if hasattr(line, "name")]


def cell(pane: RunsPane, name: str, column: str) -> str:
    """What the table says."""
    from latentexplorer.gui.panes.runs.columns import COLUMNS

    model = pane.table.runs_model
    row = next(row for row, run in enumerate(model.lines) if getattr(run, "name", "") == name)
    at = next(at for at, known in enumerate(COLUMNS) if known.title == column)
    return str(model.data(model.index(row, at)))


# -- the table ----------------------------------------------------------------------------------------------------


def test_the_first_start_opens_the_example_from_a_copy_of_its_own(person: Person) -> None:
    shipped = Path(str(resource("example-run")))

    def state() -> dict[Path, tuple[int, int]]:
        files = [file for file in shipped.rglob("*") if file.is_file()]
        return {file: (file.stat().st_mtime_ns, file.stat().st_size) for file in files}

    before = state()
    assert sum(size for _, size in before.values()) < 3 * 10**6
    run = person.session.run
    assert run.path == runs_dir() / EXAMPLE
    assert run.data is not None, run.missing
    person.decoded()
    person.session.training.train_more(1)
    person.until(lambda: person.session.training.state != "idle")
    person.until(lambda: person.session.training.state == "idle")
    assert person.session.run.epoch == 401
    assert before == state()
    words = "".join(file.read_text() for file in shipped.iterdir() if file.suffix in (".json", ".txt", ".csv"))
    assert str(Path.home()) not in words
    assert "/tmp" not in words


def test_runs_are_listed_sorted_and_found(person: Person, make_run: Callable[..., Path]) -> None:
    add_run(make_run(), "small")
    damaged = runs_dir() / "broken"
    damaged.mkdir()
    (damaged / "config.json").write_text('{"model": ')
    pane = runs_pane(person)
    assert cell(pane, EXAMPLE, "Epochs") == "400"
    assert cell(pane, EXAMPLE, "Latent size") == "2"
    assert cell(pane, "small", "State") == "finished"
    assert cell(pane, "broken", "State") == "damaged"
    model = pane.table.runs_model
    row = next(row for row, run in enumerate(model.lines) if run.name == "broken")
    assert "config.json" in model.data(model.index(row, 0), Qt.ItemDataRole.ToolTipRole)
    header = pane.table.horizontalHeader()
    for wanted in (["broken", "example-digits", "small"], ["small", "example-digits", "broken"]):
        at = header.sectionViewportPosition(0) + 20
        person.qtbot.mouseClick(
            header.viewport(), Qt.MouseButton.LeftButton, pos=header.rect().center().__class__(at, 8)
        )
        names = listed_names(pane)
        assert names == wanted
    person.qtbot.keyClicks(pane.search, "vad")
    assert listed_names(pane) == ["example-digits"]


def test_enter_opens_a_run_and_a_damaged_one_says_so(person: Person, make_run: Callable[..., Path]) -> None:
    path = add_run(make_run(), "small")
    damaged = add_run(make_run(), "broken")
    (damaged / "model.safetensors").write_bytes(b"no tensors")
    shutil.rmtree(damaged / "checkpoint")
    pane = runs_pane(person)
    select(person, pane, "small")
    person.qtbot.keyClick(pane.table, Qt.Key.Key_Return)
    person.until(lambda: person.session.run.path == path)
    person.expects_failure = True
    select(person, pane, "broken")
    person.click(pane.buttons["open"])
    person.until(lambda: bool(person.failures))
    assert "broken" in person.failures[0].message or "safetensors" in person.failures[0].message
    assert person.session.run.path == path


def test_a_double_click_on_the_open_run_keeps_what_was_chosen_in_it(person: Person) -> None:
    session = person.session
    session.selection.set_anchor("A", session.current.code)
    anchor, before = session.selection.anchors["A"], session.run
    person.show("runs").open_selected()
    session.open_run(before.path)
    person.until(lambda: session.run is not before)
    person.settled()
    assert session.selection.anchors["A"] is anchor and session.undo.undoes


def test_f2_renames_a_run_and_the_open_one_stays_open(person: Person) -> None:
    pane = runs_pane(person)
    select(person, pane, EXAMPLE)
    person.qtbot.keyClick(pane.table, Qt.Key.Key_F2)
    person.until(lambda: pane.table.findChild(QLineEdit) is not None)
    editor = pane.table.findChild(QLineEdit)
    editor.selectAll()
    # The folder is read again, as when a run is saved: the name that is being typed is not lost.
    pane.refresh()
    person.settled()
    person.qtbot.keyClicks(editor, "first-try")
    person.qtbot.keyClick(editor, Qt.Key.Key_Return)
    person.until(lambda: (runs_dir() / "first-try").is_dir())
    assert not (runs_dir() / EXAMPLE).exists()
    assert person.session.run.path == runs_dir() / "first-try"
    assert "first-try" in person.frame.windowTitle()
    listed(person, pane)


def test_a_name_that_cannot_be_is_refused(person: Person, make_run: Callable[..., Path]) -> None:
    add_run(make_run(), "taken")
    pane = runs_pane(person)
    said: list[str] = []
    person.session.message.connect(lambda level, text: said.append(text))
    model = pane.table.runs_model
    row = next(row for row, run in enumerate(model.lines) if run.name == EXAMPLE)
    for count, name in enumerate(("../outside", "taken", ".hidden"), 1):
        model.setData(model.index(row, 0), name)
        person.until(lambda count=count: len(said) == count)
        assert (runs_dir() / EXAMPLE).is_dir()


def test_settings_are_duplicated_into_the_form(person: Person) -> None:
    pane = runs_pane(person)
    select(person, pane, EXAMPLE)
    pane.actions_by_name["duplicate"].trigger()
    assert person.session.training.draft.model.family == "vad"
    assert person.session.training.draft.training.epochs == 400
    assert person.find("field_training.epochs", QLineEdit).text() == "400"


def test_delete_moves_a_run_to_the_bin(person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    pane = runs_pane(person)
    select(person, pane, EXAMPLE)
    person.qtbot.keyClick(pane.table, Qt.Key.Key_Delete)
    listed(person, pane)
    assert not (runs_dir() / EXAMPLE).exists()
    assert (tmp_path / "Trash" / "files" / EXAMPLE / "model.safetensors").is_file()
    assert person.session.run.path is None
    assert pane.none_yet.isVisible()


def test_without_a_bin_it_asks_before_it_deletes(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("latentexplorer.gui.panes.runs.folders.to_bin", lambda path: False)
    pane = runs_pane(person)
    for answer, there in (("keep_runs", True), ("delete_for_good", False)):
        person.frame.activateWindow()
        person.until(person.frame.isActiveWindow)
        select(person, pane, EXAMPLE)
        person.qtbot.keyClick(pane.table, Qt.Key.Key_Delete)
        person.click(person.button_in_dialog(answer))
        person.until(
            lambda: not any(widget.objectName() == "delete_question" for widget in QApplication.topLevelWidgets())
        )
        assert (runs_dir() / EXAMPLE).exists() is there


def test_a_run_that_trains_is_neither_renamed_nor_deleted(person: Person) -> None:
    pane = runs_pane(person)
    person.type("field_training.epochs", "100000")
    person.click("train_button")
    person.until(lambda: person.session.training.path is not None)
    path = person.session.training.path
    person.until(lambda: any(run.path == path for run in pane.table.runs_model.runs))
    select(person, pane, path.name)
    person.qtbot.keyClick(pane.table, Qt.Key.Key_Delete)
    assert path.is_dir()
    person.click("stop_button")
    person.until(lambda: person.session.training.state == "idle")


# -- opening ------------------------------------------------------------------------------------------------------


def test_a_dropped_run_opens(person: Person, make_run: Callable[..., Path]) -> None:
    path = make_run()
    person.drop(path)
    person.until(lambda: person.session.run.path == path)


def test_a_dropped_figure_brings_its_view_back(person: Person, make_run: Callable[..., Path], tmp_path: Path) -> None:
    person.frame.show_pane("gallery")
    pane: Any = person.frame.panes["gallery"]
    person.until(lambda: pane.result is not None)
    pane.choose("classes")
    pane.controls.statistic.setCurrentIndex(1)
    picture = tmp_path / "classes.png"
    with person.qtbot.waitSignal(pane.export_to(picture).succeeded):
        pass
    pane.controls.statistic.setCurrentIndex(0)
    pane.choose("reconstructions")
    other = make_run()
    person.drop(other)
    person.until(lambda: person.session.run.path == other)
    person.drop(picture)
    person.until(lambda: person.session.run.path == runs_dir() / EXAMPLE)
    person.until(lambda: pane.source == "classes" and hasattr(pane.result, "names"))
    assert pane.settings()["statistic"] == "mean"
    assert pane.isVisible()


def test_dropped_images_become_the_data_of_the_next_run(person: Person, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for name in ("cats", "dogs"):
        (tmp_path / name).mkdir()
        for number in range(3):
            Image.fromarray(rng.integers(0, 256, (12, 12), dtype=np.uint8)).save(tmp_path / name / f"{number}.png")
    # As many data sets have one; it does not make them a run.
    (tmp_path / "config.json").write_text('{"license": "mit"}')
    person.drop_to_train(tmp_path)
    person.until(lambda: person.find_or_none("sheet_form") is not None and person.find("sheet_form").isEnabled())
    person.click("sheet_form")
    assert person.session.training.draft.data.name == "images"
    assert person.session.training.draft.data.path == str(tmp_path)


def test_dropped_settings_fill_the_form(person: Person, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[model]\nfamily = "ae"\nlatent_dim = 7\n')
    person.drop(file)
    person.until(lambda: person.session.training.draft.model.latent_dim == 7)


def test_what_cannot_be_opened_says_why(person: Person, tmp_path: Path) -> None:
    person.expects_failure = True
    for content in ("text", "zip", "runs", "pdf"):
        path = tmp_path / content
        if content == "runs":
            path = runs_dir()
        elif content == "pdf":
            path = tmp_path / "paper.pdf"
            path.write_bytes(b"%PDF-1.4\nnothing\n")
        else:
            path.write_bytes(b"hello" if content == "text" else b"PK\x03\x04 but no archive")
        before, told = person.session.training.draft, len(person.failures)
        person.drop(path)
        person.until(lambda told=told: len(person.failures) > told)
        assert person.failures[-1].todo
        assert "Traceback" not in person.failures[-1].message
        assert person.session.training.draft == before
