"""The Runs pane and what only it uses.

`columns` says what is read and sorted of a run, `rows` which of them are listed in which order, `model` gives that to
Qt, `column_layout` remembers which columns are seen, `table` shows them; `said` tells what is the matter with one,
`folders` renames and deletes. `pane` holds them together and asks the session.
"""
