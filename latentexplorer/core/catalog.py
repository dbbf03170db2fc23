"""What a run may ask for: the model families and the data sources, each with what it can do and where its code is.

The tables hold no code of the models or sources themselves, so the command line and the window know every choice
before torch is imported. A new model or source is one module and one entry here.
"""

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


@dataclass(frozen=True)
class Source:
    """Where images come from.

    Attributes
    ----------
    labelled, factors : bool
        Whether its images carry classes, and known generative factors as columns.
    needs : str
        "" (always there), "root" (files in a data folder, else a download), "path" (the person's own files).
    own_settings : tuple of str
        The `data.*` settings that only this source reads.
    balanced : (int, int)
        How many classes it has, and how many training images each of them has at least (0: as many as are asked for);
        zeros where that is not known before they are loaded.
    counts : (int, int)
        Images to train on and held out, in the whole set, or that are generated if nobody says how many. Where the
        second is 0, a part of the first is held out. Zeros where that is not known before they are loaded.
    shape : (int, int, int)
        Height, width and channels of its images; zeros where that is not known before they are loaded.
    """

    name: str
    title: str
    summary: str
    path: str
    labelled: bool = True
    factors: bool = False
    needs: str = ""
    own_settings: tuple[str, ...] = ()
    balanced: tuple[int, int] = (0, 0)
    counts: tuple[int, int] = (0, 0)
    shape: tuple[int, int, int] = (0, 0, 0)

    @property
    def settings(self) -> frozenset[str]:
        """The `data.*` settings that change something for this source."""
        used = {"name", "train_per_class", "test_per_class", "limit", "test_fraction", "size", "fit", "color", "seed"}
        used.add("binarise")
        if self.needs == "root":
            used |= {"root", "held_out_from"}
        elif self.needs == "path":
            used |= {"path", "columns", "labels", "frames", "skip_unreadable"}
        return frozenset(used | set(self.own_settings))


SOURCES: Registry[Source] = Registry(
    "data set",
    [
        Source(
            "digits",
            "Handwritten digits",
            "1,797 digits of 8 x 8, part of scikit-learn",
            "latentexplorer.data.digits:load",
            balanced=(10, 174),
            counts=(1797, 0),
            shape=(8, 8, 1),
        ),
        Source(
            "shapes",
            "Shapes",
            "Generated squares, ellipses and triangles with known factors",
            "latentexplorer.data.shapes:load",
            factors=True,
            own_settings=("count",),
            balanced=(3, 0),
            counts=(10_000, 0),
            shape=(32, 32, 1),
        ),
        Source(
            "glyphs",
            "Glyphs",
            "Digits and letters drawn from fonts, labelled by character and style",
            "latentexplorer.data.glyphs:load",
            factors=True,
            own_settings=("count", "system_fonts"),
            balanced=(36, 0),
            counts=(10_800, 0),
            shape=(32, 32, 1),
        ),
        Source(
            "fashion-mnist",
            "Fashion-MNIST",
            "70,000 articles of clothing, 28 x 28, grey",
            "latentexplorer.data.torchvision_sets:load",
            needs="root",
            balanced=(10, 6000),
            counts=(60_000, 10_000),
            shape=(28, 28, 1),
        ),
        Source(
            "mnist",
            "MNIST",
            "70,000 digits, 28 x 28, grey",
            "latentexplorer.data.torchvision_sets:load",
            needs="root",
            balanced=(10, 5421),
            counts=(60_000, 10_000),
            shape=(28, 28, 1),
        ),
        Source(
            "kmnist",
            "KMNIST",
            "70,000 cursive Japanese characters, 28 x 28, grey",
            "latentexplorer.data.torchvision_sets:load",
            needs="root",
            balanced=(10, 6000),
            counts=(60_000, 10_000),
            shape=(28, 28, 1),
        ),
        Source(
            "cifar10",
            "CIFAR-10",
            "60,000 photographs, 32 x 32, colour",
            "latentexplorer.data.torchvision_sets:load",
            needs="root",
            balanced=(10, 5000),
            counts=(50_000, 10_000),
            shape=(32, 32, 3),
        ),
        Source(
            "svhn",
            "SVHN",
            "House numbers, 32 x 32, colour",
            "latentexplorer.data.torchvision_sets:load",
            needs="root",
            balanced=(10, 4659),
            counts=(73_257, 26_032),
            shape=(32, 32, 3),
        ),
        Source(
            "images",
            "My images",
            "A folder (sub-folders are classes), an npz or npy array, or idx files",
            "latentexplorer.data.own_images:load",
            labelled=False,
            needs="path",
        ),
    ],
)
