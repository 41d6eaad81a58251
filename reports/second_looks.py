"""Ballots that may have been coached or stuffed: what somebody should look at a second time.

Nothing here lowers a score. Every sign is a comparison of counts, shown to the level above only
and only where the counts may be shown. Rules: domain.md 3.11; docs/methods.md, section 18.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from reports.estimates import wilson
from reports.rules import RuleSet
from reports.trend import Verdict, adjusted, rate_change

ALIKE_SHARE = 0.2
SUSPECT_SHARE = 0.1
COACHED_SHARE = 0.05


class Sign(StrEnum):
    """What is unusual about the ballots of an object."""

    ALL_TOP = "all_top"
    BURST = "burst"
    ALIKE = "alike"
    CHANNELS = "channels"
    COACHED = "coached"
    CARELESS = "careless"


SIGN_LABELS: Mapping[Sign, str] = {
    Sign.ALL_TOP: "全选最高等次的票比同类多得多",
    Sign.BURST: "短时间内集中交票",
    Sign.ALIKE: "内容完全相同的票偏多",
    Sign.CHANNELS: "张贴码与一票一码的结果差别明显",
    Sign.COACHED: "有群众反映被要求怎样填写",
    Sign.CARELESS: "答得过快又一样的票偏多",
}


@dataclass(frozen=True)
class BallotSigns:
    """Counts that tell whether the ballots of one object look their part.

    Attributes:
        org_id: the object.
        peers: sector and level it is compared in.
        n: ballots.
        all_top: ballots with the best level on every scored item.
        burst: ballots that came in a burst, as flagged on arrival.
        alike: ballots of the most frequent vector of answers that is not all on the best level.
        suspect: fast and straight at once.
        coached, coached_asked: "yes" to 有人要求您怎样填写吗, and those who answered it.
        ticket, poster: (content in the wide calibre, base) by channel; None with one channel.
    """

    org_id: str
    peers: str
    n: int
    all_top: int = 0
    burst: int = 0
    alike: int = 0
    suspect: int = 0
    coached: int = 0
    coached_asked: int = 0
    ticket: tuple[int, int] | None = None
    poster: tuple[int, int] | None = None


@dataclass(frozen=True)
class SecondLook:
    """One reason to look again, with the counts behind it.

    `is_capped`: `chosen` is the most that may be told, since fewer than k said otherwise.
    """

    org_id: str
    sign: Sign
    chosen: int
    base: int
    is_capped: bool = False

    @property
    def label(self) -> str:
        """What is unusual, in words."""
        return SIGN_LABELS[self.sign]

    @property
    def share(self) -> str:
        """How many of how many, and in percent."""
        return f"{self.chosen}/{self.base}，{100 * self.chosen / self.base:.1f}%"


def second_looks(objects: Sequence[BallotSigns], rules: RuleSet) -> tuple[SecondLook, ...]:
    """Return what needs a second look among the objects of a round.

    Comparisons with peers and between channels are judged together over all objects
    (Benjamini–Hochberg at 5 %), so that a league of 2,000 does not accuse a hundred by chance.
    Counts below the internal threshold are never given, nor those that it takes to all ballots.
    """
    shown = [each for each in objects if each.n >= rules.rankable_base]
    found = [look for each in shown for look in _own_signs(each)]
    found += _against_peers(shown)
    found += _between_channels(shown)
    told = (_told(look, rules.k_internal) for look in found)
    return tuple(look for look in told if look.chosen >= rules.k_internal)


def _told(look: SecondLook, k: int) -> SecondLook:
    """Return a look that does not tell how many out of fewer than `k` said otherwise."""
    if look.base - look.chosen >= k:
        return look
    return replace(look, chosen=look.base - k, is_capped=True)


def _own_signs(each: BallotSigns) -> list[SecondLook]:
    limits = [
        (Sign.BURST, each.burst, each.n, 0.0),
        (Sign.ALIKE, each.alike, each.n, ALIKE_SHARE),
        (Sign.COACHED, each.coached, each.coached_asked, COACHED_SHARE),
        (Sign.CARELESS, each.suspect, each.n, SUSPECT_SHARE),
    ]
    return [
        SecondLook(each.org_id, sign, chosen, base)
        for sign, chosen, base, limit in limits
        if base and chosen / base > limit and wilson(chosen, base).low > limit
    ]


def _against_peers(objects: Sequence[BallotSigns]) -> list[SecondLook]:
    groups: dict[str, list[BallotSigns]] = {}
    for each in objects:
        groups.setdefault(each.peers, []).append(each)
    compared = []
    for group in groups.values():
        top, n = sum(each.all_top for each in group), sum(each.n for each in group)
        for each in group:
            others = n - each.n
            if others:
                change = rate_change((top - each.all_top, others), (each.all_top, each.n))
                compared.append((each, change))
    judged = adjusted([change for _, change in compared])
    return [
        SecondLook(each.org_id, Sign.ALL_TOP, each.all_top, each.n)
        for (each, _), change in zip(compared, judged, strict=True)
        if change.verdict is Verdict.UP
    ]


def _between_channels(objects: Sequence[BallotSigns]) -> list[SecondLook]:
    both = [
        (each, rate_change(each.ticket, each.poster))
        for each in objects
        if each.ticket and each.poster and each.ticket[1] and each.poster[1]
    ]
    judged = adjusted([change for _, change in both])
    return [
        SecondLook(each.org_id, Sign.CHANNELS, each.poster[0], each.poster[1])
        for (each, _), change in zip(both, judged, strict=True)
        if change.verdict is not Verdict.STEADY and each.poster
    ]
