"""Which device trains, with how many threads, in which number format and memory layout.

`exact`: fp32, a thread count that is stored with the run and kept on resume, deterministic algorithms; bit-equal on
repeat on the same machine with as many threads. Sums are split among threads, so that a new run with another count
(`OMP_NUM_THREADS`, another number of cores) differs in the last bits. `fast`: what is quickest here, see
`latentexplorer.training.number_formats`; what was chosen is stored and kept on resume. Of the stored threads as many
train as is quickest at the moment, see `latentexplorer.training.threads`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch


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
    chosen : bool
        False where the training was stopped before the candidates had been tried; its next part tries them.
    """

    mode: str
    device: str
    threads: int
    bf16: bool = False
    channels_last: bool = False
    fused: bool = False
    timings_ms: dict[str, float] | None = None
    chosen: bool = True

    @classmethod
    def of(cls, values: Mapping[str, Any], threads: int) -> Numerics:
        """What `as_json` gave, or what is left of it in a damaged file; `threads` where it names no number of them."""
        kept, timings = values.get("threads"), values.get("timings_ms")
        return cls(
            values.get("mode", ""),
            values.get("device", ""),
            kept if type(kept) is int and 1 <= kept <= 1024 else threads,
            bf16=values.get("bf16") is True,
            channels_last=values.get("channels_last") is True,
            fused=values.get("fused") is True,
            timings_ms=timings if isinstance(timings, dict) else None,
            chosen=values.get("chosen") is not False,
        )

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
