"""`latentexplorer swap`: an image with its style kept and its class changed."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from latentexplorer.cli.asked import add_image, asked_image
from latentexplorer.cli.common import add_run, command
from latentexplorer.cli.pictures import write_images
from latentexplorer.cli.worked_out import add_answer, asked_file, tell, worked_out

if TYPE_CHECKING:
    from latentexplorer.views.swapped import Result


def add(commands: Any) -> None:
    """Add the command."""
    parser = command(
        commands,
        "swap",
        run,
        summary="Keep the style of an image and change its class, by a conditional model",
        example="""
        latentexplorer swap runs/glyphs test:3 --to R --out swapped.png
        latentexplorer swap runs/glyphs letter.png --label A --json
        """,
    )
    add_run(parser)
    add_image(parser, label="its class; without, its own or the one that fits")
    parser.add_argument("--to", metavar="CLASS", default="", help="the class to change it to; without, all of them")
    add_answer(parser, out=".png (all classes in one grid) or .npz (`images`)")


def run(options: argparse.Namespace) -> int:
    """Swap it, write the pictures where asked, and print how true they are."""
    from latentexplorer.views.swapped import compute, document

    out = asked_file(options)
    only = {"classes": [options.to]} if options.to else {}
    _, result = worked_out(options, "swapped", {**asked_image(options), "to": options.to, **only}, compute)
    if out is not None:
        write_images(out, result.images)
    found = document(result)
    return tell(
        options,
        {**found, "images": None if out is None else str(out)},
        lines(result, found["classes"]),
        result.notes,
        out,
    )


def lines(result: Result, classes: list[dict[str, Any]]) -> Iterator[str]:
    """A line for each class, where the truth is known."""
    yield result.subtitle
    if result.truth is not None:
        yield f"{'class':<28}{'rmse swapped':>14}{'rmse mean image':>18}"
        for row in classes:
            yield f"{row['class'][:27]:<28}{row['error']:>14.4f}{row['mean_image_error']:>18.4f}"
