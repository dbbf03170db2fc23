"""What the pane shows, as settings of a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentexplorer.gui.widgets.fading import fade
from latentexplorer.gui.widgets.regions import judge_choice
from latentexplorer.views.code import as_setting
from latentexplorer.views.code_path import CodePath

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


def path_settings(run: Trained, path: CodePath, steps: int, regions: bool = False) -> list[str]:
    """Of an interpolation with so many images; `regions`: with the class of each."""
    settings = [f"start={as_setting(run, path.first)}", f"end={as_setting(run, path.last)}"]
    settings += [f"method={path.method}", f"steps={steps}", *(["fade=true"] if fade.on else [])]
    if regions:
        settings += ["regions=true", *([f"classifier={judge_choice.file}"] if judge_choice.file else [])]
    if path.classes is not None:
        first, last = path.classes
        settings += [f"label={run.class_names[first]}", f"end_label={run.class_names[last]}"]
    return settings


def race_settings(run: Trained, path: CodePath, steps: int) -> list[str]:
    """Of a path race with so many images a strip."""
    settings = [f"start={as_setting(run, path.first)}", f"end={as_setting(run, path.last)}", f"steps={steps}"]
    settings += ["fade=true"] if fade.on else []
    return settings if path.classes is None else [*settings, f"label={run.class_names[path.classes[0]]}"]
