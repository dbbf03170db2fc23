"""Mutated files through every reader: one clear error or a sound reading, nothing started, nothing reached, bounded.

Cases are read in processes of their own, which report after each: one that a signal ends is a fault of its case.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import LatentExplorerError, Stopped

from .common import Order, Tally, most_mb, reset_peak
from .mutations import SECRET, mutate
from .samples import Sample, samples

MOST_MB = 500.0
"""Memory of one reading above the size of what it reads."""
MOST_S = 2.0
"""Time of one reading, of the process's own."""
STOPS_S = 0.5
"""Time of a reading that was told to stop, of the process's own: before it began, or while it goes on."""
LONGEST_MESSAGE = 2000
IN_A_PROCESS = 50
HUNG_S = 20
"""Wall time after which a reading waits for something that does not come."""
FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "pickle.", "ctypes.dlopen")
ETC = ("/etc/fonts", "/etc/localtime", "/etc/mime.types", "/etc/ld.so.cache", "/etc/ssl/openssl.cnf", "/etc/OpenCL")
"""Of these the libraries know where they are, whatever is read; what a name leads to is none of them."""
FREE = (sys.prefix, sys.base_prefix, "/proc", "/sys", "/dev", "/usr", "/lib", *ETC, str(Path(__file__).parents[2]))
"""What any reading may open: the program itself."""


class Looked(StopToken):
    """Never asked to stop; knows for how long nobody looked at most, in s of the process's own."""

    def __init__(self) -> None:
        super().__init__()
        self._last_s = time.process_time()
        self.longest_s = 0.0

    def look(self) -> None:
        now_s = time.process_time()
        self.longest_s, self._last_s = max(self.longest_s, now_s - self._last_s), now_s

    @property
    def requested(self) -> bool:
        self.look()
        return super().requested

    def check(self) -> None:
        self.look()
        super().check()


class Guard:
    """Hears of everything the process does, and keeps what no reading may do."""

    def __init__(self) -> None:
        self.place: str | None = None
        self.broken: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, name: str, arguments: tuple[Any, ...]) -> None:
        place = self.place
        if place is None:
            return
        if name == "open":
            path = arguments[0]
            if isinstance(path, (str, bytes)):
                at = os.path.realpath(os.fsdecode(path))
                if not at.startswith((place, *FREE, tempfile.gettempdir() + "/pym")):
                    self.broken.append(f"opened {at}")
        elif name.startswith(FORBIDDEN):
            self.broken.append(f"{name} {str(arguments)[:120]}")


def torture(order: Order) -> Tally:
    """`count` mutated files."""
    tally = Tally(order)
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        folder = Path(name).resolve()
        os.environ["LATENTEXPLORER_HOME"] = str(folder / "home")
        found = samples(folder, *made(folder / "made"))
        cases = list(order.cases())
        while cases:
            batch, cases = cases[:IN_A_PROCESS], cases[IN_A_PROCESS:]
            if order.minutes is not None and time.monotonic() - tally.began > 60 * order.minutes:
                break
            # What a signal ended is told, and the others of its batch are read by the next process.
            cases = _in_process(order, batch, found, folder, tally) + cases
    return tally


def made(folder: Path) -> tuple[Path, Path]:
    """A run with everything in it, and a figure of it."""
    from latentexplorer.core.config import RunConfig
    from latentexplorer.data import load_data
    from latentexplorer.figures.files import export
    from latentexplorer.runs import RunFolder, Trained
    from latentexplorer.training import train

    from .home import SMALL

    config = RunConfig().updated([*SMALL, "model.family=vad", "model.architecture=mlp", "model.latent_dim=2"])
    train(RunFolder.create(folder / "run", config), load_data(config.data))
    figure = folder / "figure.png"
    export("traversal", Trained.load(folder / "run"), figure)
    return folder / "run", figure


def _in_process(order: Order, batch: list[int], found: list[Sample], folder: Path, tally: Tally) -> list[int]:
    """Read some cases in a process of their own; those that are left when it was ended."""
    get, put = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(get)
        _read_all(order, batch, found, folder, put)
        os._exit(0)
    os.close(put)
    left = list(batch)
    with os.fdopen(get) as lines:
        for line in lines:
            told = json.loads(line)
            left.remove(told["case"])
            tally.done += 1
            tally.add(told["outcome"])
            for key, unit in (("mb", "MB most"), ("ms", "ms longest")):
                tally.counts[unit] = max(tally.counts.get(unit, 0), round(told[key]))
            for fault in told["faults"]:
                tally.fault(fault, order.again(told["case"]), told["details"])
    _, status = os.waitpid(child, 0)
    if not left:
        return []
    ended = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"exit {os.waitstatus_to_exitcode(status)}"
    tally.done += 1
    tally.fault(f"{ended} in {_sample_of(order, left[0], found).name}", order.again(left[0]))
    return left[1:]


def _sample_of(order: Order, case: int, found: list[Sample]) -> Sample:
    return order.draw(case).choice(found)


def _read_all(order: Order, batch: list[int], found: list[Sample], folder: Path, put: int) -> None:
    """In the process of its own."""
    faulthandler.enable()
    guard = Guard()
    with os.fdopen(put, "w") as lines:
        for case in batch:
            draw = order.draw(case)
            sample = draw.choice(found)
            with tempfile.TemporaryDirectory(prefix="case-", dir=folder) as name:
                told = _one(draw, sample, Path(name), guard)
            lines.write(json.dumps({"case": case, **told}) + "\n")
            lines.flush()


def _one(draw: random.Random, sample: Sample, place: Path, guard: Guard) -> dict[str, Any]:
    """Mutate, read, judge."""
    Image.new("L", (9, 9), 255).save(place / SECRET)
    copy = place / "in" / "runs" / sample.place.name
    shutil.copytree(sample.place, copy)
    did = mutate(draw, copy / sample.victim)
    faults, outcome, details = [], "opened", f"{sample.name}: {did}"
    # Links that a person names, or that lie among images, are followed; those in a run are not.
    guard.place, guard.broken = str(place / "in" if sample.name.startswith("run") else place), []
    size_mb = sum(each.lstat().st_size for each in copy.rglob("*")) / 2**20
    before_mb, began = reset_peak(), time.process_time()
    stop = Looked()
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(HUNG_S)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            sample.read(copy, stop)
        except LatentExplorerError as error:
            outcome = "refused"
            text = str(error)
            if "\n" in text or len(text) > LONGEST_MESSAGE:
                faults.append(f"message of {sample.name}: {text[:60]!r} of {len(text)} letters")
        except BaseException as error:
            outcome = "escaped"
            at = [frame for frame in traceback.extract_tb(error.__traceback__) if "/latentexplorer/" in frame.filename]
            where = f"{Path(at[-1].filename).name}:{at[-1].lineno}" if at else ""
            faults.append(f"{type(error).__name__} in {sample.name.split()[0]} at {where}: {str(error)[:80]!r}")
            details += "\n" + traceback.format_exc()
    stop.look()
    took, more_mb = time.process_time() - began, most_mb() - before_mb
    if stop.longest_s > STOPS_S:
        faults.append(f"{sample.name} does not look whether it is to stop for {STOPS_S} s")
    faults += _bounds(sample, took, more_mb, size_mb) + sorted({f"{sample.name}: {each}" for each in guard.broken})
    guard.broken = []
    faults += _stops(sample, copy)
    signal.alarm(0)
    guard.place = None
    return {"outcome": outcome, "faults": faults, "details": details, "ms": took * 1000, "mb": more_mb - size_mb}


def _bounds(sample: Sample, took: float, more_mb: float, size_mb: float) -> Iterator[str] | list[str]:
    found = []
    if took > MOST_S:
        found.append(f"{sample.name} takes over {MOST_S:.0f} s")
    if more_mb - size_mb > MOST_MB:
        found.append(f"{sample.name} takes over {MOST_MB:.0f} MB")
    return found


def _stops(sample: Sample, copy: Path) -> list[str]:
    """Whether a reading that is to stop does."""
    stop = StopToken()
    stop.request()
    began = time.process_time()
    with contextlib.suppress(LatentExplorerError, Stopped, Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sample.read(copy, stop)
    took = time.process_time() - began
    return [f"{sample.name} cannot be stopped"] if took > STOPS_S else []
