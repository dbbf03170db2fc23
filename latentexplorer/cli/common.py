"""What the commands share: options, where runs are found, progress bars, JSON on stdout."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from tqdm import tqdm

from latentexplorer.core import paths
from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.counting import amount_text
from latentexplorer.core.ending import heard
from latentexplorer.core.errors import DataError, RunError, SettingsError, Stopped
from latentexplorer.core.events import (
    Emit,
    Event,
    Notice,
    Progress,
    ProjectionMoved,
    TrainingProgress,
    ignore,
)
from latentexplorer.core.paths import expanded, unwritable
from latentexplorer.core.settings_text import PATHS, parse_setting

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


class Parser(argparse.ArgumentParser):
    """Reports a wrong argument in one line, and shows defaults and line breaks as written."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(**options)

    def error(self, message: str) -> NoReturn:
        """Raise the message as an error of ours: one line, exit code 2."""
        raise SettingsError(message, f"See {self.prog} --help")

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        """Refuse `--out=--`, of which argparse leaves an empty list where a text is expected."""
        if action.option_strings and action.nargs is None and arg_strings == ["--"]:
            raise argparse.ArgumentError(action, "expected one argument")
        return super()._get_values(action, arg_strings)


def version() -> str:
    """The installed version."""
    return metadata.version("latentexplorer")


def command(commands: Any, name: str, run: Any, *, summary: str, example: str) -> argparse.ArgumentParser:
    """Add a command with the options every command has."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=summary, description=summary, epilog=f"examples:\n{_indent(example)}"
    )
    parser.set_defaults(run=run)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), help="where to compute (default: auto)")
    parser.add_argument("--seed", type=seed, metavar="N", help="seed of every random draw")
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")
    return parser


def seed(text: str) -> int:
    """A seed: a whole number from 0 to 2^31 - 1."""
    try:
        value = int(text)
    except ValueError:
        value = -1
    if not 0 <= value < 2**31:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 2147483647")
    return value


def positive(text: str) -> int:
    """A whole number above zero."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return value


def settings_changes(options: argparse.Namespace) -> list[str]:
    """The `--set` options with `--device` and `--seed` as changes of `training.*`, which they are short for."""
    changes = list(options.set or [])
    if options.device is not None:
        changes.append(f"training.device={options.device}")
    if options.seed is not None:
        changes.append(f"training.seed={options.seed}")
    return changes


def add_set(parser: argparse.ArgumentParser, what: str) -> None:
    """The repeatable option `--set KEY=VALUE ...`."""
    parser.add_argument("--set", metavar="KEY=VALUE", nargs="+", action="extend", help=what)


def add_data_root(parser: argparse.ArgumentParser) -> None:
    """The option `--data-root`."""
    parser.add_argument(
        "--data-root", metavar="DIR", help="folder of the named data sets (default: LATENTEXPLORER_DATA)"
    )


def add_place(parser: argparse.ArgumentParser) -> None:
    """The options that say where a run's images are now: `--data-root`, and `--set data.path=PATH`."""
    add_data_root(parser)
    if not any(action.dest == "set" for action in parser._actions):
        add_set(parser, "where the run's images are now: data.path=PATH, data.columns=FILE")


def places(options: argparse.Namespace) -> dict[str, str]:
    """Where the command line says that a run's images are now, by setting."""
    found = dict(parse_setting(text) for text in options.set or [] if _is_place(text))
    if options.data_root is not None:
        found["data.root"] = options.data_root
    return {key: str(path) for key, path in found.items() if path}


def other_settings(options: argparse.Namespace) -> list[str]:
    """What `--set` changes beside the places of the images."""
    return [text for text in options.set or [] if not _is_place(text)]


def no_other_settings(options: argparse.Namespace) -> None:
    """Raise if `--set` says more than where the images are."""
    if others := other_settings(options):
        raise SettingsError(f"{others[0]!r} is no setting here", f"These are: {', '.join(PATHS)}")


def _is_place(text: str) -> bool:
    return text.partition("=")[0].strip() in PATHS


def add_run(parser: argparse.ArgumentParser) -> None:
    """The argument RUN."""
    parser.add_argument("run_folder", metavar="RUN", help="a run's folder, or the name of one in the runs folder")


def run_path(text: str) -> Path:
    """The folder that RUN names: a path, else a name in the runs folder."""
    path = paths.run_path(text)
    if path.is_dir():
        return path
    raise RunError(f"There is no run at {text}", f"Give the folder of a run, or the name of one in {paths.runs_dir()}")


def open_run(options: argparse.Namespace, *, with_data: bool = True) -> Trained:
    """Open the run that the command line names, on the device it names."""
    from latentexplorer.runs import Trained

    said = places(options) if hasattr(options, "data_root") else {}
    with listening(options) as (emit, stop):
        trained = Trained.load(
            run_path(options.run_folder),
            places=said,
            with_data=with_data,
            device=options.device or "auto",
            emit=emit,
            stop=stop,
        )
    if with_data and trained.data is None:
        if said:
            raise DataError(trained.missing)
        say(options, f"without its images: {trained.missing}")
    return trained


def output_path(text: str, suffixes: tuple[str, ...]) -> Path:
    """A file to write, its ending checked and its folder made before any work is done."""
    path = expanded(text)
    if path.suffix.lower() not in suffixes:
        raise SettingsError(f"{text} does not end in {' or '.join(suffixes)}", "The ending chooses the format")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(path, error) from error
    return path


def print_json(document: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(document, indent=2, allow_nan=False))


def say(options: argparse.Namespace, text: str) -> None:
    """A message for the person, on stderr, unless they asked for quiet."""
    if not options.quiet:
        print(text, file=sys.stderr)


def say_notices(options: argparse.Namespace, trained: Trained, besides: Sequence[str] = ()) -> None:
    """What a person would not see of a run, a line each; `besides`: kinds that have been told already."""
    from latentexplorer.latent.notices import notices_of_run

    for notice in notices_of_run(trained):
        if notice.kind not in besides:
            say(options, f"note: {notice}.")


@contextmanager
def listening(options: argparse.Namespace, *, launched: bool = False) -> Iterator[tuple[Emit, StopToken]]:
    """An `emit` that draws a progress bar on stderr, and a token that Ctrl-C sets, or whatever else tells it to end.

    The first Ctrl-C asks the work to stop and save; the second interrupts at once. SIGTERM and SIGHUP ask alone: a
    system that ends a session sends both, and a shell that loses its terminal the same one again.

    Parameters
    ----------
    launched : bool
        Whether a launcher passes signals on, to every process and more than once: then none interrupts at once.
    """
    stop = StopToken()

    def interrupt(number: int, frame: object) -> None:
        asked = stop.requested
        stop.request()
        if launched:
            return
        if not asked:
            print("\nstopping (Ctrl-C once more to interrupt at once)", file=sys.stderr)
        elif number == signal.SIGINT:
            raise KeyboardInterrupt
        else:
            # Whoever asked twice would else believe that it was not heard.
            print("stopping already: what was reached is kept first (Ctrl-C interrupts at once)", file=sys.stderr)

    bars = _Bars()
    with heard(interrupt):
        try:
            yield (ignore if options.quiet else bars.show), stop
        finally:
            bars.close()


def stopped_quietly(stop: StopToken) -> None:
    """Turn a stop that the work answered by returning early into the exit code of an interruption."""
    if stop.requested:
        raise Stopped


class _Bars:
    """Progress bars with time left, one at a time; a line now and then where nobody watches a terminal."""

    def __init__(self) -> None:
        self._bar: tqdm[NoReturn] | None = None
        self._what = ""
        self._interval_s = 0.1 if sys.stderr.isatty() else 10.0

    def show(self, event: Event) -> None:
        if isinstance(event, TrainingProgress):
            text = ", ".join(filter(None, (f"loss {amount_text(event.loss)}", event.speed_text)))
            self._move("training", round(event.fraction * event.epochs, 2), event.epochs, text)
        elif isinstance(event, Progress):
            self._move(event.what, event.done, event.total)
        elif isinstance(event, ProjectionMoved):
            self._move("projecting", event.step, event.steps)
        elif isinstance(event, Notice):
            tqdm.write(event.text, file=sys.stderr)

    def _move(self, what: str, done: float, total: int, text: str = "") -> None:
        if self._bar is None or self._what != what:
            self.close()
            self._what = what
            shape = "{desc} {percentage:3.0f}%|{bar:24}| {n:g}/{total} [{elapsed} gone, {remaining} left{postfix}]"
            self._bar = tqdm(
                total=total or None,
                desc=what,
                file=sys.stderr,
                leave=False,
                bar_format=shape if total else None,
                mininterval=self._interval_s,
                miniters=0,
                delay=self._interval_s,
            )
        if text:
            self._bar.set_postfix_str(text, refresh=False)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _indent(text: str) -> str:
    return "\n".join(f"  {line.strip()}" for line in text.strip().splitlines())
