"""The page of an item: all that an actor sees of it, and what was refused there just now."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from survey import clock
from survey.rectification import evidence, letters, suggestions
from survey.rectification.circumstances import circumstances_of
from survey.rectification.item import reference_of
from survey.rectification.story import story as story_of
from survey.rectification.visibility import is_seen
from survey.web.console import item_handling, item_page, words
from survey.web.console.item_ask import ask_of
from survey.web.console.item_evidence import shown
from survey.web.console.item_handling import facts_of
from survey.web.console.item_residents import residents_of
from survey.web.console.item_sent import Sent, form_keys
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.texts import term
from survey.web.unit_of_work import reading

NOTHING = Sent()


def show_item(
    number: str, refused: str = "", *, sent: Sent = NOTHING, status: int = 200
) -> ResponseReturnValue:
    """Return the page of an item, with why something was refused and what was written there."""
    with reading() as session:
        story = story_of(session, actor(), number, now=clock.now())
        around = circumstances_of(session, actor(), number, now=clock.now())
        ask = ask_of(story)
        return page(
            session,
            "console/item.html",
            story=story,
            may_post=is_seen(session, number),
            residents=residents_of(session, number),
            shown=shown(story.evidence),
            badge=item_page.badge_of(story.row.look),
            chip=item_page.chip_of(item_page.deadline_of(story)),
            ask=ask,
            around=around,
            facts=facts_of(around),
            handlings=item_handling.HANDLINGS,
            asks=item_handling.ASKS,
            steps=item_page.steps_of(story),
            meter=item_page.meter_of(story.recheck),
            warning=item_page.warning_of(story),
            refused=refused,
            sent=sent,
            is_form_shown=sent.key in form_keys(ask, around, story),
            suggestions=suggestions.suggested(story.row.source, story.row.source_ref),
            kinds=[(kind.value, term(evidence.KIND_LABELS[kind])) for kind in story.upload_kinds],
            roles={role.value: text for role, text in words.ROLES.items()},
            reference=reference_of(story.row.source_ref),
            letters=letters.fitting(story.row.state),
            names={event.actor: event.actor_name for event in story.timeline},
        ), status
