"""What was sent from a form of an item's page and refused: it stays where it was written."""

from __future__ import annotations

from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from survey.rectification.circumstances import Circumstances
from survey.rectification.story import Story
from survey.web.console.item_ask import Ask

WORDS = ("measures", "note", "reason", "answer", "caption", "goal")
"""The fields that people write sentences in."""


@dataclass(frozen=True)
class Sent:
    """The fields of a refused form; `key` names the form, empty where nothing was refused."""

    key: str = ""
    fields: MultiDict[str, str] = field(default_factory=MultiDict)

    def of(self, key: str) -> MultiDict[str, str]:
        """Return what was sent from the form `key`: nothing, unless it is the refused one."""
        return self.fields if key and key == self.key else MultiDict()

    @property
    def words(self) -> str:
        """All sentences that were written, one below the other."""
        told = (text.strip() for name in WORDS for text in self.fields.getlist(name))
        return "\n".join(text for text in told if text)


def form_keys(ask: Ask, around: Circumstances, story: Story) -> frozenset[str]:
    """Return the forms that the page shows: where one is gone, its words are shown apart."""
    choices = [choice for choice in (ask.main, *ask.others) if choice and not choice.waits]
    shown = {
        "handling": bool(around.exits),
        "suspect": around.may_suspect,
        "judge": around.may_judge,
        "look": around.follow_up_by is not None,
        "extend": story.can_extend,
        "evidence": bool(story.upload_kinds),
    }
    return frozenset(
        {f"move-{choice.to}" for choice in choices}
        | {f"ask-{kind}" for kind in around.may_ask}
        | {f"answer-{each.kind}" for each in around.requests if each.may_answer}
        | {key for key, is_shown in shown.items() if is_shown}
    )
