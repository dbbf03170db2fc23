"""The number format is chosen by a few steps that cost little, can be stopped, and never end a training."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.errors import OutOfMemoryError
from latentexplorer.core.events import Event, Notice, Progress, TrainingProgress
from latentexplorer.models import captured
from latentexplorer.training import train
from latentexplorer.training.number_formats import (
    LEAST_STEPS,
    TIMED_STEPS,
    WHAT,
    Step,
    candidates,
    choose_numerics,
    quickest,
    trial_step,
)
from latentexplorer.training.numerics import Numerics
from tests.models.tape import taken_down
from tests.training.helpers import digits, new_run, set_processor, small

FP32 = Numerics("fast", "cpu", 1, fused=True)
BF16 = Numerics("fast", "cpu", 1, bf16=True, fused=True)
LAYOUT = Numerics("fast", "cpu", 1, channels_last=True, fused=True)
BOTH = Numerics("fast", "cpu", 1, bf16=True, channels_last=True, fused=True)
NAMES = {FP32: "fp32", BF16: "bf16", LAYOUT: "fp32 channels-last", BOTH: "bf16 channels-last"}

NATIVE, IMITATED = {"avx512_bf16": True}, {"avx2": True, "avx512_bf16": False, "cpu_name": "old"}


class Machine:
    """A machine whose clock only its steps move.

    Parameters
    ----------
    seconds : dict
        What a step takes by candidate, after a first one that takes twice as long.
    losses : dict
        First losses that are not 100.
    fails : dict
        The number of the step that fails, 0 for the copy itself, and how.
    stop_after : int
        Steps after which somebody asks to stop.
    """

    def __init__(
        self,
        seconds: dict[Numerics, float],
        losses: dict[Numerics, float] | None = None,
        fails: dict[Numerics, tuple[int, Exception]] | None = None,
        stop_after: int = 10**9,
    ) -> None:
        self.seconds, self.losses, self.fails = seconds, losses or {}, fails or {}
        self.now_s = 1000.0
        self.steps: Counter[Numerics] = Counter()
        self.stop, self.stop_after = StopToken(), stop_after
        self.heard: list[Event] = []

    def copy(self, numerics: Numerics) -> Step:
        def step() -> float:
            self.steps[numerics] += 1
            self._fail(numerics, self.steps[numerics])
            self.now_s += self.seconds[numerics] * (2 if self.steps[numerics] == 1 else 1)
            if self.steps.total() >= self.stop_after:
                self.stop.request()
            return self.losses.get(numerics, 100.0)

        self._fail(numerics, 0)
        return step

    def _fail(self, numerics: Numerics, step: int) -> None:
        at, error = self.fails.get(numerics, (-1, Exception()))
        if step == at:
            raise error

    def choice(self, steps: int = 100_000) -> Numerics:
        return quickest(
            FP32,
            [numerics for numerics in self.seconds if numerics is not FP32],
            self.copy,
            steps,
            emit=self.heard.append,
            stop=self.stop,
            clock=lambda: self.now_s,
        )


def test_the_quickest_whose_loss_agrees_is_taken() -> None:
    seconds = {FP32: 1.0, BF16: 0.5, BOTH: 0.4, LAYOUT: 0.8}
    chosen = Machine(seconds).choice()
    assert (chosen.bf16, chosen.channels_last, chosen.chosen) == (True, True, True)
    assert chosen.timings_ms == {NAMES[numerics]: 1000 * took for numerics, took in seconds.items()}
    wrong = Machine(seconds, losses={BOTH: 103.0, BF16: math.nan}).choice()
    assert (wrong.bf16, wrong.channels_last) == (False, True)
    hardly = Machine({FP32: 1.0, BF16: 0.96}).choice()
    assert not hardly.bf16


def test_steps_that_others_hold_up_do_not_decide() -> None:
    machine = Machine({FP32: 1.0, BF16: 0.5})
    step, held_up = machine.copy, {4}

    def beside_a_busy_process(numerics: Numerics) -> Step:
        own = step(numerics)

        def one() -> float:
            loss = own()
            machine.now_s += 10 if machine.steps.total() in held_up else 0
            return loss

        return one

    machine.copy = beside_a_busy_process  # type: ignore[method-assign]
    assert machine.choice().bf16


def test_what_is_hopeless_makes_one_step_and_what_is_slow_makes_three() -> None:
    machine = Machine({FP32: 1.0, BF16: 100.0, LAYOUT: 1.6})
    assert machine.choice().bf16 is False
    assert machine.steps == {FP32: 1 + TIMED_STEPS, BF16: 1, LAYOUT: 3}


@pytest.mark.parametrize("steps", [LEAST_STEPS, 100, 150, 300, 1000])
@pytest.mark.parametrize("other", [0.3, 1.0, 1.4])
def test_the_trial_takes_a_twentieth_of_the_training_at_most(steps: int, other: float) -> None:
    machine = Machine({FP32: 1.0, BF16: other, BOTH: other, LAYOUT: other})
    machine.choice(steps)
    # A candidate that turns out to be slower than fp32 is known to be after its first two steps.
    assert machine.now_s - 1000 <= 0.05 * steps + 3 * max(0, other - 1)
    assert 1 not in machine.steps.values()
    assert machine.steps[BF16] >= (2 if steps >= 150 else 0)


def test_a_stop_is_heard_before_the_next_step() -> None:
    for after in range(1, 12):
        machine = Machine({FP32: 1.0, BF16: 1.0, LAYOUT: 1.0}, stop_after=after)
        chosen = machine.choice()
        assert machine.steps.total() == after
        assert chosen == Numerics("fast", "cpu", 1, fused=True, chosen=False)


def test_what_is_going_on_is_told_before_every_step() -> None:
    machine = Machine({FP32: 1.0, BF16: 0.5})
    machine.choice()
    # Of as many as there are at most: the slower one makes fewer.
    most = 2 * (1 + TIMED_STEPS)
    assert machine.heard == [Progress(number, most, WHAT) for number in range(machine.steps.total())]


@pytest.mark.parametrize("step", [0, 1, 2, 4])
@pytest.mark.parametrize(
    "error",
    [MemoryError(), torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("could not create a primitive")],
    ids=["memory", "cuda memory", "primitive"],
)
def test_a_candidate_that_fails_is_none(step: int, error: Exception) -> None:
    machine = Machine({FP32: 1.0, BF16: 0.3, LAYOUT: 0.5}, fails={BF16: (step, error)})
    chosen = machine.choice()
    assert (chosen.bf16, chosen.channels_last) == (False, True)


def test_plain_fp32_that_fails_once_others_were_copied_is_still_there() -> None:
    machine = Machine({FP32: 1.0, BF16: 1.0}, fails={FP32: (3, MemoryError())})
    assert machine.choice() == Numerics("fast", "cpu", 1, fused=True, timings_ms={"fp32": 1000.0, "bf16": 1000.0})


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 58.59 GiB"),
        RuntimeError("CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("FIND was unable to find an engine to execute this computation"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory"),
        MemoryError(),
    ],
    ids=["torch", "cuda", "cublas", "cudnn", "cpu", "python"],
)
def test_no_memory_for_the_first_copy_is_told_as_in_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    config = small("vae", "training.numerics=fast", "training.epochs=40", "training.device=cpu")
    set_processor(monkeypatch, **NATIVE)

    def hungry(event: Event) -> None:
        if isinstance(event, Progress) and event.what == WHAT:
            raise error

    with pytest.raises(OutOfMemoryError, match=r"training.batch_size \(now 32\)"):
        train(new_run(tmp_path / "run", config), digits(config), emit=hungry)
    assert not (tmp_path / "run").exists()


def test_where_steps_are_captured_replays_are_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captured, "RECORDERS", {"cpu": taken_down})
    config = small("vae")
    plain, timed = (trial_step(config, digits(config), numerics) for numerics in (replace(FP32, mode="exact"), FP32))
    expected = [plain() for _ in range(captured.WARM_UP + 2)]
    assert [timed(), timed()] == pytest.approx([expected[0], expected[-1]], rel=1e-5)


@pytest.mark.parametrize(
    ("family", "capabilities", "expected"),
    [
        ("vae", NATIVE, [BF16]),
        ("vae", IMITATED, []),
        ("conv-vae", NATIVE, [BF16, BOTH, LAYOUT]),
        ("conv-vae", {"sve_bf16": True}, [BF16, BOTH, LAYOUT]),
        ("conv-vae", IMITATED, [LAYOUT]),
        ("conv-vae", {}, [LAYOUT]),
    ],
)
def test_only_what_the_processor_knows_and_the_model_has_is_tried(
    monkeypatch: pytest.MonkeyPatch, family: str, capabilities: dict[str, object], expected: list[Numerics]
) -> None:
    set_processor(monkeypatch, **capabilities)
    config = small(family)
    assert candidates(FP32, config, digits(config)) == expected


@pytest.mark.parametrize("numerics", NAMES, ids=NAMES.values())
@pytest.mark.parametrize("family", [name for name in FAMILIES.names if FAMILIES[name].gradient])
def test_every_family_steps_in_every_format(family: str, numerics: Numerics) -> None:
    config = small(family)
    losses = []
    for tried in (FP32, numerics):
        step = trial_step(config, digits(config), tried)
        losses.append([step() for _ in range(3)])
    assert losses[1] == pytest.approx(losses[0], rel=0.02)


@pytest.mark.parametrize("changes", [("training.epochs=3",), ("training.epochs=40", "training.numerics=exact")])
def test_short_and_exact_trainings_are_not_preceded_by_any_step(changes: tuple[str, ...]) -> None:
    config = small("conv-ae", "training.numerics=fast", "training.device=cpu", *changes)
    heard: list[Event] = []
    chosen = choose_numerics(config, digits(config), None, emit=heard.append)
    assert (heard, chosen.timings_ms, chosen.bf16) == ([], None, False)
    assert chosen.chosen and chosen.fused is (config.training.numerics == "fast")
    longer = config.updated([f"training.epochs={LEAST_STEPS}", "training.numerics=fast"])
    choose_numerics(longer, digits(longer), None, emit=heard.append)
    assert heard


def test_what_was_chosen_is_kept_unless_this_processor_only_imitates_it(monkeypatch: pytest.MonkeyPatch) -> None:
    config = small("vae", "training.numerics=fast", "training.device=cpu")
    before = BF16.as_json() | {"timings_ms": {"fp32": 2.0, "bf16": 1.0}, "threads": 7}
    heard: list[Event] = []
    set_processor(monkeypatch, **NATIVE)
    assert choose_numerics(config, digits(config), before, emit=heard.append).as_json() == before
    assert heard == []
    set_processor(monkeypatch, **IMITATED)
    assert not choose_numerics(config, digits(config), before, emit=heard.append).bf16
    (notice,) = heard
    assert isinstance(notice, Notice) and "bfloat16" in notice.text
    exact = config.updated(["training.numerics=exact"])
    assert choose_numerics(exact, digits(exact), before) == Numerics("exact", "cpu", torch.get_num_threads())


def test_a_run_stopped_while_it_chose_has_not_begun_and_chooses_again(tmp_path: Path) -> None:
    config = small("conv-ae", "training.numerics=fast", "training.epochs=40", "training.device=cpu")
    run = new_run(tmp_path / "run", config)
    stop = StopToken()
    heard: list[Event] = []

    def ask(event: Event) -> None:
        heard.append(event)
        stop.request()

    trained = train(run, digits(config), emit=ask, stop=stop)
    assert (run.status, trained.info.step) == ("stopped", 0)
    assert [event.done for event in heard if isinstance(event, Progress) and event.what == WHAT] == [0]
    assert run.environment["numerics"]["chosen"] is False
    again = StopToken()

    def ask_later(event: Event) -> None:
        if isinstance(event, TrainingProgress):
            again.request()

    train(run, digits(config), emit=ask_later, stop=again, resume=True)
    assert run.environment["numerics"]["chosen"] is True
    assert "fp32" in run.environment["numerics"]["timings_ms"]
