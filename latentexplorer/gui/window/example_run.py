"""The small finished run that is open when the program starts for the first time."""

from __future__ import annotations

import logging
import shutil
from importlib import resources
from pathlib import Path

from latentexplorer.core.paths import is_file, is_folder, resource, runs_dir

NAME = "example-digits"
log = logging.getLogger(__name__)


def example_run() -> Path | None:
    """The example in the runs folder, where it can be renamed, trained further and deleted like any other.

    It is copied there when it is missing; what is shipped with the program is never written to. Where nothing can be
    written at all, the shipped one itself is opened.
    """
    target = runs_dir() / NAME
    if is_file(target / "config.json"):
        return target
    shipped = resource("example-run")
    if not (shipped / "config.json").is_file():
        return None
    unfinished = target.with_name(f".{NAME}.tmp")
    try:
        with resources.as_file(shipped) as source:
            shutil.rmtree(unfinished, ignore_errors=True)
            # Contents only: the shipped files may be read-only, and their times say when the program was installed.
            shutil.copytree(source, unfinished, copy_function=shutil.copyfile)
        unfinished.rename(target)
    except OSError as error:
        log.warning("the example run could not be copied: %s", error)
        return Path(str(shipped)) if is_folder(Path(str(shipped))) else None
    return target
