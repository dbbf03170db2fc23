"""The program from Python: train, open, encode, decode, view and draw, arrays in and arrays out.

    import latentexplorer as le

    run = le.train("digits-vae", out="runs/digits", **{"training.epochs": 20})
    z = run.encode(run.images("test"))
    grid = le.view(run, "latent-grid", n=12)
    le.figure(run, "map", out="map.pdf", method="tsne")

Settings have the names that they have on the command line and are checked in the same way. What goes wrong is a
`LatentExplorerError` with what happened (`what`) and what to do about it (`todo`). What a person should know of a
training meanwhile goes to the logger "latentexplorer", or with all other events to an `emit` of one's own. Nothing
heavy is imported before it is used.
"""

from latentexplorer.scripting.drawing import figure, view
from latentexplorer.scripting.run import Run, open_run
from latentexplorer.scripting.training import resume, train

__all__ = ["Run", "figure", "open_run", "resume", "train", "view"]
