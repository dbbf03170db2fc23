"""What can be seen of a run, from a script: as arrays, or drawn into a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from latentexplorer.scripting.run import Run
from latentexplorer.scripting.settings import AnyPath, as_texts


def view(run: Run, kind: str, **settings: object) -> Any:
    """What a pane and a figure of this kind show, as arrays.

    Parameters
    ----------
    kind : str
        See `latentexplorer list figures`.
    **settings
        Of the view, see `latentexplorer figure KIND RUN --help-settings`.

    Returns
    -------
    A frozen dataclass of arrays, with `title`, `subtitle` and `notes`; `help` of its type says what is in it.

    Raises
    ------
    NotApplicableError
        Where this view makes no sense for the model; it says why.
    SettingsError
    """
    from latentexplorer.views.registry import load_view, settings_from

    return load_view(kind).compute(run.trained, settings_from(kind, as_texts(settings)))


def figure(
    run: Run,
    kind: str,
    out: AnyPath,
    *,
    dpi: int = 150,
    size: tuple[float, float] | str | None = None,
    dark: bool = False,
    **settings: object,
) -> Path:
    """Draw a view of a run into a file.

    Parameters
    ----------
    kind : str
        See `latentexplorer list figures`.
    out : str or path
        Ends in .png, .svg or .pdf; what moves in .gif, .apng or .webp. A PNG carries what makes it again.
    dpi : int
        Dots per inch of a PNG, and of the images inside an SVG or PDF.
    size : (width, height) in inches, text such as "120x80mm", or None for what fits
    dark : bool
        Light on dark, for slides.
    **settings
        Of the view; those that start with "figure." of the style.

    Returns
    -------
    Path
        The file.
    """
    from latentexplorer.figures import export
    from latentexplorer.figures.animation import MOVING, export_animation

    path = Path(out)
    if path.suffix.lower() in MOVING:
        return export_animation(run.trained, path, as_texts(settings), kind=kind, scale=0)
    export(kind, run.trained, path, as_texts(settings), dpi=dpi, size=size, dark=dark)
    return path
