"""Windows about the code of one image, which stand beside the panes: one module and one entry of `table` each.

`drawing`, `watch`, `mend` and `swap` are the sheets. A new one is a subclass of `CodeSheet` that says its names, takes
what it needs of these, and lays it out: `search`, a code that is sought; `canvas`, an image that is drawn on, with
`canvas_tools`; `eraser`, one of which parts are erased, and `kept_masks`, which; `sheet_class`, the class; `figure`,
what is seen on paper; `at_left`, a picture where a canvas would be; `button`. `watch_plots` are the curves of one
sheet.
"""
