"""The training loop: plain, reporting to whoever listens, stopped within a batch, resumed as if never stopped."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterable

import torch

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.changes import by_step, in_force, scheduled_epochs, with_recorded
from latentexplorer.core.config import Change, RunConfig
from latentexplorer.core.errors import DataError, DivergedError, RunError, Stopped
from latentexplorer.core.events import Emit, EpochDone, Notice, Progress, ignore
from latentexplorer.data import DataSplit
from latentexplorer.runs import RunFolder, Trained
from latentexplorer.runs.write_behind import WriteBehind
from latentexplorer.training.augmentation import Augmentation
from latentexplorer.training.batches import Images, in_order
from latentexplorer.training.checkpoint import has_checkpoint, load_checkpoint, open_checkpoint, save_checkpoint
from latentexplorer.training.controls import Controls
from latentexplorer.training.distributed import ALONE, Ranks, check_together
from latentexplorer.training.environment import describe, log_data
from latentexplorer.training.epoch_end import EpochEnd
from latentexplorer.training.failures import FailureKept, memory_explained, nothing_left
from latentexplorer.training.first_look import PREPARING, show_untrained
from latentexplorer.training.number_formats import agreed_numerics
from latentexplorer.training.numerics import Numerics, computing_with
from latentexplorer.training.reports import Reporter, collapse_notice, sigma_note
from latentexplorer.training.resuming import Plan, agreed_plan, write_changes
from latentexplorer.training.save import save_model
from latentexplorer.training.schedules import Rates, Schedule
from latentexplorer.training.showing import Showing
from latentexplorer.training.state import TrainingState
from latentexplorer.training.step import Step
from latentexplorer.training.threads import Threads


def train(
    folder: RunFolder,
    data: DataSplit,
    *,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
    controls: Controls | None = None,
    resume: bool = False,
    changes: Iterable[str] = (),
) -> Trained:
    """Train the run's model, or go on training it.

    Parameters
    ----------
    folder : RunFolder
        Made by `RunFolder.create`, or opened with `resume`.
    data : DataSplit
        As `load_data(folder.config.data)` gives it; of `latentexplorer.training.resuming.plan` with changes.
    emit : callable
        Hears `TrainingProgress` some ten times a second, `EpochDone`, `SnapshotTaken` and `Notice`.
    stop : StopToken
        Looked at after every batch. The state is then saved, and `resume` goes on as if it had never stopped
        (bit-equal with `training.numerics = exact`).
    controls : Controls or None
        Pause and changes while it trains.
    resume : bool
        Go on from the last checkpoint; from the beginning where there is none yet. A finished run is left as it is.
    changes : iterable of `KEY=VALUE`
        With `resume`, settings that are others from here on. They are recorded with their step, so that the settings of
        the run repeat it, and nothing is written before everything was found to go together.

    Returns
    -------
    Trained
        Also when it was stopped: `folder.status` is "finished" or "stopped".

    Raises
    ------
    DivergedError, OutOfMemoryError
        Saying which setting to lower; the last whole epoch is kept on disk.
    SettingsError, DataError
        If the settings do not go with the images.
    RunError
        If the folder was trained before and `resume` is False, is being trained by somebody else, is damaged, or
        cannot be written to.
    """
    train_in_processes(folder, data, ALONE, emit=emit, stop=stop, controls=controls, resume=resume, changes=changes)
    # Also of a training that was stopped.
    trained = Trained.load(folder.path, with_data=False, stop=NEVER)
    trained.data, trained.missing = data, ""
    return trained


def train_in_processes(
    folder: RunFolder,
    data: DataSplit,
    ranks: Ranks,
    *,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
    controls: Controls | None = None,
    resume: bool = False,
    changes: Iterable[str] = (),
) -> None:
    """The same as one of several processes, all of which call this; `train` says the rest.

    Parameters
    ----------
    folder : RunFolder
        On other processes than the main one a `FollowedFolder` with the same settings.
    data : DataSplit
        The same images everywhere.
    ranks : Ranks
        The processes, see `latentexplorer.training.distributed.process_group`.
    emit, controls
        Only those of the main process count. A `stop` counts anywhere.

    Raises
    ------
    TrainingError
        Also when another process has ended.
    """
    if len(data.train) == 0:
        raise DataError("There are no images to train on", "Choose other data, or a larger part of it")
    if folder.config.model.kind.conditional:
        data.require_labels(folder.config.model.kind.title)
    if ranks.size > 1:
        check_together(folder.config.model.kind)
    if not ranks.main:
        emit, controls = ignore, None
    with folder.training(), nothing_left(folder, new=ranks.main and not resume):
        if ranks.main and not resume and folder.status != "empty":
            raise RunError(f"{folder.name} was trained before", "Resume it, or train a new run")
        going = agreed_plan(folder, ranks, list(changes)) if resume else Plan(folder.config)
        if going.finished:
            emit(Notice(f"{going.finished}. {going.more}"))
            return
        config = going.config
        resumed = f"Go on from the last whole epoch: the same torchrun, and train --out {folder.path} --resume"
        with FailureKept(folder) as kept, ranks.explained(resumed):
            with memory_explained(config):
                if controls is not None and ranks.size == 1 and not has_checkpoint(folder):
                    show_untrained(config, data, controls, emit)
                numerics = agreed_numerics(folder, config, data, ranks, emit, stop)
            with computing_with(numerics, stop), memory_explained(config):
                training = _Training(folder, config, data, numerics, ranks, emit, stop, controls or Controls())
                kept.begun = True
                with contextlib.closing(training.step), training.behind:
                    training.run()


class _Training:
    """One call of `train`."""

    def __init__(
        self,
        folder: RunFolder,
        config: RunConfig,
        data: DataSplit,
        numerics: Numerics,
        ranks: Ranks,
        emit: Emit,
        stop: StopToken,
        controls: Controls,
    ) -> None:
        self.folder, self.config, self.data, self.numerics, self.ranks = folder, config, data, numerics, ranks
        self.emit, self.stop, self.controls = emit, stop, controls
        self.begun = ranks.from_main(lambda: has_checkpoint(folder))
        if self.begun and not has_checkpoint(folder):
            raise RunError(f"{folder.path} cannot be read", "To resume, every machine must see the run's folder")
        # What changes at the step to come is not yet in force: the epoch before it may have to be measured still.
        last = open_checkpoint(folder)[1].step - 1 if self.begun else -1
        now = in_force(config, last)
        emit(Progress(0, 0, PREPARING[config.model.kind.encoder]))
        self.state = TrainingState(now, data, numerics, ranks, initial=not self.begun)
        if self.begun:
            load_checkpoint(folder, self.state, numerics, emit)
        self.images = Images(data.grey or data.train, numerics.torch_device, numerics.channels_last)
        self.step = Step(self.state, self.images)
        self.changes = by_step(config)
        self.changes_done = sum(change.step <= last for change in self.changes)
        self.use(now)
        Augmentation(in_force(config, self.state.step), data.image_shape[1:])
        self.threads = Threads(numerics, alone=ranks.size == 1)
        self.reporter = Reporter(emit, self.state)
        self.showing = Showing(folder, self.state, controls, emit)
        self.behind = WriteBehind()
        self.epoch_end = EpochEnd(self.state, emit, stop)
        self.computed = self.step.computed()

    def use(self, now: RunConfig) -> None:
        """Bring settings into force."""
        self.now = now
        self.state.use(now)
        self.step.use(now)
        epochs = scheduled_epochs(self.config, self.state.step)
        self.schedule = Schedule.of(now, self.state.steps_per_epoch, epochs)

    def run(self) -> None:
        """Train until all epochs are done, somebody stops it, or nothing gets better."""
        folder, state = self.folder, self.state
        folder.clear_leftovers()
        write_changes(folder, self.config, state.step)
        if not self.begun:
            log_data(folder, self.data)
        self.say_how()
        folder.set_status("training")
        folder.log(f"training from epoch {state.epoch} on {self.numerics.device}, {self.numerics.mode} numerics")
        if text := sigma_note(state.model):
            folder.log(text)
            self.emit(Notice(text))
        if not self.begun:
            # So that even a run killed in its first epoch opens.
            self.emit(Progress(0, 0, "saving where it begins"))
            save_checkpoint(folder, state, self.behind)
            self.behind.wait()
        elif state.epoch and state.position == 0 and self.ranks.from_main(self.showing.lacks_last):
            # Killed between the epoch's checkpoint and the state that is kept to look back at.
            self.showing.keep(self.now.training)
        trained = self.loop() if self.config.model.kind.gradient else self.solve()
        self.behind.wait()
        self.say_how(over=True)
        finished = trained and self.epoch_end.polish(self.now, self.config.training.code_lr)
        finished = save_model(folder, state, finished, self.emit, self.stop)
        folder.set_status("finished" if finished else "stopped")
        folder.log(f"{'finished' if finished else 'stopped'} after epoch {state.epoch}, step {state.step}")
        if trained and not finished:
            text = "All epochs are trained, but not all codes are worked out: resume it for the rest"
            folder.log(text)
            self.emit(Notice(text))

    def say_how(self, *, over: bool = False) -> None:
        """Write down how steps are computed, and where a card cannot capture them after all, why."""
        before, self.computed = self.computed, self.step.computed(over=over)
        self.reporter.computed = self.computed.words
        if self.computed.why_not != before.why_not:
            text = f"training runs uncaptured: {self.computed.why_not}"
            self.folder.log(text)
            if not over:
                self.emit(Notice(text, "warning"))
        environment = describe(
            self.config, self.data, self.numerics, self.ranks.size, self.state.model, computed=self.computed
        )
        self.folder.write_environment(environment)

    def loop(self) -> bool:
        """Epoch after epoch; says whether it got to the end."""
        state = self.state
        self.emit(Progress(0, 0, "the first batch"))
        while True:
            if state.position == 0:
                self.bring_changes()
            if state.epoch >= self.config.training.epochs or self.enough():
                return True
            if not (self.train_epoch() and self.end_epoch()):
                self.check_finite()
                save_checkpoint(self.folder, state, self.behind)
                return False

    def train_epoch(self) -> bool:
        """The steps of one epoch; False when somebody stopped it on the way."""
        state = self.state
        state.model.train()
        if not self.may_go_on():
            return False
        begin = time.perf_counter()
        with self.step.epoch() as batches:
            for start, end in batches:
                self.threads.use(self.controls.leaving_a_core)
                self.step.take(start, end, self.rates_now())
                if self.ranks.main and self.reporter.due():
                    self.reporter.report()
                step_s = time.perf_counter() - begin
                state.seconds += step_s
                self.threads.record(step_s)
                if not self.may_go_on():
                    return False
                begin = time.perf_counter()
        return True

    def bring_changes(self) -> None:
        """Bring what changes at the next step into force."""
        done, step = self.changes_done, self.state.step
        while self.changes_done < len(self.changes) and self.changes[self.changes_done].step <= step:
            self.changes_done += 1
        if self.changes_done > done:
            self.use(in_force(self.config, step))

    def rates_now(self) -> Rates:
        """Bring changes into force for the next step; the rates of schedules at it."""
        self.bring_changes()
        return self.schedule.rates(self.now, self.state.scheduled_step)

    def may_go_on(self) -> bool:
        """After each batch: serve whoever looks, stand still while paused; False when asked to stop.

        What is asked of one process is asked of all of them: this is where they agree.
        """
        while True:
            if self.controls.wait_while_paused(self.stop):
                self.showing.at_once()
            show, changed, lost, stop = self.ranks.any_of(
                self.showing.due(), self.controls.changed, self.reporter.lost, self.stop.requested
            )
            if changed:
                self.note_changes()
            if lost:
                self.check_finite()
            if not show:
                return not stop
            self.showing.show()

    def note_changes(self) -> None:
        """Keep the changes that were asked for, to be made from the next step on, also when the run is repeated."""
        step = self.state.step
        asked = self.ranks.from_main(self.controls.take_changes)
        new = [Change(step=step, key=key, value=value) for key, value in asked]
        self.config = with_recorded(self.config, [*self.changes, *new])
        self.changes = by_step(self.config)
        self.folder.write_config(self.config)
        for change in new:
            self.folder.log(f"from step {step} on {change.key} = {change.value:g}")

    def end_epoch(self) -> bool:
        """Look at the held-out images, write the row and the checkpoint, and tell; False when stopped on the way."""
        state, begin = self.state, time.perf_counter()
        self.check_finite()
        row = self.epoch_end.row(self.schedule.rates(self.now, max(state.scheduled_step - 1, 0)), begin)
        if row is None:
            return False
        state.history.append(row)
        state.dimensions.append(state.epoch + 1, state.kl_per_dim, state.meter.mean_variance())
        state.epoch_done()
        self.epoch_end.watch_best(row, self.schedule)
        # History first: a checkpoint that is older than the history cuts it back, and no row is ever lost.
        self.folder.write_history(state.history)
        self.folder.write_dimensions(state.dimensions)
        if state.epoch % self.now.training.checkpoint_every == 0 or state.epoch >= self.now.training.epochs:
            save_checkpoint(self.folder, state, self.behind)
        # Before it is told, so that who hears of the last epoch asked for finds the training paused.
        self.controls.epoch_ended()
        self.emit(EpochDone(dict(row)))
        notice = collapse_notice(state.history, state.model.code_dim, self.now)
        # No code tells an image from others where there are none.
        if notice and not self.data.train.alike:
            self.emit(notice)
            self.folder.log(notice.text)
        self.showing.keep(self.now.training)
        if self.step.computed() != self.computed:
            self.say_how()
        return True

    def enough(self) -> bool:
        """Whether the held-out loss has not got better for as long as `training.early_stopping` allows."""
        patience = self.now.training.early_stopping
        if not patience or self.state.worse < patience:
            return False
        text = f"Stopped early: no better held-out loss for {patience} epochs"
        self.emit(Notice(text))
        self.folder.log(text)
        return True

    def check_finite(self) -> None:
        """Raise if the loss or a weight is not a number any more; nothing of that has been saved."""
        state = self.state
        _, loss = state.meter.loss_sum()
        (lost,) = self.ranks.any_of(not (math.isfinite(loss) and state.finite()))
        if not lost:
            return
        settings = [f"training.lr (now {self.now.training.lr:g})"]
        if state.code_optimiser is not None:
            settings.append(f"training.code_lr (now {self.now.training.code_lr:g})")
        raise DivergedError(
            f"The loss became infinite or not a number in epoch {state.epoch + 1}; the last whole epoch is kept",
            f"Lower {' or '.join(settings)} and resume",
        )

    def solve(self) -> bool:
        """For a family that is solved at once: that, measured like an epoch."""
        state, model = self.state, self.state.model
        if state.epoch:
            return True
        self.emit(Progress(0, 0, f"solving {model.kind.title}"))
        begin = time.perf_counter()
        try:
            model.fit(self.data.train.images, self.stop)
        except Stopped:
            return False
        model.eval()
        with torch.no_grad():
            for index in in_order(len(self.data.train), 64):
                if self.stop.requested:
                    return False
                terms = model.loss(self.images.batch(index))
                state.meter.add(terms, model.cost(terms, 1.0).mean())
        state.seconds += time.perf_counter() - begin
        return self.end_epoch()
