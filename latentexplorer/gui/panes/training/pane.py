"""Training: the settings of the next run, as a form made from the configuration itself."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from latentexplorer.core.catalog import FAMILIES, SOURCES, Family
from latentexplorer.core.config import RunConfig, try_parse
from latentexplorer.core.differences import is_used
from latentexplorer.core.paths import expanded
from latentexplorer.core.presets import FIRST, FIRST_SIZE, in_window, presets
from latentexplorer.core.settings_text import Tables, put
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.training.form import TABLES, Field, explain, lay_out
from latentexplorer.gui.panes.training.form_area import FormArea
from latentexplorer.gui.panes.training.plan import Plan
from latentexplorer.gui.panes.training.run_controls import RunControls
from latentexplorer.gui.style.icons import icon
from latentexplorer.gui.style.plain_text import Label, Markup, verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font, theme, title_font
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.offer import Offer

WEIGHTS = dict.fromkeys(
    f"model.{term.weight}" for family in FAMILIES for term in family.terms if isinstance(term.weight, str)
)
"""What the terms of some families' losses are weighed with."""
ESSENTIAL = (
    "data.name",
    "data.path",
    "data.train_per_class",
    "data.test_per_class",
    "model.family",
    "model.prior",
    "model.latent_dim",
    "model.beta",
    *WEIGHTS,
    "training.epochs",
    "training.batch_size",
    "training.lr",
    "training.code_lr",
    "training.seed",
    "training.device",
)
WHERE = ("data.name", "data.path")
"""Which images; the button that chooses a person's own stands below."""
HINT = "Click a setting to read here what it means"
UNSHOWN = ("training.changes",)
DEVICES = {"auto": "Automatic", "cpu": "CPU", "cuda": "CUDA"}
LISTED: dict[str, Callable[[Family], dict[str, str]]] = {
    "data.name": lambda kind: {source.name: source.title for source in SOURCES},
    "model.family": lambda kind: {entry.name: f"{entry.name} · {entry.title}" for entry in FAMILIES},
    "model.prior": lambda kind: {name: name.capitalize() for name in kind.priors or ("normal",)},
    "model.likelihood": lambda kind: {name: name.capitalize() for name in kind.likelihoods},
    "model.architecture": lambda kind: {"": "Automatic", **{name: name for name in kind.architectures}},
    "training.device": lambda kind: DEVICES,
}
"""Values and texts of settings that are chosen from a list, for a family."""
OF_FAMILY = ("model.prior", "model.likelihood", "model.architecture")
"""Those that have other ones for each family."""


@cache
def _properties(table: str) -> dict[str, dict[str, Any]]:
    """What the settings of a table are, by name: worked out once, as it takes milliseconds and is asked for by all."""
    properties: dict[str, dict[str, Any]] = TABLES[table].model_json_schema()["properties"]
    return properties


def _choices(key: str, family: str) -> dict[str, str] | None:
    """Values and texts of a setting that is chosen from a list, for a family."""
    if key in LISTED:
        return LISTED[key](FAMILIES[family])
    table, name = key.split(".")
    schema = _properties(table)[name]
    if "enum" in schema:
        return {str(value): str(value).replace("-", " ").capitalize() for value in schema["enum"]}
    return None


class TrainingPane(Pane):
    """Edits the session's draft, which the Train button starts.

    Signals
    -------
    images_wanted : ()
        A person wants to choose images of their own.
    """

    images_wanted = Signal()

    object_name, title = "training_pane", "Training"
    needs_run = False

    def __init__(self) -> None:
        super().__init__()
        self._values: Tables = {}
        self._showing = False
        self.preset = Choice("field_preset", "Preset")
        self.preset.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        group = None
        for entry in presets().values():
            if entry.group != group:
                group = entry.group
                self.preset.add_heading(group)
            self.preset.add(f"{entry.purpose} · {entry.name}", entry.name, entry.name)
            self.preset.setItemData(self.preset.count() - 1, verbatim(entry.title), Qt.ItemDataRole.ToolTipRole)
        self.preset.addItem("Own settings", "")
        self.preset.activated.connect(self._on_preset)
        keys = [f"{table}.{name}" for table, model in TABLES.items() for name in model.model_fields]
        more = [key for key in keys if key not in ESSENTIAL and key not in UNSHOWN]
        self.fields = {key: Field(key, _choices(key, "vae")) for key in (*ESSENTIAL, *more)}
        for field in self.fields.values():
            field.edited.connect(self._on_edited)
            field.focused.connect(self._on_focused)
            field.left.connect(self._on_left)
        self._build(more)

    def _build(self, more: list[str]) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, SPACE // 2, 0)
        column.setSpacing(SPACE // 2)
        name = Label("Preset")
        name.setProperty("role", "muted")
        name.setBuddy(self.preset)
        where = [key for key in ESSENTIAL if key in WHERE]
        images = lay_out([self.fields[key] for key in where])
        essentials = lay_out([self.fields[key] for key in ESSENTIAL if key not in WHERE])
        top = QHBoxLayout()
        top.setSpacing(SPACE)
        top.addWidget(name)
        top.addWidget(self.preset, 1)
        self.browse = QPushButton("Use my images…")
        self.browse.setObjectName("choose_images")
        self.browse.setToolTip("A folder or files of your own: see what is in them, then train")
        self.browse.clicked.connect(self.images_wanted)
        self.more_button = QToolButton()
        self.more_button.setObjectName("more_settings")
        self.more_button.setText("More settings")
        self.more_button.setCheckable(True)
        self.more_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more = lay_out([self.fields[key] for key in more])
        self.more.hide()
        self.more_button.toggled.connect(self._on_more)
        self.run_controls = RunControls()
        column.addWidget(self.run_controls)
        self.plan = Plan(self.fields)
        self.plan.reset.clicked.connect(self.take_back)
        column.addWidget(self.plan)
        column.addLayout(top)
        column.addWidget(images)
        column.addWidget(self.browse)
        column.addWidget(essentials)
        column.addWidget(self.more_button)
        column.addWidget(self.more)
        column.addStretch(1)
        wide = self._label_width()
        for label in (name, *(field.label for field in self.fields.values())):
            label.setMinimumWidth(wide)
        area = self.area = FormArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)
        self.body.addWidget(area, 1)
        self.help = Label(HINT)
        self.help.setObjectName("training_help")
        self.help.setWordWrap(True)
        self.help.setFont(caption_font())
        self.help.setProperty("role", "muted")
        self.help.setMinimumHeight(self.help.fontMetrics().height() * 3)
        self.help.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.body.addWidget(self.help)
        theme.changed.connect(self._recolour)
        self._recolour()

    def _label_width(self) -> int:
        # Those that differ from the open run are bold: the column stays where it is.
        bold = QFontMetrics(title_font())
        return max(bold.horizontalAdvance(self.fields[key].label.text()) for key in ESSENTIAL)

    def on_bind(self) -> None:
        self.session.training.draft_changed.connect(self._on_draft)
        self.session.libraries.ready.connect(self._on_ready)
        self.run_controls.bind(self.session)
        self.plan.bind(self.session)
        self.add_menu_action("Use the open run's settings", self.use_open_settings)
        self._take_preset(FIRST)

    def offers(self) -> list[Offer]:
        return super().offers() + [
            Offer(
                f"Setting {field.title}",
                partial(self.show_field, field.key),
                field.explanation,
                "" if field.used else "not used here",
                field.used,
                (field.key, name := field.key.split(".")[1], name.replace("_", " ")),
            )
            for field in self.fields.values()
        ]

    def show_field(self, key: str) -> None:
        """Scroll to a setting, with the keyboard in it."""
        self.more_button.setChecked(self.more_button.isChecked() or key not in ESSENTIAL)
        self.fields[key].editor.setFocus(Qt.FocusReason.OtherFocusReason)
        self.area.ensureWidgetVisible(self.fields[key].editor)

    # -- editing ----------------------------------------------------------------------------------------------------

    @Slot(int)
    def _on_preset(self, index: int) -> None:
        name = self.preset.itemData(index)
        if name:
            self._take_preset(name)
            self.plan.measure_soon()

    def _take_preset(self, name: str) -> None:
        """A preset's model and training; its images too, unless a person's own are chosen."""
        entry = presets()[name]
        # Any path makes it valid; which one is the person's to say.
        values = entry.config(["data.path=."] if entry.needs_path else in_window(name)).model_dump()
        own = dict(self._values.get("data", {}))
        said = ""
        if own.get("path") and SOURCES[own["name"]].needs == "path":
            size = own.get("size") or (values["data"]["size"] if entry.needs_path else None)
            values["data"] = {**own, "size": size}
            said = f". Your images in {expanded(own['path']).name} stay"
        elif entry.needs_path:
            values["data"]["path"] = None
            said = ". Choose your images: drop a folder or a file on the window, or name it here"
        self._show_values(values)
        self.help.setText(entry.title + said)

    def _show_config(self, config: RunConfig) -> None:
        self._show_values(config.model_dump())

    def _show_values(self, values: dict[str, Any]) -> None:
        self._values = values
        self._values["training"]["changes"] = ()
        self._show()
        self._check()

    @Slot(str, object)
    def _on_edited(self, key: str, value: object) -> None:
        put(self._values, key, value)
        if key == "model.family":
            self._values["model"]["architecture"] = ""
            kind = FAMILIES[str(value)]
            if self._values["model"]["likelihood"] not in kind.likelihoods:
                self._values["model"]["likelihood"] = kind.likelihoods[0]
        if key == "data.name" and self._values["data"]["size"] == FIRST_SIZE:
            # That was for the digits.
            self._values["data"]["size"] = None
        if key in ("model.family", "data.name"):
            self._values["preset"] = None
        if key in ("model.family", "model.prior", "data.name"):
            self._show()
        self._check()
        self.plan.measure_soon()

    def _show(self) -> None:
        """Put the values into the fields, and show the fields that change something."""
        family = self._values["model"]["family"]
        for key, field in self.fields.items():
            table, name = key.split(".")
            if key in OF_FAMILY:
                field.set_choices(_choices(key, family) or {})
            field.show_value(self._values[table][name])
            field.set_used(is_used(key, self._values))
        chosen = self.preset.findData(self._values.get("preset") or "")
        self.preset.setCurrentIndex(max(chosen, 0))

    def _check(self) -> RunConfig | None:
        """Validate; mark what is wrong; make the session's draft of what is right."""
        config, wrong = try_parse(copy.deepcopy(self._values))
        if self._values["training"]["device"] == "cuda" and self.session.libraries.device == "CPU":
            wrong["training.device"] = f"CUDA cannot be used: {self.session.libraries.why}. Choose Automatic or CPU"
            config = None
        used = {key: wrong.get(key, "") for key in self.fields}
        for key, field in self.fields.items():
            field.show_problem(used[key])
        general = [text for key, text in wrong.items() if key not in self.fields]
        if general:
            self.help.setText("; ".join(general))
        self._showing = True
        self.session.training.set_draft(config)
        self._showing = False
        self.set_subtitle("" if config is not None else "some values are wrong")
        return config

    @Slot()
    def _on_draft(self) -> None:
        """Somebody else changed the draft (images were dropped, a run's settings duplicated)."""
        if not self._showing and self.session.training.draft is not None:
            self._show_config(self.session.training.draft)
            data = self.session.training.draft.data
            self.help.setText(f"Images of {expanded(data.path)}" if data.path else HINT)

    @Slot()
    def _on_ready(self) -> None:
        """It is known now which devices there are."""
        self._check()

    @Slot()
    def _on_left(self) -> None:
        """Nothing is pointed at any more: what the keyboard is in is explained again."""
        inside = next((key for key, field in self.fields.items() if field.editor.hasFocus()), None)
        if inside is not None:
            self._on_focused(inside)

    @Slot(str)
    def _on_focused(self, key: str) -> None:
        title, description = explain(key)
        self.help.setText(Markup("<b>{}</b><br>{}").format(title, description))

    @Slot()
    def use_open_settings(self) -> None:
        """The settings of the open run into the form, to train another one like it."""
        if self.session.run is not None:
            self._show_config(self.run.config)

    @Slot()
    def take_back(self) -> None:
        """The settings of the open run into the form again: nobody is busy with another run any more."""
        self.use_open_settings()
        self.session.training.settle()

    @Slot(bool)
    def _on_more(self, shown: bool) -> None:
        self.more.setVisible(shown)
        self._recolour()

    @Slot()
    def _recolour(self) -> None:
        self.more_button.setIcon(icon("chevron-down" if self.more_button.isChecked() else "chevron-right", "muted"))
