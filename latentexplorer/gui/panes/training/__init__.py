"""The Training pane and what only it uses.

`pane` edits the settings of the next run in a `form` made from the configuration's own fields; `run_controls`, above
it, is what can be done to the run that is open or being trained.
"""
