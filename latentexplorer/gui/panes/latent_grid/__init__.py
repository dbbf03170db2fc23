"""The Latent grid pane and what only it uses."""
