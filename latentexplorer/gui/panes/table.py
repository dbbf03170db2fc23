"""The panes of the window: one module each, one entry each in this table."""

from __future__ import annotations

from dataclasses import dataclass

from latentexplorer.core.registry import Registry


@dataclass(frozen=True)
class PaneEntry:
    """A pane; where it stands is told by the workspaces.

    Attributes
    ----------
    name : str
        Its object name is `{name}_pane`.
    path : str
        "module:Class", imported when the window is built.
    known_as : tuple of str
        Other names: who looks for one of them means this pane.
    """

    name: str
    title: str
    path: str
    known_as: tuple[str, ...] = ()


_HERE = "latentexplorer.gui.panes"
COLLAPSE = (
    "collapse monitor",
    "collapse",
    "collapsed",
    "posterior collapse",
    "KL collapse",
    "dead dimensions",
    "dead units",
    "inactive dimensions",
    "unused dimensions",
    "active dimensions",
    "active units",
    "KL",
    "KL per dimension",
    "KL divergence",
    "latent dimensions",
    "which dimensions are used",
    "which latents are used",
    "which z dims are alive",
    "which latent matters most",
    "dimension effect",
    "importance of a dimension",
    "sensitivity of the decoder",
    "disentanglement",
    "what does a dimension do",
    "correlation with labels",
    "latent factors",
    "factors of variation",
    "feature importance",
)
EXPLAINED = (
    "loss terms",
    "terms of the loss",
    "loss explained",
    "explain loss",
    "ELBO",
    "evidence lower bound",
    "negative log-likelihood NLL",
    "nats per image",
    "bits per dimension",
    "bits per pixel",
    "bpd",
    "reconstruction loss",
    "KL",
    "KL term",
    "total correlation",
    "mutual information",
    "beta scale equals",
    "MSE sum mean reduction",
    "loss breakdown",
    "loss decomposition",
    "rate distortion",
    "reconstruction versus KL",
    "beta weight",
)
SUPPORT = (
    "support meter",
    "is this code realistic",
    "how odd is this code",
    "distance to training data",
    "distance to the data",
    "holes in latent space",
)
SWEPT = (
    "how many dimensions",
    "number of dimensions",
    "latent size",
    "knee",
    "elbow",
    "sweep",
    "grid search",
    "hyperparameter search",
    "bottleneck size",
    "how large should z be",
    "intrinsic dimension",
)
ATTRIBUTES = (
    "attribute vectors",
    "attribute vector",
    "attribute",
    "latent arithmetic",
    "vector arithmetic",
    "analogy",
    "analogies",
    "concept vector",
    "semantic direction",
    "direction",
    "linear direction",
    "steering vector",
    "smile vector",
    "add glasses",
    "concept activation vector TCAV",
)

PRIOR = (
    "prior lab",
    "what if the prior were",
    "prior mismatch",
    "aggregate posterior",
    "density of the codes",
    "codes vs prior",
    "does q(z) match p(z)",
    "prior hole",
    "sample from another prior",
    "Wasserstein distance",
    "maximum mean discrepancy MMD",
    "Gaussian Laplace Exponential Uniform prior",
)

PANES: Registry[PaneEntry] = Registry(
    "pane",
    [
        PaneEntry("training", "Training", f"{_HERE}.training.pane:TrainingPane"),
        PaneEntry("map", "Map", f"{_HERE}.map.pane:MapPane"),
        PaneEntry("latent_grid", "Latent grid", f"{_HERE}.latent_grid.pane:LatentGridPane"),
        PaneEntry("decoded", "Decoded", f"{_HERE}.decoded.pane:DecodedPane", SUPPORT),
        PaneEntry("loss", "Loss", f"{_HERE}.loss.pane:LossPane"),
        PaneEntry("loss_terms", "Loss explained", f"{_HERE}.loss_terms.pane:LossTermsPane", EXPLAINED),
        PaneEntry("traversal", "Traversal", f"{_HERE}.traversal.pane:TraversalPane"),
        PaneEntry("interpolation", "Interpolation", f"{_HERE}.interpolation.pane:InterpolationPane"),
        PaneEntry("gallery", "Gallery", f"{_HERE}.gallery.pane:GalleryPane"),
        PaneEntry("dimensions", "Dimensions", f"{_HERE}.dimensions.pane:DimensionsPane", COLLAPSE),
        PaneEntry("prior_lab", "Prior lab", f"{_HERE}.prior_lab.pane:PriorLabPane", PRIOR),
        PaneEntry("attributes", "Attributes", f"{_HERE}.attributes.pane:AttributesPane", ATTRIBUTES),
        PaneEntry("runs", "Runs", f"{_HERE}.runs.pane:RunsPane"),
        PaneEntry("comparison", "Comparison", f"{_HERE}.comparison.pane:ComparisonPane"),
        PaneEntry("sweep", "Sweep", f"{_HERE}.sweep.pane:SweepPane", SWEPT),
    ],
)
