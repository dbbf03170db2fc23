"""How long a training would take, found out by a few of its steps on images made up for it."""

from __future__ import annotations

import statistics
import time

import numpy as np
import torch

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import RunConfig
from latentexplorer.core.costs import Cost
from latentexplorer.core.expected import Expected
from latentexplorer.data import DataSplit, ImageSet
from latentexplorer.models import build_model
from latentexplorer.models.devices import choose_device, has_tf32
from latentexplorer.training.number_formats import Step, trial_step
from latentexplorer.training.numerics import Numerics, computing_with

WARM_UP, LEAST_STEPS, STEPS, ENOUGH_S = 2, 3, 40, 0.6
"""Steps for which memory and kernels are new; steps that are timed: as many as that time has room for, but a few."""
OVERHEAD = 1.1
"""A whole training takes so much longer than its steps: it copies what is shown, tells how far it is, and saves."""


def measure(config: RunConfig, images: Expected, stop: StopToken, *, timed: bool = True) -> Cost:
    """Parameters of a model, and the time an image of an epoch takes on this machine.

    The images are noise of the right shape: a step does the same with any. The median step counts, with all threads
    or with one fewer, as a training takes whichever is quicker just now.

    Parameters
    ----------
    timed : bool
        Whether steps are made; else only the parameters are counted.

    Raises
    ------
    SettingsError
        If the model does not go with such images.
    Stopped
    """
    height, width, channels = images.shape
    model = build_model(config.model, (channels, height, width), images.classes, 1, initial=False)
    weights = sum(parameter.numel() for parameter in model.network_parameters())
    if not config.model.kind.gradient or not timed:
        return Cost(weights)
    stop.check()
    count = min(config.training.batch_size, images.train)
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (count, height, width, channels), dtype=np.uint8)
    names = tuple(map(str, range(images.classes)))
    part = ImageSet(noise, rng.integers(0, images.classes, count) if images.classes else None, names)
    fast = config.training.numerics == "fast"
    threads = torch.get_num_threads()
    device = choose_device(config.training.device)
    tf32 = fast and device == "cuda" and has_tf32()
    numerics = Numerics(config.training.numerics, device, threads, fused=fast, tf32=tf32)
    with computing_with(numerics, stop):
        step = trial_step(config, DataSplit(part, part), numerics)
        seconds = _median_s(step, stop)
        if fast and numerics.device == "cpu" and threads > 1:
            torch.set_num_threads(threads - 1)
            seconds = min(seconds, _median_s(step, stop))
    return Cost(weights, OVERHEAD * seconds / count)


def _median_s(step: Step, stop: StopToken) -> float:
    """How long a step takes, those that come first not counted."""
    for _ in range(WARM_UP):
        stop.check()
        step()
    taken: list[float] = []
    while len(taken) < LEAST_STEPS or (len(taken) < STEPS and sum(taken) < ENOUGH_S):
        stop.check()
        before = time.perf_counter()
        step()
        taken.append(time.perf_counter() - before)
    return statistics.median(taken)
