"""The Runs pane and what only it uses.

`table` lists the runs folder, `folders` renames and deletes in it, `comparison` draws several runs beside each other;
`pane` holds the three together and asks the session.
"""
