"""The Gallery pane and what only it uses.

`sources` is the table of what can be shown, `controls` what is chosen about it, `pane` asks for it, and `panels` and
`panel_view` are what is drawn of an answer: without Qt and with it. Styles in every class have a table of their own
(`class_table`), a choice of classes (`class_choice`), and codes that come from the session (`class_source`).
"""
