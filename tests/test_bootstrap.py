"""Setting up: which versions are installed, what is written down of them, and which part of the gate is run."""

from __future__ import annotations

import importlib.util
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]


def bootstrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *arguments: str) -> tuple[ModuleType, list[list[str]]]:
    """The script as it is with these arguments, for an environment elsewhere; the commands it would run are listed."""
    monkeypatch.setattr(sys, "argv", ["bootstrap.py", *arguments])
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "packaging" / "bootstrap.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr(script, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(script, "PYTHON", tmp_path / "python")
    (tmp_path / "python").touch()
    called: list[list[str]] = []

    def call(*command: object, **_: object) -> int:
        called.append([str(part) for part in command])
        return 0

    monkeypatch.setattr(script, "call", call)
    monkeypatch.setattr(script, "install_qt_libraries", lambda: 0)
    monkeypatch.setattr(script, "check_imports", lambda: 0)
    return script, called


def locked() -> dict[str, Requirement]:
    """The lines of the lock by name."""
    lines = (ROOT / "packaging" / "locked.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if not line.startswith("#")]
    return {canonicalize_name(pin.name): pin for pin in pins}


def test_the_lock_holds_a_version_that_is_allowed_of_everything_the_program_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    texts = [*project["dependencies"], *(text for texts in project["optional-dependencies"].values() for text in texts)]
    pins = locked()
    for needed in map(Requirement, texts):
        if needed.name == project["name"]:
            continue
        assert canonicalize_name(needed.name) in pins, "write it anew: python3 packaging/bootstrap.py lock"
        (exactly,) = pins[canonicalize_name(needed.name)].specifier
        assert exactly.operator == "==" and needed.specifier.contains(exactly.version), needed


def test_the_lock_names_nothing_of_one_machine() -> None:
    text = (ROOT / "packaging" / "locked.txt").read_text(encoding="utf-8")
    assert not re.search(r"[/\\@+]|nvidia|cuda|triton", text.split("\n", 1)[1])
    for name in ("torch", "torchvision"):
        marker = locked()[name].marker
        assert marker is not None
        assert marker.evaluate({"platform_machine": "x86_64"}) and not marker.evaluate({"platform_machine": "aarch64"})


def test_what_torch_chooses_for_a_machine_is_not_written_down(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script, _ = bootstrap(monkeypatch, tmp_path)
    installed = ["torch==2.14.1+cu130", "nvidia-cublas==13", "triton==3", "cuda-bindings==1", "pip==23", "numpy==2.4.6",
                 "latentexplorer==0.1.0", "Jinja2==3.1.6"]  # fmt: skip
    assert script.pins(installed) == ["Jinja2==3.1.6", "numpy==2.4.6", 'torch==2.14.1 ; platform_machine == "x86_64"']


def test_packages_have_the_locked_versions_or_the_newest_where_those_are_not_to_be_had(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script, called = bootstrap(monkeypatch, tmp_path, "setup")
    assert script.main() == 0
    (command,) = called
    assert command[-2:] == ["--constraint", str(ROOT / "packaging" / "locked.txt")]
    assert script.main() == 0 and len(called) == 1, "what has been installed is not installed again"

    def refuse(*command: object, **_: object) -> int:
        called.append([str(part) for part in command])
        return "--constraint" in called[-1]

    monkeypatch.setattr(script, "call", refuse)
    script.STAMP.unlink()
    assert script.main() == 0
    assert called[-1] == command[:-2] and "not all versions" in capsys.readouterr().out.lower()


def test_the_newest_are_tried_in_an_environment_of_their_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script, called = bootstrap(monkeypatch, tmp_path, "newest")
    assert script.VENV == ROOT / ".venv-newest"
    assert script.main() == 0
    assert called[0][-3:] == ["--upgrade", "--upgrade-strategy", "eager"]
    assert any("mypy" in command[0] for command in called) and any("pytest" in command for command in called)
    # What depends on versions alone is tried with new ones.
    assert "--compile-all" in called[-1]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["lint"], {"ruff", "mypy", "lint-imports"}),
        (["test", "tests/models", "-q"], {"pytest"}),
        (["test"], {"ruff", "mypy", "lint-imports", "pytest"}),
        (["setup"], set()),
    ],
)
def test_the_gate_can_be_run_in_part(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str], expected: set[str]
) -> None:
    script, called = bootstrap(monkeypatch, tmp_path, *arguments)
    assert script.main() == 0
    _, *run = called
    tools = {"pytest" if "pytest" in command else Path(command[0]).stem for command in run if "-c" not in command}
    assert tools == expected
    assert not run or "--compile-all" not in run[-1]
    assert not run or run[-1][len(run[-1]) - len(arguments[1:]) :] == arguments[1:]


def test_what_is_read_before_a_commit_is_what_the_gate_reads() -> None:
    text = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert re.findall(r"entry: (.*)", text) == ["python3 packaging/bootstrap.py lint"]
