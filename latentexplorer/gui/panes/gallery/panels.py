"""What is drawn of a view's result: stacks of pictures with their captions, tips and codes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from latentexplorer.views import class_decodes, odd_images, reconstructions, samples, separation
from latentexplorer.views.base import Array
from latentexplorer.views.code import Code
from latentexplorer.views.fading import Fading

Result = reconstructions.Result | odd_images.Result | samples.Result | class_decodes.Result | separation.Result
"""What the sources of the gallery are answered with."""
CELL_PX, LOW_PX = 48, 32
"""Where three pictures and a caption stand below a heading, they are all seen in a low pane."""
CodeOfImage = Callable[[str, int], Code | None]
"""The known code of the image at a position of a part of the data."""


@dataclass(frozen=True)
class Panel:
    """Stacks of pictures under one heading.

    Attributes
    ----------
    layers : list of N pictures (N, H, W, C) each
        Top to bottom.
    code_of : callable (int) -> Code or None
        The code that a stack stands for.
    captions, tips : tuple of N str, or empty
    names : tuple of str, one a layer, or empty
    strength : (N,) or None
        Opacity of each stack; None: all as they are.
    caption_name : str
        What the captions are; "" where they say so themselves.
    guide : str
        The page of the guide that explains it; "" of none.
    cell_px : int
        Least width of a stack: where there is room for more in the height, all are larger.
    """

    layers: list[Array]
    code_of: Callable[[int], Code | None]
    captions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    caption_name: str = ""
    tips: tuple[str, ...] = ()
    heading: str = ""
    strength: Array | None = None
    guide: str = ""
    cell_px: int = CELL_PX


def panels_of(result: Result, code_of_image: CodeOfImage) -> list[Panel]:
    """The panels that show a result, side by side."""
    if isinstance(result, reconstructions.Result):
        return [_reconstructions(result, code_of_image)]
    if isinstance(result, odd_images.Result):
        return [_odd(result, code_of_image)]
    if isinstance(result, samples.Result):
        return _samples(result, code_of_image)
    if isinstance(result, class_decodes.Result):
        return [_classes(result)]
    return [_separation(result, code_of_image)]


def _reconstructions(result: reconstructions.Result, code_of_image: CodeOfImage) -> Panel:
    tips = []
    for row, (position, error) in enumerate(zip(result.index, result.errors, strict=True)):
        words = [_class_name(result.class_names, result.labels, row), f"image {position}", f"error {error:.3f} rmse"]
        tips.append(" · ".join(word for word in words if word))
    return Panel(
        [result.originals, result.images],
        partial(_code_of_row, code_of_image, result.part, result.index),
        tuple(f"{error:.2f}" for error in result.errors),
        ("original", "decoded"),
        "rmse",
        tuple(tips),
    )


def _odd(result: odd_images.Result, code_of_image: CodeOfImage) -> Panel:
    tips = []
    for row, name in enumerate(result.names):
        words = [_class_name(result.class_names, result.labels, row), name, f"error {result.errors[row]:.3f} rmse"]
        words.append(f"{result.words(row)} of {result.against[row]:,}")
        tips.append(" · ".join(word for word in words if word))
    return Panel(
        [result.originals, result.images, result.pictures],
        partial(_code_of_row, code_of_image, result.part, result.index),
        tuple(_short(result, row) for row in range(len(result.names))),
        ("original", "decoded", "misfit"),
        "rank" if result.ranks else "p",
        tuple(tips),
        heading=result.notes[0],
        guide="odd-images",
        cell_px=LOW_PX,
    )


def _short(result: odd_images.Result, row: int) -> str:
    """A p-value, or a rank, that fits below a small picture."""
    p = float(result.p[row])
    return str(row + 1) if result.ranks else f"{p:.3f}".removeprefix("0") if p >= 0.001 else "<.001"


def _samples(result: samples.Result, code_of_image: CodeOfImage) -> list[Panel]:
    names = [_class_name(result.class_names, result.labels, row) for row in range(len(result.images))]
    tips = tuple(f"draw {row + 1}" + (f" · {name}" if name else "") for row, name in enumerate(names))
    tips = _with_oddness(tips, result.fading)
    draws = partial(_code_of_draw, result)
    panels = [Panel([result.images], draws, tips=tips, heading=result.source_title, strength=_strength(result.fading))]
    if result.beside is not None and result.beside_index is not None:
        index = result.beside_index
        code_of = partial(_code_of_row, code_of_image, result.beside_part, index)
        tips = _with_oddness(tuple(f"image {position}" for position in index), result.beside_fading)
        strength = _strength(result.beside_fading)
        panels.append(Panel([result.beside], code_of, tips=tips, heading=result.beside_title, strength=strength))
    return panels


def _strength(fading: Fading | None) -> Array | None:
    return None if fading is None else fading.strength


def _with_oddness(tips: tuple[str, ...], fading: Fading | None) -> tuple[str, ...]:
    """Tips that also say how odd the codes are, where that is known."""
    known = fading is not None and fading.known
    return tuple(f"{tip} · {fading.words(at)}" for at, tip in enumerate(tips)) if known and fading else tips


def _classes(result: class_decodes.Result) -> Panel:
    tips = tuple(f"{name} · {count:,} codes" for name, count in zip(result.names, result.counts, strict=True))
    return Panel([result.images], partial(_code_of_class, result), result.names, tips=tips)


def _separation(result: separation.Result, code_of_image: CodeOfImage) -> Panel:
    layers = [result.mixtures]
    layers += [result.components[:, 0], result.components[:, 1], result.originals[:, 0], result.originals[:, 1]]
    tips = tuple(
        f"images {first} and {second} · error {errors[0]:.3f} and {errors[1]:.3f} rmse"
        for (first, second), errors in zip(result.index, result.errors, strict=True)
    )
    names = ("mixture", "part 1", "part 2", "original 1", "original 2")
    return Panel(layers, partial(_code_of_row, code_of_image, result.part, result.index[:, 0]), names=names, tips=tips)


# -- the code of a stack -----------------------------------------------------------------------------------------------


def _code_of_row(code_of_image: CodeOfImage, part: str, index: Array, row: int) -> Code | None:
    return code_of_image(part, int(index[row]))


def _code_of_draw(result: samples.Result, row: int) -> Code:
    y = None if result.labels is None else int(result.labels[row])
    return Code(result.codes[row], y, how=f"draw {row + 1} from the {result.source_title.split(' the ', 1)[-1]}")


def _code_of_class(result: class_decodes.Result, row: int) -> Code:
    statistic = result.subtitle.split(" ", 1)[0]
    return Code(result.codes[row], int(result.classes[row]), how=f"{statistic} code of {result.names[row]}")


def _class_name(names: Sequence[str], labels: Array | None, row: int) -> str:
    return names[int(labels[row])] if labels is not None and names else ""
