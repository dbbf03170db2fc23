"""From a run to a Figure: work a view out, draw it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.events import Emit, Notice, ignore
from latentexplorer.core.settings_text import parse_setting, validated
from latentexplorer.figures.drawing import on_one_thread
from latentexplorer.figures.style import Style
from latentexplorer.views.base import ViewSettings
from latentexplorer.views.registry import VIEWS, load_view, settings_from

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

STYLE_PREFIX = "figure."


def make(
    kind: str,
    trained: Trained,
    settings: ViewSettings | Iterable[str] = (),
    *,
    style: Style | None = None,
    size: tuple[float, float] | None = None,
    keep: bool = False,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Figure:
    """A figure of a run.

    Parameters
    ----------
    kind : str
        One of `VIEWS`.
    settings : ViewSettings or iterable of str
        The view's settings, or `KEY=VALUE` changes to its defaults; `figure.KEY=VALUE` changes the style.
    style : Style or None
    size : (width, height) or None
        Inches; None for the size that fits the content.
    keep : bool
        Whether what took long to work out is kept with the run, which is said where it cannot be.

    Raises
    ------
    NotApplicableError
        Where this kind of figure makes no sense for the model; one line that says why.
    SettingsError
        Naming every wrong key.
    """
    style = style or Style()
    if not isinstance(settings, ViewSettings):
        settings, style = split_changes(kind, settings, style)
    view = load_view(kind)
    result = view.compute(trained, settings, emit=emit, stop=stop)
    if keep and view.keep is not None and (why := view.keep(trained, result)):
        emit(Notice(f"Not kept with the run: {why}"))
    return draw(kind, result, style, size)


def draw(kind: str, result: Any, style: Style | None = None, size: tuple[float, float] | None = None) -> Figure:
    """A figure of a view that is worked out already, as a pane holds it."""
    module, _, name = VIEWS[kind].figure.partition(":")
    function = getattr(importlib.import_module(module), name)
    return on_one_thread(partial(_drawn, function, result, style or Style(), size))


def _drawn(
    function: Callable[[Any, Figure, Style], object], result: Any, style: Style, size: tuple[float, float] | None
) -> Figure:
    figure = Figure()
    function(result, figure, style)
    if size is not None:
        figure.set_size_inches(*size)
    return figure


def split_changes(kind: str, changes: Iterable[str], style: Style | None = None) -> tuple[Any, Style]:
    """`KEY=VALUE` changes as the view's settings and, from those that start with `figure.`, the style."""
    mine: list[str] = []
    looks: list[str] = []
    for change in changes:
        (looks if change.startswith(STYLE_PREFIX) else mine).append(change)
    values = (style or Style()).model_dump()
    values.update(parse_setting(change.removeprefix(STYLE_PREFIX)) for change in looks)
    return settings_from(kind, mine), validated(Style, values, "a figure's style")
