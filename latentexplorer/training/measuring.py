"""How long a training would take, found out by a few of its steps on images made up for it."""

from __future__ import annotations

import math
import time

import numpy as np
import torch

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import RunConfig
from latentexplorer.core.costs import Cost
from latentexplorer.core.expected import Expected
from latentexplorer.data import DataSplit, ImageSet
from latentexplorer.models import build_model
from latentexplorer.models.devices import choose_device
from latentexplorer.training.number_formats import trial_step
from latentexplorer.training.numerics import Numerics, computing_with

STEPS, LEAST_STEPS, ENOUGH_S = 8, 3, 1.0
"""Steps that are timed, or as many as that time has room for, but a few."""
OVERHEAD = 1.25
"""A whole training takes so much longer than its steps: it looks at held-out images, tells how far it is, and saves."""


def measure(config: RunConfig, images: Expected, stop: StopToken) -> Cost:
    """Parameters of a model, and the time an image of an epoch takes on this machine.

    The images are noise of the right shape: a step does the same with any. The shortest step counts, as what else the
    machine does only makes others longer.

    Raises
    ------
    SettingsError
        If the model does not go with such images.
    Stopped
    """
    height, width, channels = images.shape
    model = build_model(config.model, (channels, height, width), images.classes, 1, initial=False)
    weights = sum(parameter.numel() for parameter in model.network_parameters())
    if not config.model.kind.gradient:
        return Cost(weights)
    stop.check()
    count = min(config.training.batch_size, images.train)
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (count, height, width, channels), dtype=np.uint8)
    names = tuple(map(str, range(images.classes)))
    part = ImageSet(noise, rng.integers(0, images.classes, count) if images.classes else None, names)
    numerics = Numerics(config.training.numerics, choose_device(config.training.device), torch.get_num_threads())
    best = math.inf
    with computing_with(numerics):
        step = trial_step(config, DataSplit(part, part), numerics)
        # Memory and kernels are new to the first one.
        step()
        begin = time.perf_counter()
        for done in range(1, STEPS + 1):
            stop.check()
            before = time.perf_counter()
            step()
            now = time.perf_counter()
            best = min(best, now - before)
            if done >= LEAST_STEPS and now - begin > ENOUGH_S:
                break
    return Cost(weights, OVERHEAD * best / count)
