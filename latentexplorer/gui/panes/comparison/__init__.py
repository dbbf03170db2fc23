"""The Comparison pane and what only it uses.

`head` is what can be chosen; `pictures`, `maps`, `curves` and `numbers` each draw one way of setting runs beside each
other, `key` says what their colours mean; `pane` holds them together and asks the session.
"""
