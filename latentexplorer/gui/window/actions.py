"""What a person can do, in one table: menus, toolbar, shortcuts and the command palette are made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from latentexplorer.gui.lessons.table import LESSONS
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.training import PAUSED
from latentexplorer.gui.style.icons import icon
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.widgets.offer import KNOWN_AS
from latentexplorer.gui.window.possible import WHEN
from latentexplorer.gui.window.workspaces import EXPLORE, WORKSPACES


@dataclass(frozen=True)
class ActionInfo:
    """One thing to do.

    Attributes
    ----------
    id : str
        Also the name of the method of `Commands` that does it.
    menu : str
        The menu it stands in.
    when : str
        Key of `WHEN`: the state in which it can be done; "" always.
    shortcut : str
        Several are separated by "; ".
    gap : bool
        Whether a line stands above it in the menu.
    known_as : str
        Other words that somebody types who looks for it.
    """

    id: str
    text: str
    menu: str
    tip: str = ""
    icon: str = ""
    shortcut: str = ""
    when: str = ""
    checkable: bool = False
    gap: bool = False
    known_as: str = ""


WORKSPACE, LESSON = "workspace_", "lesson_"
"""Begin the ids of actions that lead to a workspace, or begin a lesson."""
SHOWN = ("invert_image", "stop_fit", "watch_code", "mend_image", "swap_class")
BROUGHT = (*SHOWN, "explore_images", "paste_image", "draw_image", "train_on_explored", "encode_as")
"""What is done with images beside those of the data, or with the image that the current code is that of."""
MENUS = ("File", "Edit", "Train", "Code", "View", "Help")

ACTIONS: tuple[ActionInfo, ...] = (
    ActionInfo("new_run", "New run…", "File", "Choose what to train: cards to look through", "new", "Ctrl+N"),
    ActionInfo("open_run", "Open run…", "File", "Open the folder of a run", "open", "Ctrl+O"),
    ActionInfo(
        "open_file",
        "Open file…",
        "File",
        "An exported figure brings its view back; images; settings",
        "",
        "Ctrl+Shift+O",
    ),
    ActionInfo(
        "open_images",
        "Use my images…",
        "File",
        "A folder, files or an array of your own: see what is in them, then train",
        "",
        "Ctrl+I",
    ),
    ActionInfo(
        "locate_images",
        "Locate images…",
        "File",
        "Say where the images of the open run are now",
        when="without_images",
    ),
    ActionInfo(
        "explore_images",
        "Explore images…",
        "File",
        "Bring images to the open model: encoded or fitted, then codes like any other",
        "",
        "Ctrl+Shift+I",
        "run",
        gap=True,
    ),
    ActionInfo("paste_image", "Paste image", "File", "Explore the picture or file in the clipboard", "", "Ctrl+V"),
    ActionInfo("draw_image", "Draw an image…", "File", "Draw with the mouse, see its code", "", "Ctrl+Shift+D", "run"),
    ActionInfo(
        "train_on_explored", "Train on the explored images…", "File", "Instead of exploring them", "", "", "explored"
    ),
    ActionInfo(
        "export",
        "Export…",
        "File",
        "Export the figure of the pane used last",
        "export",
        "Ctrl+E; Ctrl+S",
        "run",
        gap=True,
        known_as="save figure png svg pdf",
    ),
    ActionInfo(
        "export_all",
        "Export all…",
        "File",
        "Write the figures of every open pane",
        "",
        "Ctrl+Shift+E",
        "run",
        known_as="save png",
    ),
    ActionInfo(
        "report",
        "Report…",
        "File",
        "One page about this run: settings, curves, figures, metrics",
        "",
        "",
        "run",
        known_as="html summary",
    ),
    ActionInfo("quit", "Quit", "File", "Close the window", "", "Ctrl+Q", gap=True),
    ActionInfo("undo", "Undo", "Edit", "Take back what was changed last in the open run", "", "Ctrl+Z", "undo"),
    ActionInfo("redo", "Redo", "Edit", "Do again what was undone last", "", "Ctrl+Shift+Z; Ctrl+Y", "redo"),
    ActionInfo("train", "Train", "Train", "Train a new run as the form says", "play", "Ctrl+T", "can_train"),
    ActionInfo("pause", "Pause", "Train", "Hold the training, or let it go on", "pause", "Ctrl+P", "running"),
    ActionInfo("step_epoch", "Train one epoch", "Train", "One epoch, then pause", "step", "Ctrl+Shift+T", "can_step"),
    ActionInfo("stop", "Stop", "Train", "Stop training; what was learned is saved", "stop", "Ctrl+.", "training"),
    ActionInfo(
        "resume", "Resume", "Train", "Go on with this run where it stopped", "", "Ctrl+R", "unfinished", gap=True
    ),
    ActionInfo("train_more", "Train more epochs…", "Train", "Give this run more epochs", "", "", "resumable"),
    ActionInfo(
        "sweep",
        "How many dimensions? Sweep…",
        "Train",
        "Train a run for each value of a setting: beyond which one does more bring little?",
        gap=True,
        known_as="sweep knee elbow grid choose latent size bottleneck intrinsic dimension capacity hyperparameter",
    ),
    ActionInfo(
        "copy_picture", "Copy picture", "Code", "The picture in use, else the figure of the pane", "", "Ctrl+C", "run"
    ),
    ActionInfo("back", "Back", "Code", "To the code before", "back", "Alt+Left", "back", gap=True),
    ActionInfo("forward", "Forward", "Code", "To the code after", "forward", "Alt+Right", "forward"),
    ActionInfo("random_code", "Random code", "Code", "Draw a code from the prior", "dice", "Ctrl+D", "run", gap=True),
    ActionInfo("bookmark", "Bookmark…", "Code", "Give the current code a name", "bookmark", "Ctrl+B", "code"),
    ActionInfo("anchor_a", "Anchor A", "Code", "Interpolate from the current code", "", "Ctrl+1", "code", gap=True),
    ActionInfo("anchor_b", "Anchor B", "Code", "Interpolate to the current code", "", "Ctrl+2", "code"),
    ActionInfo("swap_anchors", "Swap anchors", "Code", "A becomes B", "swap", "Ctrl+3", "anchors"),
    ActionInfo(
        "encode_as",
        "Encode as another class…",
        "Code",
        "Tell a conditional model another class of the new image",
        when="new_with_class",
        gap=True,
    ),
    ActionInfo("invert_image", "Invert the new image", "Code", "Dark and bright exchanged", when="new_image"),
    ActionInfo(
        "watch_code",
        "Watch its code being found…",
        "Code",
        "The code of the current image by descent from several starts: errors, pictures and the way",
        when="code",
        gap=True,
        known_as="watch fit find code search GAN inversion invert latent optimise optimisation gradient "
        "amortisation gap project image into latent space",
    ),
    ActionInfo(
        "mend_image",
        "Mask and mend…",
        "Code",
        "Erase a part of the current image, and see with what models complete it",
        when="code",
        known_as="inpainting inpaint mask complete completion erase fill missing pixels mend brush occlusion occluded",
    ),
    ActionInfo(
        "swap_class",
        "Draw and swap…",
        "Code",
        "Draw or pick an image, keep its style, change its class: what a conditional model makes of it",
        when="code",
        known_as="swap style transfer change class conditional CVAE font typeface handwriting analogy digit letter "
        "keep the style of the content",
    ),
    ActionInfo("stop_fit", "Stop fitting", "Code", "The code stays as good as it is by now", when="fitting"),
    ActionInfo(
        "smooth", "Smooth pictures", "View", "Draw pictures smooth, not pixel by pixel", checkable=True, gap=True
    ),
    ActionInfo(
        "fade",
        "Fade away from data",
        "View",
        "Grid, paths, rows and draws are faint where codes are odder than those of 95 % of held-out images",
        checkable=True,
        known_as="support near far odd transparent off manifold out of distribution OOD how is this code holes",
    ),
    ActionInfo(
        "time_machine",
        "Time machine",
        "View",
        checkable=True,
        known_as="epochs scrub history snapshots evolution earlier rewind over time latent space training film replay "
        "animation go back",
    ),
    ActionInfo("theme_system", "Colours of the system", "View", "Theme: as the system", checkable=True, gap=True),
    ActionInfo("theme_light", "Light", "View", "Theme: light colours", checkable=True),
    ActionInfo("theme_dark", "Dark", "View", "Theme: dark colours", checkable=True),
    ActionInfo("next_pane", "Next pane", "View", "The keyboard goes on to the next pane", "", "F6", gap=True),
    ActionInfo("previous_pane", "Previous pane", "View", "The keyboard goes back to the pane before", "", "Shift+F6"),
    ActionInfo("context_menu", "Menu of what is in use", "View", "As by a right click", "", "Shift+F10; Menu"),
    *(
        ActionInfo(f"{WORKSPACE}{one.name}", one.title, "View", one.tip, "", one.key, gap=one.name == EXPLORE)
        for one in WORKSPACES.values()
    ),
    ActionInfo(
        "fill_window", "Pane fills the window", "View", "The pane in use alone, or all again", "", "F11", gap=True
    ),
    ActionInfo("reset_layout", "Reset workspace", "View", "Every pane where it was at first", "reset"),
    ActionInfo("notices_again", "Show all notices again", "View", "Those dismissed, for a run or for good"),
    ActionInfo("palette", "Command palette…", "Help", "Find anything by name", "search", "Ctrl+K; Ctrl+Shift+P"),
    ActionInfo(
        "guide",
        "Guide",
        "Help",
        "What the program shows, how it is computed, and what not to read into it",
        "",
        "Shift+F1",
        known_as="manual documentation explain",
    ),
    *(
        ActionInfo(
            f"{LESSON}{one.name}",
            f"Lesson: {one.title}",
            "Help",
            one.summary,
            gap=one.name == next(iter(LESSONS)),
            known_as=f"{one.words} tutorial teach learn course exercise demonstration guided tour",
        )
        for one in LESSONS.values()
    ),
    ActionInfo("shortcuts", "Keyboard shortcuts", "Help", "", "", "F1", gap=True),
    ActionInfo("about", "About", "Help"),
)


def _doing(commands: Doing, name: str) -> Callable[..., object]:
    """The method of that name; to go to a workspace is one for all of them, so is to begin a lesson.

    What is done with the image of a code is another one's work, and one method tells it.
    """
    if name in BROUGHT:
        return partial(commands.explore, name)
    for prefix in (WORKSPACE, LESSON):
        if name.startswith(prefix):
            return partial(getattr(commands, prefix.removesuffix("_")), name.removeprefix(prefix))
    method: Callable[..., object] = getattr(commands, name)
    return method


class Doing(Protocol):
    """Has a method for each action besides."""

    def explore(self, name: str, *_: object) -> None:
        """Do something with an image that a code is that of, or will be."""


class Actions(QObject):
    """The table as Qt's actions, enabled by the session's state.

    Parameters
    ----------
    window : QWidget
        Owns the actions, so that their shortcuts work everywhere in it.
    commands : object
        Has a method for each action, named by its id.
    """

    def __init__(self, window: QWidget, session: Session, commands: Doing) -> None:
        super().__init__(window)
        self._session = session
        self.by_id: dict[str, QAction] = {}
        for info in ACTIONS:
            action = QAction(info.text, window)
            action.setObjectName(f"action_{info.id}")
            action.setToolTip(verbatim(info.tip or info.text))
            action.setStatusTip(info.tip)
            action.setProperty(KNOWN_AS, info.known_as.split())
            action.setCheckable(info.checkable)
            if info.shortcut:
                action.setShortcuts(QKeySequence.listFromString(info.shortcut))
                action.setToolTip(verbatim(f"{info.tip or info.text} ({action.shortcut().toString()})"))
            # Held down, a key starts or stops once.
            action.setAutoRepeat(info.menu != "Train")
            action.triggered.connect(_doing(commands, info.id))
            window.addAction(action)
            self.by_id[info.id] = action
        self._icons()
        theme.changed.connect(self._icons)
        for signal in (
            session.run_changed,
            session.snapshot_changed,
            session.preparing_changed,
            session.current.changed,
            session.training.state_changed,
            session.training.draft_changed,
            session.selection.anchors_changed,
            session.new_images.changed,
            session.watcher.changed,
        ):
            signal.connect(self.refresh)
        self.refresh()

    def __getitem__(self, name: str) -> QAction:
        return self.by_id[name]

    @Slot()
    def refresh(self) -> None:
        """Enable what can be done now."""
        for info in ACTIONS:
            self.by_id[info.id].setEnabled(WHEN[info.when](self._session))
        run = self._session.title
        self._explain("resume", f"Go on with {run} where it stopped" if run else "")
        words = "Continue" if self._session.training.state == PAUSED else "Pause"
        if words != self.by_id["pause"].text():
            # Whatever shows an action is laid out anew for another icon, also for the same one.
            self.by_id["pause"].setText(words)
            self.by_id["pause"].setIcon(icon(self._icon_of("pause")))

    def _explain(self, name: str, tip: str) -> None:
        """What an action does just now, with its keys."""
        info = next(info for info in ACTIONS if info.id == name)
        action = self.by_id[name]
        action.setToolTip(verbatim(f"{tip or info.tip} ({action.shortcut().toString()})"))

    @Slot()
    def _icons(self) -> None:
        for info in ACTIONS:
            if info.icon:
                self.by_id[info.id].setIcon(icon(self._icon_of(info.id)))

    def _icon_of(self, name: str) -> str:
        if name == "pause" and self._session.training.state == PAUSED:
            return "play"
        return next(info.icon for info in ACTIONS if info.id == name)

    def fill(self, bar: QMenuBar) -> dict[str, QMenu]:
        """Build the menus, by name."""
        menus = {}
        for name in MENUS:
            menu = menus[name] = bar.addMenu(f"&{name}")
            menu.setObjectName(f"menu_{name.lower()}")
            menu.setToolTipsVisible(True)
            for info in ACTIONS:
                if info.menu == name:
                    if info.gap:
                        menu.addSeparator()
                    menu.addAction(self.by_id[info.id])
        return menus
