"""`latentexplorer decode`: images of codes, or of places of a map."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

from latentexplorer.cli.common import add_run, add_set, command, listening, open_run, output_path, print_json
from latentexplorer.cli.pictures import check_room, write_images
from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.core.paths import expanded

FARTHEST = 1e9
"""Of a place from the middle of a map."""


def add(commands: Any) -> None:
    """Add the command."""
    parser = command(
        commands,
        "decode",
        run,
        summary="Images of codes, as a picture or an array",
        example="""
        latentexplorer decode runs/mine codes.npz --out images.png
        latentexplorer decode runs/mine codes.npz --out images.npz
        latentexplorer decode runs/mine --map=3.5,-2 --set method=pca way=neighbours --out place.png
        """,
    )
    add_run(parser)
    parser.add_argument(
        "codes",
        metavar="CODES",
        nargs="?",
        help="an .npz with `mean` (N, D), optional `labels` (N,); or an .npy (N, D)",
    )
    parser.add_argument(
        "--map",
        metavar="X,Y",
        action="append",
        help="a place of the map instead of CODES, with the error that its decode will have; may be repeated "
        "(write --map=-1,2 where it begins with a minus)",
    )
    add_set(parser, "which map and which way back: the settings of the figure map-inverse")
    parser.add_argument("--json", action="store_true", help="with --map: print codes and errors as one JSON document")
    parser.add_argument("--label", metavar="CLASS", help="class of all codes by its name, for conditional models")
    parser.add_argument("--out", metavar="FILE", required=True, help=".png (all images in one grid) or .npz (`images`)")


def run(options: argparse.Namespace) -> int:
    """Decode and write the images."""
    import numpy as np

    from latentexplorer.data.code_files import read_codes
    from latentexplorer.latent.classes import labels_for
    from latentexplorer.views.lookup import class_number

    out = output_path(options.out, (".png", ".npz"))
    if options.map:
        return _places(options, out)
    if options.codes is None:
        raise SettingsError("There are no codes to decode", "Name a file of codes, or a place: --map X,Y")
    if options.set or options.json:
        raise SettingsError("--set and --json are for places of a map", "Add --map X,Y, or leave them out")
    trained = open_run(options, with_data=False)
    conditional = trained.config.model.kind.conditional
    known = trained.class_names if conditional and options.label is None else ()
    z, labels = read_codes(expanded(options.codes), trained.code_dim, known=known)
    if options.label is not None:
        if not conditional:
            raise NotApplicableError(f"{trained.config.model.kind.title} decodes without a class", "Leave --label out")
        labels = np.full(len(z), class_number(trained, options.label))
    check_room(out, len(z), trained.model.decoded_shape)
    with listening(options) as (_, stop):
        images = trained.decode(z, labels_for(trained, labels, len(z)), stop=stop)
    write_images(out, images)
    print(out)
    return 0


def _places(options: argparse.Namespace, out: Path) -> int:
    """Decode places of the map, and say how wrong each will be."""
    import numpy as np

    from latentexplorer.views import settings_from
    from latentexplorer.views.lookup import decode, decode_class
    from latentexplorer.views.map_places import places_of_map

    if options.codes is not None:
        raise SettingsError("Codes and places of the map are decoded one after the other", "Give CODES or --map")
    places = np.array([_place(text) for text in options.map])
    changes = [*(options.set or []), *([] if options.seed is None else [f"seed={options.seed}"])]
    settings = settings_from("map-inverse", changes)
    trained = open_run(options, with_data=False)
    y = decode_class(trained, options.label or "")
    check_room(out, len(places), trained.model.decoded_shape)
    with listening(options) as (emit, stop):
        found = places_of_map(trained, settings, places, emit=emit, stop=stop)
        images = decode(trained, found.codes, y, emit=emit, stop=stop)
    write_images(out, images)
    if options.json:
        print_json({"images": str(out), **found.to_json()})
    else:
        print(out, *found.lines, sep="\n")
    return 0


def _place(text: str) -> tuple[float, float]:
    """`X,Y` as two finite numbers."""
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError:
        x = y = math.nan
    if not (abs(x) < FARTHEST and abs(y) < FARTHEST):
        raise SettingsError(f"--map {text} is not X,Y", "Write two numbers, such as --map=3.5,-2")
    return x, y
