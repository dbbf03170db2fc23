"""The Latent grid pane and what only it uses.

`pane` asks for the plane that is chosen, `plane_view` draws it and takes pointer and keyboard, `options` holds the
choices. Which codes and rectangles a place means is worked out in `views.plane`, without Qt.
"""
