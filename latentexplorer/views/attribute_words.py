"""The receipt of a direction in words, the same in the window, a figure and a command."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from latentexplorer.views.base import count_text

if TYPE_CHECKING:
    from latentexplorer.runs.attributes import Attribute, Goes, Receipt

MOST_NAMED = 4
PLACES = "the mean of the first group is at 0, that of the second at 1, along is above 1/2"


def told_words(receipt: Receipt) -> str:
    """How well it tells: `It tells the groups apart for 93 % (95 % interval 88 to 96 %) of 210 held-out images`."""
    found = receipt.accuracy
    if found is None:
        return receipt.untold or "Not measured"
    count = found.images_from + found.images_to
    more = "" if found.discriminant is None else f"; all dimensions at once {percent(found.discriminant)}"
    sure = "" if found.low > found.chance else ": not surely better than chance"
    return (
        f"It tells the groups apart for {percent(found.value)} "
        f"(95 % interval {found.low * 100:.0f} to {percent(found.high)}) of {count:,} {found.of}, "
        f"mean of both; chance {percent(found.chance)}{sure}{more}"
    )


def percent(share: float) -> str:
    """`93 %`."""
    return f"{share * 100:.0f} %"


def beside_words(receipt: Receipt) -> str:
    """What else goes along or against it, the surest first."""
    rows = others(receipt)
    if not receipt.beside:
        return "What else goes along is not known: nothing but their pixels is known of enough images"
    parts = []
    for way, words in ((1, "along"), (-1, "against")):
        found = [row for row in rows if way_of(row) == way]
        if found:
            more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
            parts.append(f"{words} go {', '.join(goes_words(row) for row in found[:MOST_NAMED])}{more}")
    place = f"places: {PLACES}; " if any(row.group and way_of(row) for row in rows) else ""
    of = f"{place}{receipt.beside_of}, 95 % for all {len(receipt.beside)} together"
    if not parts:
        return f"Nothing else surely goes with it ({of})"
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]} ({of})"


def others(receipt: Receipt) -> list[Goes]:
    """What the groups are not made of, the surest first."""
    rows = [row for row in receipt.beside if not row.own]
    return sorted(rows, key=lambda row: -max(row.low - row.against, row.against - row.high))


def way_of(row: Goes) -> int:
    """1 where it surely goes along, -1 against, else 0."""
    return int(row.low > row.against) - int(row.high < row.against)


def goes_words(row: Goes) -> str:
    """`scale +0.83 sd`, `Boot at 0.7`."""
    if row.group:
        return f"{row.name.removeprefix('class = ')} at {number(row.value)}"
    return f"{row.name} {'+' if row.value > 0 else ''}{number(row.value)} sd"


def number(value: float) -> str:
    """Two digits after the point, with a minus of its own."""
    text = f"{value:.2f}"
    return (text if float(text) else text.lstrip("-")).replace("-", "−")


def pixel_words(receipt: Receipt) -> str:
    """How far one step changes images, and how different the groups are."""
    found = receipt.pixels
    if found is None:
        return ""
    alone = "" if found.within is None else f", of two from one group by {found.within:.3f}"
    return (
        f"One step changes the image by {found.step:.3f} (pixel rmse, mean of {count_text(found.codes, 'code')}); "
        f"decodes of an image from each group differ by {found.between:.3f}{alone}"
    )


def made_words(attribute: Attribute) -> str:
    """What it was made of: `Sandal (200) to Sneaker (180)`."""
    return (
        f"{attribute.from_words} ({attribute.images_from:,}) to {attribute.to_words} ({attribute.images_to:,}), "
        f"epoch {attribute.fits.epoch:,}"
    )


def receipt_lines(receipt: Receipt) -> list[str]:
    """All of it, a sentence a line, without a full stop."""
    lines = [told_words(receipt), beside_words(receipt), pixel_words(receipt), *receipt.notes]
    if receipt.left_out:
        lines.append(f"Not compared: {listed(receipt.left_out)}")
    return [line for line in lines if line]


def listed(names: Sequence[str]) -> str:
    """The first few, and how many more."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{', '.join(names[:MOST_NAMED])}{more}"


def document(attribute: Attribute) -> dict[str, Any]:
    """All numbers, for programs. Of groups `value` is a mean place, A at 0 and B at 1; of numbers a rise in sd."""
    receipt = attribute.receipt
    found = None if receipt.accuracy is None else receipt.accuracy.model_dump()
    held_out = receipt.accuracy is not None and receipt.accuracy.held_out
    return {
        "name": attribute.name,
        "from": attribute.from_words,
        "to": attribute.to_words,
        "images_from": attribute.images_from,
        "images_to": attribute.images_to,
        "fits": attribute.fits.model_dump(),
        "held_out_accuracy": found if held_out else None,
        "cross_validated_accuracy": None if held_out else found,
        "not_measured": receipt.untold,
        "beside": [{**row.model_dump(), "way": way_of(row)} for row in receipt.beside],
        "beside_of": receipt.beside_of,
        "not_compared": list(receipt.left_out),
        "pixels": None if receipt.pixels is None else receipt.pixels.model_dump(),
        "step": list(attribute.step),
        "notes": list(receipt.notes),
    }
