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
from torch import Tensor

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import SettingsError
from latentexplorer.models.captured import can_capture
from latentexplorer.training.torch_flags import owner

CUBLAS = "CUBLAS_WORKSPACE_CONFIG"
"""What cuBLAS is told by the environment. The package sets it where nobody has, before torch reads it, which
happens once: at the first matrix product of the process."""
REPEATS = (":4096:8", ":16:8")
"""Those of its values with which results repeat."""


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
    tf32 : bool
        Whether a card multiplies fp32 with the 10 bits of TF32: never slower there, and rounded less than bfloat16.
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
    tf32: bool = False

    @classmethod
    def of(cls, values: Mapping[str, Any], threads: int) -> Numerics:
        """What `as_json` gave, or what is left of it in a damaged file; `threads` where it names no number of them."""
        kept, timings = values.get("threads"), values.get("timings_ms")
        # Runs that do not say so were trained on a card with what is quickest there.
        quick = (values.get("mode"), values.get("device")) == ("fast", "cuda")
        return cls(
            values.get("mode", ""),
            values.get("device", ""),
            kept if type(kept) is int and 1 <= kept <= 1024 else threads,
            bf16=values.get("bf16") is True,
            channels_last=values.get("channels_last") is True,
            fused=values.get("fused") is True,
            timings_ms=timings if isinstance(timings, dict) else None,
            chosen=values.get("chosen") is not False,
            tf32=values.get("tf32", quick) is True,
        )

    @property
    def torch_device(self) -> torch.device:
        """The device for torch."""
        return torch.device(self.device)

    @property
    def format(self) -> str:
        """The number format in a word: fp32, TF32 or bf16."""
        return "bf16" if self.bf16 else "TF32" if self.tf32 else "fp32"

    @property
    def captures(self) -> bool:
        """Whether steps may be captured: `exact` ones run as they are, which is what repeats to the last bit."""
        return self.mode == "fast" and can_capture(self.torch_device)

    def rate(self, lr: float) -> float | Tensor:
        """A learning rate as an optimiser takes it: a tensor on the device where steps may be captured."""
        return torch.full((), lr, device=self.torch_device) if self.captures else lr

    def autocast(self) -> contextlib.AbstractContextManager[Any]:
        """Within it, matrix products use the chosen number format."""
        if not self.bf16:
            return contextlib.nullcontext()
        return torch.autocast(self.device, dtype=torch.bfloat16)

    def as_json(self) -> dict[str, Any]:
        """For `environment.json`."""
        return asdict(self)


@dataclass(frozen=True)
class Computed:
    """How the steps of a training are computed, for a person; stored in the run's environment.

    Attributes
    ----------
    words : str
        "CUDA, captured, bf16", say, or "CPU, 2 threads, fp32".
    captured : bool
        Whether a card replays them.
    why_not : str
        Why they run as they are; "" where they are captured.
    """

    words: str
    captured: bool
    why_not: str

    @classmethod
    def of(cls, numerics: Numerics, why_not: str) -> Computed:
        """With these numerics, captured unless something speaks against it."""
        if numerics.device == "cuda":
            parts = ["CUDA", "uncaptured" if why_not else "captured"]
        else:
            parts = ["CPU", "1 thread" if numerics.threads == 1 else f"{numerics.threads} threads"]
        exact = ["exact"] if numerics.mode == "exact" else []
        return cls(", ".join([*parts, numerics.format, *exact]), not why_not, why_not)


@contextlib.contextmanager
def computing_with(numerics: Numerics, stop: StopToken = NEVER) -> Iterator[None]:
    """Torch set up as `numerics` says; everything as it was afterwards.

    What another thread computes goes on as that was set up; where it is set up otherwise, this waits for its end.

    Raises
    ------
    SettingsError
        If a card was told not to repeat itself.
    Stopped
        While it waits.
    """
    exact = numerics.mode == "exact"
    if exact and numerics.device == "cuda" and os.environ.get(CUBLAS) not in REPEATS:
        said = f"{CUBLAS} is {os.environ.get(CUBLAS, 'not set')}, with which a card does not repeat itself exactly"
        raise SettingsError(said, f"Start again with {CUBLAS}={REPEATS[0]}, or with training.numerics=fast")
    with owner.using(exact=exact, tf32=numerics.tf32, stop=stop):
        threads = torch.get_num_threads()
        torch.set_num_threads(numerics.threads)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
