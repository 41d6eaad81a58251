"""The Chinese words of the platform's tables, for the catalogue of translations.

Features know no translations: their tables hold Chinese, and pages print it through `texts.term`.
`make messages` asks this module for the words, so that a new state or source cannot be forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator

from reports import display, rule_words
from reports.award_list import CONDITIONS
from reports.composites import COMPONENT_LABELS, UNSCORED_SENTENCES
from reports.outside import GRADES
from reports.second_looks import SIGN_LABELS
from reports.stars import REASON_LABELS
from reports.trend import Verdict
from survey.notices.rules import WORDS as NOTICES
from survey.org.columns import MEMBER_CATEGORIES, SECTORS, UNIT_TYPES
from survey.ratings.awards import CALIBRES
from survey.ratings.outside import SOURCES
from survey.rectification.evidence import KIND_LABELS
from survey.rectification.letters import LABELS as LETTERS
from survey.rectification.queries import DUTIES, ON_BEHALF
from survey.rectification.states import DONE, LOOKS, MOVES, SIDE_LABELS, SOURCE_LABELS
from survey.rectification.story import STAGES


def words() -> Iterator[tuple[str, str]]:
    """Yield every word with its use as `texts.term` is told it; some come more than once."""
    yield from ((look.label, "state") for look in LOOKS.values())
    yield from ((move.label, "act") for move in MOVES)
    yield from ((done, "done") for done in DONE.values())
    yield from ((stage, "stage") for stage in STAGES)
    plain = (
        *(duty.label for duty in (*DUTIES, ON_BEHALF)),
        *SIDE_LABELS.values(),
        *SOURCE_LABELS.values(),
        *KIND_LABELS.values(),
        *LETTERS.values(),
        *(text for each in NOTICES.values() for text in (each.title, each.then)),
        *SECTORS,
        *UNIT_TYPES,
        *MEMBER_CATEGORIES,
        display.CENSUS,
        *COMPONENT_LABELS.values(),
        *UNSCORED_SENTENCES.values(),
        *REASON_LABELS.values(),
        *SIGN_LABELS.values(),
        *rule_words.words(),
        *(verdict.sentence for verdict in Verdict),
        *SOURCES,
        *GRADES,
        *CONDITIONS,
        *CALIBRES.values(),
    )
    yield from ((word, "") for word in plain)


def extract(
    *_: object, **__: object
) -> Iterator[tuple[int, str, str | tuple[str, str], list[str]]]:
    """Yield the words as Babel's extraction wants them: line, function, message, comments."""
    for word, use in dict.fromkeys(words()):
        yield (1, "pgettext", (use, word), []) if use else (1, "gettext", word, [])
