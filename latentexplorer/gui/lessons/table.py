"""The lessons: plain data. What is waited for and what is right are names of functions in `facts` and `answers`."""

from __future__ import annotations

from latentexplorer.gui.lessons.lesson import Lesson, Question, Step

_DIGITS = (
    "data.name=digits",
    "data.size=8",
    "model.architecture=mlp",
    "model.hidden=[64, 32]",
    "training.lr=0.003",
    "training.snapshots=0",
)
_VAE, _AE = (*_DIGITS, "model.family=vae"), (*_DIGITS, "model.family=ae")
_MOVE = "Pull a slider of Traversal from one end to the other"

_COLLAPSE = Lesson(
    "collapse",
    "A posterior collapses",
    "A KL weight that is too large leaves the code with nothing to say",
    "likelihood",
    (
        Step(
            "Press Train: a VAE of four numbers whose KL weighs 100 times as much as it should",
            "Watch the KL in Loss: it falls to nought. Read the edges of the map: all its groups lie beside nought",
            "trained",
            "train",
            trains=(*_VAE, "model.latent_dim=4", "model.beta=100", "training.epochs=12"),
        ),
        Step(_MOVE, "Watch the picture in Decoded", "moved", "diagnose", "traversal"),
        Step(
            question=Question(
                "What did the picture do while you pulled?",
                ("It hardly changed", "It became other digits", "It only got sharper"),
                (
                    "no pixel would change by more than 15 % of white",
                    "pixels would go from dark to bright",
                    "the strokes would stay in place and get steeper edges",
                ),
                "picture",
                "Pull once more, and look at Decoded and at the strip beside the slider",
                "A nat in the code costs 100 nats here and saves far less in pixels. So every posterior became the "
                "prior, and the decoder draws the mean of all digits",
            )
        ),
        Step(
            "Press Train again: the same model with a KL weight of 1",
            "Watch the KL in Loss: it stays above nought, the code says something",
            "trained",
            "train",
            trains=(*_VAE, "model.latent_dim=4", "model.beta=1", "training.epochs=15"),
        ),
        Step(_MOVE, "Watch the picture in Decoded", "moved", "diagnose", "traversal"),
        Step(
            question=Question(
                "How many of the four dimensions does this model use?",
                ("None, as before", "One or two", "Three or four"),
                (
                    "the means of no dimension would vary among images",
                    "the means of one or two dimensions would vary among images",
                    "the means of three or four dimensions would vary among images",
                ),
                "active",
                "Pull each slider: one that is used changes the picture",
                "With a weight of 1 a dimension is used while it saves more in pixels than it costs in KL",
            )
        ),
    ),
    "posterior collapse beta dead inactive dimensions",
)

_PRIOR = Lesson(
    "prior",
    "The prior shapes the code",
    "Where codes lie without a prior, with a normal one and with a uniform one",
    "latent-space",
    (
        Step(
            "Press Train: an auto-encoder of two numbers, and nothing that says where its codes should lie",
            "Watch the map: clouds form and drift apart; read the numbers at its edges",
            "trained",
            "train",
            trains=(*_AE, "model.latent_dim=2", "training.epochs=30"),
            keeps="spread",
        ),
        Step(
            "Press Train again: the same network as a VAE. Its KL holds the codes to a normal prior of width 1",
            "Watch the map: the clouds stay together around nought; read the numbers at its edges again",
            "trained",
            "train",
            trains=(*_VAE, "model.latent_dim=2", "model.beta=2", "training.epochs=30"),
            keeps="spread",
        ),
        Step(
            question=Question(
                "Whose codes lie nearer to where that prior draws?",
                ("The auto-encoder's", "The VAE's", "Both alike"),
                (
                    "the auto-encoder's numbers would be the nearer ones to 1, the width of the prior",
                    "the VAE's numbers would be the nearer ones to 1, the width of the prior",
                    "both would be about equally far from 1, the width of the prior",
                ),
                "nearer",
                "The map shows the VAE; the pane Runs opens the auto-encoder again: read the numbers at the edges",
                "A decoder finds its way to codes wherever they are. Only the KL costs something away from the prior",
            )
        ),
        Step(
            "Press Ctrl+D three times: each time a code is drawn from the prior",
            "Look at Decoded: most draws are digits, because codes were held to lie there",
            "drawn",
            "explore",
            "decoded",
        ),
        Step(
            "Press Train a third time: the same VAE with a uniform prior on -1 to 1",
            "Watch the map: which shape does the cloud take?",
            "trained",
            "train",
            trains=(
                *_VAE,
                "model.latent_dim=2",
                "model.beta=2",
                "model.prior=uniform",
                "model.kl_warmup=10",
                "training.epochs=30",
            ),
        ),
        Step(
            question=Question(
                "Where do its codes lie?",
                ("In a round cloud that thins out", "Inside a square from -1 to 1", "All over the plane"),
                (
                    "a good part of the codes would lie beyond 1 or -1",
                    "nearly all codes would lie between -1 and 1 in both directions",
                    "most codes would lie beyond 1 or -1",
                ),
                "square",
                "Read the numbers at the edges of the map",
                "The KL to a prior that is nought outside the square has no end there: no posterior reaches out of it",
            )
        ),
    ),
    "prior normal uniform regularisation",
)

_SHELL = Lesson(
    "shell",
    "A straight line leaves the shell",
    "In many dimensions the middle between two codes is not where codes are",
    "near-data",
    (
        Step(
            "Press Train: a VAE of 32 numbers",
            "Watch the total in Loss: it falls within seconds",
            "trained",
            "train",
            trains=(*_VAE, "model.latent_dim=32", "training.epochs=25"),
        ),
        Step(
            "In Interpolation press Draw two random codes",
            "Look at the strip: pictures on the way from A to B, two draws from the prior",
            "anchors",
            "explore",
            "interpolation",
        ),
        Step(
            "Double-click the slider below the strip: it goes to the middle of the way, 50 %",
            "Look at the picture: is it as sharp as those at the ends, A and B?",
            "straight",
            "",
            "interpolation",
        ),
        Step(
            question=Question(
                "How long is the code in the middle, beside those at the ends?",
                ("Shorter", "As long", "Longer"),
                (
                    "the middle would be shorter than the ends",
                    "the middle would be as long as the ends",
                    "the middle would be longer than the ends",
                ),
                "straight_length",
                "Think of two arrows from one point, and of the place halfway between their tips",
                "Draws of many numbers are nearly all equally long: they lie on a shell, and a straight line cuts "
                "through its hollow inside",
            )
        ),
        Step(
            "Choose spherical in place of linear, and double-click the slider again",
            "Is the picture in the middle sharper now?",
            "round",
            "",
            "interpolation",
        ),
        Step(
            question=Question(
                "And how long is the code in the middle of the spherical way?",
                ("Shorter", "As long", "Longer"),
                (
                    "the middle would be shorter than the ends",
                    "the middle would be as long as the ends",
                    "the middle would be longer than the ends",
                ),
                "round_length",
                "The spherical way goes around the middle, not through it",
                "It stays on the shell. That is not all: Decoded says near data only where codes of images lie in the "
                "same direction, too",
            )
        ),
    ),
    "interpolation linear spherical slerp high dimensions norm",
)

_STEP = "Click an image in the map, then move one slider of Traversal a little to the left or right; try three"

_HOLES = Lesson(
    "holes",
    "An auto-encoder has holes, a VAE fewer",
    "How far one may step aside from a code before one is where no image ever was",
    "near-data",
    (
        Step(
            "Press Train: an auto-encoder of 16 numbers. Each image becomes one code, exactly one",
            "Watch the error in Loss: it falls within seconds",
            "trained",
            "train",
            trains=(*_AE, "model.latent_dim=16", "training.epochs=15"),
            keeps="beside",
        ),
        Step(_STEP, "Below the picture in Decoded: does it still say near data?", "moved", "diagnose", "traversal"),
        Step(
            "Press Train again: the same network as a VAE. Each image becomes a small cloud of codes, not one code",
            "Watch the KL in Loss: it is what a narrow cloud costs",
            "trained",
            "train",
            trains=(*_VAE, "model.latent_dim=16", "training.epochs=15"),
            keeps="beside",
        ),
        Step(_STEP, "Is near data said more often now?", "moved", "diagnose", "traversal"),
        Step(
            question=Question(
                "Beside whose codes is it more often not near data?",
                ("The auto-encoder's", "The VAE's", "Both alike"),
                (
                    "more of the auto-encoder's steps would end far from data",
                    "more of the VAE's steps would end far from data",
                    "as many steps of both would end far from data",
                ),
                "beside",
                "Move single sliders of the VAE once more; the pane Runs opens the auto-encoder again",
                "The decoder of a VAE is trained on codes drawn from the cloud of each image. That of an auto-encoder "
                "sees one code of each: beside it is a hole, where nothing was ever trained",
            )
        ),
        Step(
            question=Question(
                "And whose pictures look more like real digits there?",
                ("The auto-encoder's", "The VAE's", "Both alike"),
                (
                    "the auto-encoder's pictures would be nearer to real digits",
                    "the VAE's pictures would be nearer to real digits",
                    "both would be about as near to real digits",
                ),
                "pictures",
                "Compare pictures one small step away from a code, not far ones",
                "Small decoders are smooth, so a hole need not look ugly. It is a place of which nothing is known, and "
                "only a number tells you so",
            )
        ),
    ),
    "gaps VAE auto-encoder posterior cloud support near data",
)

_DECODER = Lesson(
    "decoder",
    "A decoder learns without an encoder",
    "Every image owns a code that is learned with the decoder; a new image gets its code by fitting",
    "families",
    (
        Step(
            "Press Train: an auto-decoder. It has no encoder: each image owns two numbers, learned with the decoder",
            "Watch the map: codes begin in one heap, then they move. Colours are the digits, which it was not told",
            "trained",
            "train",
            trains=(*_DIGITS, "model.family=ad", "model.latent_dim=2", "training.epochs=60"),
            keeps="nought",
        ),
        Step(
            question=Question(
                "Of which digit are the neighbours of a code?",
                ("Mostly the same", "The same half of the time", "Any, as by chance"),
                (
                    "more than 65 % of the neighbours would be of the same digit",
                    "30 to 65 % of the neighbours would be of the same digit",
                    "not many more than 10 % of the neighbours would be of the same digit",
                ),
                "together",
                "Rest the mouse on a few points of the map, and look at the colours around them",
                "Images that look alike pull at the decoder in the same way, so their codes move to the same place. No "
                "encoder has to say so",
            )
        ),
        Step(
            "Press Ctrl+Shift+D, draw a digit, and press Keep",
            "Watch the map and Decoded: the code of your digit is found step by step, as the error gets smaller",
            "found",
            "explore",
            "decoded",
        ),
        Step(
            question=Question(
                "What was changed to make the picture more like your drawing?",
                ("Only the two numbers", "Only the decoder", "Both"),
                (
                    "the decoder would draw of the code 0, 0 what it drew before",
                    "the numbers would be as they began, and the decoder would draw other pixels of 0, 0",
                    "the decoder would draw other pixels of the code 0, 0",
                ),
                "fitted",
                "If the decoder had changed, the pictures in the latent grid would look different now",
                "To find a code is to go downhill in the error while the decoder is held still. An encoder is a "
                "network that has learned to guess where that ends",
            )
        ),
    ),
    "auto-decoder AD fit latent optimisation draw",
)

_TSNE = Lesson(
    "tsne",
    "What a t-SNE map does not say",
    "Neighbours on the map are neighbours; gaps, sizes and places are made up",
    "maps",
    (
        Step(
            "Press Train: a VAE of 8 numbers, too many to be drawn as they are",
            "The map shows a flat shadow of its codes (PCA): digits lie on each other",
            "trained",
            "train",
            trains=(
                *_VAE,
                "data.train_per_class=60",
                "data.test_per_class=20",
                "model.latent_dim=8",
                "training.epochs=30",
            ),
        ),
        Step(
            "In the map choose t-SNE in place of PCA, and wait until it stands still",
            "Groups come apart. Press Ctrl+H in the map and rest on points: then colour is the true distance",
            "mapped",
            "explore",
            "map",
        ),
        Step(
            question=Question(
                "What may you believe of this map? (Ctrl+H, then rest on points.)",
                ("Who is near", "Also how far groups are", "Neither"),
                (
                    "neighbours would be right, and distances of groups in another order",
                    "neighbours and the order of the distances would both be right (0.9 or more)",
                    "neighbours on the map would be no neighbours in the codes (below 0.9)",
                ),
                "believed",
                "Rest on a point: look around it, then at two groups equally far away",
                "t-SNE is made to keep neighbours, and gives up all other distances for it",
            )
        ),
        Step(
            "Press the two sliders below the map, set Perplexity (how many neighbours count) to 5, then Lay out again",
            "Before you do, note which colour lies beside which: the same codes are laid out once more",
            "mapped_again",
            "explore",
            "map",
        ),
        Step(
            question=Question(
                "Beside how many of the ten digits lies another group now than before?",
                ("None: all lie as before", "One to three", "Four or more"),
                (
                    "each digit would have the same nearest group as before",
                    "one to three digits would have another nearest group",
                    "four digits or more would have another nearest group",
                ),
                "regrouped",
                "Choose perplexity 30 once more: that map comes back at once. Compare what lies beside each colour",
                "The codes are what they were. What changes with a number that you chose says nothing of the codes",
            )
        ),
    ),
    "t-SNE tsne UMAP map perplexity distance clusters gaps",
)

LESSONS: dict[str, Lesson] = {lesson.name: lesson for lesson in (_COLLAPSE, _PRIOR, _HOLES, _SHELL, _DECODER, _TSNE)}
"""By name, in the order in which they are best taken."""
