from __future__ import annotations

from matplotlib.figure import Figure

from latentexplorer.figures.page import Box, Page
from latentexplorer.figures.style import Style
from latentexplorer.figures.table import Table


def test_names_and_titles_give_way_before_a_number_does() -> None:
    names = [f"a name of a row that goes on and on, number {number}" for number in range(4)]
    titles = ["Dimension", *(f"a title that is much too long {number}" for number in range(5))]
    numbers = [f"{1234.5 + number:.3f}" for number in range(5)]
    page = Page(Figure((6, 4)), Style(), "Title")
    table = Table(page, titles, [[name, *numbers] for name in names])
    table.place(page, Box(0.2, 0.2, 5.0, 3.0))
    shown = [[cell.get_text() for cell in row] for row in table.cells]
    assert [row[1:] for row in shown[1:]] == [numbers] * 4
    assert all(title.endswith("…") for title in shown[0][1:]) and all(row[0].endswith("…") for row in shown[1:])
