"""Trainings by two processes: `python -m tests.training.train_jobs LAUNCHES.json` makes one launch after another.

A launch is a name and the runs that its processes train. They are started, and ended, as torchrun does it, but forked
from this process: so torch is imported once for all of them, where torchrun takes ten seconds of processor time each
time. What they say stands in `NAME.err` beside the file, their exit codes in `codes.json`.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any

import torch
from torch.distributed import TCPStore

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.events import EpochDone, Event, SnapshotTaken
from latentexplorer.core.launch import Launch
from latentexplorer.data import load_data
from latentexplorer.runs import FollowedFolder, RunFolder, Snapshot
from latentexplorer.training import Controls, train_in_processes
from latentexplorer.training.distributed import Ranks, process_group
from tests.training.helpers import StopAfterLooks


class KilledAfterLooks(StopAfterLooks):
    """The process is gone at the given look, without a word."""

    @property
    def requested(self) -> bool:
        self.looks -= 1
        if self.looks < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return False


class FailsAfterLooks(StopAfterLooks):
    """The process runs out of memory at the given look."""

    @property
    def requested(self) -> bool:
        self.looks -= 1
        if self.looks < 0:
            raise MemoryError
        return False


KINDS = {"stops": StopAfterLooks, "is killed": KilledAfterLooks, "fails": FailsAfterLooks}


Job = dict[str, Any]
SIZE = 2


def main() -> None:
    """Make the launches of a file."""
    path = Path(sys.argv[1])
    launches: dict[str, list[Job]] = json.loads(path.read_text())
    # The first optimiser that is made imports the last of torch.
    torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))])
    codes = {name: launched(jobs, path.with_name(f"{name}.err")) for name, jobs in launches.items()}
    path.with_name("codes.json").write_text(json.dumps(codes))


def launched(jobs: list[Job], told: Path) -> list[int]:
    """Exit codes of the processes that train some runs, one after another; negative where a signal ended them."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    running: dict[int, int] = {}
    for rank in range(SIZE):
        child = os.fork()
        if child == 0:
            listening.close()
            os._exit(one_of_them(rank, port, jobs, told))
        running[child] = rank
    # As torchrun has it: what the processes meet at is there also when the first of them has gone.
    store = TCPStore("127.0.0.1", port, is_master=True, wait_for_workers=False, master_listen_fd=listening.detach())
    codes = [0] * SIZE
    while running:
        child, status = os.wait()
        code = codes[running.pop(child)] = os.waitstatus_to_exitcode(status)
        for other in running if code else ():
            os.kill(other, signal.SIGTERM)
    del store
    return codes


def one_of_them(rank: int, port: int, jobs: list[Job], told: Path) -> int:
    """Train, as one of the processes; an error is told as the command line tells it. The exit code."""
    file = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)
    meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "TORCHELASTIC_USE_AGENT_STORE": True}
    ranks = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": SIZE, "LOCAL_WORLD_SIZE": SIZE}
    for name, value in (meeting | ranks | {"TORCHELASTIC_RESTART_COUNT": 0}).items():
        os.environ[name] = str(value)
    try:
        with process_group(Launch.of()) as together:
            for job in jobs:
                train_job(together, **job)
    except LatentExplorerError as error:
        sys.stderr.write(f"latentexplorer: {error}\n")
        return 1
    except SystemExit as ended:
        return int(ended.code or 0)
    except BaseException:  # noqa: BLE001  the end of a process: whatever it is becomes text
        traceback.print_exc()
        return 1
    finally:
        sys.stderr.flush()
    return 0


def train_job(
    ranks: Ranks, path: str, config: dict[str, object], does: str = "", rank: int = 0, looks: int = 0
) -> None:
    """One run; process `rank` "stops", "is killed" or "fails" after so many looks, or all "resumes" or "changes"."""
    settings, where = RunConfig.parse(config), Path(path)
    if ranks.main and does != "resumes":
        RunFolder.create(where, settings)
    folder = RunFolder.open(where) if ranks.main else FollowedFolder(where, settings)
    stop = KINDS[does](looks) if does in KINDS and ranks.rank == rank else StopToken()
    controls, shown = Controls(), list[Snapshot]()

    def hear(event: Event) -> None:
        if isinstance(event, EpochDone) and event.row["epoch"] == 1 and does == "changes":
            controls.set("training.lr", 0.01)
            controls.want_snapshot()
        if isinstance(event, SnapshotTaken):
            shown.append(event.snapshot)

    data = load_data(settings.data)
    train_in_processes(folder, data, ranks, emit=hear, stop=stop, controls=controls, resume=does == "resumes")
    if ranks.main and does == "changes":
        (snapshot,) = shown
        for part, codes in snapshot.codes.items():
            (where / f"{part}.json").write_text(json.dumps([snapshot.step, codes.loc.tolist()]))


if __name__ == "__main__":
    main()
