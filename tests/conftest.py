"""What all tests share: one thread, a home of their own, the published image sets, small runs of every family."""

from __future__ import annotations

import gc
import itertools
import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from latentexplorer.core.catalog import FAMILIES, Family

if TYPE_CHECKING:
    from latentexplorer.core.config import RunConfig
    from latentexplorer.runs import Trained

ROOT = Path(__file__).resolve().parents[1]
# Read once, when torch, numba and the libraries of linear algebra are loaded, so before any import of theirs. Two
# processes with two threads each wait for each other, awake: a training step of a small VAE takes 236 ms instead of 5.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"
os.environ.setdefault("NUMBA_CACHE_DIR", str(ROOT / ".pytest_cache" / "numba"))
# What is compiled runs for a moment: to compile it takes a third less time where it is not made quick.
for name in ("NUMBA_OPT", "NUMBA_LOOP_VECTORIZE"):
    os.environ.setdefault(name, "0")
# A screen as people have: on Qt's own of 800 x 800 a window opens in its narrow arrangement, and is then stood anew.
os.environ.setdefault("QT_QPA_PLATFORM", f"offscreen:configfile={ROOT / 'tests' / 'gui' / 'screen.json'}")

# Processes that tests start keep what Python compiles: half a second less for each that comes after the first.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# What a test writes need not outlive a loss of power: to ask the disk whether it is there takes milliseconds each time.
os.fsync = lambda file: None

Train = Callable[["RunConfig"], "Trained"]


def _traits(kind: Family) -> tuple[object, ...]:
    """What figures and measures ask a family for; networks and distributions they never see."""
    return kind.encoder, kind.variational, kind.conditional, kind.components, kind.gradient


def _sort(kind: Family) -> tuple[object, ...]:
    """The same with what they ask of the terms of its loss."""
    return *_traits(kind), tuple((term.unit, term.of_batch) for term in kind.terms)


SORTS = list({_sort(kind): kind.name for kind in reversed(tuple(FAMILIES))}.values())[::-1]
"""The first family of each sort: for what sees a model only through its answers. Models themselves are tested family by
family."""
DRAWN = list({_traits(FAMILIES[name]): name for name in reversed(SORTS)}.values())[::-1]
"""The first sorts that differ in more than the terms of their losses: of them every kind of figure is drawn."""


def not_shown(family: str) -> set[str]:
    """The kinds of views that make no sense of a family's run alone."""
    kind, found = FAMILIES[family], {"comparison", "duel"}
    if not kind.gradient:
        found |= {"loss", "time-machine"}
    if not kind.conditional:
        found |= {"class-grid", "swapped"}
    if not kind.separates:
        return found | {"separation"}
    return found | {"reconstructions", "odd-images", "code-found", "mended", "attribute", "decision-regions"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what a person may ask for."""
    parser.addoption("--all-rows", action="store_true", help="reproduce every reference system, not one a family")
    parser.addoption("--compile-all", action="store_true", help="compile what the tests do not need of UMAP, too")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a CUDA device where there is none."""
    for_cuda = [item for item in items if item.get_closest_marker("gpu")]
    if not for_cuda:
        return
    import torch

    if not torch.cuda.is_available():
        for item in for_cuda:
            item.add_marker(pytest.mark.skip(reason="there is no CUDA device"))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Search for no garbage among what is imported: all of it stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """Leave what is imported by now out of every search for garbage from here on, and search seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def data_root() -> Path:
    """Folder of the published image sets: `LATENTEXPLORER_DATA`, else `shared/data` beside the project."""
    chosen = os.environ.get("LATENTEXPLORER_DATA")
    folder = Path(chosen) if chosen else ROOT.parent / "shared" / "data"
    if not (folder / "FashionMNIST").is_dir():
        pytest.skip(f"the published image sets are not at {folder}; set LATENTEXPLORER_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Names of folders that are not there yet. pytest looks through all that it has made to name the next one."""
    around = tmp_path_factory.mktemp("homes")
    return (around / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def own_home(homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh folder for runs, settings and cache."""
    folder = next(homes)
    folder.mkdir()
    monkeypatch.setenv("LATENTEXPLORER_HOME", str(folder))
    return folder


def quick_family(family: str) -> tuple[str, ...]:
    """Settings of a model of the family that is trained in a moment.

    Without an encoder a decoder of convolutions is the default, which is slow for a few digits.
    """
    kind = FAMILIES[family]
    likelihood = f"model.likelihood={kind.likelihoods[0]}"
    return (f"model.family={family}", likelihood, *(() if kind.encoder else ("model.architecture=mlp",)))


@pytest.fixture(scope="session")
def train_once(tmp_path_factory: pytest.TempPathFactory) -> Train:
    """`train_once(config)`: a `Trained`, the same one for the same settings; its folder must not be written to."""
    from latentexplorer.data import load_data
    from latentexplorer.runs import RunFolder
    from latentexplorer.training import train

    made: dict[str, Trained] = {}

    def once(config: RunConfig) -> Trained:
        key = config.to_json()
        if key not in made:
            folder = RunFolder.create(tmp_path_factory.mktemp("runs") / config.model.family, config)
            made[key] = train(folder, load_data(config.data))
        return made[key]

    return once


@pytest.fixture(scope="session")
def small_run(train_once: Train) -> Callable[..., Trained]:
    """A run of a family, really trained on a few digits in `numerics = exact`.

    `small_run("vae", "model.latent_dim=3")` gives a `Trained`; its folder must not be written to.
    """
    from latentexplorer.core.config import RunConfig

    small = (
        "training.device=cpu",
        "training.numerics=exact",
        "training.held_out=40",
        "training.epochs=2",
        "data.test_fraction=0.5",
        "data.limit=60",
    )

    def make(family: str, *changes: str) -> Trained:
        batches = ("training.batch_size=20",) if FAMILIES[family].encoder else ()
        return train_once(RunConfig.parse({}).updated([*small, *quick_family(family), *batches, *changes]))

    return make
