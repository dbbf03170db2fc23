"""What import contracts cannot say of the house: who may know widgets, and that every room says what it is for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "latentexplorer"
ROOMS = [
    *sorted(path for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()),
    *sorted(path for path in (PACKAGE / "gui").iterdir() if (path / "__init__.py").is_file()),
]


def imported(module: Path) -> Iterator[str]:
    """Dotted names that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("room", ["session", "workers"])
def test_state_and_threads_know_no_widget(room: str) -> None:
    modules = sorted((PACKAGE / "gui" / room).rglob("*.py"))
    assert modules
    assert not [module.name for module in modules if "PySide6.QtWidgets" in set(imported(module))]


def test_qt_calls_nothing_in_a_thread_of_its_own() -> None:
    # PySide looks up without Python's lock whom Qt calls there: `gui.workers.thread` says what comes of it.
    said = {path.name: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    ways = ("moveToThread(", "QRunnable", "QThreadPool", "QtConcurrent")
    assert not [(name, way) for name, text in said.items() for way in ways if way in text]
    assert [name for name, text in said.items() if "(QThread)" in text] == ["thread.py"]


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: str(room.relative_to(PACKAGE)))
def test_every_room_says_what_lives_there_and_names_nothing_that_does_not(room: Path) -> None:
    lines = (room / "README.md").read_text(encoding="utf-8").splitlines()
    rows = [line.split("|")[1] for line in lines if line.startswith("| `")]
    named = [name for row in rows for name in re.findall(r"`([a-z_]+)`", row)]
    gone = [name for name in named if not (room / name).is_dir() and not (room / f"{name}.py").is_file()]
    assert not gone


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = grimp.build_graph("latentexplorer", cache_dir=None)
    # Types count: who needs the types of what stands above it says what belongs there.
    arrows = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    # Raises `CycleError` with the circle.
    TopologicalSorter(arrows).prepare()


def test_no_module_outgrows_a_head() -> None:
    sizes = {
        str(path.relative_to(PACKAGE)): len(path.read_text(encoding="utf-8").splitlines())
        for path in PACKAGE.rglob("*.py")
    }
    assert not {name: lines for name, lines in sizes.items() if lines > 400}


SHARED_PACKAGES = ("sklearn", "openTSNE", "umap")
"""Import each other's parts, and are imported when a worker's thread needs them first."""


def _bare_imports(node: ast.AST, guarded: bool = False) -> Iterator[str]:
    """Packages that are imported where another thread may be importing them, too."""
    if isinstance(node, (ast.Import, ast.ImportFrom)) and not guarded:
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        yield from (name for name in names if name.split(".")[0] in SHARED_PACKAGES)
    if isinstance(node, ast.With):
        guarded |= any("one_at_a_time" in ast.unparse(item.context_expr) for item in node.items)
    if isinstance(node, ast.If):
        guarded |= ast.unparse(node.test) == "TYPE_CHECKING"
    for child in ast.iter_child_nodes(node):
        yield from _bare_imports(child, guarded)


def test_what_several_threads_import_is_imported_by_one_after_the_other() -> None:
    texts = {str(path.relative_to(PACKAGE)): path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    some = {name: text for name, text in texts.items() if any(package in text for package in SHARED_PACKAGES)}
    assert len(some) > 5
    found = {name: list(_bare_imports(ast.parse(text))) for name, text in some.items()}
    assert not {name: packages for name, packages in found.items() if packages}


def test_the_window_asks_of_no_path_in_a_way_that_may_raise() -> None:
    """`Path.exists` and its like do, where a name is too long or a share has gone: `core.paths` has what does not."""
    found = {
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in (PACKAGE / "gui").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        # What is shipped may lie in an archive, and need not be a path.
        if path.name != "example_run.py"
        and isinstance(node, ast.Attribute)
        and node.attr in ("exists", "is_file", "is_dir")
    }
    assert not found


WAITING = re.compile(r"\.(exec_?|get[A-Z]\w*|warning|question|information|critical|about)$")
"""How Qt's dialogs and menus wait in a loop of their own."""
WAITS = ("QApplication.exec", "drag.exec")


def _waiting(path: Path) -> Iterator[str]:
    """Where Qt's dialogs are made, or wait, where they may not."""
    if path.name != "file_dialogs.py":
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Name) and node.id == "QFileDialog":
                yield f"{path.name}:{node.lineno}: QFileDialog: use widgets.file_dialogs"
            if isinstance(node, ast.Attribute) and node.attr == "ActionsContextMenu":
                yield f"{path.name}:{node.lineno}: Qt opens that menu in a loop of its own: use popup()"
            if isinstance(node, ast.Call) and WAITING.search(name := ast.unparse(node.func)):
                of_a_dialog = re.match(r"Q\w+Dialog\.|QMessageBox\.|Question\.", name)
                if name not in WAITS and (of_a_dialog or "exec" in name):
                    yield f"{path.name}:{node.lineno}: {name}: use open(), and signals"


def test_no_dialog_waits_in_a_loop_of_its_own() -> None:
    """Whoever asked may be gone when it comes back, and the dialog with it, from under Qt's feet."""
    assert not [found for path in (PACKAGE / "gui").rglob("*.py") for found in _waiting(path)]


def test_a_dialog_that_waits_is_found(tmp_path: Path) -> None:
    wrong = ("dialog.exec()", "menu.exec(place)", "QInputDialog.getInt(window, '', '')", "QFileDialog(window).open()")
    for line in (
        *wrong,
        "QFileDialog.getOpenFileName(window)",
        "Question.warning(window, '', '')",
        "w.setPolicy(P.ActionsContextMenu)",
    ):
        (tmp_path / "module.py").write_text(line)
        assert list(_waiting(tmp_path / "module.py")), line


def _parameters(function: ast.FunctionDef) -> set[str]:
    return {each.arg for each in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)}


def _stoppable(modules: dict[str, ast.Module]) -> dict[str, bool]:
    """Functions by name, and methods by `Class.name`: whether all that are called so take a stop token."""
    takes: dict[str, bool] = {}
    for module in modules.values():
        for outer in ast.walk(module):
            if isinstance(outer, (ast.ClassDef, ast.Module)):
                before = f"{outer.name}." if isinstance(outer, ast.ClassDef) else ""
                for each in outer.body:
                    if isinstance(each, ast.FunctionDef):
                        name = f"{before}{each.name}"
                        takes[name] = "stop" in _parameters(each) and takes.get(name, True)
    return takes


def _untold(module: ast.Module, takes: dict[str, bool]) -> Iterator[str]:
    """Calls of what takes a stop token, by who has one and does not pass it on."""
    aliases = {
        alias.asname: alias.name
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname
    }
    for function in ast.walk(module):
        if not isinstance(function, ast.FunctionDef) or "stop" not in _parameters(function):
            continue
        for call in ast.walk(function):
            if not isinstance(call, ast.Call):
                continue
            name = ast.unparse(call.func)
            if not takes.get(aliases.get(name, name)):
                continue
            if not any(re.search("stop|NEVER", ast.unparse(each)) for each in (*call.args, *call.keywords)):
                yield f"line {call.lineno}: {name}"


def test_who_is_told_to_stop_tells_what_it_calls() -> None:
    """Else it goes on until that is done: a person who has stopped it, or closes the window, waits."""
    modules = {
        str(path.relative_to(PACKAGE)): ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")
    }
    takes = _stoppable(modules)
    assert sum(takes.values()) > 100
    found = {name: list(_untold(module, takes)) for name, module in modules.items()}
    assert not {name: calls for name, calls in found.items() if calls}
