"""`latentexplorer export`: the decoder for other programs."""

from __future__ import annotations

import argparse
from typing import Any

from latentexplorer.cli.common import add_run, command, open_run, output_path


def add(commands: Any) -> None:
    """Add the command."""
    parser = command(
        commands,
        "export",
        run,
        summary="The decoder as ONNX, for other programs (needs: pip install 'latentexplorer[onnx]')",
        example="latentexplorer export runs/mine --out decoder.onnx",
    )
    add_run(parser)
    parser.add_argument("--out", metavar="FILE.onnx", required=True, help="file to write")


def run(options: argparse.Namespace) -> int:
    """Export and print the file's path."""
    from latentexplorer.models.onnx import export_decoder

    out = output_path(options.out, (".onnx",))
    options.device = "cpu"
    export_decoder(open_run(options, with_data=False).model, out)
    print(out)
    return 0
