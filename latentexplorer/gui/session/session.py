"""The one state of the window: the current run and code, the selection, the anchors and the training under way.

Panes ask the session and draw what it says; they never call each other and hold no model.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.events import EpochDone, Notice, Progress, SnapshotTaken, TrainingProgress
from latentexplorer.core.history import History
from latentexplorer.gui.session import bookmarks as keeping
from latentexplorer.gui.session.code import Code, Trail
from latentexplorer.gui.session.epochs import LookBack
from latentexplorer.gui.session.run_watcher import FolderFollower
from latentexplorer.gui.session.user_activity import Attention
from latentexplorer.gui.workers import tasks
from latentexplorer.gui.workers.decoder import BACKGROUND, CURRENT, PANE, Answer, Decoder
from latentexplorer.gui.workers.jobs import Failure, Job, JobQueue, JobThread

IDLE, LOADING, TRAINING, PAUSED, STOPPING = "idle", "loading", "training", "paused", "stopping"
SNAPSHOT_EVERY_MS = 500
REST, REST_HERE = 16, 1
"""After so many times as long as the panes took for a snapshot they ask for another: nobody touches the window, and
somebody does."""


class Session(QObject):
    """The state, and everything a person can ask of it.

    Attributes
    ----------
    run : latentexplorer.runs.trained.Trained or None
        What panes draw: the open run, or the newest snapshot of the one that trains.
    history : History
        The run's table of metrics, one row an epoch, ahead of the last snapshot while training.
    draft : RunConfig or None
        What the Train button will start; None while the form holds wrong values.
    code, image : Code and ndarray (H, W, C), or None
        The current code and its decode; `image_of` is the code that `image` is the decode of.
    selection : (part, ndarray of positions)
        Selected images.
    anchors : dict "A", "B" -> Code or None
    compared : tuple of Path
        Other runs that are set beside the open one.
    device, device_why : str
        "CUDA" and its name, or "CPU" and why there is no CUDA; "" until the libraries are loaded.
    training_state : "idle", "loading", "training", "paused" or "stopping"
    """

    run_changed = Signal()
    snapshot_changed = Signal()
    history_changed = Signal()
    code_changed = Signal(object)
    decoded = Signal(object, object)
    selection_changed = Signal()
    anchors_changed = Signal()
    bookmarks_changed = Signal()
    compared_changed = Signal()
    draft_changed = Signal()
    training_state_changed = Signal(str)
    progress = Signal(object)
    jobs_changed = Signal()
    run_saved = Signal(object)
    message = Signal(str, str)
    failed = Signal(object)
    ready = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run: Any = None
        self.history = History()
        self.draft: RunConfig | None = RunConfig()
        self.code: Code | None = None
        self.image: np.ndarray | None = None
        self.image_of: Code | None = None
        self.selection: tuple[str, np.ndarray] = ("train", np.zeros(0, dtype=np.int64))
        self.anchors: dict[str, Code | None] = {"A": None, "B": None}
        self.compared: tuple[Path, ...] = ()
        self.training_state = IDLE
        self.device = self.device_why = ""
        self.trail = Trail()
        self.following = False
        self._not_kept = ""
        self._ready: tasks.TrainingReady | None = None
        self._pending_snapshot = self._look_again = False
        self._training_job: Job | None = None

        self.training_thread = JobThread("training", self, behind=True)
        self.jobs = JobQueue("jobs", self, tasks.cores.share)
        self._preparing = JobThread("preparing", self)
        self.decoder = Decoder(self, tasks.cores.share)
        self.jobs.changed.connect(self.jobs_changed)
        self.decoder.failed.connect(self.failed)
        self.look_back = LookBack(self, self)
        self.follower = FolderFollower(self)
        self.attention = Attention(self)
        self.attention.changed.connect(self._on_attention)
        self._previewed_s: float | None = None
        self._next_look_s = 0.0
        self.decoder.rested.connect(self._on_rested)
        self._snapshots = QTimer(self)
        self._snapshots.setInterval(SNAPSHOT_EVERY_MS)
        self._snapshots.timeout.connect(self._want_snapshot)

    # -- jobs ---------------------------------------------------------------------------------------------------

    def submit(self, title: str, task: Callable[..., Any], key: str = "") -> Job:
        """Put `task(emit, stop)` in the queue. Its failure is shown by the window; connect to the job for the rest."""
        return self._submit(Job(title, task, key, parent=self))

    def write(self, title: str, task: Callable[..., Path], path: Path) -> Job:
        """Put work that writes a file for a person in the queue: the window does not close over it without asking."""
        job = Job(title, task, parent=self, file=path.name)
        job.succeeded.connect(self._on_written)
        return self._submit(job)

    def _submit(self, job: Job) -> Job:
        job.failed.connect(self.failed)
        job.finished.connect(job.deleteLater)
        return self.jobs.submit(job)

    def warm_up(self) -> Job:
        """Load the heavy libraries in the background; `ready(device)` follows."""
        job = self.submit("Loading libraries", tasks.warm_up, "warm-up")
        job.succeeded.connect(self._on_warm)
        return job

    @Slot(object)
    def _on_warm(self, device: tuple[str, str]) -> None:
        self.device, self.device_why = device
        self.ready.emit(self.device)
        self._preparing.start(Job("Getting ready to train", tasks.prepare_training, parent=self))

    # -- the run ------------------------------------------------------------------------------------------------

    def open_run(self, path: Path | str, data_root: str | None = None) -> Job:
        """Read a run folder; `run_changed` follows."""
        path = Path(path)
        job = self.submit(f"Opening {path.name}", tasks.open_run(path, data_root), "open")
        job.succeeded.connect(self._on_opened)
        return job

    @Slot(object)
    def _on_opened(self, run: Any) -> None:
        self.following = False
        self.show_run(run)

    def show_run(self, run: Any, same: bool = False) -> None:
        """Make a `Trained` current. `same`: it is a newer state of the run that is already shown."""
        self.run = run
        if not (same and self.training_state != IDLE):
            self.history = run.history
        if same:
            if self.look_back.epoch is None:
                self.look_back.forget()
            self.snapshot_changed.emit()
            self._follow_code()
        else:
            self.decoder.forget()
            for job in self.jobs.jobs:
                if job.key.startswith("view:"):
                    self.jobs.cancel(job)
            self.trail.clear()
            self.code = self.image = self.image_of = None
            self.selection = ("train", np.zeros(0, dtype=np.int64))
            self.anchors = {"A": None, "B": None}
            self.look_back.forget()
            self.run_changed.emit()
            self.selection_changed.emit()
            self.anchors_changed.emit()
            self.bookmarks_changed.emit()
            self._read_bookmarks()
            self._first_code()
        self.history_changed.emit()

    def _first_code(self) -> None:
        """Something to look at: the first image whose code is known."""
        for part in ("test", "train"):
            codes = self.run.codes.get(part)
            if codes is not None and len(codes.loc):
                self.pick_image(part, int(codes.index[0]))
                return
        self.set_code(np.zeros(self.run.code_dim, dtype=np.float32), how="the origin")

    def _follow_code(self) -> None:
        """After new weights: an image keeps being looked at although its code has moved."""
        if self.code is None:
            self._first_code()
            return
        known = self.code_of(self.code.part, self.code.index) if self.code.index is not None else None
        self.code = known or self.code
        self._decode()
        self.code_changed.emit(self.code)

    # -- the current code ---------------------------------------------------------------------------------------

    @property
    def conditional(self) -> bool:
        """Whether the run's decoder is told a class."""
        return bool(self.run is not None and self.run.config.model.kind.conditional)

    def set_code(
        self,
        z: np.ndarray | Code,
        y: int | None = None,
        how: str = "",
        *,
        passing: bool = False,
        remember: bool = True,
    ) -> None:
        """Make a code current; `code_changed` follows at once, `decoded` as soon as its image is there.

        Parameters
        ----------
        z : ndarray (D,) or Code
        y : int or None
            Class for a conditional model; None keeps the current one.
        how : str
            How it came about, for a person.
        passing : bool
            One of many while dragging: the next code takes its place in the history.
        """
        if self.run is None:
            return
        self.attention.touch()
        code = z if isinstance(z, Code) else Code(z, y, how=how)
        if code.z.size != self.run.code_dim:
            self.message.emit("warning", "That code belongs to another model: it has another size")
            return
        if not self.conditional:
            code = replace(code, y=None) if code.y is not None else code
        elif code.y is None:
            current = self.code.y if self.code is not None else None
            code = replace(code, y=code.label if code.label is not None else current or 0)
        self.code = code
        if remember:
            self.trail.add(code, passing)
        # Asked first, so that no strip or grid that follows the code comes before it.
        self._decode()
        if not self.training:
            # Its image is on the screen before all that follows the code is even begun.
            self.decoder.give_current_soon()
        self.code_changed.emit(code)

    def set_class(self, y: int) -> None:
        """Another class for the current code of a conditional model."""
        if self.code is not None and self.conditional and y != self.code.y:
            self.set_code(self.code.with_class(y))

    def code_of(self, part: str, index: int | None) -> Code | None:
        """The known code of an image, or None if it is not among the codes of the run."""
        codes = self.run.codes.get(part) if self.run is not None else None
        if codes is None or index is None:
            return None
        # Nearly always in order, and asked for every picture in sight.
        row = int(np.searchsorted(codes.index, index))
        if row >= len(codes.index) or codes.index[row] != index:
            rows = np.flatnonzero(codes.index == index)
            if not len(rows):
                return None
            row = int(rows[0])
        label = None if codes.labels is None else int(codes.labels[row])
        scale = None if codes.scale is None else codes.scale[row]
        name = {"train": "training", "test": "held-out"}.get(part, part)
        y = label if self.conditional else None
        how = f"{name} image {index}"
        if self.run.config.model.kind.parts > 1:
            from latentexplorer.views.pick import partner_of

            how = f"mixture of {name} images {index} and {partner_of(codes, index)}"
        return Code(codes.loc[row], y, part, int(index), how, scale, label)

    def pick_image(self, part: str, index: int) -> None:
        """Make the code of an image current."""
        code = self.code_of(part, index)
        if code is None:
            self.message.emit("warning", f"The code of {part} image {index} is not kept in this run")
            return
        self.set_code(code)

    def random_code(self, seed: int) -> None:
        """Draw a code from the prior (from the codes where the model has none) and make it current."""
        if self.run is None:
            return
        self.decoder.ask("random", tasks.random_code(self.run, seed), self._on_random, PANE)

    def _on_random(self, z: np.ndarray) -> None:
        self.set_code(z, how="a random draw")

    def go(self, steps: int) -> None:
        """Back (-1) or forward (1) through earlier codes."""
        code = self.trail.go(steps)
        if code is not None:
            self.set_code(code, remember=False)

    def bookmark(self, name: str, code: Code | None = None) -> None:
        """Remember a code (the current one) by name."""
        kept = code or self.code
        if kept is not None:
            self.trail.bookmarks[name] = kept
            self._keep_bookmarks()

    def rename_bookmark(self, old: str, new: str) -> None:
        """Another name, at the same place in the list; a bookmark that had it gives way."""
        if new and new != old and old in self.trail.bookmarks:
            kept = {name: code for name, code in self.trail.bookmarks.items() if name != new}
            self.trail.bookmarks = {new if name == old else name: code for name, code in kept.items()}
            self._keep_bookmarks()

    def forget_bookmark(self, name: str) -> None:
        """Take a name off the list."""
        if self.trail.bookmarks.pop(name, None) is not None:
            self._keep_bookmarks()

    def _read_bookmarks(self) -> None:
        """Those that are kept with the run."""
        self._not_kept = ""
        if self.run.path is not None:
            self.decoder.ask("bookmarks", keeping.reading(self.run), self._on_bookmarks, PANE)

    def _on_bookmarks(self, found: tuple[Any, dict[str, Code] | tasks.Refused]) -> None:
        run, bookmarks = found
        if self.run is None or run.path != self.run.path:
            return
        if isinstance(bookmarks, tasks.Refused):
            # What cannot be read is not overwritten, either.
            self._not_kept = bookmarks.what
            self.message.emit("warning", f"{bookmarks.what}. {bookmarks.todo}")
        elif bookmarks:
            self.trail.bookmarks = {**bookmarks, **self.trail.bookmarks}
            self.bookmarks_changed.emit()

    def _keep_bookmarks(self) -> None:
        """Show them, and write them into the run's folder."""
        self.bookmarks_changed.emit()
        wrong = self._not_kept or keeping.write(self.run, self.trail.bookmarks)
        if wrong:
            self.message.emit("warning", f"Bookmarks last only while the run is open: {wrong}")

    def original(self, code: Code | None) -> np.ndarray | None:
        """The image (H, W, C), uint8, that a code is the code of, where there is one and its data is there."""
        if code is None or code.index is None or self.run is None or self.run.data is None:
            return None
        try:
            image: np.ndarray = self.run.images(code.part).images[code.index]
        except (LatentExplorerError, IndexError):
            return None
        return np.asarray(image)

    def _decode(self) -> None:
        code = self.code
        assert code is not None
        question = tasks.decode_question(self.run, code.z[None], code.y)
        self.decoder.ask("current", question, _Decoded(self, code), CURRENT)

    def show_decoded(self, code: Code, images: np.ndarray) -> None:
        """The decode of a current code has arrived."""
        self.image, self.image_of = images[0], code
        self.decoded.emit(code, self.image)

    # -- questions of panes -------------------------------------------------------------------------------------

    def decode(self, key: str, z: np.ndarray, answer: Answer, y: int | None = None) -> None:
        """Decode codes (B, D) for a pane; `answer(images (B, H, W, C))` is called when they are there."""
        self.decoder.ask(key, tasks.decode_question(self.run, np.asarray(z), self._class(y)), answer, PANE)

    def decode_plane(self, key: str, z: np.ndarray, answer: Answer, y: int | None = None) -> None:
        """Decode a plane of codes (rows, columns, D), coarse first; `answer` is called with ever better planes."""
        self.decoder.ask(key, tasks.plane_question(self.run, np.asarray(z), self._class(y)), answer, PANE)

    def ask(self, key: str, question: Callable[[], Any], answer: Answer) -> None:
        """Any quick question (milliseconds), answered on the decoder's thread; the newest of a key wins."""
        self.decoder.ask(key, question, answer, PANE)

    def view(self, title: str, kind: str, settings: dict[str, Any]) -> Job:
        """Compute a view of the run in the job queue; the job's `succeeded` brings the view's result."""
        return self.submit(title, tasks.view(self.run, kind, settings), f"view:{kind}")

    def ask_in_background(self, key: str, question: Callable[[], Any], answer: Answer) -> None:
        """A question nobody waits for: everything else is answered first."""
        self.decoder.ask(key, question, answer, BACKGROUND)

    def ask_view(self, key: str, kind: str, settings: dict[str, Any], answer: Answer) -> None:
        """Compute a view that takes milliseconds on the decoder's thread; the newest of a key wins.

        Where it makes no sense for the run the answer is a `tasks.Refused`, see `Pane.refused`.
        """
        self.decoder.ask(key, tasks.view_question(self.run, kind, settings), answer, PANE)

    def ask_grid(self, key: str, settings: dict[str, Any], answer: Answer) -> None:
        """Lay a latent grid out and decode it, coarse first; `answer` is called with ever better results."""
        self.decoder.ask(key, tasks.grid_question(self.run, settings), answer, PANE)

    def _class(self, y: int | None) -> int | None:
        if not self.conditional:
            return None
        return y if y is not None else (self.code.y if self.code is not None else 0)

    # -- selection and anchors ----------------------------------------------------------------------------------

    def select(self, part: str, indices: Any) -> None:
        """Select images by position in a part of the data."""
        self.selection = (part, np.unique(np.asarray(indices, dtype=np.int64)))
        self.selection_changed.emit()

    def set_anchor(self, which: str, code: Code | None = None) -> None:
        """Make a code (None: the current one) anchor "A" or "B"."""
        self.anchors = {**self.anchors, which: code or self.code}
        self.anchors_changed.emit()

    def swap_anchors(self) -> None:
        """A becomes B and B becomes A."""
        self.anchors = {"A": self.anchors["B"], "B": self.anchors["A"]}
        self.anchors_changed.emit()

    def compare(self, paths: Iterable[Path]) -> None:
        """Set other runs beside the open one: their loss curves are drawn into the same plot."""
        chosen = tuple(path for path in dict.fromkeys(paths) if not self._same_run(path))
        if chosen != self.compared:
            self.compared = chosen
            self.compared_changed.emit()

    def relocate(self, old: Path, new: Path | None) -> None:
        """The folder of a run has got another name (None: it is gone)."""
        renamed = [new if path == old else path for path in self.compared]
        self.compare(path for path in renamed if path is not None)
        if self._same_run(old):
            self.look_back.end()
            self.run.path = new
            self.snapshot_changed.emit()
            if new is not None:
                self.run_saved.emit(new)

    # -- figures ------------------------------------------------------------------------------------------------

    def export(
        self,
        kind: str,
        settings: list[str],
        path: Path | str,
        dpi: int = 200,
        size: tuple[float, float] | None = None,
    ) -> Job:
        """Draw a figure of the run into a PNG, SVG or PDF file."""
        path = Path(path)
        return self.write(f"Exporting {path.name}", tasks.export(self.run, kind, settings, path, dpi, size), path)

    @Slot(object)
    def _on_written(self, path: Path) -> None:
        self.message.emit("info", f"Saved {path}")

    def animate(self, kind: str, settings: list[str], path: Path, **how: Any) -> Job:
        """Write an animation of an interpolation or a traversal, see `figures.animation.export_animation`."""
        return self.write(f"Writing {path.name}", tasks.animation(self.run, kind, settings, path, **how), path)

    def picture(self, kind: str, settings: list[str], dpi: int = 200) -> Job:
        """Draw a figure as PNG bytes."""
        return self.submit(f"Drawing {kind}", tasks.picture(self.run, kind, settings, dpi), "picture")

    # -- training -----------------------------------------------------------------------------------------------

    @property
    def training(self) -> bool:
        """Whether a run is being trained (or loaded for it, or paused)."""
        return self.training_state != IDLE

    @property
    def training_path(self) -> Path | None:
        """Folder of the run that trains."""
        return self._ready.path if self._ready is not None else None

    @property
    def training_config(self) -> RunConfig | None:
        """Settings that the training under way began with."""
        return self._ready.config if self._ready is not None else None

    @property
    def controls(self) -> Any:
        """The trainer's controls, while it trains."""
        return self._ready.controls if self._ready is not None else None

    def set_draft(self, config: RunConfig | None) -> None:
        """What Train will start; None while the form holds wrong values."""
        if config != self.draft:
            self.draft = config
            self.draft_changed.emit()

    @property
    def unfinished(self) -> bool:
        """Whether the open run can be gone on with: it has epochs left, and nobody else trains it."""
        run = self.look_back.latest
        if run is None or run.path is None or not run.config.model.kind.gradient or self.follower.training:
            return False
        return bool(run.epoch < run.config.training.epochs)

    def start_training(self, config: RunConfig | None = None, one_epoch: bool = False) -> Job | None:
        """Train a new run; None if there is nothing to start or something trains already."""
        config = config or self.draft
        if config is None:
            self.message.emit("warning", "Some settings are wrong: they are marked in the Training pane")
            return None
        return self._start(f"Training {tasks.run_name(config)}", tasks.train(config, one_epoch))

    def resume(self) -> Job | None:
        """Go on with the open run, which was stopped."""
        return self._resume(None, False)

    def train_more(self, epochs: int) -> Job | None:
        """Train the open run for more epochs."""
        return self._resume(self.run.config.training.epochs + epochs if self.run is not None else None, False)

    def _resume(self, epochs: int | None, one_epoch: bool) -> Job | None:
        if self.run is None or self.run.path is None:
            return None
        return self._start(f"Training {self.run.name}", tasks.resume(self.run.path, epochs, self.run.data, one_epoch))

    def _start(self, title: str, task: Callable[..., Any]) -> Job | None:
        self.look_back.end()
        job = Job(title, task, parent=self)
        job.reported.connect(self._on_training_event)
        job.succeeded.connect(self._on_trained)
        job.failed.connect(self._on_training_failed)
        job.finished.connect(self._on_training_finished)
        if not self.training_thread.start(job):
            job.deleteLater()
            self.message.emit("warning", "A run is being trained; stop it first")
            return None
        self._training_job = job
        self._set_training_state(LOADING)
        return job

    def pause(self) -> None:
        """Hold the training at the next step."""
        if self.training_state == TRAINING:
            self.controls.pause()
            self._set_training_state(PAUSED)
            self._look()

    def unpause(self) -> None:
        """Let it go on."""
        if self.training_state == PAUSED:
            self.controls.unpause()
            self._set_training_state(TRAINING)

    def step_epoch(self) -> None:
        """Train one epoch, then pause: of what trains, else of the open run if it is unfinished, else of a new one."""
        if self.training_state in (TRAINING, PAUSED):
            self.controls.step_epoch()
            self._set_training_state(TRAINING)
        elif self.training_state == IDLE and self.unfinished:
            self._resume(None, True)
        elif self.training_state == IDLE:
            self.start_training(one_epoch=True)

    def stop(self) -> None:
        """Stop training; what was learned is saved."""
        if self._training_job is not None and self.training_state != STOPPING:
            self._training_job.stop()
            self._set_training_state(STOPPING)

    def set_live(self, key: str, value: float) -> str:
        """Change "training.lr", "training.code_lr" or "model.beta" while it trains; recorded in the run.

        Returns what is wrong with the value, "" where it was taken.
        """
        if self.controls is None:
            return "Nothing is being trained"
        try:
            self.controls.set(key, value)
        except LatentExplorerError as error:
            return str(error)
        return ""

    def follow(self) -> None:
        """Show the run that trains again, after another one was opened."""
        self.following = self.training

    def _set_training_state(self, state: str) -> None:
        if state != self.training_state:
            self.training_state = state
            self.attention.watch(state == TRAINING)
            tasks.cores.training = state not in (IDLE, PAUSED)
            self.training_state_changed.emit(state)

    @Slot(bool)
    def _on_attention(self, here: bool) -> None:
        if here:
            self._next_look_s = 0.0
        self._share_cores()

    def _share_cores(self) -> None:
        """Training has all cores but one while somebody is here, or the panes draw what it has learned."""
        if self.controls is not None:
            self.controls.leave_a_core(self.attention.here or self._previewed_s is not None)

    @Slot()
    def _on_rested(self) -> None:
        """The panes have what they asked for: they ask again when it has paid."""
        if self._previewed_s is None or self.decoder.busy:
            return
        now = time.monotonic()
        self._next_look_s = now + (REST_HERE if self.attention.here else REST) * (now - self._previewed_s)
        self._previewed_s = None
        self._share_cores()

    @Slot(object)
    def _on_training_event(self, event: Any) -> None:
        if isinstance(event, tasks.TrainingReady):
            self._ready = event
            self.following = True
            self._pending_snapshot = self._look_again = False
            self.history = History(self.run.history) if self._same_run(event.path) else History()
            self.history_changed.emit()
            self._snapshots.start()
            if self.training_state == LOADING:
                self._set_training_state(TRAINING)
        elif isinstance(event, SnapshotTaken):
            self._on_snapshot(event.snapshot)
        elif isinstance(event, EpochDone):
            if self.following:
                self.history.append(event.row)
                self.history_changed.emit()
            if self.controls is not None and self.controls.paused and self.training_state == TRAINING:
                self._set_training_state(PAUSED)
                self._look()
        elif isinstance(event, (TrainingProgress, Progress)):
            self.progress.emit(event)
        elif isinstance(event, Notice):
            self.message.emit(event.level, event.text)

    def _same_run(self, path: Path | None) -> bool:
        return self.run is not None and self.run.path is not None and self.run.path == path

    @Slot()
    def _want_snapshot(self) -> None:
        drawing = self._previewed_s is not None and not self.attention.here
        if self.training_state == TRAINING and not drawing and time.monotonic() >= self._next_look_s:
            self._look()

    def _look(self) -> None:
        """Ask for the weights as they are. Standing still, those that are on their way are not the last ones."""
        if not self.following:
            return
        if self._pending_snapshot:
            self._look_again = self.training_state == PAUSED
        else:
            self._pending_snapshot = True
            self.controls.want_snapshot()

    def _looked(self) -> None:
        """What was asked for has come."""
        self._pending_snapshot = False
        if self._look_again:
            self._look_again = False
            self._look()

    def _on_snapshot(self, snapshot: Any) -> None:
        ready = self._ready
        if ready is None or not self.following:
            self._pending_snapshot = self._look_again = False
            return
        self._previewed_s = time.monotonic()
        self._share_cores()
        question = tasks.of_snapshot(ready.config, snapshot, ready.data, ready.path)
        self.decoder.ask("snapshot", question, self._show_snapshot, BACKGROUND)

    def _show_snapshot(self, run: Any) -> None:
        if self.following and self._same_ready(run):
            self.show_run(run, same=self._same_run(run.path))
        if self.controls is not None:
            self._looked()

    def _same_ready(self, run: Any) -> bool:
        return self._ready is not None and run.path == self._ready.path

    @Slot(object)
    def _on_trained(self, run: Any) -> None:
        if self.following:
            same = self._same_run(run.path)
            self._set_training_state(IDLE)
            self.show_run(run, same=same)
        self.run_saved.emit(run.path)

    @Slot(object)
    def _on_training_failed(self, failure: Failure) -> None:
        self.failed.emit(failure)
        path = self.training_path
        kept = ("model.safetensors", "checkpoint/state.safetensors")
        if self.following and path is not None and any((path / name).is_file() for name in kept):
            # The last whole epoch is what there is to look at, and to go on from.
            job = self.submit(f"Opening {path.name}", tasks.open_run(path), "open")
            job.succeeded.connect(self._on_reopened)

    @Slot(object)
    def _on_reopened(self, run: Any) -> None:
        self.show_run(run, same=self._same_run(run.path))

    @Slot()
    def _on_training_finished(self) -> None:
        self._snapshots.stop()
        self._previewed_s = None
        job, self._training_job = self._training_job, None
        if job is not None:
            job.deleteLater()
        self._ready = None
        self.following = False
        self._set_training_state(IDLE)

    # -- the end ------------------------------------------------------------------------------------------------

    @property
    def writing(self) -> list[Job]:
        """Jobs that write files for a person and are not done."""
        return [job for job in self.jobs.jobs if job.file]

    @property
    def busy(self) -> bool:
        """Whether closing now would lose something under way."""
        return self.training or bool(self.writing)

    def shutdown(self) -> None:
        """Stop everything and end every thread."""
        self._snapshots.stop()
        self.follower.end()
        if self.controls is not None:
            self.controls.unpause()
        self._preparing.shutdown()
        self.training_thread.shutdown()
        self.jobs.shutdown()
        self.decoder.shutdown()


class _Decoded:
    """Answers with the code that was asked for, so that image and code always belong together."""

    def __init__(self, session: Session, code: Code) -> None:
        self.session, self.code = session, code

    def __call__(self, images: np.ndarray) -> None:
        self.session.show_decoded(self.code, images)
