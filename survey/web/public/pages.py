"""The form of a collection point as one HTML document that needs nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from forms.definition import ItemKind, Questionnaire
from forms.digest import digest
from forms.variants import FILLED, Facts, introduction
from reports.rule_fields import K_PUBLIC_FLOOR
from survey.campaigns.models import CollectionMode
from survey.collection.points import PointView
from survey.collection.proof import PUZZLE
from survey.web.public import conditions, source
from survey.web.public.page_bytes import SLOT, PageParts, compress
from survey.web.public.questions import Question
from survey.web.public.screens import Screen, cover_notes, minutes, screens_of
from survey.web.public.wording import HTML_LANGUAGES, LANGUAGES, last_day, words

VERSION_LENGTH = 16
MAX_FORMS = 64
ASKED = "asked"
"""In a form's field `signals`: the resident has seen that a text looks like personal data."""


@dataclass(frozen=True)
class Place:
    """What a form says of its collection point.

    `puzzle` is the work it asks for, if any. `is_daily`: each day's box is opened the next day.
    `fewest`: answers from which on results are published.
    """

    code: str
    facts: Facts
    closes_at: datetime
    zone: ZoneInfo
    puzzle: str = ""
    round_code: str = ""
    is_ticket: bool = False
    is_daily: bool = False
    fewest: int = K_PUBLIC_FLOOR

    @classmethod
    def of(cls, point: PointView, zone: ZoneInfo) -> Place:
        """Return what the form says of `point`, with days as the clocks of `zone` have them."""
        return cls(
            code=point.code,
            facts=Facts.of(point.facts),
            closes_at=point.closes_at,
            zone=zone,
            puzzle=PUZZLE if point.asks_proof else "",
            round_code=point.round_code,
            is_ticket=point.mode == CollectionMode.TICKET,
            is_daily=is_daily(point),
            fewest=point.fewest,
        )


@dataclass(frozen=True)
class Asked:
    """The questions of a form, the same for every target it is tailored to.

    `digest` names the questionnaire before it was tailored; what tailoring changes is on the
    cover. Two forms of one digest share their questions' HTML.
    """

    digest: str
    language: str
    questionnaire: Questionnaire = field(compare=False, repr=False)


@dataclass(frozen=True)
class Cover:
    """The words of the first screen."""

    title: str
    lines: tuple[str, ...]
    notes: tuple[str, ...]
    assurances: tuple[tuple[str, str], ...]
    organiser: str


@dataclass(frozen=True)
class Entered:
    """A form that came back: what was entered, what is wrong with it, and its key.

    `values` and `errors` are by item code. `note` stands above the list of errors, or alone.
    `proof` is the work that was done for the key, `ticket` what the form was opened with.
    `is_fresh` says that nobody has sent it yet: its address filled something in.
    """

    key: str
    receipt: str
    values: Mapping[str, Sequence[str]]
    errors: Mapping[str, str]
    note: str = ""
    is_asked: bool = False
    proof: str = ""
    ticket: str = ""
    is_fresh: bool = False


@dataclass(frozen=True)
class Fault:
    """A question that needs another look, named in the summary."""

    code: str
    label: str


def form_version(questionnaire: Questionnaire) -> str:
    """Return what a form says in its field `fv`: which questionnaire it was made from."""
    return digest(questionnaire)[:VERSION_LENGTH]


def middle(key: str, receipt: str, ticket: str = "") -> str:
    """Return the part in which two copies of a form differ: the page's key, its receipt, a ticket.

    None of them can hold a sign that means something in HTML, so nothing needs escaping.
    """
    slip = f'<input type="hidden" name="ticket" value="{ticket}">' if ticket else ""
    return f'{key}">{slip}<b>{receipt[:4]} {receipt[4:8]} {receipt[8:]}'


def renderer(zone: ZoneInfo) -> Callable[[Questionnaire, PointView, str], PageParts]:
    """Return what renders the forms of a round when it opens, one for each point and language."""

    def render(questionnaire: Questionnaire, point: PointView, language: str) -> PageParts:
        return render_form(asked_of(point, language, questionnaire), Place.of(point, zone))

    return render


def asked_of(point: PointView, language: str, questionnaire: Questionnaire) -> Asked:
    """Return the questions of a point: those of a pattern are its own."""
    is_own = questionnaire.subject in FILLED
    return Asked(point.form_digest if is_own else point.digest, language, questionnaire)


def render_form(asked: Asked, place: Place) -> PageParts:
    """Return the form of `place`, compressed, with a slot for what `middle` makes."""
    html, policy = _document(asked, place, SLOT, None)
    return compress(html, policy)


def render_again(asked: Asked, place: Place, entered: Entered) -> tuple[str, str]:
    """Return the form with what was entered and what is wrong, and its content policy."""
    return _document(asked, place, middle(entered.key, entered.receipt, entered.ticket), entered)


def cover_of(questionnaire: Questionnaire, place: Place, language: str) -> Cover:
    """Return the first screen; each assurance on it is true of this form and this round."""
    said = introduction(language, place.facts)
    notes = (note.removeprefix(said) for note in cover_notes(questionnaire, language))
    return Cover(
        title=questionnaire.title.to(language),
        lines=place.facts.name_lines,
        notes=tuple(note for note in notes if note),
        assurances=_assurances(questionnaire, place, language),
        organiser=words(language)["organiser"].format(organiser=place.facts.organiser),
    )


def is_daily(point: PointView) -> bool:
    """Whether a day's answers at `point` are opened the day after, not all at the close."""
    return any(box.starts_at is not None for box in point.boxes)


def _assurances(
    questionnaire: Questionnaire, place: Place, language: str
) -> tuple[tuple[str, str], ...]:
    """Return how anonymity works in three sentences, and how long it takes."""
    texts = words(language)
    has_words = any(i.kind is ItemKind.TEXT and not i.is_contact for i in questionnaire.items)
    closing = last_day(place.closes_at, place.zone, language)
    return (
        (texts["anonymous"], texts["anonymous_ticket" if place.is_ticket else "anonymous_text"]),
        (
            texts["sealed"],
            texts["sealed_daily" if place.is_daily else "sealed_text"].format(date=closing),
        ),
        (texts["few"], texts["few_text"].format(least=place.fewest)),
        (
            texts["minutes"].format(minutes=minutes(questionnaire)),
            texts["minutes_text" if has_words else "minutes_text_short"],
        ),
    )


def _document(asked: Asked, place: Place, slot: str, entered: Entered | None) -> tuple[str, str]:
    questionnaire, language = asked.questionnaire, asked.language
    style = source.style("base.css", "form.css")
    has_picture = bool(questionnaire.picture_items)
    script = source.form_script(
        conditions.operations(questionnaire),
        has_picture=has_picture,
        has_sums=bool(questionnaire.calculations),
    )
    screens = _screens(asked)
    query = query_of(language)
    values: dict[str, Any] = {
        "t": words(language),
        "html_language": HTML_LANGUAGES.get(language, language),
        "style": Markup(style),  # noqa: S704 - our own file
        "script": Markup(script),  # noqa: S704 - our own file
        "cover": cover_of(questionnaire, place, language),
        "page_count": len(screens),
        "form_version": form_version(questionnaire),
        "action": f"/q/{place.code}{query}",
        "thanks": f"/q/{place.code}/thanks{query}",
        "round_code": place.round_code,
        "privacy": f"/privacy{query}",
        "other": _other_language(questionnaire, place, language),
        "other_lang": HTML_LANGUAGES["zh" if language == "en" else "en"],
        "puzzle": place.puzzle,
        "proof": entered.proof if entered else "",
        "slot": Markup(slot),  # noqa: S704 - see `middle`
        "sections": _sections(asked, entered) if entered else _blank_sections(asked),
        "faults": _faults(screens, entered.errors) if entered else (),
        "summary": _summary(entered, language) if entered and not entered.is_fresh else "",
        "has_picture": has_picture,
        "signals": ASKED if entered and entered.is_asked else "",
    }
    return source.render("form.html", **values), source.policy(style, script)


@lru_cache(maxsize=MAX_FORMS)
def _screens(asked: Asked) -> tuple[Screen, ...]:
    return screens_of(asked.questionnaire, asked.language)


@lru_cache(maxsize=MAX_FORMS)
def _blank_sections(asked: Asked) -> Markup:
    return _sections(asked, None)


def _sections(asked: Asked, entered: Entered | None) -> Markup:
    html = source.render(
        "sections.html",
        t=words(asked.language),
        screens=_screens(asked),
        values=entered.values if entered else {},
        errors=entered.errors if entered else {},
    )
    return Markup(html)  # noqa: S704 - made by a template that escapes


def query_of(language: str) -> str:
    """Return what an address needs after it so that its page comes in `language`."""
    return "" if language == LANGUAGES[0] else f"?lang={language}"


def _other_language(questionnaire: Questionnaire, place: Place, language: str) -> str:
    """Return the address of the same form in the other language, where it has one."""
    other = "zh" if language == "en" else "en"
    if other not in questionnaire.languages:
        return ""
    return f"{'/t' if place.is_ticket else f'/q/{place.code}'}{query_of(other)}"


def _summary(entered: Entered, language: str) -> str:
    if entered.note:
        return entered.note
    return words(language)["missing"].replace("%", str(len(entered.errors)))


def _faults(screens: Sequence[Screen], errors: Mapping[str, str]) -> tuple[Fault, ...]:
    return tuple(
        Fault(question.code, question.label)
        for screen in screens
        for question in _with_opened(screen.questions)
        if question.code in errors
    )


def _with_opened(questions: Sequence[Question]) -> list[Question]:
    found: list[Question] = []
    for question in questions:
        found += [question, *_with_opened(question.opened)]
    return found
