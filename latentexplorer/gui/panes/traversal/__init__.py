"""The Traversal pane: a slider and a strip for each latent dimension.

`pane` asks and draws, `dimension_rows` holds the rows, `row_shape` says how large they are, `base_code` knows what
resetting goes back to, `starts` has codes to start from. How much a dimension matters and how far it goes is measured
in `views.traversal`.
"""
