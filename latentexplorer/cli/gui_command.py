"""`latentexplorer gui`: the window."""

from __future__ import annotations

import argparse
from typing import Any

from latentexplorer.cli.common import command, output_path, run_path
from latentexplorer.core.errors import SettingsError


def add(commands: Any) -> None:
    """Add the command."""
    parser = command(
        commands,
        "gui",
        run,
        summary="Open the window (the same as no command at all)",
        example="""
        latentexplorer
        latentexplorer gui runs/mine
        latentexplorer gui runs/mine --screenshot window.png --quit-after 5
        """,
    )
    parser.add_argument("run_folder", metavar="RUN", nargs="?", help="a run to open")
    parser.add_argument("--screenshot", metavar="FILE.png", help="write a picture of the window before it closes")
    parser.add_argument("--quit-after", metavar="SECONDS", type=float, help="close the window after so many seconds")


def run(options: argparse.Namespace) -> int:
    """Open the window and stay until it is closed."""
    screenshot = None if options.screenshot is None else output_path(options.screenshot, (".png",))
    if options.quit_after is not None and not 0 <= options.quit_after <= 1e6:
        raise SettingsError(f"--quit-after {options.quit_after} is no number of seconds", "Give a number from 0 on")
    run_folder = None if options.run_folder is None else run_path(options.run_folder)
    from latentexplorer.gui.app import run_window

    return run_window(run_folder, screenshot=screenshot, quit_after=options.quit_after)
