"""`latentexplorer train`: train a model and keep the run."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentexplorer.cli.common import (
    add_data_root,
    add_set,
    command,
    listening,
    run_path,
    say,
    say_notices,
    settings_changes,
)
from latentexplorer.core.config import RunConfig, with_changes
from latentexplorer.core.errors import SettingsError
from latentexplorer.core.launch import Launch
from latentexplorer.core.paths import expanded, runs_dir, slug
from latentexplorer.core.settings_text import read_config_text, read_toml

if TYPE_CHECKING:
    from latentexplorer.core.cancellation import StopToken
    from latentexplorer.data import DataSplit
    from latentexplorer.runs import RunFolder, Trained
    from latentexplorer.training.distributed import Ranks


def add(commands: Any) -> None:
    """Add the command."""
    parser = command(
        commands,
        "train",
        run,
        summary="Train a model; prints the run's folder",
        example="""
        latentexplorer train --preset digits-vae
        latentexplorer train --preset vad-laplace-60 --data-root data --set training.epochs=20
        latentexplorer train --set data.name=mnist model.family=pca model.latent_dim=30 --data-root data
        latentexplorer train --config my.toml --out runs/mine
        latentexplorer train --preset digits-vae --set data.name=images data.path=my-images model.latent_dim=8
        latentexplorer train --out runs/mine --resume --set training.epochs=200

        several processes, which share every batch and write one run:

        torchrun --nproc-per-node=2 -m latentexplorer train --preset vad-laplace-60 --data-root data
        """,
    )
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--preset", metavar="NAME", help="ready-made settings, see: latentexplorer list presets")
    start.add_argument("--config", metavar="FILE.toml", help="your own settings (a run's config.json also works)")
    add_set(parser, "change a setting, such as model.latent_dim=8 or data.name=images; may be repeated")
    add_data_root(parser)
    parser.add_argument("--out", metavar="RUN", help="folder of the run (default: a new one in the runs folder)")
    parser.add_argument("--resume", action="store_true", help="go on with the run at --out from its last checkpoint")


def run(options: argparse.Namespace) -> int:
    """Train, or go on training, and print the folder of the run."""
    launch = Launch.of()
    if launch.size == 1:
        return _alone(options)
    from latentexplorer.training.distributed import process_group

    with process_group(launch) as ranks:
        if not ranks.main:
            options.quiet = True
        return _together(options, ranks)


def _alone(options: argparse.Namespace) -> int:
    """As the only process."""
    from latentexplorer.data import load_data
    from latentexplorer.runs import RunFolder, check_new, free_path
    from latentexplorer.training import images_of, plan, train

    if not options.resume:
        config = config_of(options)
        check_new(options.out or free_path(_named(options, config).name))
        with listening(options) as (emit, stop):
            data = load_data(config.data, emit=emit, stop=stop)
            _say_notes(options, data)
            folder = RunFolder.create(_folder(options, config), config)
            trained = train(folder, data, emit=emit, stop=stop)
            return _told(options, folder, stop, trained)
    folder = _resumed(options)
    going = plan(folder, _asked(options))
    if going.finished:
        return _finished(options, folder, f"{going.finished}. {going.more}")
    with listening(options) as (emit, stop):
        data, changes = images_of(folder, going, emit=emit, stop=stop)
        _say_notes(options, data)
        trained = train(folder, data, emit=emit, stop=stop, resume=True, changes=changes)
        return _told(options, folder, stop, trained)


def _together(options: argparse.Namespace, ranks: Ranks) -> int:
    """As one of several processes: the main one reads the settings, makes the folder and tells."""
    from latentexplorer.data import load_data
    from latentexplorer.runs import FollowedFolder, RunFolder
    from latentexplorer.training import Plan, images_of, plan, train_in_processes

    def settings() -> tuple[str, str, str]:
        if not options.resume:
            return config_of(options).to_json(), "", ""
        going = plan(_resumed(options), _asked(options))
        return going.config.to_json(), going.fingerprint, f"{going.finished}. {going.more}" if going.finished else ""

    def make() -> str:
        path = run_path(options.out) if options.resume else _folder(options, config)
        if not options.resume:
            RunFolder.create(path, config)
        return str(path)

    def images() -> tuple[DataSplit, list[str]]:
        if not options.resume:
            return load_data(config.data, emit=emit, stop=stop), []
        going = Plan(config, _asked(options), fingerprint)
        return images_of(RunFolder.open(run_path(options.out)), going, emit=emit, stop=stop)

    with listening(options, launched=True) as (emit, stop):
        text, fingerprint, finished = ranks.from_main(settings)
        if finished:
            return _finished(options, RunFolder.open(run_path(options.out)), finished) if ranks.main else 0
        config = RunConfig.from_json(text)
        if not config.model.kind.gradient:
            raise SettingsError(
                f"Family {config.model.family!r} is solved at once, by one process", "Train it without torchrun"
            )
        data, changes = ranks.in_turn(images)
        _say_notes(options, data)
        path = Path(ranks.from_main(make))
        folder = RunFolder.open(path) if ranks.main else FollowedFolder(path, config)
        train_in_processes(folder, data, ranks, emit=emit, stop=stop, resume=options.resume, changes=changes)
        return _told(options, folder, stop) if ranks.main else 0


def _say_notes(options: argparse.Namespace, data: DataSplit) -> None:
    for note in data.notes:
        say(options, f"data: {note}")


def _finished(options: argparse.Namespace, folder: RunFolder, why: str) -> int:
    """Say that nothing is left to train."""
    say(options, why)
    print(folder.path)
    return 0


def _told(options: argparse.Namespace, folder: RunFolder, stop: StopToken, trained: Trained | None = None) -> int:
    """Say how it ended, and what one would not see of what came of it; the exit code."""
    status = folder.status
    stopped = status == "stopped" or (stop.requested and status != "finished")
    if stopped:
        say(options, f"stopped; go on with: latentexplorer train --out {folder.path} --resume")
    elif trained is not None:
        say_notices(options, trained)
    print(folder.path)
    return 130 if stopped else 0


def config_of(options: argparse.Namespace) -> RunConfig:
    """The settings of a new run, as `--preset`, `--config` and `--set` say them."""
    if options.config is not None:
        path = expanded(options.config)
        if path.suffix == ".json":
            values = RunConfig.from_json(read_config_text(path)).model_dump(exclude_unset=True)
        else:
            values = read_toml(path)
        config = RunConfig.parse(with_changes(values, settings_changes(options)))
        return config if options.data_root is None else config.updated([f"data.root={options.data_root}"])
    changes = settings_changes(options)
    if options.preset is None and any(change.startswith(("data.name=", "model.family=")) for change in changes):
        # Whoever says what to train on, or what to train, has named it: the rest is as it is by default.
        return RunConfig.parse(with_changes({}, [*changes, *_root(options)]))
    if options.preset is None:
        raise SettingsError(
            "Nothing to train is named",
            "Give --preset NAME (latentexplorer list presets), --config FILE.toml, or --set data.name=mnist "
            "model.family=vae",
        )
    from latentexplorer.core.presets import preset

    return preset(options.preset).config(settings_changes(options), options.data_root)


def _resumed(options: argparse.Namespace) -> RunFolder:
    """The run to go on with."""
    from latentexplorer.runs import RunFolder

    if options.out is None:
        raise SettingsError("--resume needs --out RUN", "Name the run to go on with")
    if options.preset is not None or options.config is not None:
        raise SettingsError(
            "--resume goes on with the run's own settings",
            "Leave --preset and --config out; change settings with --set",
        )
    return RunFolder.open(run_path(options.out))


def _asked(options: argparse.Namespace) -> list[str]:
    """The changes that a run is to go on with."""
    return [*settings_changes(options), *_root(options)]


def _root(options: argparse.Namespace) -> list[str]:
    return [] if options.data_root is None else [f"data.root={options.data_root}"]


def _folder(options: argparse.Namespace, config: RunConfig) -> Path:
    """Where the run is to be; one without a name has a folder of its own from now on, which no other process takes."""
    from latentexplorer.runs import claimed

    named = _named(options, config)
    return named if options.out is not None else claimed(named.name, named.parent)


def _named(options: argparse.Namespace, config: RunConfig) -> Path:
    if options.out is not None:
        return expanded(options.out)
    name = slug(config.preset or f"{config.model.family}-{config.data.name}")
    return runs_dir() / f"{name}-{datetime.now():%Y%m%d-%H%M%S}"
