"""`latentexplorer mend`: complete an image of which a part is missing."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from latentexplorer.cli.asked import add_image, add_search, asked_search
from latentexplorer.cli.common import add_run, command
from latentexplorer.cli.pictures import write_images
from latentexplorer.cli.worked_out import add_answer, asked_file, tell, worked_out

if TYPE_CHECKING:
    from latentexplorer.views.mended import Result


def add(commands: Any) -> None:
    """Add the command."""
    parser = command(
        commands,
        "mend",
        run,
        summary="Complete an image of which a part is missing, from what is left of it",
        example="""
        latentexplorer mend runs/mine test:3 --missing upper-left
        latentexplorer mend runs/mine photo.png --mask mask.png --out mended.png
        latentexplorer mend runs/vae test:3 --missing left --with runs/ad runs/vad --json
        """,
    )
    add_run(parser)
    add_image(parser)
    add_search(parser)
    parser.add_argument(
        "--missing",
        metavar="PART",
        nargs="+",
        default=[],
        help="left, right, top, bottom, upper-left, upper-right, lower-left, lower-right, all; several are all erased",
    )
    parser.add_argument("--mask", metavar="FILE", default="", help="a PNG as large as the images: bright is erased")
    parser.add_argument("--with", metavar="RUN", nargs="+", default=[], dest="runs", help="other runs beside this one")
    parser.add_argument("--whole", action="store_true", help="write all that is decoded, also where the image is known")
    add_answer(parser, out=".png (all completions in one grid) or .npz (`images`)")


def run(options: argparse.Namespace) -> int:
    """Complete it, write the pictures where asked, and print the errors."""
    import numpy as np

    from latentexplorer.views.mended import compute, document

    out = asked_file(options)
    chosen = {"missing": options.missing, "mask": options.mask, "runs": options.runs, "whole": options.whole}
    _, result = worked_out(options, "mended", {**asked_search(options), **chosen}, compute)
    if out is not None:
        shown = [row.shown(result.original, result.erased, options.whole) for row in result.rows]
        write_images(out, np.concatenate(shown))
    found = {**document(result), "images": None if out is None else str(out)}
    return tell(options, found, lines(result), result.notes, out)


def lines(result: Result) -> Iterator[str]:
    """A line for each completion of each run."""
    yield result.subtitle
    yield f"{'run':<28}{'from':<42}{'rmse left':>12}{'rmse missing':>14}"
    for row in result.rows:
        for name, left, missing in zip(row.names, row.left, row.missing, strict=True):
            yield f"{row.run[:27]:<28}{name:<42}{_number(left):>12}{_number(missing):>14}"


def _number(error: float) -> str:
    """An error; that of no pixels is none."""
    return "-" if math.isnan(error) else f"{error:.4f}"
