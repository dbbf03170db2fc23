"""The table of model families: what each can do, and where its code is."""

from __future__ import annotations

from dataclasses import dataclass

from latentexplorer.core.registry import Registry

PRIORS = ("normal", "laplace", "exponential", "uniform")
LIKELIHOODS = ("gaussian", "bernoulli", "laplace")


@dataclass(frozen=True)
class Term:
    """A term of a family's loss beside reconstruction and KL.

    Attributes
    ----------
    name : str
        Of its columns in the history (`train_penalty`, `test_penalty`), of its curve and its figure in `evaluate`. They
        hold it as it is, before its weight, as those of the KL do.
    title, short : str
        What a person reads, and the same where there is little room.
    summary : str
        What it is, in one sentence.
    weight : str or float
        What it counts in the loss: a `model.*` setting, or a number; 0 for what is watched and not minimised.
    unit : str
        Curves of one unit share an axis.
    of_batch : bool
        Whether it is one quantity of all images of a batch together and not the mean of a value of each. Several
        processes that train on one batch give it what they all have, see `Batch.whole`; and it is measured on batches
        as large as those of training.
    alone : str
        Why several processes cannot train it; empty where they can.
    """

    name: str
    title: str
    short: str
    summary: str
    weight: str | float = 1.0
    unit: str = "nats per image"
    of_batch: bool = False
    alone: str = ""


@dataclass(frozen=True)
class Family:
    """A family of latent-variable models.

    Attributes
    ----------
    architectures : tuple of str
        Names from `latentexplorer.models.architectures`, the default first.
    variational : bool
        Whether a posterior has a scale and the loss a KL term.
    conditional : bool
        Whether encoder and decoder are told the class of the image.
    encoder : bool
        Whether an image's posterior comes from a network (else a codebook holds it and unseen images are fitted).
    gradient : bool
        Whether training is by gradient steps (PCA is solved at once).
    components : int
        Images in one decode, shown side by side: 2 where a mixture is taken apart.
    terms : tuple of Term
        What its loss has beside reconstruction and KL.
    own_settings : tuple of str
        The `model.*` settings that only it reads, beside the weights of its terms.
    source : str
        The paper.
    """

    name: str
    title: str
    summary: str
    path: str
    architectures: tuple[str, ...]
    source: str
    variational: bool = False
    conditional: bool = False
    encoder: bool = True
    gradient: bool = True
    components: int = 1
    terms: tuple[Term, ...] = ()
    own_settings: tuple[str, ...] = ()

    @property
    def separates(self) -> bool:
        """Whether it takes mixtures of images apart: its codes are those of mixtures, its decodes of several images."""
        return self.components > 1

    @property
    def priors(self) -> tuple[str, ...]:
        """Latent distributions to choose from; empty where the model has none to choose."""
        return PRIORS if self.variational else ()

    @property
    def couples_batch(self) -> bool:
        """Whether the loss of an image depends on the others of its batch."""
        return any(term.of_batch for term in self.terms)

    @property
    def likelihoods(self) -> tuple[str, ...]:
        """Observation models to choose from."""
        if not self.gradient:
            return ("gaussian",)
        return ("laplace",) if self.separates else LIKELIHOODS

    @property
    def settings(self) -> frozenset[str]:
        """The `model.*` settings that change something in this family."""
        used = {"family", "latent_dim", "sigma"}
        if self.gradient:
            used |= {"architecture", "hidden", "channels", "likelihood"}
        if self.variational:
            used |= {"prior", "log_codes", "beta", "kl_warmup", "free_bits"}
        if not self.encoder:
            used |= {"code_init", "code_init_scale"}
        if self.separates:
            used -= {"hidden", "channels", "latent_dim", "sigma"}
        used |= {term.weight for term in self.terms if isinstance(term.weight, str)}
        return frozenset(used | set(self.own_settings))


_AUTODECODER = ("dcgan", "linear-dcgan", "dcgan-linear", "mlp")
_PENALTY = Term(
    "penalty",
    "Code penalty",
    "Penalty",
    "Squared length of the code times model.code_penalty: minus the log of its Gaussian prior, up to a constant",
)

FAMILIES: Registry[Family] = Registry(
    "model family",
    [
        Family(
            "ad",
            "Auto-decoder",
            "A decoder and one free code per image; unseen images get theirs by optimisation",
            "latentexplorer.models.families.autodecoder:AutoDecoder",
            _AUTODECODER,
            "Bojanowski et al. 2018 (GLO); Park et al. 2019 (DeepSDF)",
            encoder=False,
            terms=(_PENALTY,),
            own_settings=("code_penalty",),
        ),
        Family(
            "vad",
            "Variational auto-decoder",
            "A decoder and one free posterior per image, with a prior of your choice",
            "latentexplorer.models.families.autodecoder:VariationalAutoDecoder",
            _AUTODECODER,
            "Zadeh et al. 2019 (Variational Auto-Decoder)",
            variational=True,
            encoder=False,
            own_settings=("match_prior",),
        ),
        Family(
            "pca",
            "PCA",
            "Principal components: the best linear code, found without training",
            "latentexplorer.models.families.pca:PrincipalComponents",
            ("linear",),
            "Pearson 1901; Tipping and Bishop 1999",
            gradient=False,
        ),
        Family(
            "linear-ae",
            "Linear auto-encoder",
            "One linear layer down, one up: spans the same space as PCA",
            "latentexplorer.models.families.autoencoder:LinearAutoEncoder",
            ("linear",),
            "Baldi and Hornik 1989",
        ),
        Family(
            "ae",
            "Auto-encoder",
            "Fully connected layers down to the code and back up",
            "latentexplorer.models.families.autoencoder:AutoEncoder",
            ("mlp",),
            "Hinton and Salakhutdinov 2006",
        ),
        Family(
            "conv-ae",
            "Convolutional auto-encoder",
            "Strided convolutions down to a small map of codes and back up",
            "latentexplorer.models.families.autoencoder:ConvAutoEncoder",
            ("strided", "dcgan"),
            "Masci et al. 2011",
        ),
        Family(
            "vae",
            "Variational auto-encoder",
            "An encoder that answers with a distribution, fully connected",
            "latentexplorer.models.families.vae:VAE",
            ("mlp", "mlp-relu", "linear"),
            "Kingma and Welling 2014; Higgins et al. 2017 (beta)",
            variational=True,
        ),
        Family(
            "conv-vae",
            "Convolutional VAE",
            "A variational auto-encoder made of convolutions",
            "latentexplorer.models.families.vae:ConvVAE",
            ("strided", "dcgan"),
            "Kingma and Welling 2014",
            variational=True,
        ),
        Family(
            "cvae",
            "Conditional VAE",
            "A VAE that is told the class, so that the code is left to carry the style",
            "latentexplorer.models.families.conditional_vae:ConditionalVAE",
            ("mlp",),
            "Sohn, Lee and Yan 2015",
            variational=True,
            conditional=True,
        ),
        Family(
            "conv-cvae",
            "Conditional convolutional VAE",
            "A convolutional VAE that is told the class",
            "latentexplorer.models.families.conditional_vae:ConditionalConvVAE",
            ("strided", "dcgan"),
            "Sohn, Lee and Yan 2015",
            variational=True,
            conditional=True,
        ),
        Family(
            "separation-ae",
            "Separation auto-encoder",
            "One encoder and two decoders take a mixture of two images apart",
            "latentexplorer.models.families.separation:SeparationAutoEncoder",
            ("separation",),
            "Permutation-invariant loss: Yu et al. 2017",
            components=2,
            own_settings=("mixture", "dropout"),
        ),
        Family(
            "tc-vae",
            "Beta-TC-VAE",
            "A VAE whose KL is taken apart, with a weight on how much dimensions tell of each other",
            "latentexplorer.models.families.tc_vae:TCVAE",
            ("mlp",),
            "Chen, Li, Grosse and Duvenaud 2018",
            variational=True,
            terms=(
                Term(
                    "mi",
                    "Mutual information",
                    "MI",
                    "How much a code tells of which image it is; counted in the KL",
                    weight=0.0,
                    of_batch=True,
                ),
                Term(
                    "tc",
                    "Total correlation",
                    "TC",
                    "How much the dimensions of a code tell of each other; in the KL, and once more by its own weight. "
                    "An estimate from a batch, which may fall below zero",
                    weight="tc_weight",
                    of_batch=True,
                ),
                Term(
                    "dimwise_kl",
                    "Dimension-wise KL",
                    "Dims",
                    "How far each dimension by itself is from the prior; counted in the KL",
                    weight=0.0,
                    of_batch=True,
                ),
            ),
        ),
        Family(
            "wae",
            "Wasserstein auto-encoder",
            "An auto-encoder whose codes, all together, are spread like draws from a normal prior",
            "latentexplorer.models.families.wae:WAE",
            ("mlp",),
            "Tolstikhin, Bousquet, Gelly and Schoelkopf 2018 (WAE-MMD)",
            terms=(
                Term(
                    "mmd",
                    "MMD² to the prior",
                    "MMD²",
                    "How far the distribution of codes is from the prior: their squared maximum mean discrepancy",
                    weight="mmd_weight",
                    unit="MMD²",
                    of_batch=True,
                ),
            ),
        ),
    ],
)
