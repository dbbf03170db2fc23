"""Decoded: the current code's image, the original beside it, and all that is known of the code."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import numpy as np
from PySide6.QtCore import QEvent, QObject, Slot

from latentexplorer.core.paths import slug
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.decoded.below import GAP_PX, BelowPicture
from latentexplorer.gui.panes.decoded.code_row import CodeRow
from latentexplorer.gui.panes.decoded.cost_words import cost_words
from latentexplorer.gui.panes.decoded.odd_line import CAPTION
from latentexplorer.gui.panes.decoded.picture_pair import PicturePair
from latentexplorer.gui.panes.decoded.pulled_code import PulledCode
from latentexplorer.gui.panes.decoded.room import PictureRoom
from latentexplorer.gui.widgets.guide_link import guide
from latentexplorer.gui.widgets.image_view import ImageView
from latentexplorer.gui.widgets.picture_menu import save_picture
from latentexplorer.gui.workers import code_tasks, decoding
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.base import Array
from latentexplorer.views.code import Code, as_setting
from latentexplorer.views.code_facts import QUICK, USUAL, Facts, facts_of, original_beside, shared_support

LEAST_ROOM_PX = 232
SOME_CODES = 2_000
"""Codes that say how far bars can be pulled."""
WORDS = {False: ("decoded", "original"), True: ("both parts, decoded", "both originals")}


class DecodedPane(Pane):
    """Shows what the session's current code decodes to."""

    object_name, title, view_kind = "decoded_pane", "Decoded", "decoded"
    follows = draws_later = True

    def __init__(self) -> None:
        super().__init__()
        # Its rows are fitted to the height there is; while they come and go they must not push the window's edge.
        self.content.setMinimumHeight(LEAST_ROOM_PX)
        self.facts: Facts | None = None
        self._shown: Code | None = None
        self._drawn: Code | None = None
        self._original: Array | None = None
        self._pulled = PulledCode()
        self.row = CodeRow()
        self.how, self.klass, self.bookmarks = self.row.how, self.row.klass, self.row.bookmarks
        self.decoded = ImageView("decoded_image")
        self.decoded.setAccessibleName("Decoded image")
        self.decoded.framed = True
        self.original = ImageView("original_image")
        self.original.setAccessibleName("Original image")
        self.original.placeholder = "no original"
        self.pair = PicturePair(self.decoded, self.original, ("decoded", "original"))
        self.below = BelowPicture()
        self.error, self.support = self.below.error, self.below.support
        strips = self.below.strips
        self.near_title, self.nearest = strips.near_title, strips.nearest
        self.draws_title, self.draws = strips.draws_title, strips.draws
        self.code_title, self.bars = self.below.code_title, self.below.bars
        self.new_image, self.classes = self.below.new_image, self.below.classes
        self.odd = self.below.odd
        self.odd.changed.connect(self._on_odd)
        self.new_image.resized.connect(self._refit)
        self.classes.resized.connect(self._refit)
        for strip, code_of in ((self.nearest, self._near_code), (self.draws, self._drawn_code)):
            strip.set_images(strip.images, code_of)
            strip.picked.connect(self._on_picked)
        self.bars.moved.connect(self._on_pulled)
        self.bars.settled.connect(self._on_let_go)
        self.bars.reset.connect(self._on_reset)
        self.body.setSpacing(GAP_PX)
        self.body.addWidget(self.row)
        self.room = PictureRoom(self.pair, self.below)
        self.body.addLayout(self.room)
        self.body.addWidget(self.below, 1)
        self.content.installEventFilter(self)
        self.add_menu_action("Save image…", self.save_image)
        self.add_menu_action("What does near data mean?", partial(guide.wanted.emit, "near-data"))
        self.add_menu_action("Is this image odd?", partial(guide.wanted.emit, "odd-images"))

    # -- what the session says -------------------------------------------------------------------------------------

    def on_bind(self) -> None:
        session = self.session
        for view in (self.decoded, self.original, self.nearest, self.draws):
            view.serve(session)
        self.new_image.serve(session)
        self.odd.serve(session)
        self.classes.serve(session)
        self.classes.chosen.connect(session.current.set_class)
        self.decoded.accept_codes()
        self.decoded.code_dropped.connect(session.current.set)
        session.current.decoded.connect(self._on_decoded)
        self.row.gone.connect(session.current.go)
        self.row.class_chosen.connect(session.current.set_class)
        self.row.bookmarks_asked.connect(self._open_bookmarks)
        session.bookmarks.changed.connect(self._on_bookmarks)
        session.dimensions.changed.connect(self._mark_bars)
        self.bookmarks.added.connect(self._on_bookmarked)
        self.bookmarks.chosen.connect(self._on_bookmark)
        self.bookmarks.deleted.connect(session.bookmarks.remove)
        self.bookmarks.renamed.connect(session.bookmarks.rename)

    def on_run(self) -> None:
        run = self.run
        self.row.offer_classes(run.class_names, self.session.current.conditional)
        self.classes.open(run, self.session.current.conditional)
        _, height, width = run.image_shape
        parts = run.config.model.kind.components
        wide = width * parts / height
        self._shape = (wide, run.data is not None, parts > 1)
        self._shape_pair()
        for label, words in zip(self.pair.labels, WORDS[parts > 1], strict=True):
            label.setText(words)
        codes = run.codes.get("train")
        self._mark_bars()
        self.bars.least_range = float(np.abs(codes.loc[:SOME_CODES]).max(initial=1.0)) if codes is not None else 1.0
        self._shown = self._drawn = self.facts = None
        self.odd.forget()
        for widget in (self.support, self.near_title, self.nearest, self.draws_title, self.draws):
            widget.hide()
        self.on_snapshot()

    @Slot()
    def _mark_bars(self) -> None:
        self.bars.mark(self.session.dimensions.first)

    def on_snapshot(self) -> None:
        current = self.session.current
        if current.code is not None:
            self.on_code(current.code)
        if current.image is not None and current.image_of is not None:
            self._on_decoded(current.image_of, current.image)

    def on_seen(self) -> None:
        super().on_seen()
        if self.session is not None and self.session.current.code is not None and not self._keeps(self._shown):
            self._ask()

    def _keeps(self, shown: Code | None) -> bool:
        """Whether what is shown stays: the pane is frozen, and only the run has gone on."""
        code = self.session.current.code
        if not self.frozen or shown is None or code is None:
            return False
        return code.same(shown) or (code.of_image and (code.part, code.index) == (shown.part, shown.index))

    def on_code(self, code: Code) -> None:
        if self._keeps(self._shown):
            return
        self._shown = code
        self._shape_pair()
        self.new_image.refresh()
        current = self.session.current
        self.row.show_code(code, self.run.class_names, current.can_go_back, current.can_go_forward)
        self.bars.set_code(code.z, code.scale)
        spread = ", mean ± σ" if code.scale is not None else ""
        self.code_title.setText(f"code · {code.z.size} {'dimension' if code.z.size == 1 else 'dimensions'}{spread}")
        if self.seen:
            self._ask()

    def _ask(self) -> None:
        session, code = self.session, self.session.current.code
        if code is not None:
            self.classes.follow(self.run, code)
            limit = QUICK if session.snapshots.following else USUAL
            question = partial(facts_of, self.run, code, shared_support, decoding.decode, limit)
            session.decoder.ask_in_steps("decoded:facts", question, self._on_facts)
            self.odd.ask(code)

    def _on_facts(self, facts: Facts) -> None:
        before, self.facts = self.facts, facts
        self.support.setVisible(facts.support is not None)
        self.support.show_support(facts.support, facts.near, facts.numbers, facts.odd)
        self.near_title.setText("nearest training images" if facts.original else "nearest training codes, decoded")
        self._show_draws(facts, before)
        self._show_error()
        self._fit()
        self._fill_strips()

    def _show_draws(self, facts: Facts, before: Facts | None) -> None:
        """Keep the old draws until the new ones are there, so that nothing jumps."""
        waiting = facts.draws is None and facts.code.scale is not None
        if waiting and before is not None and before.draws is not None:
            self.facts = replace(facts, draws=before.draws, drawn=before.drawn)
        for widget in (self.draws_title, self.draws):
            widget.setVisible(self.facts is not None and self.facts.draws is not None)
        for widget in (self.near_title, self.nearest):
            widget.setVisible(bool(len(facts.nearest)))

    def _fill_strips(self) -> None:
        facts = self.facts
        if facts is None:
            return
        count, columns = self.room.pictures, self.room.columns
        self.nearest.set_images(facts.images[:count], columns=columns)
        if facts.draws is not None:
            self.draws.set_images(facts.draws[:count], columns=columns)

    @Slot(object, object)
    def _on_decoded(self, code: Code, image: Array) -> None:
        if self._keeps(self._drawn):
            return
        self._drawn = code
        self.show_empty("")
        self.decoded.set_image(image, code)
        # At once: whatever else follows the code is drawn after it.
        self.decoded.repaint()
        self._show_original(code, image)
        self._show_error()

    def _show_original(self, code: Code, image: Array) -> None:
        """The original; where that is asked for, in its place where it does not fit."""
        self._original = original_beside(self.run, code, image)
        misfit = self.odd.misfit_of(code)
        shown = misfit.picture if misfit is not None else self._original
        mixture = code.image is not None and code.image.mixture
        words = "the mixture" if mixture else WORDS[self._shape[2]][1]
        self.pair.labels[1].setText(CAPTION if misfit is not None else words)
        self.original.placeholder = "its images are not there" if self.run.gone else "no original"
        self.original.set_image(shown, code if shown is not None else None)

    @Slot()
    def _on_odd(self) -> None:
        if self._drawn is not None and self.decoded.image is not None:
            self._show_original(self._drawn, self.decoded.image)
        self._refit()

    def _show_error(self) -> None:
        """The pixel error, and what the image costs in nats."""
        facts, code = self.facts, self.session.current.code
        known = facts if facts is not None and code is not None and facts.code.same(code) else None
        parts = self.run.config.model.kind.components
        words = cost_words(self._original, self.decoded.image, parts, known)
        self.error.setText(words)
        self.error.setVisible(bool(words))

    # -- room ------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # The content, and not the pane: a notice at its foot takes some of the height.
        if event.type() == QEvent.Type.Resize:
            self._refit()
        return False

    @Slot()
    def _refit(self) -> None:
        self._fit()
        self._fill_strips()

    _bare = False
    _shape = (1.0, True, False)

    def set_bare(self, bare: bool) -> None:
        self._bare = bare
        self.row.setVisible(not bare)
        self.below.setVisible(not bare)
        self._shape_pair()
        self._fit()

    def _shape_pair(self) -> None:
        """On a stage the decoded image stands alone."""
        wide, both, stacked = self._shape
        code = self.session.current.code
        both = both or (code is not None and code.image is not None)
        self.pair.set_shape(wide, wide, both and not self._bare, stacked=stacked)

    def _fit(self) -> None:
        area = self.content.contentsRect().marginsRemoved(self.body.contentsMargins())
        run = self.session.run if self.session is not None else None
        if self._bare:
            self.room.fit_alone(area.height())
        else:
            shape = run.image_shape[1:] if run is not None else (1, 1)
            parts = run.config.model.kind.components if run is not None else 1
            self.room.fit(area.size(), self.row.bookmarks_button.sizeHint().height(), shape, parts)

    # -- codes of the strips ---------------------------------------------------------------------------------------

    def _near_code(self, at: int) -> Code | None:
        if self.facts is None or at >= len(self.facts.nearest):
            return None
        return self.session.current.code_of("train", int(self.facts.nearest[at]))

    def _drawn_code(self, at: int) -> Code | None:
        facts = self.facts
        if facts is None or facts.drawn is None or at >= len(facts.drawn):
            return None
        return Code(facts.drawn[at], facts.code.y, how=f"a draw from the posterior of {facts.code.how}")

    @Slot(int)
    def _on_picked(self, at: int) -> None:
        code = self._near_code(at) if self.sender() is self.nearest else self._drawn_code(at)
        if code is not None:
            self.session.current.set(code)

    # -- pulling bars ----------------------------------------------------------------------------------------------

    @Slot(int, float)
    def _on_pulled(self, dimension: int, value: float) -> None:
        self._pull(dimension, value, passing=True)

    @Slot(int, float)
    def _on_let_go(self, dimension: int, value: float) -> None:
        self._pull(dimension, value, passing=False)

    @Slot(int)
    def _on_reset(self, dimension: int) -> None:
        """To the prior's mean, or that of the codes where there is no prior."""
        from latentexplorer.views.lookup import centre

        if self.session.run is not None:
            self._pull(dimension, float(centre(self.session.run)[dimension]), passing=False)

    def _pull(self, dimension: int, value: float, passing: bool) -> None:
        current = self.session.current
        if current.code is not None and dimension < current.code.z.size:
            pulled = self._pulled.pull(current.code, dimension, value)
            current.set(pulled, passing=passing, what=f"moving z{dimension}")
            self._pulled.current(current.code)

    # -- bookmarks -------------------------------------------------------------------------------------------------

    @Slot()
    def _open_bookmarks(self) -> None:
        code = self.session.current.code
        if code is not None:
            self._on_bookmarks()
            self.row.open_bookmarks(self.session.bookmarks.name_for(code))

    @Slot()
    def _on_bookmarks(self) -> None:
        self.row.show_bookmarks(self.session.bookmarks.codes)

    @Slot(str)
    def _on_bookmarked(self, name: str) -> None:
        bookmarks, code = self.session.bookmarks, self.session.current.code
        if code is not None:
            bookmarks.add(name or bookmarks.name_for(code), code)

    @Slot(str)
    def _on_bookmark(self, name: str) -> None:
        code = self.session.bookmarks.codes.get(name)
        if code is not None:
            self.bookmarks.hide()
            self.session.current.set(code, what=f"going to the bookmark {name}")

    # -- export ----------------------------------------------------------------------------------------------------

    @Slot()
    def save_image(self) -> None:
        """Save the decoded image itself, pixel by pixel, as a PNG."""
        image = self.decoded.qimage()
        if image is not None:
            save_picture(self, image, f"{slug(self.run.name)}-decoded.png", self.session)

    def view_settings(self) -> list[str]:
        code, run = self.session.current.code, self.run
        if code is None:
            return []
        settings = [f"code={as_setting(run, code)}"]
        if self.session.current.conditional and code.y is not None:
            settings.append(f"label={json.dumps(run.class_names[code.y])}")
        if code.image is not None and code.image.files:
            settings.append(f"image={json.dumps(list(code.image.files))}")
        return settings

    def restore(self, kind: str, settings: Settings) -> bool:
        index = settings.get("index", ())
        if kind == "reconstructions" and len(index) == 1:
            self.session.current.pick_image(settings.get("part", "test"), int(index[0]))
            return True
        if kind != self.view_kind:
            return False
        pick, files = settings.get("code", ""), tuple(settings.get("image", ()))
        if not pick and not files:
            return False
        work = partial(code_tasks.code_of_figure, self.run, pick, settings.get("label", ""), files)
        job = self.session.submit("Bringing the figure's code back", work)
        job.succeeded.connect(self.session.current.restore)
        return True
