"""Which device trains, with how many threads, in which number format and memory layout.

`exact`: fp32, a thread count that is stored with the run and kept on resume, deterministic algorithms; bit-equal on
repeat on the same machine with as many threads. Sums are split among threads, so that a new run with another count
(`OMP_NUM_THREADS`, another number of cores) differs in the last bits. `fast`: the candidates are timed on a copy of the
model before training and the quickest is taken; what was chosen is stored and kept on resume. Of the stored threads
as many train as is quickest at the moment, see `latentexplorer.training.threads`.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import torch

from latentexplorer.core.config import RunConfig
from latentexplorer.data import DataSplit
from latentexplorer.models import build_model
from latentexplorer.models.devices import choose_device
from latentexplorer.training.batches import Images
from latentexplorer.training.optimisers import CodeAdam, network_optimiser

TIMED_ROUNDS = 5
HOPELESS = 1.5
"""A candidate whose shortest step is so much longer than the quickest one's is not tried on."""
WORTH = 0.95
"""A candidate must take at most this fraction of plain fp32's time to be worth its rounding."""
AGREES = 0.02
"""Largest relative difference of its loss from that of fp32."""


@dataclass(frozen=True)
class Numerics:
    """How numbers are computed; stored in the run's environment.

    Attributes
    ----------
    mode : "exact" or "fast"
    device : "cpu" or "cuda"
    threads : int
        CPU threads of torch.
    bf16, channels_last, fused : bool
    timings_ms : dict
        Shortest step of each candidate that was tried.
    """

    mode: str
    device: str
    threads: int
    bf16: bool = False
    channels_last: bool = False
    fused: bool = False
    timings_ms: dict[str, float] | None = None

    @property
    def torch_device(self) -> torch.device:
        """The device for torch."""
        return torch.device(self.device)

    def autocast(self) -> contextlib.AbstractContextManager[Any]:
        """Within it, matrix products use the chosen number format."""
        if not self.bf16:
            return contextlib.nullcontext()
        return torch.autocast(self.device, dtype=torch.bfloat16)

    def as_json(self) -> dict[str, Any]:
        """For `environment.json`."""
        return asdict(self)


def choose_numerics(config: RunConfig, data: DataSplit, before: dict[str, Any] | None, processes: int = 1) -> Numerics:
    """What this run computes with: what it computed with before, else what the settings and the machine ask for.

    Parameters
    ----------
    before : dict or None
        `as_json` of an earlier part of the run.
    processes : int
        How many share a batch.
    """
    device = choose_device(config.training.device)
    mode = config.training.numerics
    if before and before.get("mode") == mode and before.get("device") == device:
        threads, timings = before.get("threads"), before.get("timings_ms")
        return Numerics(
            mode,
            device,
            threads if type(threads) is int and 1 <= threads <= 1024 else torch.get_num_threads(),
            bf16=before.get("bf16") is True,
            channels_last=before.get("channels_last") is True,
            fused=before.get("fused") is True,
            timings_ms=timings if isinstance(timings, dict) else None,
        )
    plain = Numerics(mode, device, torch.get_num_threads())
    if mode == "exact" or not config.model.kind.gradient:
        return plain
    return _quickest(config, data, plain, processes)


def _quickest(config: RunConfig, data: DataSplit, plain: Numerics, processes: int) -> Numerics:
    """Train a copy of the model for some steps with each candidate; the quickest whose loss agrees.

    The candidates take turns, and each is judged by its shortest step: beside another busy process, whose turns no
    candidate can choose, the others are as long as chance has it.
    """
    trials: dict[str, _Trial] = {}
    for bf16, channels_last in ((False, False), (True, False), (True, True), (False, True)):
        candidate = Numerics(plain.mode, plain.device, plain.threads, bf16, channels_last, fused=True)
        name = ("bf16" if bf16 else "fp32") + (" channels-last" if channels_last else "")
        try:
            trials[name] = _Trial(config, data, candidate, processes)
        except (RuntimeError, NotImplementedError):
            # A number format or layout that this machine or one of the model's layers does not know.
            if not (bf16 or channels_last):
                raise
    reference = trials["fp32"]
    for number in range(TIMED_ROUNDS):
        quickest = min(trial.seconds for trial in trials.values())
        for trial in trials.values():
            if number < 2 or trial.seconds <= HOPELESS * quickest:
                trial.step()
    worth = [
        trial
        for trial in trials.values()
        if trial.seconds < WORTH * reference.seconds
        and abs(trial.first_loss - reference.first_loss) <= AGREES * abs(reference.first_loss)
    ]
    best = min([reference, *worth], key=lambda trial: trial.seconds).numerics
    timings = {name: round(trial.seconds * 1e3, 3) for name, trial in trials.items()}
    return Numerics(best.mode, best.device, best.threads, best.bf16, best.channels_last, best.fused, timings)


class _Trial:
    """A copy of the model, trained with one candidate on the first batch.

    Attributes
    ----------
    seconds : float
        The shortest step.
    first_loss : float
        Of the first step, which is not timed: memory and kernels are new to it.
    """

    def __init__(self, config: RunConfig, data: DataSplit, numerics: Numerics, processes: int) -> None:
        share = config.training.batch_size
        if processes > 1:
            # Two at least: batch normalisation has no variance of one.
            share = max(2, share // processes)
        count = min(share, len(data.train))
        some = data.train.take(slice(0, count))
        labels = None if some.labels is None else torch.from_numpy(some.labels.copy())
        model = build_model(config.model, data.image_shape, data.num_classes, count, labels, seed=0)
        model.to(numerics.torch_device)
        if numerics.channels_last:
            model.to(memory_format=torch.channels_last)
        self.numerics, self.beta, self.model = numerics, config.model.beta, model
        self.images = Images(some, numerics.torch_device, numerics.channels_last)
        self.optimisers: list[Any] = [network_optimiser(model.network_parameters(), 1e-4, 0.0, numerics.fused)]
        if model.code_parameters():
            self.optimisers.append(CodeAdam(model.code_parameters(), 1e-4))
        self.generator = torch.Generator(numerics.torch_device).manual_seed(0)
        self.index = torch.arange(count)
        self.partner = self.index.flip(0) if model.kind.separates else None
        self.seconds = float("inf")
        self.first_loss = self._train()

    def step(self) -> None:
        """One more, timed."""
        begin = time.perf_counter()
        self._train()
        self.seconds = min(self.seconds, time.perf_counter() - begin)

    def _train(self) -> float:
        with self.numerics.autocast():
            terms = self.model.loss(self.images.batch(self.index, self.partner), self.generator)
        loss = self.model.cost(terms, self.beta).mean()
        self.model.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        for optimiser in self.optimisers:
            optimiser.step()
        return float(loss.detach())


@contextlib.contextmanager
def computing_with(numerics: Numerics) -> Iterator[None]:
    """Torch set up as `numerics` says; everything as it was afterwards."""
    threads = torch.get_num_threads()
    deterministic = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    cudnn = torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic, torch.backends.cudnn.allow_tf32
    tf32 = torch.backends.cuda.matmul.allow_tf32
    exact = numerics.mode == "exact"
    try:
        torch.set_num_threads(numerics.threads)
        if exact:
            # cuBLAS reads it when it is first used; without it, it is not deterministic.
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
            torch.use_deterministic_algorithms(True)
        torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic = not exact, exact
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = not exact
        yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(deterministic, warn_only=warn_only)
        torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic, torch.backends.cudnn.allow_tf32 = cudnn
        torch.backends.cuda.matmul.allow_tf32 = tf32
