"""Trainings by several processes: `torchrun ... -m tests.training.train_jobs JOBS.json` trains a list of runs."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

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


def main() -> None:
    """Train; an error is told as the command line tells it."""
    jobs = json.loads(Path(sys.argv[1]).read_text())
    try:
        with process_group(Launch.of()) as ranks:
            for job in jobs:
                train_job(ranks, **job)
    except LatentExplorerError as error:
        sys.exit(f"latentexplorer: {error}")


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
