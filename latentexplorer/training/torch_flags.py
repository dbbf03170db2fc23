"""What torch computes with in the whole process: one way at a time, and everything as it was afterwards.

Its flags belong to the process, and trainings, trials and measurements run on threads of their own. So who wants the
same shares them, who wants something else waits until nobody needs the other, and within a thread uses nest.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

from latentexplorer.core.cancellation import NEVER, StopToken

LOOK_S = 0.1
"""How often who waits looks whether it is to stop."""


@dataclass(frozen=True)
class Flags:
    """Those flags of torch that decide whether numbers repeat to the last bit, and how a card multiplies them."""

    deterministic: bool
    warn_only: bool
    benchmark: bool
    cudnn_deterministic: bool
    cudnn_tf32: bool
    matmul_tf32: bool

    @classmethod
    def now(cls) -> Flags:
        """As they are."""
        cudnn = torch.backends.cudnn
        return cls(
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
            cudnn.benchmark,
            cudnn.deterministic,
            cudnn.allow_tf32,
            torch.backends.cuda.matmul.allow_tf32,
        )

    def wanted(self, *, exact: bool, tf32: bool) -> Flags:
        """The same changed for numbers that repeat, or come as fast as they can.

        Without cuDNN's own search for the quickest algorithm, which runs ten of each convolution at every new shape of
        a batch and forgets them with the process: more than the rest of a call of a few epochs (on an H200, `ad-128`).
        """
        found = replace(self, benchmark=False, cudnn_deterministic=exact, cudnn_tf32=tf32, matmul_tf32=tf32)
        return replace(found, deterministic=True, warn_only=False) if exact else found

    def set(self) -> None:
        """Bring them into force."""
        # As `use_deterministic_algorithms` does, which loads torch's compiler as well: a second and 150 MB for nothing.
        torch.set_deterministic_debug_mode(int(self.deterministic) * (1 if self.warn_only else 2))
        torch.backends.cudnn.benchmark = self.benchmark
        torch.backends.cudnn.deterministic = self.cudnn_deterministic
        torch.backends.cudnn.allow_tf32 = self.cudnn_tf32
        torch.backends.cuda.matmul.allow_tf32 = self.matmul_tf32


@dataclass(eq=False)
class _Use:
    thread: int
    flags: Flags


class Owner:
    """Who brings flags into force, and back."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._uses: list[_Use] = []
        self._before: Flags | None = None

    @contextlib.contextmanager
    def using(self, *, exact: bool, tf32: bool, stop: StopToken = NEVER) -> Iterator[None]:
        """Within it numbers repeat, or come as fast as they can; waits while another thread needs them otherwise.

        Raises
        ------
        Stopped
            While it waits.
        """
        me = threading.get_ident()

        def use() -> _Use | None:
            before = Flags.now() if self._before is None else self._before
            flags = before.wanted(exact=exact, tf32=tf32)
            if any(other.flags != flags for other in self._uses if other.thread != me):
                return None
            self._before = before
            self._uses.append(_Use(me, flags))
            flags.set()
            return self._uses[-1]

        with self._turn:
            while (mine := self._turn.wait_for(use, LOOK_S)) is None:
                stop.check()
        try:
            yield
        finally:
            with self._turn:
                self._leave(mine)
                self._turn.notify_all()

    def _leave(self, use: _Use) -> None:
        self._uses.remove(use)
        assert self._before is not None
        (self._uses[-1].flags if self._uses else self._before).set()
        if not self._uses:
            self._before = None


owner = Owner()
"""The one of this process."""
