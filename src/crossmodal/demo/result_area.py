"""Where the page shows an answer, and a moment later what Whisper hears of it."""

import logging
from collections.abc import Callable
from typing import Any

import gradio as gr

from crossmodal.demo import fragments
from crossmodal.demo.studio import Answer
from crossmodal.demo.transcriber import Transcriber
from crossmodal.errors import UserError, explain_failure

EMPTY = ["", "", "", None]
# No spinners over the page for what takes a fraction of a second, and no public API.
SCROLL = "() => document.getElementById('%s').scrollIntoView({block: 'nearest'})"
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
KEPT = 3600  # seconds that an answer is kept
BROKEN = "something went wrong that should not have; the terminal says what"
log = logging.getLogger(__name__)


class ResultArea:
    """The parts to be filled: a card, what was heard, what is near; and the answer behind them."""

    def __init__(self, transcriber: Transcriber, name: str) -> None:
        """`name` is the start of the parts' ids in the page."""
        self.transcriber = transcriber
        self.card, self.heard, self.nearest = (
            gr.HTML(elem_id=f"{name}-{part}") for part in ("card", "heard", "nearest")
        )
        self.answer = gr.State(time_to_live=KEPT)
        self.parts = [self.card, self.heard, self.nearest, self.answer]

    def fill(
        self,
        start: Callable[..., Any],
        make: Callable[..., Answer],
        inputs: list[Any],
        scroll: bool = False,
        **options: Any,
    ) -> None:
        """Show what `make` makes of the inputs' values, then listen.

        Args:
            start: adds a listener to an event, such as `button.click`; `options` are for it.
            scroll: whether to bring what is shown into view.
        """
        options |= QUIET
        shown = start(lambda *values: show(make, *values), inputs, self.parts, **options)
        if scroll:
            shown.then(None, js=SCROLL % self.card.elem_id)
        shown.then(self.listen, self.answer, self.heard, **QUIET)

    def listen(self, answer: Answer | None) -> str:
        """What Whisper hears in an answer; nothing where it has no sound."""
        if answer is None or answer.sound is None:
            return ""
        try:
            return fragments.show_heard(self.transcriber.transcribe(answer.sound), answer.source)
        except UserError as error:
            return fragments.show_notice(str(error))


def show(make: Callable[..., Answer], *values: Any) -> list[Any]:
    """The contents of an area; a person's mistake is shown in it as a sentence."""
    try:
        answer = make(*values)
    except UserError as error:
        return [fragments.show_notice(str(error)), *EMPTY[1:]]
    except (OSError, MemoryError) as error:
        log.error("%s", explain_failure(error))
        return [fragments.show_notice(explain_failure(error)), *EMPTY[1:]]
    except Exception:
        log.exception("an answer failed")
        return [fragments.show_notice(BROKEN), *EMPTY[1:]]
    heard = "" if answer.sound is None else fragments.show_heard(None, answer.source)
    nearest = fragments.show_nearest(answer.nearest)
    return [fragments.show_answer(answer), heard, nearest, answer]
