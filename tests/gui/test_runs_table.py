"""The table of runs: what is seen, found, sorted and grouped, what is the matter with a run, what is remembered."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QFileDialog, QLineEdit, QStyleOptionViewItem

from latentexplorer.core.config import RunConfig
from latentexplorer.core.paths import runs_dir
from latentexplorer.gui.panes.runs.column_layout import PAD_PX, TIGHT_PX
from latentexplorer.gui.panes.runs.columns import COLUMNS, NUMBERS
from latentexplorer.gui.panes.runs.rows import Heading, arranged
from latentexplorer.gui.panes.runs.table import CELL_PX, LEAST_NAMED
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.window.workspaces import EXPLORE
from latentexplorer.runs.listing import RunSummary, iter_runs, summarise
from tests.gui.conftest import Person
from tests.gui.test_runs import EXAMPLE, add_run, cell, listed, listed_names, runs_pane, select

Key = Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
FIRST = ["name", "what", "epochs", "state", "rmse", "modified"]


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


def a_run(name: str, *changes: str, modified: float = 1.0, **last: float) -> RunSummary:
    """A run as the listing would give it."""
    config = RunConfig().updated(changes)
    return RunSummary(
        Path(name), name, config.model.family, config.data.name, 3, 20, status="finished", modified=modified,
        config=config, last=last, image_shape=(1, 8, 8),
    )  # fmt: skip


BROKEN = RunSummary(Path("broken"), "broken", error="config.json is no JSON", modified=9.0)


def names(lines: list[Any]) -> list[str]:
    return [line.text if isinstance(line, Heading) else line.name for line in lines]


def column(name: str) -> Any:
    return COLUMNS[NUMBERS[name]]


# -- order ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("by", ["rmse", "epochs", "seconds", "latent", "beta", "preset", "psnr", "state"])
def test_numbers_are_sorted_as_numbers_and_what_is_unknown_stands_last(by: str, descending: bool) -> None:
    runs = [
        a_run("two", "model.family=vae", "model.latent_dim=10", "model.beta=2", test_rmse=0.2, seconds=9),
        a_run("ten", "model.family=vae", "model.latent_dim=9", "model.beta=10", test_rmse=0.1, seconds=10),
        replace(a_run("none", "model.family=pca"), last={"test_rmse": math.nan}, config=None, status="damaged"),
    ]
    order = names(arranged(runs, "", column(by), descending, "none"))
    assert order[-1] == "none" or by == "state"
    numbers = {"rmse": ["ten", "two"], "seconds": ["two", "ten"], "latent": ["ten", "two"], "beta": ["two", "ten"]}
    if by in numbers:
        assert order[:2] == (numbers[by][::-1] if descending else numbers[by])


@pytest.mark.parametrize("by", ["loss", "recon"])
@pytest.mark.parametrize("other", ["model.likelihood=bernoulli", "model.sigma=0.3", "data.name=shapes"])
def test_losses_that_cannot_be_compared_are_not_sorted_as_one_column(by: str, other: str) -> None:
    column_name = {"loss": "test_loss", "recon": "test_recon"}[by]
    runs = [
        a_run("low", "model.family=vae", **{column_name: -900.0}),
        a_run("odd", "model.family=vae", other, **{column_name: 0.0}),
        a_run("high", "model.family=vae", **{column_name: 900.0}),
    ]
    lines = arranged([*runs, BROKEN], "", column(by), False, "none")
    headings = [line for line in lines if isinstance(line, Heading)]
    assert [heading.count for heading in headings if heading.text != "Cannot be read"] in ([1, 2], [2, 1])
    found = names(lines)
    assert found.index("low") + 1 == found.index("high")
    # Alone they are one order, without headings, as are pixel errors.
    assert names(arranged([runs[0], runs[2]], "", column(by), True, "none")) == ["high", "low"]
    assert not any(isinstance(line, Heading) for line in arranged(runs, "", column("rmse"), True, "none"))
    # And where it stands alone, what it is measured by stands with it.
    assert column(by).text(runs[0]).startswith("−900.0 · Gaussian, σ 0.1") and "8 x 8 grey" in column(by).text(runs[0])


def test_bits_per_dimension_are_one_column_for_all_bounds_on_grey_values() -> None:
    shown = column("bits")
    vae = a_run("vae", "model.family=vae", "model.sigma=0.1", "model.beta=4", test_recon=-90.0, test_kl=10.0)
    other = a_run("other", "model.family=vae", "model.likelihood=laplace", test_recon=-40.0, test_kl=10.0)
    pca = a_run("pca", "model.family=pca", test_recon=-500.0, test_log_likelihood=60.0)
    none = a_run("ae", "model.family=ae", test_recon=-500.0, test_loss=-500.0)
    odd = a_run("odd", "model.family=vae", "model.likelihood=bernoulli", test_recon=9.0, test_kl=1.0)
    assert names(arranged([vae, other, pca, none, odd], "", shown, False, "none"))[:3] == ["vae", "pca", "other"]
    # Of 64 values: 80 nats of density are 1.8 bits a value below the 8 of a grey level.
    assert shown.text(vae) == f"{8 - 80 / 64 / math.log(2):.3f}"
    assert shown.text(none) == shown.text(odd) == ""
    assert column("elbo").text(none) == column("elbo").text(pca) == "" and column("log_p").text(pca) == "60.0"
    # A penalised reconstruction never stands in a row with a bound.
    lines = arranged([replace(vae, last={"test_loss": 5.0}), none], "", column("loss"), False, "none")
    assert sum(isinstance(line, Heading) for line in lines) == 2


@pytest.mark.parametrize(("group", "first"), [("data", "Handwritten digits"), ("model", "PCA")])
def test_groups_have_headings_and_damaged_runs_come_last(group: str, first: str) -> None:
    runs = [BROKEN, a_run("b", "data.name=shapes"), a_run("a", "model.family=pca"), a_run("c")]
    lines = arranged(runs, "", column("name"), False, group)
    assert isinstance(lines[0], Heading) and lines[0].text == first
    assert names(lines)[-2:] == ["Cannot be read", "broken"]


@pytest.mark.parametrize(
    ("words", "found"),
    [("vae", ["b", "own"]), ("variational encoder", ["b", "own"]), ("SHAPES", ["b"]), ("digits-vad", ["tagged"]),
     ("damaged", ["broken"]), ("vae faces", ["own"]), ("nothing-like-it", [])],
)  # fmt: skip
def test_words_are_found_in_names_models_data_presets_and_states(words: str, found: list[str]) -> None:
    runs = [
        BROKEN,
        a_run("b", "model.family=vae", "data.name=shapes"),
        a_run("own", "model.family=vae", "data.name=images", "data.path=/my/faces"),
        replace(a_run("tagged", "model.family=pca"), config=RunConfig(preset="digits-vad")),
    ]
    assert sorted(names(arranged(runs, words, column("name"), False, "none"))) == sorted(found)


# -- reading ----------------------------------------------------------------------------------------------------------


def test_what_has_not_changed_is_not_read_again(make_run: Callable[..., Path], own_home: Path) -> None:
    path = add_run(make_run(), "small")
    before = summarise(path)
    marked = replace(before, name="taken over")
    assert [run.name for run in iter_runs(known={path: marked})] == ["taken over"]
    (path / "status.json").write_text(json.dumps({"status": "stopped", "message": ""}))
    assert [(run.name, run.status) for run in iter_runs(known={path: marked})] == [("small", "stopped")]
    # One that trains elsewhere may have been let go of without any file having changed.
    training = replace(before, status="training", stamp=summarise(path).stamp)
    assert [run.status for run in iter_runs(known={path: training})] == ["stopped"]


def test_damaged_runs_are_rows_that_say_what_is_wrong(person: Person, make_run: Callable[..., Path]) -> None:
    parts = ("history.csv", "status.json", "config.json")
    for part in parts:
        (add_run(make_run(), f"hurt {part}") / part).write_text("{ no")
    pane = runs_pane(person)
    for part in parts:
        select(person, pane, f"hurt {part}")
        said = person.find("runs_said_text").text()
        if part != "history.csv":
            assert cell(pane, f"hurt {part}", "State") == "damaged"
            assert part in said and not person.find("runs_locate").isVisible()


# -- the pane ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("workspace", "width", "away"),
    [
        ("compare", 1400, set()),
        ("compare", 1280, {"modified"}),
        ("all", 1280, {"modified", "epochs", "state"}),
        ("compare", 1024, {"modified", "epochs", "state"}),
    ],
)
def test_what_matters_is_seen_without_scrolling(
    person: Person, make_run: Callable[..., Path], width: int, away: set[str]
) -> None:
    for name in ("a-rather-long-name-of-a-run", "a-rather-long-name-of-another-run"):
        add_run(make_run(), name)
    pane = runs_pane(person)
    person.frame.resize(width, 800)
    person.settled()
    header = pane.table.horizontalHeader()

    def seen() -> list[str]:
        return [COLUMNS[at].name for at in range(len(COLUMNS)) if not header.isSectionHidden(at)]

    assert seen() == [name for name in FIRST if name not in away]
    assert pane.table.horizontalScrollBar().maximum() == 0
    metrics = pane.table.fontMetrics()
    for name in ("name", "epochs", "state", "rmse", "modified"):
        widest = max(metrics.horizontalAdvance(column(name).text(run)) for run in pane.table.runs_model.runs)
        least = min(widest, 180) if name == "name" else widest
        assert name in away or least < header.sectionSize(NUMBERS[name]), name
    # What somebody chooses, or sorts by, is there.
    pane.table.columns.sort(NUMBERS["modified"], Qt.SortOrder.AscendingOrder)
    assert "modified" in seen()
    pane.table.columns.sort(NUMBERS["rmse"], Qt.SortOrder.AscendingOrder)
    assert seen() == [name for name in FIRST if name not in away]
    pane.table.columns.actions["seconds"].trigger()
    assert set(seen()) == {*FIRST, "seconds"}


@pytest.mark.parametrize("workspace", ["compare"])
def test_states_are_seen_where_they_differ_and_titles_say_what_is_below_them(
    person: Person, make_run: Callable[..., Path]
) -> None:
    names = ("a-rather-long-name-of-a-run", "a-rather-long-name-of-another-run")
    for name in names:
        add_run(make_run(), name)
    pane = runs_pane(person)
    header, model = pane.table.horizontalHeader(), pane.table.runs_model
    person.frame.resize(1024, 800)
    person.settled()
    assert header.isSectionHidden(NUMBERS["state"])
    (runs_dir() / names[0] / "config.json").write_text("{ no")
    pane.refresh()
    person.settled()
    assert not header.isSectionHidden(NUMBERS["state"]) and cell(pane, names[0], "State") == "damaged"
    assert model.headerData(NUMBERS["what"], Qt.Orientation.Horizontal) == "Model"
    person.frame.resize(1900, 800)
    person.settled()
    assert model.headerData(NUMBERS["what"], Qt.Orientation.Horizontal) == "Model · data"


@pytest.mark.parametrize("workspace", ["compare"])
def test_in_a_narrow_table_models_are_whole_and_names_have_what_cells_can_spare(person: Person) -> None:
    table = runs_pane(person).table
    person.frame.resize(1024, 700)
    person.settled()
    changes = ("model.family=conv-cvae", "model.latent_dim=1000")
    header, option, bold = table.horizontalHeader(), QStyleOptionViewItem(), QFont(table.font())
    bold.setBold(True)
    metrics, named, name = table.fontMetrics(), QFontMetrics(bold), "a-run-with-rather-a-long-name-"
    # As long as lets what cells have beside their words suffice, and nothing else.
    error = max(header.fontMetrics().horizontalAdvance("Error"), metrics.horizontalAdvance("0.123"))
    others = metrics.horizontalAdvance("Conv CVAE 1000") + error + 3 * PAD_PX
    while named.horizontalAdvance(name) + others < table.viewport().width() + 2 * TIGHT_PX:
        name += "i"
    table.show_runs([a_run(name, *changes, test_rmse=0.123), a_run("other", "model.family=vae", test_rmse=0.123)])
    for column, text, font in (("name", name, named), ("what", "Conv CVAE 1000", metrics)):
        assert font.horizontalAdvance(text) + TIGHT_PX < header.sectionSize(NUMBERS[column]), column
    # Where there is no room for the images the title does not promise any.
    assert table.runs_model.headerData(NUMBERS["what"], Qt.Orientation.Horizontal) == "Model"
    at = table.runs_model.index(table.runs_model.row_of(Path("other")), NUMBERS["what"])
    option.rect = table.visualRect(at)
    table.itemDelegateForColumn(NUMBERS["what"]).initStyleOption(option, at)
    assert str(at.data()).startswith(f"{option.text} · ")


def test_columns_widths_order_and_groups_are_remembered(person: Person, make_run: Callable[..., Path]) -> None:
    pane = runs_pane(person)
    header, columns = pane.table.horizontalHeader(), pane.table.columns
    columns.actions["seconds"].trigger()
    assert not header.isSectionHidden(NUMBERS["seconds"])
    edge = header.sectionViewportPosition(NUMBERS["state"]) + header.sectionSize(NUMBERS["state"]) - 1
    at = QPoint(edge, header.height() // 2)
    person.qtbot.mousePress(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    person.qtbot.mouseMove(header.viewport(), at + QPoint(30, 0))
    person.qtbot.mouseRelease(header.viewport(), Qt.MouseButton.LeftButton, pos=at + QPoint(30, 0))
    wide = header.sectionSize(NUMBERS["state"])
    columns.sort(NUMBERS["rmse"], Qt.SortOrder.AscendingOrder)
    pane.groups.take(2)
    from latentexplorer.gui.panes.runs.pane import RunsPane

    later = RunsPane()
    assert not later.table.horizontalHeader().isSectionHidden(NUMBERS["seconds"])
    assert later.table.columns._own == {"state": wide}
    assert later.table.runs_model.column.name == "rmse" and not later.table.runs_model.descending
    assert later.table.runs_model.group == "model"
    later.table.columns.reset_action.trigger()
    assert later.table.horizontalHeader().isSectionHidden(NUMBERS["seconds"])
    later.deleteLater()


def test_a_damaged_memory_is_as_good_as_none(person: Person) -> None:
    from latentexplorer.gui.panes.runs.pane import RunsPane

    for text in (
        "",
        "{",
        "[]",
        '{"shown": 3, "widths": {"state": "x"}, "sort": ["gone", 1]}',
        '{"sort": [[], 1]}',
        "[" * 9000,
    ):
        Settings()["runs_table"] = text
        later = RunsPane()
        header = later.table.horizontalHeader()
        assert [COLUMNS[at].name for at in range(len(COLUMNS)) if not header.isSectionHidden(at)] == FIRST
        later.deleteLater()


def test_ctrl_f_finds_runs_by_words(person: Person, make_run: Callable[..., Path]) -> None:
    add_run(make_run(), "small")
    pane = runs_pane(person)
    pane.table.setFocus()
    person.qtbot.keyClick(pane.table, Key.Key_F, CTRL)
    assert pane.search.hasFocus()
    person.qtbot.keyClicks(pane.search, "small")
    assert listed_names(pane) == ["small"]
    assert "1 of 2 runs" in pane.header.subtitle.text()
    person.qtbot.keyClicks(pane.search, " nowhere")
    assert pane.none_yet.isVisible() and "words" in pane.none_yet.text()


def test_runs_are_selected_by_keyboard_and_mouse_across_headings(person: Person, make_run: Callable[..., Path]) -> None:
    for name in ("one", "two"):
        add_run(make_run(), name)
    add_run(make_run("model.family=pca"), "three")
    pane = runs_pane(person)
    pane.groups.take(2)
    rows = listed_names(pane)
    select(person, pane, rows[0])
    for _ in rows[1:]:
        person.qtbot.keyClick(pane.table, Key.Key_Down, SHIFT)
    assert {run.name for run in pane.table.selected_runs()} == set(rows)
    select(person, pane, rows[2], rows[0])
    assert [run.name for run in pane.table.selected_runs()] == [rows[2], rows[0]]
    # As they were selected, also when they are sorted otherwise or read again.
    pane.table.columns.sort(NUMBERS["name"], Qt.SortOrder.DescendingOrder)
    pane.refresh()
    person.settled()
    assert [run.name for run in pane.table.selected_runs()] == [rows[2], rows[0]]


def test_a_run_that_trains_is_marked_and_counts_its_epochs(person: Person) -> None:
    pane = runs_pane(person)
    person.begin_training()
    name = person.session.training.path.name
    listed(person, pane)
    assert cell(pane, name, "State") == "● training"
    done = int(cell(pane, name, "Epochs").split("/")[0].replace(",", "") or 0)
    person.until(lambda: int(cell(pane, name, "Epochs").split("/")[0].replace(",", "")) > done + 1)
    assert float(cell(pane, name, "Error")) > 0
    person.click("stop_button")
    person.until(lambda: person.session.training.state == "idle")
    person.until(lambda: cell(pane, name, "State") == "stopped")


def test_missing_images_are_a_state_and_are_located(
    person: Person, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    import numpy as np

    file = tmp_path / "mine.npz"
    np.savez(file, images=np.random.default_rng(0).integers(0, 255, (40, 8, 8), dtype=np.uint8))
    path = add_run(make_run("data.name=images", f"data.path={file}"), "mine")
    moved = tmp_path / "elsewhere" / "mine.npz"
    moved.parent.mkdir()
    file.rename(moved)
    pane = runs_pane(person)
    assert cell(pane, "mine", "State") == "no images"
    select(person, pane, "mine")
    assert str(file) in person.find("runs_said_text").text()
    person.click("runs_locate")
    dialog = person.find("locate_dialog", QFileDialog)
    dialog.fileSelected.emit(str(moved))
    dialog.close()
    person.until(lambda: cell(pane, "mine", "State") == "finished")
    assert json.loads((path / "located.json").read_text()) == {"data.path": str(moved)}
    assert person.session.run.name == EXAMPLE
    assert not person.find("runs_said").isVisible()
    assert runs_dir() in path.parents and isinstance(pane.search, QLineEdit)


def test_everything_of_the_table_is_found_by_the_palette(person: Person) -> None:
    pane = runs_pane(person)
    offered = {offer.name: offer for offer in pane.offers()}
    for name in ("Compare", "Find runs", "Locate images…", "Group runs: By data", "Column Time", "Columns as at first"):
        assert name in offered
    offered["Column Time"].do()
    assert not pane.table.horizontalHeader().isSectionHidden(NUMBERS["seconds"])
    assert not offered["Column Name"].enabled


def test_the_images_of_a_run_are_named_as_far_as_there_is_room(person: Person) -> None:
    table = runs_pane(person).table
    at = table.runs_model.index(0, NUMBERS["what"])
    whole, option = str(at.data()), QStyleOptionViewItem()
    model, joint, images = whole.partition(" · ")
    delegate = table.itemDelegateForColumn(NUMBERS["what"])

    def shown(lacking_px: int) -> str:
        width = table.fontMetrics().horizontalAdvance(whole) + CELL_PX - lacking_px
        option.rect = QRect(0, 0, width, 20)
        delegate.initStyleOption(option, at)
        return option.text

    assert images and shown(0) == whole
    # Which runs are of the same images is told also where their whole name does not fit.
    named = shown(10).partition(joint)[2]
    assert named.endswith("…") and images.startswith(named[:-1].strip()) and len(named) >= LEAST_NAMED
    assert shown(table.fontMetrics().horizontalAdvance(joint + images)) == model
