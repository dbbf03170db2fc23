"""The Interpolation pane: the path between two codes, A and B.

`pane` asks and draws. `ends` finds A and B, `anchors` shows them, `path_strip` and `path_controls` show the path and
how it goes, `player` moves along it. The path itself is `views.code_path`.
"""
