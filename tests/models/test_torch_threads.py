"""A piece of work takes as many threads as pay for it, in one place for all of it; steady work those that there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import ModelConfig
from latentexplorer.latent import frechet, readability
from latentexplorer.models import InferSettings, encoding, fitting
from latentexplorer.models.build import build_model
from latentexplorer.models.torch_threads import Paced, one_thread

THREADS = 2
IMAGES = np.random.default_rng(0).integers(0, 256, (30, 12, 12, 1), dtype=np.uint8)
LABELS = np.arange(30) % 3


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    yield
    torch.set_num_threads(before)


def by_one() -> Paced:
    """A pace that has found one thread quicker, and tries no other for a while."""
    paced = Paced()
    for _ in range(paced.choice.LEAST + 1):
        paced.choice.record(1, 9.0 if paced.choice.all_of_them else 1.0)
    assert not paced.choice.all_of_them
    return paced


def encode(steady: bool) -> None:
    encoding.encode_images(build_model(ModelConfig(family="vae"), (1, 12, 12), 0, 0), IMAGES, steady=steady)


def decode(steady: bool) -> None:
    model = build_model(ModelConfig(family="vae", latent_dim=2), (1, 12, 12), 0, 0)
    encoding.decode_images(model, np.zeros((30, 2), np.float32), steady=steady)


def fit(steady: bool) -> None:
    model = build_model(ModelConfig(family="ad", architecture="mlp", latent_dim=2), (1, 12, 12), 0, 30)
    settings = InferSettings(steps=1, start="cold", steady=steady)
    fitting.infer_codes(model, IMAGES, settings=settings)


def features(steady: bool) -> None:
    frechet.Features(IMAGES, LABELS, 3, steps=1, steady=steady)


PIECES = [
    (encoding, "ENCODING", encode),
    (encoding, "DECODING", decode),
    (fitting, "FITTING", fit),
    (frechet, "TRAINING", features),
]


def first_threads(work: Callable[[], None]) -> int:
    """Threads that the first matrix product or convolution of some work had."""
    found: list[int] = []

    def note(*_: object) -> None:
        found.append(torch.get_num_threads())

    with torch.nn.modules.module.register_module_forward_pre_hook(note):
        work()
    return found[0]


@pytest.mark.parametrize(("module", "name", "work"), PIECES, ids=[name for _, name, _ in PIECES])
@pytest.mark.parametrize("steady", [False, True])
def test_work_takes_one_thread_where_that_is_quicker_but_steady_work_keeps_them(
    module: object, name: str, work: Callable[[bool], None], steady: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, name, by_one())
    assert first_threads(lambda: work(steady)) == (THREADS if steady else 1)
    monkeypatch.setattr(module, name, Paced())
    assert first_threads(lambda: work(steady)) == THREADS
    assert torch.get_num_threads() == THREADS


def test_readers_are_so_small_that_they_take_one() -> None:
    found: list[int] = []

    class Watching(StopToken):
        def check(self) -> None:
            found.append(torch.get_num_threads())

    readability.Readers(IMAGES, LABELS, 3, seeds=(0,), most_steps=1, stop=Watching())
    assert found == [1]
    assert torch.get_num_threads() == THREADS


def test_what_is_found_out_is_kept_and_a_failure_says_nothing_of_it() -> None:
    paced = by_one()
    left = paced.choice._left
    with pytest.raises(ZeroDivisionError), paced.piece(1):
        raise ZeroDivisionError
    assert paced.choice._left == left and torch.get_num_threads() == THREADS
    with one_thread(), paced.piece(1):
        assert torch.get_num_threads() == 1
    assert paced.choice._left == left, "where there is one thread there is nothing to find out"
    with paced.piece(1):
        assert torch.get_num_threads() == 1
    assert paced.choice._left != left
