"""A fit's step on buffers: the codes that a plain loop finds, captured or not, whatever stands in them before."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.events import FitMoved
from latentexplorer.models import InferSettings, fitting, infer_codes, to_batch
from latentexplorer.models.base import Batch
from latentexplorer.models.captured import WARM_UP
from latentexplorer.models.families.autodecoder import AutoDecoder
from latentexplorer.models.fit_step import FitStep, cost
from latentexplorer.models.fitting import frozen
from tests.models.tape import capturing_on_the_cpu
from tests.models.test_inference import COUNT, made

KINDS = [("ad", "normal"), ("vad", "normal"), ("vad", "laplace"), ("vad", "exponential"), ("vad", "uniform")]
STEPS, LR, SEED = 12, 0.3, 4


def rate(step: int) -> float:
    return LR * 0.5 * (1 + math.cos(math.pi * step / STEPS))


def plain(model: AutoDecoder, images: np.ndarray, start: Tensor, seed: int) -> tuple[Tensor, list[float]]:
    """The loop that everybody writes: raw numbers after all steps, and the mean objective before each."""
    params, batch = start.clone().requires_grad_(), to_batch(images)
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam([params], lr=LR, betas=(0.9, 0.99), fused=True)
    means = []
    for step in range(STEPS):
        optimiser.param_groups[0]["lr"] = rate(step)
        found = cost(model, params, batch, generator)
        optimiser.zero_grad()
        found.sum().backward()
        optimiser.step()
        means.append(float(found.detach().mean()))
    return params.detach(), means


def random_start(model: AutoDecoder, count: int) -> Tensor:
    return model.start_params(count, torch.Generator().manual_seed(9))


@pytest.fixture(params=[False, True], ids=["as it is", "captured"])
def captured(request: pytest.FixtureRequest) -> Iterator[bool]:
    if request.param:
        with capturing_on_the_cpu():
            yield True
    else:
        yield False


@pytest.mark.parametrize(("family", "prior"), KINDS)
def test_steps_on_buffers_are_those_of_a_plain_loop(family: str, prior: str, captured: bool) -> None:
    model, images, _ = made(family, prior=prior) if family == "vad" else made(family)
    with frozen(model):
        step: FitStep | None = None
        # The second batch finds what the first has left in the buffers.
        for part in (images[:20], images[20:40]):
            start = random_start(model, len(part))
            wanted, means = plain(model, part, start, SEED)
            step = step or FitStep(model, to_batch(part), start.shape[1], bf16=False)
            step.begin(to_batch(part), start, SEED)
            found = torch.stack([step.take(rate(number)) for number in range(STEPS)])
            assert torch.equal(step.params.detach(), wanted)
            assert found.tolist() == means
        assert step is not None and step.captured.replays is captured


@pytest.mark.parametrize(("family", "prior"), KINDS[:2])
@pytest.mark.parametrize("starts", [1, 3])
def test_fitted_codes_are_the_best_of_a_plain_loop_from_every_start(
    family: str, prior: str, starts: int, captured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "FIT_BATCH", 25)
    model, images, _ = made(family)
    settings = InferSettings(steps=STEPS, lr=LR, start="cold", starts=starts, seed=SEED)
    result = infer_codes(model, images, settings=settings)
    with frozen(model):
        for first in range(0, COUNT, 25):
            part = images[first : first + 25]
            generator = torch.Generator().manual_seed(SEED + first)
            begun = [model.start_params(len(part), generator) for _ in range(starts)]
            ends, _ = plain(model, np.concatenate([part] * starts), torch.cat(begun), SEED + first)
            with torch.no_grad():
                batch = Batch(to_batch(part).x.repeat(starts, 1, 1, 1))
                best = cost(model, ends, batch, None).view(starts, -1).argmin(0)
            rows = best * len(part) + torch.arange(len(part))
            np.testing.assert_array_equal(
                result.codes.loc[first : first + 25], model.posterior_of(ends[rows]).mean.numpy()
            )
    assert [step for step, _ in result.path] == [*range(STEPS), STEPS]


@pytest.mark.parametrize("family", ["ad", "vad"])
def test_a_fit_that_is_stopped_has_moved_as_far_captured_as_it_is(family: str) -> None:
    def stopped() -> tuple[np.ndarray, list[FitMoved]]:
        stop, seen = StopToken(), list[FitMoved]()

        def watch(event: object) -> None:
            if isinstance(event, FitMoved):
                seen.append(event)
                if event.step == 2 * WARM_UP:
                    stop.request()

        settings = InferSettings(steps=40, lr=LR, start="cold", starts=2, watched=True)
        return infer_codes(model, images[:6], settings=settings, emit=watch, stop=stop).codes.loc, seen

    model, images, _ = made(family)
    codes, seen = stopped()
    with capturing_on_the_cpu():
        again, seen_again = stopped()
    np.testing.assert_array_equal(codes, again)
    assert [event.step for event in seen] == [event.step for event in seen_again] == [0, 2, 4, 6, 6]
    np.testing.assert_array_equal(seen[-1].errors, seen_again[-1].errors)


@pytest.mark.gpu
@pytest.mark.parametrize(("family", "prior"), KINDS)
def test_a_card_fits_the_codes_that_a_processor_fits(family: str, prior: str) -> None:
    model, images, codes = made(family, prior=prior) if family == "vad" else made(family)
    settings = InferSettings(steps=100)
    known = (images[10:], codes.take(np.arange(10, COUNT)))
    here = infer_codes(model, images, known=known, settings=settings)
    there = infer_codes(model.to_device(torch.device("cuda")), images, known=known, settings=settings)
    # Draws differ from device to device; where there are none only rounding does.
    assert there.path[-1][1] == pytest.approx(here.path[-1][1], rel=0.05)
    with frozen(model):
        batch = to_batch(images[:20], device="cuda")
        start = random_start(model, 20).to("cuda")
        step = FitStep(model, batch, start.shape[1], bf16=False)
        step.begin(batch, start, SEED)
        means = torch.stack([step.take(rate(number)) for number in range(STEPS)])
        assert step.captured.replays and step.captured.reason == "" and bool(torch.isfinite(means).all())
