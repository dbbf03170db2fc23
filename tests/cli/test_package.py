"""What is installed: a wheel that finds its resources from anywhere, and a command line that starts light."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing in it but the built and installed wheel."""
    wheels, target = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", wheels, ROOT], check=True, capture_output=True)
    (wheel,) = wheels.glob("latentexplorer-*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", target, wheel], check=True, capture_output=True)
    return target


def run(code: str, folder: Path, path: Path | None = None) -> str:
    """Run Python code in another folder, with `path` in front of everything installed."""
    start = f"import sys; sys.path.insert(0, {str(path)!r}); " if path else ""
    done = subprocess.run(
        [sys.executable, "-I", "-c", start + code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_finds_its_presets_and_resources_from_another_folder(installed: Path, tmp_path: Path) -> None:
    code = (
        "import latentexplorer, latentexplorer.cli as cli; print(latentexplorer.__file__);"
        "cli.main(['list', 'presets']);"
        "from latentexplorer.core.paths import resource; print([f.name for f in resource('icons').iterdir()])"
    )
    out = run(code, tmp_path, installed)
    assert out.startswith(str(installed))
    assert "vad-laplace-60" in out
    assert ".svg" in out


def test_the_wheel_holds_everything_the_checkout_does(installed: Path) -> None:
    def modules(folder: Path) -> set[Path]:
        return {path.relative_to(folder) for path in folder.rglob("*.py") if "resources" not in path.parts}

    def resources(folder: Path) -> set[Path]:
        return {
            path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and path.suffix not in (".pyc",)
        }

    assert modules(installed / "latentexplorer") == modules(ROOT / "latentexplorer")
    assert resources(installed / "latentexplorer" / "resources") == resources(ROOT / "resources")


@pytest.mark.parametrize("module", ["latentexplorer.cli", "latentexplorer.gui.app", "latentexplorer.core.config"])
def test_starting_imports_no_heavy_package(module: str, tmp_path: Path) -> None:
    """The window is on screen, and a wrong argument refused, before torch is loaded."""
    code = (
        f"import sys, {module}; from latentexplorer.cli import parser; parser();"
        "print({'torch', 'torchvision', 'sklearn', 'matplotlib', 'scipy', 'openTSNE'} & set(sys.modules))"
    )
    assert run(code, tmp_path).strip() == "set()"
