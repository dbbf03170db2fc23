"""What the commands that seek the code of one image share: which image, and how it is sought."""

from __future__ import annotations

import argparse
from typing import Any

from latentexplorer.cli.common import positive


def add_asked(parser: argparse.ArgumentParser) -> None:
    """The argument IMAGE and the options of the search."""
    parser.add_argument("image", metavar="IMAGE", help="an image of the data, such as test:3, or a file")
    parser.add_argument("--label", metavar="CLASS", default="", help="the class, for conditional models")
    parser.add_argument("--starts", type=positive, metavar="N", default=4, help="codes to begin at (default: 4)")
    parser.add_argument("--steps", type=positive, metavar="N", default=300, help="gradient steps (default: 300)")


def asked_changes(options: argparse.Namespace) -> dict[str, Any]:
    """The settings of the view that they stand for."""
    how = {"label": options.label, "starts": options.starts, "steps": options.steps, "seed": options.seed or 0}
    return {**which_image(options.image), **how}


def which_image(image: str) -> dict[str, Any]:
    """The settings of a view that the argument IMAGE stands for."""
    part, _, position = image.partition(":")
    of_set = part in ("train", "test") and position.isdecimal()
    return {"code": image} if of_set else {"image": [image]}
