"""The Sweep pane and what only it uses: `curves` draws a measure against the values, `pane` reads sweeps and asks."""
