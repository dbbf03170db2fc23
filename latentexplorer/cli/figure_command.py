"""`latentexplorer figure`: one view of a run on paper."""

from __future__ import annotations

import argparse
from typing import Any

from latentexplorer.cli.common import (
    add_place,
    add_run,
    add_set,
    command,
    listening,
    open_run,
    other_settings,
    output_path,
    print_json,
)
from latentexplorer.core.errors import SettingsError


def add(commands: Any) -> None:
    """Add the command."""
    parser = command(
        commands,
        "figure",
        run,
        summary="Draw a view of a run as PNG, SVG or PDF, or let it move as GIF or WebP",
        example="""
        latentexplorer figure map runs/mine --out map.png
        latentexplorer figure map runs/mine --out found.png --set where="error > 0.1 and class = Coat"
        latentexplorer figure latent-grid runs/mine --out grid.pdf --set n=12
        latentexplorer figure interpolation runs/mine --out walk.gif --set steps=48
        latentexplorer figure path-race runs/mine --json --set start=test:0 end=test:5
        latentexplorer figure loss runs/mine --help-settings
        latentexplorer list figures
        """,
    )
    parser.add_argument("kind", metavar="KIND", help="see: latentexplorer list figures")
    add_run(parser)
    parser.add_argument("--out", metavar="FILE", help="file to write: .png, .svg or .pdf; .gif, .apng or .webp moves")
    add_set(parser, "change a setting of the view; see --help-settings; or data.path=PATH")
    parser.add_argument("--json", action="store_true", help="print the numbers of the figure instead, where it has any")
    parser.add_argument("--help-settings", action="store_true", help="list the settings of this kind of figure")
    parser.add_argument("--dpi", type=int, default=150, help="dots per inch of a PNG (default: 150)")
    parser.add_argument("--size", metavar="WxH", help="inches, such as 6x4 (default: what fits)")
    parser.add_argument(
        "--fresh", action="store_true", help="lay a map out anew, also where the run keeps the same one"
    )
    parser.add_argument("--dark", action="store_true", help="light on dark, for slides")
    add_place(parser)


def run(options: argparse.Namespace) -> int:
    """Draw the figure and print the file's path."""
    from latentexplorer.views import VIEWS

    if options.help_settings:
        settings = VIEWS.load(options.kind).settings
        for name, field in settings.model_fields.items():
            default = field.get_default(call_default_factory=True)
            print(f"{name:<16}{field.description or field.title or ''} (default: {default})")
        return 0
    VIEWS[options.kind]
    if options.json:
        return _numbers(options)
    if options.out is None:
        raise SettingsError("--out FILE is missing", "Name the file to write, ending in .png, .svg, .pdf or .gif")
    from latentexplorer.figures import export
    from latentexplorer.figures.animation import MOVING, export_animation

    path = output_path(options.out, (".png", ".svg", ".pdf", *MOVING))
    moves = path.suffix.lower() in MOVING
    size = _size(options.size)
    if moves and (size is not None or options.dark):
        raise SettingsError("An animation is images alone: it has no --size and is not --dark", "Leave these out")

    changes = other_settings(options)
    fields = VIEWS.load(options.kind).settings.model_fields
    if options.seed is not None and "seed" in fields:
        changes.append(f"seed={options.seed}")
    if options.fresh and "refresh" not in fields:
        raise SettingsError(f"--fresh is for maps, which are kept with a run; a {options.kind} figure is always new")
    if options.fresh:
        changes.append("refresh=true")
    trained = open_run(options)
    with listening(options) as (emit, stop):
        if moves:
            export_animation(trained, path, changes, kind=options.kind, scale=0, emit=emit, stop=stop)
        else:
            drawing = {"dpi": options.dpi, "size": size, "dark": options.dark, "keep": True}
            export(options.kind, trained, path, changes, **drawing, emit=emit, stop=stop)
    print(path)
    return 0


def _numbers(options: argparse.Namespace) -> int:
    """Work the view out and print what it comes to as one JSON document."""
    from latentexplorer.latent.evaluation import as_json
    from latentexplorer.views import VIEWS, settings_from

    if options.out is not None:
        raise SettingsError("--json prints numbers and draws nothing", "Leave out --out, or --json")
    settings = settings_from(options.kind, other_settings(options))
    trained = open_run(options)
    with listening(options) as (emit, stop):
        numbers = VIEWS.load(options.kind).compute(trained, settings, emit=emit, stop=stop).numbers
    if not numbers:
        raise SettingsError(f"A {options.kind} figure has no numbers to print", "Write it into a file: --out FILE")
    about = {"run": trained.name, "family": trained.config.model.family, "data": trained.config.data.name}
    print_json(about | as_json(numbers))
    return 0


def _size(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        width, height = (float(part) for part in text.lower().split("x"))
    except ValueError:
        raise SettingsError(f"--size {text} is not WxH", "Write for example --size 6x4, in inches") from None
    return width, height
