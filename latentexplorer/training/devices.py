"""Which device trains, with how many threads, in which number format and memory layout.

`exact`: fp32, a thread count that is stored with the run and kept on resume, deterministic algorithms; bit-equal on
repeat on the same machine with as many threads. Sums are split among threads, so that a new run with another count
(`OMP_NUM_THREADS`, another number of cores) differs in the last bits. `fast`: the candidates are timed on a copy of the
model before training and the quickest is taken; what was chosen is stored and kept on resume.
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
from latentexplorer.core.errors import SettingsError
from latentexplorer.data import DataSplit
from latentexplorer.models import build_model
from latentexplorer.training.batches import Images
from latentexplorer.training.optimisers import CodeAdam, network_optimiser

TIMED_STEPS = 4
WORTH = 0.95
"""A candidate must take at most this part of plain fp32's time to be worth its rounding."""
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
        Median time of a step of each candidate that was tried.
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

    def share_cores(self, leave_one: bool) -> None:
        """Use one CPU thread fewer, or all again; `exact` numerics keep their number, which their results depend on.

        With all cores busy a window on the same machine stalls for over 100 ms at a time, and so does each step: its
        threads wait for the one that was put aside.
        """
        threads = max(1, self.threads - leave_one)
        if self.mode == "fast" and self.device == "cpu" and torch.get_num_threads() != threads:
            torch.set_num_threads(threads)

    def as_json(self) -> dict[str, Any]:
        """For `environment.json`."""
        return asdict(self)


def choose_device(wanted: str) -> str:
    """ "cpu" or "cuda" for `training.device`.

    Raises
    ------
    SettingsError
        If CUDA is asked for and there is none.
    """
    there = torch.cuda.is_available()
    if wanted == "cuda" and not there:
        raise SettingsError("training.device = 'cuda' and there is no CUDA device here", "Set it to auto or cpu")
    return ("cuda" if there else "cpu") if wanted == "auto" else wanted


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
    """Time some steps of each candidate on a copy of the model; the quickest whose loss agrees."""
    results: dict[str, float] = {}
    best, best_s, plain_s, reference = plain, float("inf"), float("inf"), 0.0
    for bf16, channels_last in ((False, False), (True, False), (True, True), (False, True)):
        candidate = Numerics(plain.mode, plain.device, plain.threads, bf16, channels_last, fused=True)
        try:
            seconds, loss = _time_steps(config, data, candidate, processes, give_up_s=best_s * 1.5)
        except (RuntimeError, NotImplementedError):
            # A number format or layout that this machine or one of the model's layers does not know.
            if not (bf16 or channels_last):
                raise
            continue
        name = ("bf16" if bf16 else "fp32") + (" channels-last" if channels_last else "")
        results[name] = round(seconds * 1e3, 3)
        if not (bf16 or channels_last):
            best, best_s, plain_s, reference = candidate, seconds, seconds, loss
        elif seconds < best_s and seconds < WORTH * plain_s and abs(loss - reference) <= AGREES * abs(reference):
            best, best_s = candidate, seconds
    return Numerics(best.mode, best.device, best.threads, best.bf16, best.channels_last, best.fused, results)


def _time_steps(
    config: RunConfig, data: DataSplit, numerics: Numerics, processes: int, give_up_s: float
) -> tuple[float, float]:
    """Median seconds of a training step, and the first step's loss."""
    device = numerics.torch_device
    share = config.training.batch_size
    if processes > 1:
        # Two at least: batch normalisation has no variance of one.
        share = max(2, share // processes)
    count = min(share, len(data.train))
    some = data.train.take(slice(0, count))
    labels = None if some.labels is None else torch.from_numpy(some.labels.copy())
    model = build_model(config.model, data.image_shape, data.num_classes, count, labels, seed=0).to(device)
    if numerics.channels_last:
        model.to(memory_format=torch.channels_last)
    images = Images(some, device, numerics.channels_last)
    network = network_optimiser(model.network_parameters(), 1e-4, 0.0, numerics.fused)
    codes = CodeAdam(model.code_parameters(), 1e-4) if model.code_parameters() else None
    generator = torch.Generator(device).manual_seed(0)
    index = torch.arange(count)
    partner = index.flip(0) if model.kind.parts > 1 else None
    times, first = [], 0.0
    for number in range(1 + TIMED_STEPS):
        begin = time.perf_counter()
        with numerics.autocast():
            terms = model.loss(images.batch(index, partner), generator)
        loss = terms.objective(model.kl_cost(terms, config.model.beta))
        model.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        for optimiser in (network, codes):
            if optimiser is not None:
                optimiser.step()
        value = float(loss.detach())
        if number == 0:
            first = value
            continue
        times.append(time.perf_counter() - begin)
        if times[-1] > give_up_s:
            break
    return sorted(times)[len(times) // 2], first


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
