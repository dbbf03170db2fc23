"""Several processes that train one model, on PyTorch's own distributed engine.

The processes, called ranks, are started by torchrun and each run the same loop on their share of every batch. The
weights are the same everywhere, by `DistributedDataParallel`; an auto-decoder's codes live with the rank that owns
their images, every `size`-th one, so that codes need no communication and their memory falls with the number of ranks.
Rank 0, the main one, alone writes the run folder and talks to whoever listens.

Every rank draws the same order of the images and the same noise, and each objective is a share of the batch's mean. So
a run does not depend on how many processes train it, but for the last digits, and goes on with another number of them.

A rank that leaves, for whatever reason, closes its connections: all others fail in the next exchange and leave too.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from latentexplorer.core.catalog import Family
from latentexplorer.core.errors import SettingsError, TrainingError
from latentexplorer.core.launch import Launch
from latentexplorer.models import Batch, LatentModel, LossTerms
from latentexplorer.models.base import all_there, batch_mean
from latentexplorer.models.distributions import Draws, ShareOfDraws
from latentexplorer.training.batch_norm import share_batch_norm
from latentexplorer.training.whole_batch import whole_batch

if TYPE_CHECKING:
    from torch.distributed.distributed_c10d import Store

T = TypeVar("T")
Loss = Callable[[Batch, Draws | None], LossTerms]

PATIENCE = timedelta(days=1)
"""How long a rank waits for the others: while the main one is paused or measures held-out images. A rank that dies is
noticed at once and not by this."""
PIECE = 2**22
"""Numbers of codes that travel together."""
FAILED = 2


@dataclass(frozen=True)
class Share:
    """What one process trains on of a batch.

    Attributes
    ----------
    index, partner : Tensor (b,), int64
        Positions of its images, and of the partners of mixtures, or None.
    draws : Draws
        Those that its images get when the whole batch is drawn for.
    count : int
        Images of the whole batch.
    mean : callable
        Mean (D,) over the whole batch of numbers (b, D) of its images.
    whole : callable
        What makes numbers (b, ...) of its images those of the whole batch, see `Batch.whole`.
    """

    index: Tensor
    partner: Tensor | None
    draws: Draws
    count: int
    mean: Callable[[Tensor], Tensor] = batch_mean
    whole: Callable[[Tensor], Tensor] = all_there


class Ranks:
    """The processes that train together: this one alone, for which there is nothing to exchange.

    Attributes
    ----------
    rank, size : int
        Number of this process, from 0, and how many there are.
    """

    rank = 0
    size = 1

    @property
    def main(self) -> bool:
        """Whether this is the process that writes and tells."""
        return self.rank == 0

    def use(self, device: torch.device) -> None:
        """Compute on a device of this kind from now on."""

    def loss_of(self, model: LatentModel) -> Loss:
        """What to call instead of `model.loss`, so that gradients are those of the whole batch."""
        return model.loss

    def share(self, index: Tensor, partner: Tensor | None, generator: torch.Generator, owned: bool) -> Share:
        """This process's part of a batch.

        Parameters
        ----------
        index, partner : Tensor (B,), int64
            Positions of the images of the batch, and of their partners.
        owned : bool
            Whether it is the images this process has the codes of; else equal parts of every batch.
        """
        return Share(index, partner, generator, len(index))

    def sum_later(self, values: Tensor) -> Callable[[], object]:
        """Add up a tensor over all processes, in place, while work goes on; call the result before reading it."""
        return _nothing

    def any_of(self, *flags: bool) -> tuple[bool, ...]:
        """For each flag, whether it is raised anywhere. All processes call this together."""
        return flags

    def from_main(self, work: Callable[[], T]) -> T:
        """What the main process gets from `work` (values that JSON knows); the others wait for it."""
        return work()

    def in_turn(self, work: Callable[[], T]) -> T:
        """Do work that may write to the machine's disk: first one process of each machine, then its others."""
        return work()

    def look_up(self, table: Tensor, index: Tensor) -> Tensor:
        """Rows (n, width) of a table of all images' codes, each of which its owner has; no rows but on the main one."""
        return table.detach()[index.to(table.device)]

    def whole(self, table: Tensor, count: int) -> Tensor:
        """All `count` rows of such a table, on the main process; not copied where they are all here."""
        return table.detach()

    def explained(self, todo: str) -> contextlib.AbstractContextManager[None]:
        """Within it, the loss of another process is a `TrainingError` that says what to do."""
        return contextlib.nullcontext()


ALONE = Ranks()


class _Several(Ranks):
    """One of several processes. Made by `process_group`.

    Control goes through the CPU (gloo), gradients through whatever suits their device.
    """

    def __init__(self, launch: Launch, store: Store) -> None:
        self.rank, self.size, self.local_rank = launch.rank, launch.size, launch.local_rank
        self.store = store
        self.device = torch.device("cpu")
        self.group: dist.ProcessGroup | None = None

    def use(self, device: torch.device) -> None:
        self.device = device
        if device.type != "cuda":
            return
        there = torch.cuda.device_count()
        if self.local_rank >= there:
            raise SettingsError(
                f"There are more processes than CUDA devices ({there}) on a machine",
                f"Start torchrun with --nproc-per-node={max(there, 1)}, or set training.device = 'cpu'",
            )
        torch.cuda.set_device(self.local_rank)
        if dist.is_nccl_available():
            group = dist.new_group(backend="nccl")
            self.group = group if isinstance(group, dist.ProcessGroup) else None

    def loss_of(self, model: LatentModel) -> Loss:
        if self.device.type == "cuda":
            nn.SyncBatchNorm.convert_sync_batchnorm(model, self.group)  # type: ignore[no-untyped-call]
        else:
            share_batch_norm(model, self.group)
        # Said of weights with a side of one in another memory layout, where the order of strides means nothing.
        warnings.filterwarnings("ignore", "Grad strides do not match bucket view strides")
        together = DistributedDataParallel(_Loss(model), process_group=self.group)
        together.register_comm_hook(self.group, _added_up)
        return together

    def share(self, index: Tensor, partner: Tensor | None, generator: torch.Generator, owned: bool) -> Share:
        count = len(index)
        if owned:
            rows = (index % self.size == self.rank).nonzero()[:, 0]
        else:
            rows = torch.arange(count * self.rank // self.size, count * (self.rank + 1) // self.size)
        draws = ShareOfDraws(generator, rows.to(generator.device), count)
        return Share(
            index[rows],
            None if partner is None else partner[rows],
            draws,
            count,
            lambda own: self._mean(own, count),
            whole_batch(rows, count, self.group),
        )

    def _mean(self, values: Tensor, count: int) -> Tensor:
        total = values.detach().sum(0)
        dist.all_reduce(total, group=self.group)
        return total / count

    def sum_later(self, values: Tensor) -> Callable[[], object]:
        work = dist.all_reduce(values, group=self.group, async_op=True)
        return _nothing if work is None else work.wait

    def any_of(self, *flags: bool) -> tuple[bool, ...]:
        raised = torch.tensor(flags, dtype=torch.int64)
        dist.all_reduce(raised, dist.ReduceOp.MAX)
        return tuple(bool(flag) for flag in raised.tolist())

    def from_main(self, work: Callable[[], T]) -> T:
        size = torch.zeros(1, dtype=torch.int64)
        if self.main:
            value = work()
            text = torch.frombuffer(bytearray(json.dumps(value).encode()), dtype=torch.uint8)
            dist.broadcast(size.fill_(len(text)), 0)
            dist.broadcast(text, 0)
            return value
        dist.broadcast(size, 0)
        text = torch.zeros(int(size), dtype=torch.uint8)
        dist.broadcast(text, 0)
        received: T = json.loads(text.numpy().tobytes())
        return received

    def in_turn(self, work: Callable[[], T]) -> T:
        if self.local_rank == 0:
            value = work()
            dist.barrier()
            return value
        dist.barrier()
        return work()

    def look_up(self, table: Tensor, index: Tensor) -> Tensor:
        table, index = table.detach(), index.cpu()
        found = torch.empty(len(index) if self.main else 0, *table.shape[1:], dtype=table.dtype)
        for rows in torch.split(torch.arange(len(index)), max(1, PIECE // max(math.prod(table.shape[1:]), 1))):
            asked = index[rows]
            mine = asked % self.size == self.rank
            piece = torch.zeros(len(rows), *table.shape[1:], dtype=table.dtype)
            piece[mine] = table[(asked[mine] // self.size).to(table.device)].cpu()
            # One of them has the row and all others add nothing to it.
            dist.reduce(piece, 0)
            if self.main:
                found[rows] = piece
        return found

    def whole(self, table: Tensor, count: int) -> Tensor:
        return self.look_up(table, torch.arange(count))

    @contextlib.contextmanager
    def explained(self, todo: str) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            if not _connection_lost(error):
                raise
            if reason := self._reason():
                raise TrainingError(reason) from None
            raise TrainingError(
                f"One of the {self.size} processes of this training has ended unexpectedly", todo
            ) from None

    def _reason(self) -> str:
        """What the rank that failed first says of it; empty where it was killed."""
        with contextlib.suppress(RuntimeError):
            if self.store.check(["reason"]):
                return str(self.store.get("reason").decode())
        return ""

    def fails_first(self, error: BaseException) -> bool:
        """Whether no other rank has failed before: only the first one tells."""
        # Where the store has gone too nobody can be asked.
        with contextlib.suppress(RuntimeError):
            if self.store.add("failures", 1) > 1:
                return False
            self.store.set("reason", str(error))
        return True


def check_together(kind: Family) -> None:
    """Refuse several processes where a term of the loss cannot be shared.

    Raises
    ------
    SettingsError
    """
    for term in kind.terms:
        if term.alone:
            raise SettingsError(
                f"{kind.title} cannot be trained by several processes ({term.title}: {term.alone})",
                "Train with one process, without torchrun",
            )


@contextlib.contextmanager
def process_group(launch: Launch) -> Iterator[Ranks]:
    """The processes that were started together, connected to each other; `ALONE` where there is only one.

    Raises
    ------
    SettingsError
        If this PyTorch cannot connect processes.
    SystemExit
        On every rank that fails after another has: one message is enough.
    """
    if launch.size == 1:
        yield ALONE
        return
    if not (dist.is_available() and dist.is_gloo_available()):
        raise SettingsError("This PyTorch cannot connect several processes", "Train with one process, without torchrun")
    from torch.distributed.distributed_c10d import PrefixStore
    from torch.distributed.rendezvous import rendezvous

    _share_cores(launch)
    store, rank, size = next(iter(rendezvous("env://", launch.rank, launch.size)))
    dist.init_process_group("gloo", store=PrefixStore("group", store), rank=rank, world_size=size, timeout=PATIENCE)
    ranks = _Several(launch, PrefixStore("latentexplorer", store))
    # A launcher ends the others when one has gone: they must live to say so. Who stops for it listens inside.
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with ranks.explained("Start the same command again"):
            yield ranks
        # Nobody leaves before all are done; by then nothing can be lost any more.
        with contextlib.suppress(RuntimeError):
            dist.barrier()
        signal.signal(signal.SIGTERM, before)
    except BaseException as error:
        if not ranks.fails_first(error):
            raise SystemExit(FAILED) from None
        raise
    finally:
        dist.destroy_process_group()


class _Loss(nn.Module):
    """The loss of a model as the module that `DistributedDataParallel` calls.

    It holds the weights that are the same everywhere, and not an auto-decoder's codes.
    """

    def __init__(self, model: LatentModel) -> None:
        super().__init__()
        self.weights = nn.ParameterList(model.network_parameters())
        self.loss = model.loss

    def forward(self, batch: Batch, draws: Draws | None = None) -> LossTerms:
        return self.loss(batch, draws)


# Without annotations: `DistributedDataParallel` compares them, and here they are strings.
def _added_up(group, bucket):  # type: ignore[no-untyped-def]
    """Gradients are added up and not averaged: each is that of a share of the batch's mean."""
    work = dist.all_reduce(bucket.buffer(), group=group, async_op=True)
    return work.get_future().then(lambda done: done.value()[0])


def _connection_lost(error: RuntimeError) -> bool:
    """Whether this is how gloo, NCCL or the store say that another process is not there any more."""
    text = str(error).lower()
    return isinstance(error, dist.DistError) or "gloo" in text or "nccl" in text or "connection" in text


def _share_cores(launch: Launch) -> None:
    """Divide the machine's cores among its processes, unless the person chose (`OMP_NUM_THREADS`)."""
    if not _threads_were_chosen():
        here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        torch.set_num_threads(max(1, here // launch.local_size))


def _threads_were_chosen() -> bool:
    """torchrun sets `OMP_NUM_THREADS` to 1 where nobody did; only what it was given itself tells them apart."""
    if os.environ.get("OMP_NUM_THREADS", "1") != "1":
        return True
    try:
        return b"OMP_NUM_THREADS=" in Path(f"/proc/{os.getppid()}/environ").read_bytes()
    except OSError:
        return "OMP_NUM_THREADS" in os.environ


def _nothing() -> None:
    """There is nothing to wait for."""
