"""What is chosen in the sheets that seek the code of an image: its class."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.views.asked_image import Asked
from latentexplorer.views.lookup import is_conditional

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

CLASS_PX = 132


class SheetClass(Choice):
    """The class that a conditional model decodes the image as; that of the image at first.

    Attributes
    ----------
    needed : bool
        Whether the model is told one.
    """

    def __init__(self, name: str, run: Trained, image: Asked) -> None:
        super().__init__(name, "Class")
        self.needed = is_conditional(run)
        self._names = run.class_names
        self.setToolTip("The class that the image is decoded as")
        self.setFixedWidth(CLASS_PX)
        if self.needed:
            self.addItems(list(self._names))
            self.setCurrentIndex(self._names.index(image.label) if image.label in self._names else 0)

    @property
    def asked(self) -> tuple[SheetClass, ...]:
        """Itself where the model is told a class: what stands in a row of fields."""
        return (self,) if self.needed else ()

    @property
    def number(self) -> int | None:
        """The class that is chosen."""
        return self.currentIndex() if self.needed else None

    def told(self, image: Asked) -> Asked:
        """The image, as one of the class that is chosen."""
        return image if self.number is None else replace(image, label=self._names[self.number])

    def as_setting(self, number: int | None) -> dict[str, object]:
        """The class that something was found with, as a figure is told it."""
        return {} if number is None else {"label": self._names[number]}
