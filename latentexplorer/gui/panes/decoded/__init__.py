"""The Decoded pane: the current code's image, and what is known of the code.

`pane` asks and draws, `room` shares the height. Above the pictures stands `code_row` (earlier codes, class,
`bookmarks_panel`), below or beside them the `class_strip` of conditional models and the `strips`, below them
`cost_words`, `new_image_bar`, `support_bar` and `code_bars`, whose bars are pulled (`pulled_code`). What is known of a
code is worked out in `views.code_facts`.
"""
