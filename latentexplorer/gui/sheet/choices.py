"""What a person can choose: size, proportions, colour, classes, the held-out part, the model."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.config import DataConfig, RunConfig
from latentexplorer.core.paths import is_folder
from latentexplorer.data.suggest import SIZES, enough_epochs, mostly_grey, suited_presets
from latentexplorer.data.survey import Survey
from latentexplorer.gui.sheet.fit_picture import FitPicture
from latentexplorer.gui.style.plain_text import Label, verbatim
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.number_box import whole_number

FITS = {"pad": "Pad: keep all, add edges", "crop": "Crop: keep the middle", "squash": "Squash: stretch into shape"}
SETTLE_MS = 250
"""A choice that is followed by another one so soon is not read with."""
DRAFT = ""


class Choices(QWidget):
    """The choices, as they are in force.

    Signals
    -------
    changed : ()
        A person has chosen otherwise: the images are to be read again.
    model_changed : ()
        A person has chosen another model, which changes nothing of the images.
    """

    changed = Signal()
    model_changed = Signal()

    def __init__(self, draft: RunConfig) -> None:
        super().__init__()
        self.setObjectName("sheet_choices")
        self._draft = draft
        self._settings = DataConfig(name="images", path=".")
        self._example: np.ndarray | None = None
        self._rows: dict[QWidget, Label] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACE)
        self._grid.setVerticalSpacing(SPACE // 2)
        self._grid.setColumnStretch(1, 1)
        self.size_box = self._choice("sheet_size", "Size")
        self.fit = self._choice("sheet_fit", "Other proportions")
        self.picture = FitPicture()
        self._grid.addWidget(self.picture, self._grid.rowCount(), 1)
        self.color = self._choice("sheet_color", "Colour")
        self.labels = self._choice("sheet_labels", "Classes")
        self.frames = self._choice("sheet_frames", "Stacks")
        self.held_out = whole_number("sheet_held_out", "Held out", 1, 90, 1, " % of the images")
        self.held_out.valueChanged.connect(self._on_change)
        self._add("Held out", self.held_out)
        self.model = self._choice("sheet_model", "Model", tells=False)
        for value, text in FITS.items():
            self.fit.addItem(text, value)
        for value, text in (("first", "The first image of each"), ("all", "Each image of them")):
            self.frames.addItem(text, value)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SETTLE_MS)
        self._soon.timeout.connect(self.changed)

    def _choice(self, name: str, title: str, tells: bool = True) -> Choice:
        box = Choice(name, title)
        box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        box.activated.connect(self._on_change if tells else self.model_changed)
        self._add(title, box)
        return box

    def _add(self, title: str, widget: QWidget) -> None:
        label = Label(title)
        label.setProperty("role", "muted")
        label.setBuddy(widget)
        widget.setAccessibleName(title)
        row = self._grid.rowCount()
        self._grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(widget, row, 1)
        self._rows[widget] = label

    def _offer(self, widget: QWidget, offered: bool) -> None:
        widget.setVisible(offered)
        self._rows[widget].setVisible(offered)

    # -- what is chosen -------------------------------------------------------------------------------------------

    @property
    def settings(self) -> DataConfig:
        """The settings of the data, as chosen."""
        changes: dict[str, object] = {"size": self.size_box.currentData(), "color": self.color.currentData() or "as-is"}
        for key, box in (("fit", self.fit), ("labels", self.labels), ("frames", self.frames)):
            if key in DataConfig.model_fields and box.count() and not box.isHidden():
                changes[key] = box.currentData()
        if not self.held_out.isHidden() and self.held_out.value() != round(100 * self._settings.test_fraction):
            changes["test_fraction"] = self.held_out.value() / 100
        return DataConfig.model_validate({**self._settings.model_dump(exclude_unset=True), **changes})

    def config(self, data: DataConfig, images: int = 0) -> RunConfig:
        """A run of the chosen model on the images; `images`: how many are trained on, 0 where that is not known."""
        from latentexplorer.core.presets import presets

        preset = presets().get(self.model.currentData() or DRAFT)
        if preset is None:
            start, epochs = self._draft, self._draft.training.epochs
        else:
            # The path of a preset is not looked at: these images are.
            start = preset.config(["data.path=."] if preset.needs_path else [])
            epochs = enough_epochs(preset, start, images)
        name, values = "" if preset is None else preset.name, start.model_dump(exclude_unset=True)
        training = {**values.get("training", {}), "changes": (), "epochs": epochs}
        own = data.model_dump(exclude_unset=True)
        return RunConfig.parse({**values, "preset": name or start.preset, "training": training, "data": own})

    @Slot()
    def _on_change(self) -> None:
        self._show_picture()
        self._soon.start()

    def forget(self) -> None:
        """Other images will be shown."""
        self._soon.stop()
        self.model.clear()
        for widget in self._rows:
            self._offer(widget, False)
        self.picture.hide()

    # -- what there is to choose ----------------------------------------------------------------------------------

    def show_survey(self, survey: Survey) -> None:
        """Offer what makes sense for these images; what is in force is chosen."""
        if self._soon.isActive() or not survey.sizes:
            return
        for widget in (self.size_box, self.color, self.model):
            self._offer(widget, True)
        self._settings = survey.settings
        self._example = odd_one(survey)
        self._show_sizes(survey)
        mixed = len({height / width for height, width, _ in survey.sizes} | {self._ratio}) > 1
        self._offer(self.fit, mixed)
        self._choose(self.fit, getattr(survey.settings, "fit", "pad"))
        self._show_colors(survey)
        self._show_labels(survey)
        self._offer(self.frames, any("frame" in note or "page" in note for note in survey.notes))
        self._choose(self.frames, getattr(survey.settings, "frames", "first"))
        drawn = any("no held-out images of its own" in note for note in survey.notes)
        self._offer(self.held_out, drawn or survey.shape is None)
        self.held_out.blockSignals(True)
        self.held_out.setValue(round(100 * survey.settings.test_fraction))
        self.held_out.blockSignals(False)
        self._show_models(survey)
        self._show_picture()

    @property
    def _target(self) -> tuple[int, int]:
        chosen = self.size_box.currentData()
        if chosen is None:
            return self._first
        return (chosen, chosen) if isinstance(chosen, int) else tuple(chosen)

    @property
    def _ratio(self) -> float:
        return self._target[0] / self._target[1]

    def _show_sizes(self, survey: Survey) -> None:
        self._first = survey.sizes[0][:2] if survey.sizes else (1, 1)
        height, width = self._first
        one = len(survey.sizes) == 1
        sides = sorted({*SIZES, *([survey.settings.size] if isinstance(survey.settings.size, int) else [])})
        offers: dict[object, str] = {None: f"{width} × {height}, as {'they are' if one else 'most are'}"}
        offers.update({side: f"{side} × {side}" for side in sides})
        if isinstance(survey.settings.size, tuple):
            offers[survey.settings.size] = f"{survey.settings.size[1]} × {survey.settings.size[0]}"
        self._fill(self.size_box, offers)
        self._choose(self.size_box, survey.settings.size)

    def _show_colors(self, survey: Survey) -> None:
        usual = "grey" if mostly_grey(dict(survey.kinds)) else "colour"
        self._fill(self.color, {"as-is": f"As most are: {usual}", "grey": "Grey", "rgb": "Colour"})
        self._choose(self.color, survey.settings.color)

    def _show_labels(self, survey: Survey) -> None:
        if "labels" not in DataConfig.model_fields:
            self._offer(self.labels, False)
            return
        offers: dict[object, str] = {"": "Automatic"}
        if is_folder(survey.path):
            offers["folders"] = "Folders"
        offers.update({column.name: f"Column {column.name}" for column in survey.columns if column.can_be_classes})
        offers["none"] = "None"
        chosen = getattr(survey.settings, "labels", "")
        offers.setdefault(chosen, f"Column {chosen}")
        self._offer(self.labels, survey.labelled or len(offers) > 2 or bool(survey.problem))
        self._fill(self.labels, offers)
        self._choose(self.labels, chosen)

    def _show_models(self, survey: Survey) -> None:
        if self.model.count() or not survey.sizes:
            return
        model = self._draft.model
        offers: dict[object, str] = {}
        target = self._target
        grey = mostly_grey(dict(survey.kinds))
        for preset in suited_presets(target, grey, survey.labelled):
            own = preset.values["model"]
            offers[preset.name] = f"{FAMILIES[own['family']].title}, {own['latent_dim']} dimensions"
        offers[DRAFT] = f"As in the form: {model.family}, {model.latent_dim} dimensions"
        self._fill(self.model, offers)
        self.model.setCurrentIndex(0)

    def _show_picture(self) -> None:
        shown = self._example if not self.fit.isHidden() else None
        self.picture.show_fit(shown, self.fit.currentData() or "pad", self._target)

    def _fill(self, box: Choice, offers: dict[object, str]) -> None:
        """Other entries, where they are others."""
        if [box.itemText(at) for at in range(box.count())] == list(offers.values()):
            return
        box.clear()
        for value, text in offers.items():
            # A model by the name of its preset.
            box.add(text, value, str(value) if box is self.model and value else text.partition(":")[0])
            box.setItemData(box.count() - 1, verbatim(text), Qt.ItemDataRole.ToolTipRole)

    def _choose(self, box: Choice, value: object) -> None:
        at = next((at for at in range(box.count()) if box.itemData(at) == value), 0)
        box.setCurrentIndex(at)


def odd_one(survey: Survey) -> np.ndarray | None:
    """The thumbnail whose proportions differ most from a square."""
    shown = [image for found in survey.classes for image in found.thumbnails[:3]]
    return max(shown, key=lambda image: max(image.shape[:2]) / min(image.shape[:2]), default=None)
