"""Work that is captured gives what it gives as it is; what breaks a rule runs as it is and says why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import NoReturn

import pytest
import torch
from torch import Tensor

from latentexplorer.models.captured import RECORDERS, WARM_UP, Captured, DeviceNumber, InFlight, give_memory_back
from tests.models.tape import capturing_on_the_cpu

DEVICES = [pytest.param("cpu"), pytest.param("cuda", marks=pytest.mark.gpu)]


@pytest.fixture(params=DEVICES)
def device(request: pytest.FixtureRequest) -> Iterator[torch.device]:
    """The CPU, where a tape stands for a graph, and a card."""
    with capturing_on_the_cpu():
        yield torch.device(request.param)


def regression(device: torch.device) -> tuple[Callable[[], Tensor], Tensor, DeviceNumber, torch.Generator]:
    """A step of noisy regression: its work, what it learns, its learning rate, and where its noise comes from."""
    weight = torch.zeros(3, device=device, requires_grad=True)
    rate, noise = DeviceNumber(0.1, device), torch.Generator(device).manual_seed(1)
    optimiser = torch.optim.AdamW([weight], lr=rate.tensor, fused=True, capturable=device.type == "cuda")

    def step() -> Tensor:
        x = torch.empty(4, 3, device=device).normal_(generator=noise)
        loss = (x @ weight - 1).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return loss.detach()

    return step, weight, rate, noise


def test_replays_go_on_like_calls_with_numbers_that_change_and_noise_that_goes_on(device: torch.device) -> None:
    step, weight, rate, noise = regression(device)
    plain, plain_weight, plain_rate, _ = regression(device)
    captured = Captured(step, device, [noise])
    for call in range(WARM_UP + 4):
        if call == WARM_UP + 2:
            rate.set(0.3)
            plain_rate.set(0.3)
        assert float(captured()) == pytest.approx(float(plain()), rel=1e-6)
        assert captured.replays is (call >= WARM_UP)
    assert captured.reason == ""
    torch.testing.assert_close(weight, plain_weight)
    captured.forget()
    assert float(captured()) == pytest.approx(float(plain()), rel=1e-6)
    assert not captured.replays


def test_what_asks_the_host_runs_as_it_is_and_says_why(device: torch.device) -> None:
    noise = torch.Generator(device).manual_seed(3)

    def work() -> float:
        return torch.empty((), device=device).normal_(generator=noise).item()

    captured = Captured(work, device, [noise])
    found = [captured() for _ in range(WARM_UP + 2)]
    assert captured.reason.startswith("capturing it failed")
    assert "not permitted" in captured.reason, "the first error, not that of the end of the capture"
    noise.manual_seed(3)
    assert found == [work() for _ in found]


def test_after_a_capture_that_failed_memory_is_given_back_and_the_next_is_captured(device: torch.device) -> None:
    failed = Captured(lambda: torch.ones((), device=device).item(), device)
    for _ in range(WARM_UP + 1):
        failed()
    assert failed.reason
    if device.type == "cuda":
        give_memory_back()
    step, weight, _, noise = regression(device)
    plain, plain_weight, _, _ = regression(device)
    captured = Captured(step, device, [noise])
    for _ in range(WARM_UP + 2):
        assert float(captured()) == pytest.approx(float(plain()), rel=1e-6)
    assert captured.replays and not captured.reason
    torch.testing.assert_close(weight, plain_weight)


class Allocator:
    """What torch's memory of a card and its graphs do, as far as a capture that fails is concerned.

    Parameters
    ----------
    ends : bool
        Whether it ends what a failed capture has begun, as newer versions do.
    """

    def __init__(self, ends: bool) -> None:
        self.ends, self.pools, self.underway, self.released = ends, 0, [], []  # type: ignore[var-annotated]

    def handle(self) -> tuple[int, int]:
        self.pools += 1
        return 0, self.pools

    def end(self, device: int, pool: tuple[int, int]) -> None:
        if pool not in self.underway:
            raise RuntimeError("endAllocatePool: not currently recording to mempool_id")
        self.underway.remove(pool)

    def empty(self) -> None:
        if self.underway:
            raise RuntimeError("captures_underway.empty() INTERNAL ASSERT FAILED")

    @contextmanager
    def graph(self, graph: object, pool: tuple[int, int], **_: object) -> Iterator[None]:
        self.empty()
        self.underway.append(pool)
        try:
            yield
        except RuntimeError:
            if self.ends:
                self.end(0, pool)
            raise RuntimeError("operation failed due to a previous error during capture")  # noqa: B904
        self.end(0, pool)

    def stand_in(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Graph:
            def reset(graph) -> None:
                pass

            def replay(graph) -> None:
                pass

        monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)
        monkeypatch.setattr(torch.cuda, "graph", self.graph)
        monkeypatch.setattr(torch.cuda, "graph_pool_handle", self.handle)
        monkeypatch.setattr(torch.cuda, "empty_cache", self.empty)
        monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
        monkeypatch.setattr(torch.cuda, "current_stream", lambda device: None)
        monkeypatch.setattr(torch.cuda, "stream", lambda stream: nullcontext())
        monkeypatch.setattr(torch._C, "_cuda_endAllocateToPool", self.end)
        monkeypatch.setattr(torch._C, "_cuda_releasePool", lambda device, pool: self.released.append(pool))
        monkeypatch.setitem(RECORDERS, "cpu", RECORDERS["cuda"])


@pytest.mark.parametrize("ends", [False, True])
def test_a_failed_capture_takes_no_memory_any_more(monkeypatch: pytest.MonkeyPatch, ends: bool) -> None:
    allocator = Allocator(ends)
    allocator.stand_in(monkeypatch)
    calls = []

    def work() -> int:
        calls.append(1)
        if len(calls) == WARM_UP + 1:
            raise RuntimeError("operation not permitted when stream is capturing")
        return len(calls)

    broken = Captured(work, torch.device("cpu"))
    assert [broken() for _ in range(WARM_UP + 1)] == [1, 2, 3, 5]
    assert broken.reason == "capturing it failed: operation not permitted when stream is capturing"
    assert allocator.released == ([] if ends else [(0, 1)])
    give_memory_back()
    well = Captured(work, torch.device("cpu"))
    for _ in range(WARM_UP + 1):
        well()
    assert well.replays
    give_memory_back()


def test_who_interrupts_a_capture_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> NoReturn:
        try:
            raise KeyboardInterrupt
        finally:
            raise RuntimeError("operation failed due to a previous error during capture")

    monkeypatch.setitem(RECORDERS, "cpu", interrupted)
    captured = Captured(lambda: 1, torch.device("cpu"))
    for _ in range(WARM_UP):
        captured()
    with pytest.raises(KeyboardInterrupt):
        captured()


@pytest.mark.parametrize("refused", ["", "it says no"])
def test_nothing_is_captured_where_there_is_no_card_or_it_is_refused(refused: str) -> None:
    captured = Captured(lambda: 1, torch.device("cpu"), refused=refused)
    assert [captured() for _ in range(WARM_UP + 1)] == [1] * (WARM_UP + 1)
    assert captured.reason == (refused or "not on a CUDA device")
    assert not captured.replays


@pytest.mark.gpu
def test_the_host_runs_ahead_of_a_card_by_a_few_pieces_of_work_only() -> None:
    device = torch.device("cuda")
    in_flight, large = InFlight(device, every=2), torch.ones(4000, 4000, device=device)
    done = []
    for _ in range(10):
        large @ large
        mark = torch.cuda.Event()
        mark.record()
        done.append(mark)
        in_flight.one_more()
        assert sum(not mark.query() for mark in done) <= 4
