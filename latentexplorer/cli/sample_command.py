"""`latentexplorer sample`: new images."""

from __future__ import annotations

import argparse
from typing import Any

from latentexplorer.cli.common import add_run, command, listening, open_run, output_path, positive
from latentexplorer.cli.pictures import check_room, write_images


def add(commands: Any) -> None:
    """Add the command."""
    parser = command(
        commands,
        "sample",
        run,
        summary="New images: decoded draws from the prior, or from a sampler fitted to the codes",
        example="""
        latentexplorer sample runs/mine --count 64 --out draws.png
        latentexplorer sample runs/mine --count 64 --from fitted --out draws.png
        """,
    )
    add_run(parser)
    parser.add_argument("--count", type=positive, default=64, metavar="N", help="how many (default: 64)")
    parser.add_argument(
        "--from", dest="origin", choices=("prior", "fitted"), default="prior", help="what is drawn from"
    )
    parser.add_argument("--label", metavar="CLASS", help="class of all draws by its name, for conditional models")
    parser.add_argument("--out", metavar="FILE", required=True, help=".png (all images in one grid) or .npz (`images`)")


def run(options: argparse.Namespace) -> int:
    """Draw, decode and write."""
    from latentexplorer.latent.sampler import draw
    from latentexplorer.views.lookup import class_number

    out = output_path(options.out, (".png", ".npz"))
    trained = open_run(options, with_data=False)
    check_room(out, options.count, trained.model.decoded_shape)
    label = None if options.label is None else class_number(trained, options.label)
    with listening(options) as (_, stop):
        z, labels = draw(trained, options.count, origin=options.origin, seed=options.seed or 0, label=label)
        images = trained.decode(z, labels, stop=stop)
    write_images(out, images)
    print(out)
    return 0
