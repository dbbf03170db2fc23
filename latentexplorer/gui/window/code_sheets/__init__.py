"""Windows about the code of one image, which stand beside the panes: one module and one entry of `table` each.

`drawing`, `watch`, `mend` and `swap` are the sheets. What they are made of: `sheet` is the window itself, `search` a code
that is sought, `canvas` an image that is drawn on and `canvas_tools` with what, `eraser` one of which parts are erased
and `kept_masks` which, `choices` the class, `figure` what is seen on paper, `button` a button, `watch_plots` curves.
"""
