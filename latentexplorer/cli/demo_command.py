"""`latentexplorer demo`: train on the embedded digits without a window; metrics and figures."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from latentexplorer.cli.common import command, listening, say, stopped_quietly
from latentexplorer.cli.evaluate_command import keep, print_table
from latentexplorer.core.errors import SettingsError
from latentexplorer.core.paths import expanded

PRESET = "digits-vae"


def add(commands: Any) -> None:
    """Add the command."""
    parser = command(
        commands,
        "demo",
        run,
        summary="Train on the embedded handwritten digits, measure, and draw every figure (under a minute)",
        example="latentexplorer demo --out demo",
    )
    parser.add_argument("--out", metavar="DIR", default="demo", help="folder of the run (default: demo)")


def run(options: argparse.Namespace) -> int:
    """Train (or take up what an earlier call left), evaluate, draw, and say where everything is."""
    from latentexplorer.core.presets import preset
    from latentexplorer.data import load_data
    from latentexplorer.figures import export_all
    from latentexplorer.latent.evaluation import evaluate
    from latentexplorer.runs import RunFolder, Trained
    from latentexplorer.training import train

    path = expanded(options.out)
    changes = [f"training.device={options.device or 'cpu'}", f"training.seed={options.seed or 0}"]
    config = preset(PRESET).config(changes)
    with listening(options) as (emit, stop):
        if (path / "config.json").exists():
            folder = RunFolder.open(path)
            if folder.config.preset != PRESET:
                raise SettingsError(f"{path} holds another run", "Choose another folder with --out")
        else:
            folder = RunFolder.create(path, config)
        if folder.status == "finished":
            say(options, f"{path} is trained already; drawing its figures again")
            trained = Trained.load(path, emit=emit, stop=stop)
        else:
            data = load_data(config.data, emit=emit, stop=stop)
            trained = train(folder, data, emit=emit, stop=stop, resume=folder.status != "empty")
        stopped_quietly(stop)
        metrics = evaluate(trained, emit=emit, stop=stop)
        # What was found is told before it is kept, whatever becomes of the disk.
        print(f"run      {folder.path}")
        print_table(metrics)
        sys.stdout.flush()
        keep(trained, metrics)
        drawn = export_all(trained, folder.figures_dir, emit=emit, stop=stop)
    print(f"metrics  {folder.path / 'metrics.json'}")
    for kind, result in drawn:
        print(f"figure   {result}" if isinstance(result, Path) else f"         no {kind}: {result}")
    return 0
