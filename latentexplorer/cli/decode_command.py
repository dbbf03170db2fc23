"""`latentexplorer decode`: images of codes."""

from __future__ import annotations

import argparse
from typing import Any

from latentexplorer.cli.common import add_run, command, listening, open_run, output_path
from latentexplorer.cli.pictures import check_room, write_images
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.paths import expanded


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
        """,
    )
    add_run(parser)
    parser.add_argument(
        "codes", metavar="CODES", help="an .npz with `mean` (N, D), optional `labels` (N,); or an .npy (N, D)"
    )
    parser.add_argument("--label", metavar="CLASS", help="class of all codes by its name, for conditional models")
    parser.add_argument("--out", metavar="FILE", required=True, help=".png (all images in one grid) or .npz (`images`)")


def run(options: argparse.Namespace) -> int:
    """Decode and write the images."""
    import numpy as np

    from latentexplorer.data.code_files import read_codes
    from latentexplorer.latent.classes import labels_for
    from latentexplorer.views.lookup import class_number

    out = output_path(options.out, (".png", ".npz"))
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
