"""What lies below a folder: image files, also behind links, each folder once; and what is left out of it, and why."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.data.readers.image_files import SUFFIXES
from latentexplorer.data.readers.pairing import readable

HIDDEN = (".", "__MACOSX")
JUNK = {".git", ".ipynb_checkpoints", ".thumbnails", ".cache", ".trash", "__macosx"}
"""Hidden folders that may hold copies of images and never images of one's own."""
SHOWN = 5
NUMBERS = re.compile(r"([0-9]{1,18})")


@dataclass
class Listing:
    """What was found below a folder.

    Attributes
    ----------
    images : list of Path
        In order of their paths, numbers by their value.
    others : list of str
        Names of files that are no images.
    folders : list of Path
        All that were looked into.
    closed : dict of str to str
        Folders that cannot be read, and why.
    twice : list of str
        Links to what is there already.
    hidden : list of str
        Hidden folders and files that hold images.
    lost : list of str
        Links without an image's name that lead to nothing that is there, and where to: they may have been folders.
    outside : list of str
        Links that lead out of the folder, and where to. They are followed: large sets are often folders of links.
    """

    images: list[Path] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    closed: dict[str, str] = field(default_factory=dict)
    twice: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    @property
    def notes(self) -> list[str]:
        """What was left out, with counts and names."""
        arrays = [name for name in self.others if name.endswith((".npz", ".npy")) or "-images-idx" in name]
        closed = [f"{name} ({why})" for name, why in self.closed.items()]
        said = [
            counted(closed, "folder cannot be read and is left out", "folders cannot be read and are left out"),
            counted(
                self.twice, "link leads to a folder that is read already", "links lead to folders that are read already"
            ),
            counted(self.lost, "link leads nowhere and is left out", "links lead nowhere and are left out"),
            counted(
                self.outside,
                "link leads out of the folder and is followed",
                "links lead out of the folder and are followed",
            ),
            counted(self.hidden, "hidden entry with images is left out", "hidden entries with images are left out"),
            counted(arrays, "array beside the images is not read", "arrays beside the images are not read"),
            counted([name for name in self.others if name not in arrays], "other file ignored", "other files ignored"),
        ]
        return [line for line in said if line]


def find(folder: Path, stop: StopToken, emit: Emit = ignore) -> Listing:
    """All image files below a folder."""
    found = Listing()
    root = os.path.realpath(folder)
    seen, waiting, links = {root}, [folder], list[Path]()
    while waiting or links:
        stop.check()
        # What is really there comes first, so that a link to it is the one that is left out.
        where = waiting.pop() if waiting else links.pop(0)
        if where.is_symlink() and where != folder:
            real = os.path.realpath(where)
            if real in seen or (root + os.sep).startswith(real.rstrip(os.sep) + os.sep):
                found.twice.append(_shown(where, folder))
                continue
            seen.add(real)
            _follow(where, folder, root, found)
        _look_into(where, folder, found, seen, waiting, links)
        emit(Progress(len(found.images), 0, "finding images"))
    found.images.sort(key=natural)
    found.others.sort()
    return found


def _look_into(where: Path, root: Path, found: Listing, seen: set[str], waiting: list[Path], links: list[Path]) -> None:
    """Sort the entries of a folder."""
    try:
        with os.scandir(where) as entries:
            inside = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        found.closed[_shown(where, root)] = error.strerror or str(error)
        return
    found.folders.append(where)
    for entry in inside:
        path = where / entry.name
        if entry.name.startswith(HIDDEN):
            _hidden(path, root, found)
        elif _is_folder(entry):
            if entry.is_symlink():
                links.append(path)
            elif (real := os.path.realpath(path)) not in seen:
                seen.add(real)
                waiting.append(path)
        elif path.suffix.lower() in SUFFIXES:
            found.images.append(path)
            if entry.is_symlink():
                _follow(path, root, os.path.realpath(root), found)
        elif entry.is_symlink() and not _is_there(path):
            found.lost.append(f"{_shown(path, root)} to {readable(str(path.readlink()))}")
        else:
            found.others.append(readable(entry.name))


def _follow(link: Path, root: Path, real_root: str, found: Listing) -> None:
    """Note where a link leads that leads out."""
    to = os.path.realpath(link)
    if not to.startswith(real_root.rstrip(os.sep) + os.sep):
        found.outside.append(f"{_shown(link, root)} to {readable(to)}")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_there(link: Path) -> bool:
    try:
        return link.exists()
    except OSError:
        return False


def _hidden(path: Path, root: Path, found: Listing) -> None:
    """Note something hidden if it is an image, or a folder right in which there are images."""
    if path.name.lower() in JUNK or path.name.startswith("._"):
        return
    names = [path.name]
    if path.is_dir():
        try:
            names = [inside.name for inside in path.iterdir()]
        except OSError:
            return
    count = sum(Path(name).suffix.lower() in SUFFIXES for name in names)
    if count:
        found.hidden.append(_shown(path, root) + (f" ({count:,})" if path.is_dir() else ""))


def natural(path: Path) -> tuple[tuple[tuple[int, str], ...], ...]:
    """A key that sorts image-2 before image-10."""
    folder, _, name = str(path).rpartition(os.sep)
    return (*_of_folder(folder), _of_name(name))


@lru_cache(maxsize=1024)
def _of_folder(folder: str) -> tuple[tuple[tuple[int, str], ...], ...]:
    """Worked out once for the thousands of files that lie in it."""
    return tuple(_of_name(name) for name in Path(folder).parts)


def _of_name(name: str) -> tuple[tuple[int, str], ...]:
    pieces = NUMBERS.split(name)
    if len(pieces) == 3:  # as most names of many files: img-12.png
        return (0, pieces[0]), (int(pieces[1]), pieces[1]), (0, pieces[2])
    return tuple((int(piece) if k % 2 else 0, piece) for k, piece in enumerate(pieces))


def counted(names: list[str], one: str, several: str) -> str:
    """`2 other files ignored: a.txt, b.txt`; "" for none."""
    if not names:
        return ""
    shown = ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
    return f"{len(names):,} {one if len(names) == 1 else several}: {shown}"


def _shown(path: Path, root: Path) -> str:
    return readable(path.relative_to(root).as_posix()) if path != root else readable(str(path))
