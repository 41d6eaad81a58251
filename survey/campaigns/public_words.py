"""Problems in words that everybody may read, on forms, pages, feeds and paper (domain.md 3.12)."""

from __future__ import annotations

import re
from collections.abc import Collection

BAD_RATING, COMMENT = "hcp_bad", "comment"
ABOUT_FIGURES = ("low_score", "ipa_q2")
"""Sources whose problem is a label and the score it rests on."""

BAD_RATING_WORDS = "有群众办事以后，对这里的服务评价不满意"
SOMEBODY = "某某"
_SCORED = re.compile(r"(?P<what>.+?)：得分\d", re.DOTALL)
_COUNTED = re.compile(r"（\d+条群众意见）$")
_UNKEPT = re.compile(r"承诺兑现得分[\d.]+，低于\d+：(?P<what>.+)", re.DOTALL)
_UNKNOWN = re.compile(r"承诺公开不到位，知晓率[^：]*：(?P<what>.+)", re.DOTALL)


def problem_in_public(source: str, problem: str) -> str:
    """Return a problem in words for everybody: without counts, shares and scores of residents.

    Of bad ratings not even the day and the reasons are told: one person may have given them.
    Figures stand in the published results, where they have their calibre and interval.
    """
    if source == BAD_RATING:
        return BAD_RATING_WORDS
    if source in ABOUT_FIGURES and (found := _SCORED.match(problem)):
        return f"群众对“{found['what']}”不够满意"
    if source == COMMENT:
        return _COUNTED.sub("", problem)
    if found := _UNKEPT.fullmatch(problem):
        return f"群众认为这项承诺兑现得不好：{found['what']}"
    if found := _UNKNOWN.fullmatch(problem):
        return f"知道这项承诺的群众不多：{found['what']}"
    return problem


def without_names(text: str, names: Collection[str]) -> str:
    """Return `text` with each of `names`, of persons, replaced; the longest first."""
    for name in sorted((name for name in names if len(name) > 1), key=len, reverse=True):
        text = text.replace(name, SOMEBODY)
    return text
