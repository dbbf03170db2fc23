"""Trainings killed at random moments: they open, they resume, they end with the same weights bit by bit."""

from __future__ import annotations

import csv
import os
import random
import tempfile
import time
from pathlib import Path

from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.runs import RunFolder, Trained
from latentexplorer.runs.tensor_file import TensorFile

from .common import Order, Tally
from .process import SIGNALS, Process, load

FAMILIES = {
    "vae": ("model.family=vae",),
    "ad": ("model.family=ad", "model.architecture=mlp", "model.hidden=[32]"),
    "vad": ("model.family=vad", "model.architecture=mlp", "model.hidden=[32]", "model.prior=laplace"),
}
SETTINGS = (
    *("data.name=digits", "data.limit=96", "data.test_per_class=7", "model.latent_dim=3", "training.epochs=12"),
    *("training.batch_size=32", "training.numerics=exact", "training.held_out=70", "training.device=cpu"),
)
MOST_KILLS = 4
"""Of one run; then it is let to its end."""
TIMES = ("seconds",)


def torture(order: Order) -> Tally:
    """`count` kills, in as many runs as they need."""
    tally, case = Tally(order), order.first
    load()
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        folder = Path(name)
        os.environ["LATENTEXPLORER_HOME"] = str(folder / "home")
        whole: dict[str, tuple[Path, float]] = {}
        while tally.done < order.count:
            if order.minutes is not None and time.monotonic() - tally.began > 60 * order.minutes:
                break
            draw = order.draw(case)
            family = draw.choice(list(FAMILIES))
            if family not in whole:
                whole[family] = _whole(folder / f"whole {family}", family)
            _Killed(order, case, draw, folder / f"run {case}", family, tally).against(*whole[family])
            case += 1
    return tally


def _train(path: Path, family: str, resume: bool) -> Process:
    changes = [] if resume else [*SETTINGS, *FAMILIES[family]]
    given = ["--resume"] if resume else ["--preset", "digits-vae"]
    set_ = ["--set", *changes] if changes else []
    return Process(["train", "--out", str(path), *given, *set_], path.with_name(f"{path.name}.txt"))


def _whole(path: Path, family: str) -> tuple[Path, float]:
    """A run that nobody kills, and how long it takes, in s."""
    process = _train(path, family, resume=False)
    code = process.wait()
    if code:
        raise RuntimeError(f"a training that nobody killed ended with {code}: {process.said[-500:]}")
    return path, time.monotonic() - process.began


class _Killed:
    """One run, killed again and again."""

    def __init__(self, order: Order, case: int, draw: random.Random, path: Path, family: str, tally: Tally) -> None:
        self._again = order.again(case)
        self._draw, self._path, self._family, self._tally = draw, path, family, tally

    def fault(self, what: str, details: str = "") -> None:
        self._tally.fault(f"{self._family}: {what}", self._again, details)

    def against(self, whole: Path, takes_s: float) -> None:
        """Kill, open, resume, until it has ended as the one that nobody killed."""
        epoch = 0
        for _ in range(self._draw.randint(1, MOST_KILLS)):
            epoch = self._killed_once(epoch, takes_s)
        for _ in range(3):
            process = _train(self._path, self._family, resume=(self._path / "config.json").is_file())
            code = process.wait()
            if code == 0 or "all its epochs" in process.said or "finished" in process.said:
                break
        else:
            self.fault("does not go on", process.said[-2000:])
            return
        self._tally.add("runs")
        self._compare(whole)

    def _killed_once(self, before: int, takes_s: float) -> int:
        """Kill it once at a moment that is drawn; the epoch it has now."""
        process = _train(self._path, self._family, resume=(self._path / "config.json").is_file())
        time.sleep(self._draw.uniform(0, 1.1) * takes_s)
        name = self._draw.choice(("KILL", "KILL", "KILL", "TERM", "INT", "HUP"))
        reached = process.send(name)
        code = process.wait()
        if reached and (name != "KILL" or code == -SIGNALS["KILL"]):
            self._tally.done += 1
            self._tally.add(name)
        else:
            # It was quicker: nothing was killed.
            self._tally.add("ended before")
        if name != "KILL" and code not in (0, 130, 2) and not (code < 0 and self._nothing_to_save(process)):
            self.fault(f"{name} ends with {code}", process.said[-2000:])
        if "Traceback" in process.said:
            self.fault(f"{name} ends with a traceback", process.said[-2000:])
        return self._opened(before)

    def _nothing_to_save(self, process: Process) -> bool:
        """Whether it had not begun, or has ended: an interpreter that starts or ends takes a signal as any does."""
        if not process.said.strip() or not (self._path / "history.csv").is_file():
            return True
        return RunFolder.open(self._path).status == "finished"

    def _opened(self, before: int) -> int:
        """What somebody sees who opens it now; never an epoch less than before."""
        if not (self._path / "config.json").is_file():
            return before
        try:
            folder = RunFolder.open(self._path)
            held = folder.status
            if (self._path / "checkpoint").is_dir() and any((self._path / "checkpoint").glob("*.safetensors")):
                epoch = Trained.load(self._path, with_data=False).epoch
                if epoch < before:
                    self.fault(f"goes back from epoch {before} to {epoch}")
                self._tally.add("opened")
                return epoch
            self._tally.add(f"opened as {held}")
        except LatentExplorerError as error:
            self.fault(f"does not open: {str(error)[:100]}")
        return before

    def _compare(self, whole: Path) -> None:
        ours, theirs = (TensorFile(path / "model.safetensors") for path in (self._path, whole))
        if set(ours.shapes) != set(theirs.shapes):
            self.fault("has other tensors than the one that nobody killed")
            return
        mine, others = (file.read(list(theirs.shapes)) for file in (ours, theirs))
        different = [name for name in others if not bool((mine[name] == others[name]).all())]
        if different:
            self.fault("has other weights than the one that nobody killed", str(different))
        if _history(self._path) != _history(whole):
            self.fault("has another history than the one that nobody killed")
        left = [each.name for each in self._path.rglob("*.tmp")]
        if left:
            self.fault("leaves temporary files", str(left))
        states = [sorted(each.name for each in (path / "snapshots").glob("*")) for path in (self._path, whole)]
        if states[0] != states[1]:
            self.fault("keeps other states to look back at", str(states))


def _history(path: Path) -> list[dict[str, str]]:
    with (path / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [{key: value for key, value in row.items() if key not in TIMES} for row in rows]
