"""What the commands about one image share: which image, of which class, and how its code is sought."""

from __future__ import annotations

import argparse
from typing import Any

from latentexplorer.cli.common import positive


def add_image(parser: argparse.ArgumentParser, label: str = "the class, for conditional models") -> None:
    """The argument IMAGE and the option `--label`."""
    parser.add_argument("image", metavar="IMAGE", help="an image of the data, such as test:3, or a file")
    parser.add_argument("--label", metavar="CLASS", default="", help=label)


def add_search(parser: argparse.ArgumentParser) -> None:
    """The options of a search for its code."""
    parser.add_argument("--starts", type=positive, metavar="N", default=4, help="codes to begin at (default: 4)")
    parser.add_argument("--steps", type=positive, metavar="N", default=300, help="gradient steps (default: 300)")


def asked_image(options: argparse.Namespace) -> dict[str, Any]:
    """The settings of a view that IMAGE, its class and the seed stand for."""
    part, _, position = options.image.partition(":")
    of_set = part in ("train", "test") and position.isdecimal()
    named = {"code": options.image} if of_set else {"image": [options.image]}
    return {**named, "label": options.label, "seed": options.seed or 0}


def asked_search(options: argparse.Namespace) -> dict[str, Any]:
    """The same with those of the search."""
    return {**asked_image(options), "starts": options.starts, "steps": options.steps}
