"""`latentexplorer mend`: complete an image of which a part is missing."""

from __future__ import annotations

import argparse
from typing import Any

from latentexplorer.cli.asked import add_asked, asked_changes
from latentexplorer.cli.common import (
    add_place,
    add_run,
    command,
    listening,
    no_other_settings,
    open_run,
    output_path,
    print_json,
)
from latentexplorer.cli.pictures import write_images


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
    add_asked(parser)
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
    parser.add_argument("--out", metavar="FILE", help=".png (all completions in one grid) or .npz (`images`)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    add_place(parser)


def run(options: argparse.Namespace) -> int:
    """Complete it, write the pictures where asked, and print the errors."""
    import numpy as np

    from latentexplorer.views.mended import Settings, compute, document
    from latentexplorer.views.registry import settings_of

    no_other_settings(options)
    out = None if options.out is None else output_path(options.out, (".png", ".npz"))
    chosen = {"missing": options.missing, "mask": options.mask, "runs": options.runs, "whole": options.whole}
    settings = settings_of("mended", {**asked_changes(options), **chosen})
    assert isinstance(settings, Settings)
    trained = open_run(options)
    with listening(options) as (emit, stop):
        result = compute(trained, settings, emit=emit, stop=stop)
    if out is not None:
        shown = [row.shown(result.original, result.erased, settings.whole) for row in result.rows]
        write_images(out, np.concatenate(shown))
    if options.json:
        print_json({**document(result), "images": None if out is None else str(out)})
        return 0
    print(result.subtitle)
    print(f"{'run':<28}{'from':<42}{'rmse left':>12}{'rmse missing':>14}")
    for row in result.rows:
        for name, left, missing in zip(row.names, row.left, row.missing, strict=True):
            cells = "".join(
                f"{'-' if np.isnan(value) else format(value, '.4f'):>{w}}" for value, w in ((left, 12), (missing, 14))
            )
            print(f"{row.run[:27]:<28}{name:<42}{cells}")
    for note in result.notes:
        print(f"* {note}.")
    if out is not None:
        print(out)
    return 0
