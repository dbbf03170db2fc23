"""Dimensions: a row each, with bars of what it carries.

`model` holds the rows, `bars` paints the cells, `table` is what is clicked, `pane` asks for what is shown.
"""
