"""The Map pane: `pane` puts it together and owns the map that is shown.

`scatter` is the plot and `cloud` its points; `layout` asks for maps, `controls` and `options` say which; `colors` and
`legend` are what points look like, `room` has the legend below the plot or beside it; `choices` tells what can be
undone. What is done on it: `marks` points codes out, each drawn by `mark`; `hover` tells of a point, `walk` finds codes
between points, `selection` chooses images.
"""
