"""`latentexplorer check`: what reading a person's own images would do."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from latentexplorer.cli.common import add_set, command, listening, print_json
from latentexplorer.core.errors import DataError, SettingsError
from latentexplorer.core.events import Emit, Progress
from latentexplorer.core.paths import expanded

if TYPE_CHECKING:
    from latentexplorer.core.config import DataConfig
    from latentexplorer.data.survey import Survey

SHOWN = 12
"""Of sizes, classes and notes, on the screen; `--json` has all."""


def add(commands: Any) -> None:
    """Add the command."""
    parser = command(
        commands,
        "check",
        run,
        summary="Say what reading your own images would do: counts, sizes, classes, what is changed or left out",
        example="""
        latentexplorer check my-images
        latentexplorer check my-images --set data.size=64 data.color=grey
        latentexplorer check faces.npz --json
        """,
    )
    parser.add_argument("path", metavar="PATH", help="a folder of images, an .npz, .npy or idx file, or an image")
    add_set(parser, "read them with a setting, such as data.size=64; may be repeated")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(options: argparse.Namespace) -> int:
    """Look, print what was found; an error where the images cannot be loaded so."""
    settings = _settings(options)
    from latentexplorer.data.check import check

    with listening(options) as (emit, stop):
        survey = check(settings, _Teller(emit), stop).survey
    if not survey.images:
        raise DataError(survey.problem, survey.todo)
    if options.json:
        print_json(survey.to_json())
    else:
        print_survey(survey)
    if survey.problem:
        raise DataError(survey.problem, survey.todo)
    return 0


def _settings(options: argparse.Namespace) -> DataConfig:
    from latentexplorer.core.config import RunConfig, with_changes

    changes = options.set or []
    if wrong := next((change for change in changes if not change.startswith("data.")), None):
        raise SettingsError(f"{wrong} is no setting of the data", "Write for example --set data.size=64")
    path = str(expanded(options.path).absolute())
    values = with_changes({"data": {"name": "images", "path": path}}, changes)
    if options.seed is not None:
        values["data"].setdefault("seed", options.seed)
    return RunConfig.parse(values).data


class _Teller:
    """Surveys as steps of the bar."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit

    def __call__(self, survey: Survey) -> None:
        done, total = survey.progress
        self._emit(Progress(done, total, f"{survey.stage} images"))


def print_survey(survey: Survey) -> None:
    """What was found, a subject a line."""
    print(survey.path)
    rows = [("images", f"{survey.images:,}" + _parts(survey))]
    rows.append(("sizes", _listed([f"{height} x {width} ({count:,})" for height, width, count in survey.sizes])))
    rows.append(("colours", _listed([f"{kind} ({count:,})" for kind, count in survey.kinds])))
    classes = [f"{found.name} ({found.count:,})" for found in survey.classes if found.name]
    rows.append(("classes", f"{len(classes):,}: {_listed(classes)}" if classes else "none"))
    if survey.columns:
        rows.append(("columns", _listed([f"{column.name} ({column.distinct:,} values)" for column in survey.columns])))
    if survey.shape is not None:
        channels, height, width = survey.shape
        rows.append(("becomes", f"{height} x {width} pixels (height x width), {'grey' if channels == 1 else 'colour'}"))
    for name, text in rows:
        if text:
            print(f"  {name:<10}{text}")
    for file, reason in survey.unreadable:
        print(f"  cannot be read: {file} ({reason})")
    for note in survey.notes:
        print(f"  {note}")
    if survey.suggested:
        print(f"  suggested: --set {' '.join(survey.suggested)}")


def _parts(survey: Survey) -> str:
    if not survey.train:
        return ""
    return f", {survey.train:,} to train on and {survey.held_out:,} held out"


def _listed(texts: list[str]) -> str:
    more = f", and {len(texts) - SHOWN:,} more" if len(texts) > SHOWN else ""
    return ", ".join(texts[:SHOWN]) + more
