"""Generated sentences in other words: what may be edited, and that no figure changes on the way.

Words are free; the numbers of a sentence stay as they are and in their order, so that an edited
sentence says no more and no less than the figures do.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from reports.parts import (
    Absent,
    Block,
    EvaluationReport,
    Paragraph,
    Priorities,
    Reworded,
    Section,
)

_YEAR = re.compile(r"[\[（(【［〔]\s*([0-9]{4})\s*[\])）】］〕]\s*第?\s*0*([1-9][0-9]*)?")
# A day or an address that is not known yet, and what is said of days before and after.
_BLANK = re.compile("\u3000{2,}(?:年\u3000{2,}月\u3000{2,}日)?")
_DAYS, _ANY_DAYS = re.compile("(?:不少于|共)[0-9]+个工作日"), "(?:不少于|共)[0-9]+个工作日"
_ENCLOSED = re.compile("[\u2460-\u24ff\u2776-\u2793]")
_NUMBER = re.compile(r"(?<![0-9.,])[-+−]?[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?%?")

# Quantities in words, as far as they could pass for figures. 十分满意 and 百分制 are none.
_DIGIT = "零〇一二两三四五六七八九十百千万亿点"
_WORDED = re.compile(
    "|".join(
        (
            f"百分之[{_DIGIT}]+",
            f"[{_DIGIT}]+分之[{_DIGIT}]+",
            f"[一二两三四五六七八九][{_DIGIT}]*成(?![为绩员立果效功本长])",
            f"(?!十分|百分|万分)[二两三四五六七八九十百千万][{_DIGIT}]*(?:人|张|票|名|分|倍|个百分点)",
            "过半|半数|一半",
        )
    )
)


@dataclass(frozen=True)
class Sentence:
    """A sentence that may be edited: where it stands, and what it says."""

    place: str
    text: str

    @property
    def digest(self) -> str:
        """What names the sentence: an edit belongs to these words and figures alone."""
        return digest_of(self.text)


@dataclass(frozen=True)
class Difference:
    """Numbers that an edited sentence lacks, and those that it adds; equal ones in other order."""

    missing: tuple[str, ...]
    added: tuple[str, ...]

    @property
    def is_order(self) -> bool:
        """Whether the numbers are all there, but not in their order."""
        return not self.missing and not self.added


def digest_of(text: str) -> str:
    """Return the SHA-256 of a sentence in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def sentences_of(report: EvaluationReport) -> list[Sentence]:
    """Return the sentences of `report` that may be edited, as they stand in it now.

    Where figures are withheld nothing may: any other word there could tell why.
    """
    if any(isinstance(block, Absent) for section in report.sections for block in section.blocks):
        return []
    found = [Sentence(f"summary/{n}", text) for n, text in enumerate(report.summary)]
    for number, section in enumerate(report.sections):
        for place, block in enumerate(section.blocks):
            found += _of_block(f"sections/{number}/{place}", block)
    return found


def generated_of(report: EvaluationReport) -> list[Sentence]:
    """Return the same sentences as they were generated, before any edit."""
    known = {each.place: each.generated for each in report.reworded}
    return [Sentence(s.place, known.get(s.place, s.text)) for s in sentences_of(report)]


def reworded(report: EvaluationReport, edits: Mapping[str, tuple[str, str]]) -> EvaluationReport:
    """Return `report` with sentences replaced: digest of the generated one → (text, office).

    An edit whose sentence is not there, because its figures changed, is left out.
    """
    found = [
        (sentence, *edits[sentence.digest])
        for sentence in sentences_of(report)
        if sentence.digest in edits and edits[sentence.digest][0] != sentence.text
    ]
    if not found:
        return report
    texts = {sentence.place: text for sentence, text, _ in found}
    kept = tuple(each for each in report.reworded if each.place not in texts)
    edited = (Reworded(sentence.place, sentence.text, office) for sentence, _, office in found)
    return replace(placed(report, texts), reworded=(*kept, *edited))


def placed(report: EvaluationReport, texts: Mapping[str, str]) -> EvaluationReport:
    """Return `report` with other sentences at places, to be looked at before they are kept."""
    return replace(
        report,
        summary=tuple(texts.get(f"summary/{n}", text) for n, text in enumerate(report.summary)),
        sections=tuple(
            Section(section.title, tuple(_blocks(f"sections/{number}", section.blocks, texts)))
            for number, section in enumerate(report.sections)
        ),
    )


def difference(generated: str, text: str) -> Difference | None:
    """Return how the figures of `text` differ from those of `generated`; None where they do not."""
    before, after = numbers_in(generated), numbers_in(text)
    missing, added = Counter(before) - Counter(after), Counter(after) - Counter(before)
    added += Counter(_worded(text)) - Counter(_worded(generated))
    if missing or added:
        return Difference(tuple(missing.elements()), tuple(added.elements()))
    return Difference((), ()) if before != after else None


def numbers_in(text: str) -> list[str]:
    """Return the numbers of a sentence in their order, with sign and percent sign."""
    return _NUMBER.findall(unicodedata.normalize("NFKC", _ENCLOSED.sub("", text)))


def document_number(typed: str) -> str:
    """Return a document number 文号 as it is printed: 通创组发〔2026〕1号.

    The year stands in 六角括号, without 第 and without leading zeros (GB/T 9704-2012, 7.2.5).
    """
    words = " ".join(typed.split())
    return _YEAR.sub(lambda found: f"〔{found[1]}〕{found[2] or ''}", words)


def carried(generated: str, text: str, now: str) -> str:
    """Return an edit of a sentence with the figures of today's: a proposal to be confirmed.

    `text` was written for `generated`; where `now` has as many numbers, each takes its place.
    Otherwise today's sentence is returned.
    """
    old, new = numbers_in(generated), numbers_in(now)
    if numbers_in(text) != old or len(old) != len(new):
        return now
    following = iter(new)
    plain = unicodedata.normalize("NFKC", text)
    if SequenceMatcher(None, generated, now).ratio() < 0.5:
        return now
    return _NUMBER.sub(lambda _: next(following), plain if _has_wide_digits(text) else text)


def filled(generated: str, text: str, now: str) -> str | None:
    """Return an edit of a sentence with blanks, now that they are filled in.

    None where `now` is not the sentence `generated` with its blanks filled, or where the edit would
    not have its figures.
    """
    parts = _BLANK.split(generated)
    if len(parts) < 2:
        return None
    pattern = "(.+?)".join(_DAYS.sub(_ANY_DAYS, re.escape(part)) for part in parts)
    found = re.fullmatch(pattern, now)
    if found is None:
        return None
    values, days = list(found.groups()), _DAYS.search(now)
    words = _DAYS.sub(days[0], text) if days else text
    made = _BLANK.sub(lambda blank: values.pop(0) if values else blank[0], words)
    if len(values) == 1 and made.endswith("："):
        made += values[0]  # The blank at the end of a line cannot be seen, nor kept.
    return made if difference(now, made) is None else None


def lost_blanks(generated: str, text: str) -> bool:
    """Whether an edit lacks blanks that are filled in later; at an end they need not be kept."""
    return len(_BLANK.findall(text.strip())) < len(_BLANK.findall(generated.strip()))


def _has_wide_digits(text: str) -> bool:
    return any("０" <= character <= "９" for character in text)


def _worded(text: str) -> list[str]:
    return _WORDED.findall(text)


def _of_block(place: str, block: Block) -> Iterator[Sentence]:
    if isinstance(block, Paragraph):
        yield Sentence(place, block.text)
    elif isinstance(block, Priorities):
        for number, entry in enumerate(block.entries):
            yield Sentence(f"{place}/{number}", entry.text)


def _blocks(area: str, blocks: tuple[Block, ...], texts: Mapping[str, str]) -> Iterator[Block]:
    for number, block in enumerate(blocks):
        place = f"{area}/{number}"
        if isinstance(block, Paragraph) and place in texts:
            yield Paragraph(texts[place])
        elif isinstance(block, Priorities):
            yield Priorities(
                tuple(
                    replace(entry, text=texts.get(f"{place}/{n}", entry.text))
                    for n, entry in enumerate(block.entries)
                )
            )
        else:
            yield block
