"""Figures into files: PNG, SVG or PDF, each with its recipe inside, the same bytes every time."""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import LatentExplorerError, RunError, SettingsError
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.core.paths import printable, replacing, unwritable
from latentexplorer.figures.drawing import on_one_thread
from latentexplorer.figures.page import Page
from latentexplorer.figures.recipe import KEY, Recipe
from latentexplorer.figures.render import make, split_changes
from latentexplorer.figures.style import Style
from latentexplorer.views.registry import VIEWS

if TYPE_CHECKING:
    from latentexplorer.runs import Trained
    from latentexplorer.views.base import ViewSettings

SUFFIXES = (".png", ".svg", ".pdf")
SIDES = (0.5, 60.0)
"""Inches a side may have."""
DOTS = (20, 2400)
MAX_PIXELS = 100_000_000
"""Of a picture: four bytes each while it is drawn."""
UNITS = {"in": 1.0, "mm": 1 / 25.4, "cm": 1 / 2.54}


def export(
    kind: str,
    trained: Trained,
    path: Path | str,
    settings_changes: Iterable[str] = (),
    *,
    dpi: int = 150,
    size: tuple[float, float] | str | None = None,
    style: Style | None = None,
    dark: bool = False,
    keep: bool = False,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Path:
    """Draw a figure of a run into a PNG, SVG or PDF file, chosen by the path's ending.

    Parameters
    ----------
    settings_changes : iterable of str
        `KEY=VALUE` changes to the view's defaults; `figure.KEY=VALUE` changes the style.
    dpi : int
        Dots per inch of a PNG, and of the images inside an SVG or PDF.
    size : (width, height) in inches, or text such as `120x80mm`, or None for what fits
    style : Style or None
    dark : bool
        Short for a dark style.
    keep : bool
        As for `render.make`.

    Returns
    -------
    Path
        The file.
    """
    path = Path(path)
    _suffix(path)
    inches = parse_size(size)
    check_size(inches, dpi)
    style = style or Style()
    settings, style = split_changes(kind, settings_changes, style.model_copy(update={"dark": dark or style.dark}))
    figure = make(kind, trained, settings, style=style, size=inches, keep=keep, emit=emit, stop=stop)
    stop.check()
    save(figure, path, recipe_of(kind, trained, settings, style, figure, dpi), dpi)
    return path


def export_all(
    trained: Trained,
    folder: Path | str,
    *,
    suffix: str = ".png",
    dpi: int = 150,
    style: Style | None = None,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> list[tuple[str, Path | str]]:
    """Draw every kind of figure that makes sense for a run, but for those on request, into a folder.

    Returns
    -------
    list of (kind, Path or str)
        The file, or one line that says why there is none.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    done: list[tuple[str, Path | str]] = []
    for number, view in enumerate(VIEWS):
        stop.check()
        emit(Progress(number, len(VIEWS), f"drawing {view.name}"))
        if view.on_request:
            done.append((view.name, f"Takes long, drawn when it is named: latentexplorer figure {view.name} RUN"))
            continue
        try:
            path = export(view.name, trained, folder / f"{view.name}{suffix}", dpi=dpi, style=style, stop=stop)
            done.append((view.name, path))
        except RunError:
            raise
        except LatentExplorerError as error:
            done.append((view.name, str(error)))
    emit(Progress(len(VIEWS), len(VIEWS), "drawing"))
    return done


def recipe_of(
    kind: str, trained: Trained, settings: ViewSettings, style: Style, figure: Figure, dpi: int = 150
) -> Recipe:
    """What makes this figure again."""
    width, height = figure.get_size_inches()
    return Recipe(
        version=metadata.version(KEY),
        run=printable(trained.path.resolve()) if trained.path else "",
        run_name=trained.name,
        kind=kind,
        settings=settings.model_dump(mode="json", exclude_defaults=True),
        style=style,
        width=float(width),
        height=float(height),
        dpi=dpi,
        epoch=trained.epoch,
    )


def save(
    figure: Figure,
    path: Path | str,
    recipe: Recipe | None = None,
    dpi: int = 150,
    size: tuple[float, float] | None = None,
) -> None:
    """Write a figure, whole or not at all, with its recipe inside.

    Raises
    ------
    SettingsError
        For an ending other than .png, .svg and .pdf, and for sizes that make no sense; before memory is taken.
    RunError
        If the file cannot be written.
    """
    path = Path(path)
    suffix = _suffix(path)
    if size is not None:
        check_size(size, dpi)
        figure.set_size_inches(*size)
    with replacing(path) as temporary:
        _write(figure, temporary, suffix, recipe, dpi)


def to_png(figure: Figure, recipe: Recipe | None = None, dpi: int = 150) -> bytes:
    """A figure as the bytes of a PNG, for the clipboard."""
    out = io.BytesIO()
    _write(figure, out, ".png", recipe, dpi)
    return out.getvalue()


def _write(figure: Figure, out: Any, suffix: str, recipe: Recipe | None, dpi: int) -> None:
    width, height = (float(side) for side in figure.get_size_inches())
    check_size((width, height), dpi)
    layout = figure.get_layout_engine()
    if isinstance(layout, Page):
        layout.snap = suffix == ".png"
    on_one_thread(partial(figure.savefig, out, format=suffix[1:], dpi=dpi, metadata=_metadata(suffix, recipe)))


def _metadata(suffix: str, recipe: Recipe | None) -> dict[str, str | None]:
    """The recipe where the format has a place for it; no dates, so that the same figure is the same file."""
    program = f"{KEY} {metadata.version(KEY)}"
    text = recipe.to_json() if recipe else ""
    if suffix == ".png":
        return {"Software": program, **({KEY: text} if text else {})}
    if suffix == ".svg":
        return {"Creator": program, "Date": None, **({"Description": text} if text else {})}
    return {"Creator": program, "Producer": program, "CreationDate": None, **({"Subject": text} if text else {})}


def parse_size(size: tuple[float, float] | str | None) -> tuple[float, float] | None:
    """Width and height in inches from `6x4`, `6x4in`, `120x80mm` or `12x8cm`."""
    if not isinstance(size, str):
        return size
    words = size.strip().lower()
    unit = next((unit for unit in UNITS if words.endswith(unit)), "")
    try:
        width, height = (float(part) for part in words.removesuffix(unit).replace("×", "x").split("x"))
    except ValueError:
        raise SettingsError(f"{size!r} is no size", "Write for example 6x4 (inches) or 120x80mm") from None
    return width * UNITS.get(unit, 1.0), height * UNITS.get(unit, 1.0)


def check_size(size: tuple[float, float] | None, dpi: int) -> None:
    """Refuse sizes that nobody can mean, before memory is taken.

    Raises
    ------
    SettingsError
    """
    low, high = DOTS
    if not low <= dpi <= high:
        raise SettingsError(f"{dpi} dots per inch is not between {low} and {high}", "Papers ask for 300")
    if size is None:
        return
    low_in, high_in = SIDES
    if not all(low_in <= side <= high_in for side in size):
        raise SettingsError(
            f"A figure of {size[0]:g} x {size[1]:g} inches cannot be drawn",
            f"Choose sides from {low_in:g} to {high_in:g} inches",
        )
    pixels = size[0] * dpi * size[1] * dpi
    if pixels > MAX_PIXELS:
        raise SettingsError(
            f"{size[0]:g} x {size[1]:g} inches at {dpi} dots per inch are {pixels / 1e6:,.0f} million pixels",
            f"Choose a smaller size or fewer dots: at most {MAX_PIXELS // 10**6} million",
        )


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise SettingsError(f"{path.name} does not end in {', '.join(SUFFIXES)}", "The ending chooses the format")
    return suffix
