"""A step on buffers that stay moves a model like the loop that one would write, and like itself captured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.catalog import FAMILIES, PRIORS
from latentexplorer.core.config import RunConfig
from latentexplorer.core.events import EpochDone, Event, Notice
from latentexplorer.models import Batch, captured
from latentexplorer.models.captured import WARM_UP
from latentexplorer.runs import RunFolder, Trained
from latentexplorer.training import Controls, train
from latentexplorer.training.batches import Images
from latentexplorer.training.numerics import Numerics
from latentexplorer.training.schedules import Rates
from latentexplorer.training.state import TrainingState
from latentexplorer.training.step import Step
from tests.models.tape import capturing_on_the_cpu, taken_down
from tests.training.helpers import assert_same_run, digits, new_run, small

FAMILIES_WITH_STEPS = [family.name for family in FAMILIES if family.gradient]
DEVICES = [pytest.param("cpu"), pytest.param("cuda", marks=pytest.mark.gpu)]
EXTRAS = (
    "training.numerics=fast",
    "data.limit=90",
    "training.schedule=cosine",
    "training.lr_warmup=1",
    "training.weight_decay=0.01",
)
OF_KL = ("model.kl_warmup=6", "model.free_bits=0.05")
RATES = [Rates(0.01, 0.1, 0.5), Rates(0.003, 0.05, 1.0), Rates(0.02, 0.2, 2.0)]


def plain_steps(state: TrainingState) -> float:
    """An epoch as one would write it; the sum of its losses over images."""
    images = torch.from_numpy(state.data.train.images.copy()).permute(0, 3, 1, 2).contiguous().float() / 255
    labels = torch.from_numpy(state.data.train.labels.copy())
    optimisers = [found for found in (state.network_optimiser, state.code_optimiser) if found is not None]
    total = 0.0
    for number, (index, partner) in enumerate(state.batches()):
        rates = RATES[number % len(RATES)]
        for optimiser, lr in zip(optimisers, (rates.lr, rates.code_lr), strict=False):
            optimiser.param_groups[0]["lr"] = lr
        mixed = None if partner is None else images[partner]
        terms = state.model.loss(Batch(images[index], labels[index], index, mixed), state.generators["draws"])
        loss = state.model.cost(terms, rates.beta).mean()
        for optimiser in optimisers:
            optimiser.zero_grad()
        loss.backward()
        for optimiser in optimisers:
            optimiser.step()
        total += loss.item() * len(index)
    return total


@pytest.mark.parametrize(
    ("family", "numerics"),
    [(family, Numerics("exact", "cpu", 1)) for family in FAMILIES_WITH_STEPS]
    + [(family, Numerics("fast", "cpu", 1, fused=True)) for family in ("vad", "conv-vae")],
)
def test_a_step_on_buffers_is_bit_equal_to_a_plain_loop(family: str, numerics: Numerics) -> None:
    config = small(family, "data.limit=90", *OF_KL[1:] * FAMILIES[family].variational)
    plain, ours = (TrainingState(config, digits(config), numerics) for _ in range(2))
    expected = plain_steps(plain)
    step = Step(ours, Images(ours.data.train, ours.device))
    ours.model.train()
    with step.epoch() as batches:
        for number, (start, end) in enumerate(batches):
            step.take(start, end, RATES[number % len(RATES)])
    assert ours.meter.loss_sum() == (90, pytest.approx(expected, rel=1e-6))
    theirs = plain.model.state_dict() | plain.tensors()
    different = [
        name
        for name, tensor in (ours.model.state_dict() | ours.tensors()).items()
        if not name.startswith(("meter/", "held_out/", "random/partners")) and not torch.equal(tensor, theirs[name])
    ]
    assert different == []


class StopAfterSteps(Controls):
    """Asks for a stop after so many looks: the loop looks here once before an epoch and once after every step."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.looks, self.stop = looks, StopToken()

    def wait_while_paused(self, stop: StopToken) -> bool:
        self.looks -= 1
        if self.looks == 0:
            self.stop.request()
        return super().wait_while_paused(stop)


def trained(run: RunFolder, config: RunConfig) -> None:
    """A training that is stopped in the middle of its third epoch and goes on, in which rates are changed."""
    controls = StopAfterSteps(2 * 4 + 2)

    def listen(event: Event) -> None:
        if isinstance(event, EpochDone) and event.row["epoch"] == 2:
            # Not more: at ten times the rate a separation model's loss depends on the last bit of its weights.
            controls.set("training.lr", 0.002)
            controls.set("training.code_lr", 0.3)
            controls.set("model.beta", 1.5)

    train(run, digits(config), emit=listen, controls=controls, stop=controls.stop)
    assert (run.status, Trained.load(run.path, with_data=False).info.step) == ("stopped", 7)
    train(RunFolder.open(run.path), digits(config), resume=True)


def test_a_training_too_short_for_a_replay_does_not_say_that_it_was_captured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captured, "RECORDERS", {"cpu": taken_down})
    config = small("vae", "training.numerics=fast", "training.device=cpu", "training.epochs=1")
    run = new_run(tmp_path / "run", config)
    train(run, digits(config))
    assert run.environment["computed"]["why_not"] == "too few steps to capture one"


def refusing(work: object, generators: object, stream: object) -> object:
    """A device on which nothing can be captured."""
    raise RuntimeError("operation not permitted when stream is capturing\nand more lines")


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("family", FAMILIES_WITH_STEPS)
def test_captured_steps_learn_what_steps_do_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, family: str, device: str
) -> None:
    """With schedules, rates that change, a last smaller batch, and a stop in the middle of an epoch."""
    more = OF_KL * FAMILIES[family].variational + ("training.flip=true", "training.shift=1") * FAMILIES[family].encoder
    config = small(family, "training.epochs=6", "training.held_out=9", f"training.device={device}", *EXTRAS, *more)
    runs = []
    for name in ("as it is", "captured"):
        recorder = refusing if name == "as it is" else taken_down if device == "cpu" else captured.RECORDERS["cuda"]
        with monkeypatch.context() as patch:
            patch.setattr(captured, "RECORDERS", {device: recorder})
            run = new_run(tmp_path / name, config)
            trained(run, config)
        assert run.environment["computed"]["captured"] is (name == "captured")
        runs.append(run)
    if device == "cpu":
        assert_same_run(*runs)
        return
    plain, replayed = (run.history.rows[-1] for run in runs)
    assert replayed["train_loss"] == pytest.approx(plain["train_loss"], rel=0.02)


@pytest.mark.parametrize(
    ("family", "changes"),
    [
        *(("vad", (f"model.prior={prior}",)) for prior in PRIORS),
        ("vad", ("model.prior=exponential", "model.log_codes=true")),
        ("vae", ("model.likelihood=bernoulli", "data.binarise=every-epoch")),
        ("vae", ("model.likelihood=laplace", "model.sigma=learned")),
        ("ad", ("model.code_penalty=0.01", "model.code_init=pca")),
        ("separation-ae", ("model.mixture=sum",)),
        ("separation-ae", ("training.optimizer=muon", "training.weight_decay=0.1")),
    ],
)
def test_whatever_is_chosen_a_step_asks_the_host_for_nothing(
    monkeypatch: pytest.MonkeyPatch, family: str, changes: tuple[str, ...]
) -> None:
    monkeypatch.setattr(captured, "RECORDERS", {"cpu": taken_down})
    config = small(family, "data.limit=64", "training.batch_size=16", *changes)
    state = TrainingState(config, digits(config), Numerics("fast", "cpu", 1, fused=True))
    step = Step(state, Images(state.data.train, state.device))
    with step.epoch() as batches:
        for start, end in batches:
            step.take(start, end, RATES[0])
    assert (step.captured.reason, step.captured.replays) == ("", True)


def test_what_a_captured_step_was_made_with_is_not_kept_when_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captured, "RECORDERS", {"cpu": taken_down})
    config = small("vae", "data.limit=96", "training.epochs=9")
    state = TrainingState(config, digits(config), Numerics("fast", "cpu", 1, fused=True))
    step = Step(state, Images(state.data.train, state.device))

    def epoch(now: RunConfig) -> list[bool]:
        state.use(now)
        step.use(now)
        replayed = []
        with step.epoch() as batches:
            for start, end in batches:
                step.take(start, end, RATES[0])
                replayed.append(step.captured.replays)
        state.epoch_done()
        return replayed

    assert WARM_UP == 3
    assert epoch(config) == [False] * 3 and epoch(config) == [True] * 3
    assert epoch(config.updated(["training.lr=0.5", "model.beta=3"])) == [True] * 3
    for changed in ("model.free_bits=0.5", "training.weight_decay=0.1", "training.flip=true"):
        assert epoch(config.updated([changed])) == [False] * 3
        assert epoch(config.updated([changed])) == [True] * 3
    assert epoch(config.updated(["training.flip=true", "training.batch_size=48"])) == [False] * 2


@pytest.mark.parametrize(
    ("changes", "words", "why"),
    [
        ((), "CPU, 1 thread, fp32", "capturing it failed: operation not permitted when stream is capturing"),
        (("training.numerics=exact",), "CPU, 1 thread, fp32, exact", "exact numerics repeat what runs as it is"),
    ],
)
def test_a_training_that_cannot_be_captured_goes_on_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: tuple[str, ...], words: str, why: str
) -> None:
    monkeypatch.setattr(captured, "RECORDERS", {"cpu": refusing})
    config = small("vae", "training.numerics=fast", "training.device=cpu", *changes)
    run, heard = new_run(tmp_path / "run", config), list[Event]()
    train(run, digits(config), emit=heard.append)
    assert run.status == "finished" and len(run.history) == 3
    assert run.environment["computed"] == {"words": words, "captured": False, "why_not": why}
    told = [event.text for event in heard if isinstance(event, Notice) and "uncaptured" in event.text]
    assert told == ([] if changes else [f"training runs uncaptured: {why}"])


@pytest.mark.parametrize("device", DEVICES)
def test_a_training_after_a_capture_that_failed_is_captured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: str
) -> None:
    # On a card so long that number formats are tried, and memory is given back, before it.
    epochs = 30 if device == "cuda" else 3
    config = small("vae", "training.numerics=fast", f"training.device={device}", f"training.epochs={epochs}")
    work = Step._work

    def asks(step: Step, *batch: Any) -> torch.Tensor:
        sums = work(step, *batch)
        sums.sum().item()
        return sums

    first, second = new_run(tmp_path / "first", config), new_run(tmp_path / "second", config)
    with capturing_on_the_cpu():
        with monkeypatch.context() as broken:
            broken.setattr(Step, "_work", asks)
            train(first, digits(config))
        train(second, digits(config))
    assert first.status == "finished" and "not permitted" in first.environment["computed"]["why_not"]
    assert second.status == "finished" and second.environment["computed"]["captured"]
