"""What the map can be asked for, in words."""

from __future__ import annotations

from latentexplorer.gui.panes.map.options import TSNE, UMAP

METHODS = {TSNE: "t-SNE", "pca": "PCA", UMAP: "UMAP", "dims": "Dimensions"}
METHOD_TIPS = {
    TSNE: "Keeps neighbours together; worked out on request, and watched",
    "pca": "The two widest directions; follows the training",
    UMAP: "Keeps neighbours together; worked out on request, in one piece",
    "dims": "Two dimensions of the code as they are; follows the training",
}
BRIEF = {
    "dims": "Dims",
    "train": "Train",
    "test": "Test",
    "kept": "Kept",
    "trustworthiness": "Trust",
    "continuity": "Cont.",
    "none": "One",
}
"""The same where three choices share a narrow row."""
NO_UMAP = 'UMAP is not installed: pip install "latentexplorer[umap]"'
EPOCHS_TIP = "Lay the codes of all kept epochs out on one map, so that its points move with the epochs; takes seconds"
PARTS = {"train": "Training", "test": "Held-out"}
COLORS = {
    "class": "Class",
    "error": "Error",
    "kl": "KL",
    "kept": "Neighbours kept",
    "trustworthiness": "Trustworthiness",
    "continuity": "Continuity",
    "none": "One colour",
}
COLOR_TIPS = {
    "kept": "How many of the 15 nearest on the map are among the 15 nearest in the latent space",
    "trustworthiness": "Low where neighbours on the map lie far apart in the latent space",
    "continuity": "Low where neighbours in the latent space lie far apart on the map",
}
