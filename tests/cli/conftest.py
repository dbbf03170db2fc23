"""A trained run to ask things of, made once through the command line itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from latentexplorer.cli import main
from latentexplorer.latent import evaluation

Latentexplorer = Callable[..., tuple[int, str, str]]


@pytest.fixture
def latentexplorer(capfd: pytest.CaptureFixture[str]) -> Latentexplorer:
    """Run a command in this process; gives exit code, stdout and stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return code, out, err

    return call


def cannot_be_kept(run: Path, known: dict[str, Any] | None = None) -> Callable[..., dict[str, Any]]:
    """`evaluate`, behind which something lies in the way of the metrics of a run; `known`: what it has found before."""
    measure = evaluation.evaluate

    def then_in_the_way(*arguments: Any, **options: Any) -> dict[str, Any]:
        found = measure(*arguments, **options) if known is None else known
        (run / "metrics.json").unlink(missing_ok=True)
        (run / "metrics.json" / "in the way").mkdir(parents=True)
        return found

    return then_in_the_way


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home for the runs that several tests share."""
    folder = tmp_path_factory.mktemp("shared-home")
    before = os.environ.get("LATENTEXPLORER_HOME")
    os.environ["LATENTEXPLORER_HOME"] = str(folder)
    yield folder
    if before is None:
        os.environ.pop("LATENTEXPLORER_HOME", None)
    else:
        os.environ["LATENTEXPLORER_HOME"] = before


@pytest.fixture(scope="session")
def digits_run(home: Path) -> Path:
    """A small VAE on a few hundred digits, four epochs."""
    path = home / "digits"
    arguments = ["--set", "training.epochs=4", "data.train_per_class=30", "data.test_per_class=10"]
    assert main(["train", "--preset", "digits-vae", "--out", str(path), "--quiet", *arguments]) == 0
    return path
