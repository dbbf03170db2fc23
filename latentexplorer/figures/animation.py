"""Moving pictures: frames in, a GIF, an animated PNG or a WebP out, written by Pillow alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import SettingsError
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.core.paths import printable, replacing
from latentexplorer.figures.montage import montages
from latentexplorer.figures.recipe import KEY, Recipe
from latentexplorer.figures.render import split_changes
from latentexplorer.figures.style import Style
from latentexplorer.views import class_grid, interpolation, time_machine, traversal
from latentexplorer.views.base import Array, ViewResult
from latentexplorer.views.registry import load_view

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

FORMATS = {".gif": "GIF", ".apng": "PNG", ".png": "PNG", ".webp": "WEBP"}
"""Pillow's name of the format, by the file's ending."""
MOVING = (".gif", ".apng", ".webp")
"""Endings by which a file is an animation and no still picture."""
ABOUT_PX = 256
"""Larger side of a frame, about, where nobody says how large it is to be."""
TIME_MACHINE = "time-machine"
"""Its frames are whole figures, a state each, and go one way only."""
ANIMATED = ("interpolation", "traversal", "class-grid", TIME_MACHINE)
"""Kinds of figures that move."""
STATES_PER_S = 3.0
LAST_STANDS = 4
"""Frames that the end of a run stands before it begins again."""
COLOURS, KEPT_COLOURS, COLOURFUL = 256, 96, 32
"""Of a frame of a GIF; of them those that are kept as they are; from which difference of its parts a colour is none of
the greys."""
MAX_SIDE_PX = 1024
MAX_PIXELS = 240 * 512 * 512
"""In all frames together: Pillow holds them in memory until the file is written."""


def there_and_back(images: Array) -> Array:
    """Frames (N, ...) followed by the same ones backwards, so that the loop has no jump."""
    return np.concatenate([images, images[-2:0:-1]])


def write_animation(
    path: Path | str,
    images: Array,
    *,
    frames_per_s: float = 25.0,
    scale: int = 1,
    smooth: bool = False,
    recipe: str = "",
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Path:
    """Write frames as an animation that goes on for ever.

    A frame that is equal to the one before is not stored again: that one stands longer instead.

    Parameters
    ----------
    path : Path or str
        Its ending chooses the format: `.gif` (256 colours a frame, exact in grey), `.apng` or `.png`, `.webp` (both
        exact).
    images : ndarray (N, H, W, C)
        Float in [0, 1] or uint8; C is 1 (grey) or 3.
    frames_per_s : float
        1 to 50. A GIF counts in hundredths of a second.
    scale : int
        How many times larger than the images the frames are.
    smooth : bool
        Enlarged smoothly instead of pixel by pixel.
    recipe : str
        What the frames were made from: a comment in a GIF, a text chunk in a PNG, XMP in a WebP.

    Raises
    ------
    SettingsError
        If the format is none of these, or the animation would be too large.
    RunError
        If the file cannot be written.
    Stopped
    """
    path = Path(path)
    kind = format_of(path)
    count, height, width = images.shape[:3]
    if not count:
        raise SettingsError("There is nothing to animate", "Give at least one image")
    if not 1 <= frames_per_s <= 50:
        raise SettingsError(f"{frames_per_s:g} frames a second cannot be shown", "Choose from 1 to 50")
    if scale < 1 or max(height, width) * scale > MAX_SIDE_PX or count * height * width * scale**2 > MAX_PIXELS:
        raise SettingsError(
            f"{count} frames of {width * scale} x {height * scale} pixels are too large an animation",
            "Enlarge less, or take fewer frames",
        )
    first, *others = _frames(images, scale, smooth, emit, stop)
    if kind == "GIF":
        first, *others = (in_few_colours(frame) for frame in (first, *others))
    options = {"save_all": True, "loop": 0, "duration": round(1000 / frames_per_s), **_options(kind, recipe)}
    with replacing(path) as temporary:
        first.save(temporary, format=kind, append_images=others, **options)
    return path


def format_of(path: Path) -> str:
    """Pillow's name of the format that a file's ending asks for."""
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        raise SettingsError(f"{path.name} is no animation", f"Choose an ending of {', '.join(FORMATS)}") from None


def export_animation(
    trained: Trained,
    path: Path | str,
    changes: Iterable[str] = (),
    *,
    kind: str = "interpolation",
    frames_per_s: float | None = None,
    back: bool = True,
    scale: int = 1,
    smooth: bool = False,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Path:
    """Decode a way through the latent space and write it as an animation.

    Parameters
    ----------
    changes : `KEY=VALUE` texts
        Settings of the view; its `steps` (`count` of a class grid) are the frames of the way there.
    kind : "interpolation", "traversal", "class-grid" or "time-machine"
        The way between two codes, one dimension after another from end to end, one style after another in all
        classes at once, or one kept epoch after another (never back, and never enlarged).
    frames_per_s : float or None
        None: 25, of epochs `STATES_PER_S`.
    scale : int
        0: so much that a frame is about `ABOUT_PX` wide or high.
    back : bool
        Go back the same way before it begins again.
    """
    path = Path(path)
    format_of(path)
    if kind not in ANIMATED:
        raise SettingsError(f"A {kind} figure does not move", f"Animate one of {', '.join(ANIMATED)}")
    settings, style = split_changes(kind, changes)
    result = load_view(kind).compute(trained, settings, emit=emit, stop=stop)
    states = isinstance(result, time_machine.Result)
    images = _states(result, style, emit, stop) if isinstance(result, time_machine.Result) else _images(result)
    recipe = Recipe(
        version=metadata.version(KEY),
        run=printable(trained.path.resolve()) if trained.path else "",
        run_name=trained.name,
        kind=kind,
        settings=settings.model_dump(mode="json", exclude_defaults=True),
        epoch=trained.epoch,
    )
    return write_animation(
        path,
        there_and_back(images) if back and not states else images,
        frames_per_s=frames_per_s or (STATES_PER_S if states else 25.0),
        scale=1 if states else scale or max(1, ABOUT_PX // max(images.shape[1:3])),
        smooth=smooth or style.smooth,
        recipe=recipe.to_json(),
        emit=emit,
        stop=stop,
    )


def _states(result: time_machine.Result, style: Style, emit: Emit, stop: StopToken) -> Array:
    """A figure a state (N, H, W, 3), the last standing for a while."""
    from latentexplorer.figures import drawing, time_machine

    drawn = drawing.on_one_thread(partial(_all, time_machine.frames(result, style, emit=emit, stop=stop)))
    return np.concatenate([drawn, np.repeat(drawn[-1:], LAST_STANDS - 1, axis=0)])


def _all(frames: Iterator[Array]) -> Array:
    return np.stack(list(frames))


def _images(result: ViewResult) -> Array:
    """What is seen one after another (N, H, W, C)."""
    if isinstance(result, class_grid.Result):
        return montages(result.images)
    assert isinstance(result, interpolation.Result | traversal.Result)
    # The rows (R, S, H, W, C) of a traversal one after another.
    images: Array = result.images.reshape(-1, *result.images.shape[-3:])
    return images


def _frames(images: Array, scale: int, smooth: bool, emit: Emit, stop: StopToken) -> Iterator[Image.Image]:
    count, height, width = images.shape[:3]
    how = Image.Resampling.BICUBIC if smooth else Image.Resampling.NEAREST
    for at, image in enumerate(images):
        stop.check()
        emit(Progress(at, count, "writing frames"))
        pixels = (
            image if image.dtype == np.uint8 else (np.clip(np.nan_to_num(image), 0, 1) * 255 + 0.5).astype(np.uint8)
        )
        frame = Image.fromarray(np.ascontiguousarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels))
        yield frame if scale == 1 else frame.resize((width * scale, height * scale), how)


def in_few_colours(frame: Image.Image) -> Image.Image:
    """A frame in 256 colours of its own.

    Of areas in a colour of their own, however small, that colour is kept: half-way colours of a drawing are many, and
    left alone they leave one place for the colours of two classes.
    """
    if frame.mode != "RGB":
        return frame
    pixels = np.asarray(frame, np.uint32)
    packed = (pixels[..., 0] << 16) | (pixels[..., 1] << 8) | pixels[..., 2]
    values, counts = np.unique(packed, return_counts=True)
    every = np.stack([values >> 16, values >> 8 & 255, values & 255], axis=1).astype(np.uint8)
    colourful = np.flatnonzero(np.ptp(every.astype(np.int64), axis=1) > COLOURFUL)
    most = colourful[np.argsort(-counts[colourful], kind="stable")[:KEPT_COLOURS]]
    if len(every) <= COLOURS:
        palette = every.tobytes()
    else:
        rest = frame.quantize(COLOURS - len(most)).getpalette() or []
        palette = every[most].tobytes() + bytes(rest)
    chosen = Image.new("P", (1, 1))
    chosen.putpalette(palette[: 3 * COLOURS])
    return frame.quantize(palette=chosen, dither=Image.Dither.NONE)


def _options(kind: str, recipe: str) -> dict[str, Any]:
    if kind == "PNG":
        info = PngInfo()
        if recipe:
            info.add_text(KEY, recipe)
        return {"pnginfo": info}
    if kind == "WEBP":
        return {"lossless": True, **({"xmp": _xmp(recipe)} if recipe else {})}
    return {"comment": recipe.encode("ascii", "backslashreplace")} if recipe else {}


def _xmp(recipe: str) -> bytes:
    """A metadata packet whose description is the recipe."""
    text = recipe.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:description>{text}</dc:description></rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()
