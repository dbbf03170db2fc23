"""Commands on a disk that is full: one line each, nothing half, and what was saved before still opens and resumes."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.runs import Trained

from .common import Order, Tally
from .home import RUNS, SMALL, furnish
from .process import Process, load

DISK_KB = 32768
COMMANDS = ("train", "resume", "evaluate", "figure", "encode", "project")


def torture(order: Order) -> Tally:
    """`count` commands, each with as much room left as is drawn."""
    tally = Tally(order)
    load()
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        folder = Path(name)
        os.environ["LATENTEXPLORER_HOME"] = str(folder / "home")
        home = furnish(folder / "made", ["vad"])
        (folder / "home").mkdir(exist_ok=True)
        with _small_disk(folder / "disk") as mounted:
            tally.add("on a disk of its own" if mounted else "under a limit of size", 0)
            for index in order.cases():
                _one(order, index, folder, home.runs[0], mounted, tally)
                tally.done += 1
    return tally


@contextlib.contextmanager
def _small_disk(place: Path) -> Iterator[bool]:
    """A disk of a few megabytes; False where none can be mounted: then files are limited in size instead."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_KB}k", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(place)], check=False)


def _one(order: Order, index: int, folder: Path, made: Path, mounted: bool, tally: Tally) -> None:
    """Fill the disk, run a command, look at what it said and left."""
    draw = order.draw(index)
    disk, again, what = folder / "disk", order.again(index), draw.choice(COMMANDS)
    for each in disk.iterdir():
        shutil.rmtree(each) if each.is_dir() else each.unlink()
    run = Path(shutil.copytree(made, disk / "run"))
    left_kb = draw.choice((0, 1, 4, 20, draw.randint(0, 1000)))
    if mounted:
        free = shutil.disk_usage(disk).free // 1024
        (disk / "filler").write_bytes(bytes(max(free - left_kb, 0) * 1024))
    process = _Limited(_command(what, run, disk), folder / "said.txt", None if mounted else left_kb * 1024)
    code = process.wait()
    tally.add(f"{what} {'refused' if code else 'done'}")
    lines = [line for line in process.said.splitlines() if line.startswith("latentexplorer:")]
    if "Traceback" in process.said or code not in (0, 2):
        tally.fault(f"{what} ends with {code}", again, process.said[-2000:])
    elif code and not lines:
        tally.fault(f"{what} does not say why", again, process.said[-500:])
    if what == "evaluate" and code and mounted and "rmse" not in process.said:
        # Where there is no disk of its own, what is said may be too long as well.
        tally.fault("evaluate does not tell what it cannot keep", again, process.said[-500:])
    if temporary := [each.name for each in disk.rglob("*") if each.name.endswith((".tmp", ".part"))]:
        tally.fault(f"{what} leaves {temporary[0].split('.')[1]}", again, str(temporary))
    with contextlib.suppress(OSError):
        (disk / "filler").unlink()
    try:
        Trained.load(run, with_data=False)
    except LatentExplorerError as error:
        tally.fault(f"after {what} the run does not open", again, str(error))


def _command(what: str, run: Path, disk: Path) -> list[str]:
    changes = ["--set", *SMALL, *RUNS["vad"]]
    return {
        "train": ["train", "--preset", "digits-vae", "--out", str(disk / "new"), *changes],
        "resume": ["train", "--out", str(run), "--resume", "--set", "training.epochs=6"],
        "evaluate": ["evaluate", str(run)],
        "figure": ["figure", "loss", str(run), "--out", str(disk / "figure.png")],
        "encode": [
            "encode",
            str(run),
            str(disk.parent / "made" / "files" / "images.npz"),
            "--out",
            str(disk / "z.npz"),
        ],
        "project": ["project", str(run), "--method", "pca", "--out", str(disk / "map.csv")],
    }[what]


class _Limited(Process):
    """A command that may write files of a size at most."""

    def __init__(self, arguments: list[str], said: Path, bytes_: int | None) -> None:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        if bytes_ is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (max(bytes_, 1), before[1]))
        try:
            super().__init__(arguments, said)
        finally:
            if bytes_ is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, before)
