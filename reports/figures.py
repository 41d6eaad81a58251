"""The figures of one object in one round, ready to print: what reports, pages and exports read.

Everything here is data. `reports.scoring` computes it, `reports.disclosure` decides what of it an
audience may see. A figure that may not be shown is absent (None), never masked.

Units: a *share* lies in 0–1, an *index* and a *score* in 0–100, an *importance* and a *performance*
in the units of their scale (1–5, or for form A a share and an index). Nothing is rounded;
`reports.display` rounds for print. Formulas: `docs/methods.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from reports.distributions import Breakdown as Breakdown
from reports.distributions import BreakdownCell as BreakdownCell
from reports.distributions import Distribution as Distribution
from reports.distributions import NumberFigures as NumberFigures
from reports.distributions import OptionCount as OptionCount
from reports.rates import Interval as Interval
from reports.rates import Method as Method
from reports.rates import Rate as Rate


class Audience(StrEnum):
    """Who reads: the office and the organisation itself, or everybody."""

    INTERNAL = "internal"
    PUBLIC = "public"


class Status(StrEnum):
    """How far an object's figures carry (domain.md 3.13, rule 3)."""

    SUPPRESSED = "suppressed"
    SMALL_SAMPLE = "small_sample"
    LOW_RETURN = "low_return"
    RANKABLE = "rankable"


class Quadrant(StrEnum):
    """Importance against performance (domain.md 3.9)."""

    KEEP = "Q1"
    CONCENTRATE = "Q2"
    LOW_PRIORITY = "Q3"
    OVERKILL = "Q4"


@dataclass(frozen=True, slots=True)
class Slips:
    """What became of an object's tickets: `issued` are the sum of the others.

    Void ones were taken back before anybody used them.
    """

    issued: int
    used: int
    unused: int
    void: int


@dataclass(frozen=True, slots=True)
class Target:
    """An object as figures need it.

    Attributes:
        level: "branch" or "window"; of a roll-up "unit", "sector" or "district".
        sector: the stratum of comparison; empty for the district and units.
        unit_id: the unit it belongs to; empty when it stands under the district itself.
        population: N, the number entitled to take part; None for windows and where unknown.
        issued: tickets issued plus paper ballots declared; None when neither is known. Tickets
            that became void unused are left out: they gave nobody a vote.
        slips: what became of its tickets; None without any, and where too few were used.
        present: people counted at its meetings (会议集中测评); None where none was held.
        annual_cases: the roll-up weight of a window.
        item: number of the rectification item where that was evaluated; an organisation may
            have several.
    """

    org_id: str
    name: str
    level: str
    sector: str = ""
    unit_id: str = ""
    population: int | None = None
    issued: int | None = None
    annual_cases: int | None = None
    item: str = ""
    slips: Slips | None = None
    present: int | None = None

    @property
    def key(self) -> str:
        """What tells it apart from all others of the same questionnaire."""
        return f"{self.org_id}/{self.item}" if self.item else self.org_id


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """One scored item.

    Attributes:
        code: item code.
        dimension: as the questionnaire's items sheet says.
        n: substantive answers, those with points; the base of index and rates.
        dont_know: answers without points (不了解).
        dont_know_share: `dont_know` of all answers given, 0–1.
        counts: scored option code → ballots, in the order of the scale; they add up to `n`.
        index: mean of points, 0–100.
        index_interval: t interval of the index; None for n < 30, without spread, or for a census.
        sd: standard deviation of points.
        se: standard error of the index, with the correction when `method` of the rates has one.
        mean_code: mean of the option codes 1–5; None where codes are not numbers.
        top2, top3, bad: the two calibres (满意以上, 基本满意以上) and 不满意率; None where the
            scale has no such levels.
        is_unanimous: all answers on one level with n < 30: in public everything else is None.
        unanimous_mark: what is printed instead, “高于95%” or “低于5%” (of 基本满意以上).
    """

    code: str
    dimension: str = ""
    n: int | None = None
    dont_know: int | None = None
    dont_know_share: float | None = None
    counts: Mapping[str, int] | None = None
    index: float | None = None
    index_interval: Interval | None = None
    sd: float | None = None
    se: float | None = None
    mean_code: float | None = None
    top2: Rate | None = None
    top3: Rate | None = None
    bad: Rate | None = None
    is_unanimous: bool = False
    unanimous_mark: str = ""


@dataclass(frozen=True, slots=True)
class DimensionFigures:
    """One dimension of a questionnaire.

    Attributes:
        index: mean of the indices of its items with enough answers, 0–100.
        item_codes: all its items, in questionnaire order.
        importance: mean code of its importance item, 1–5; None where none is asked.
        performance: mean of its items' mean codes, 1–5; None where no importance is asked.
        weight: its share in CSI, 0–1; None where it has none.
        gap: importance − performance, what orders the quadrant Q2; None without importance.
        quadrant: None with fewer than 30 importance answers or without importance.
    """

    code: str
    index: float | None = None
    item_codes: tuple[str, ...] = ()
    importance: float | None = None
    performance: float | None = None
    weight: float | None = None
    gap: float | None = None
    quadrant: Quadrant | None = None


@dataclass(frozen=True, slots=True)
class NeedFigures:
    """One option of form A's question what matters most (A31).

    Attributes:
        code: option code, p1….
        item_code: the item it is paired with; empty for a need outside the paired contents,
            which has neither performance nor quadrant.
        chosen: ballots that chose it.
        importance: share of the valid ballots, 0–1.
        performance: index of the paired item, 0–100.
        gap: 100 × importance − performance, what orders the quadrant Q2.
    """

    code: str
    item_code: str = ""
    chosen: int | None = None
    importance: float | None = None
    performance: float | None = None
    gap: float | None = None
    quadrant: Quadrant | None = None


@dataclass(frozen=True, slots=True)
class CrossLines:
    """Where the quadrants meet: means of the plotted points, in their units."""

    importance: float
    performance: float


@dataclass(frozen=True, slots=True)
class MassFigures:
    """The mass score of a branch (群众评议得分).

    Attributes:
        score: 0–100.
        se: standard error from per-ballot scores, corrected when the intervals are; None when
            fewer than two ballots carry one.
    """

    score: float
    se: float | None = None


@dataclass(frozen=True, slots=True)
class FactFigures:
    """A named share that the rule set defines (一次办成率, 等候30分钟以内率)."""

    code: str
    label: str
    item_code: str
    rate: Rate


@dataclass(frozen=True, slots=True)
class SuspectEffect:
    """What leaving suspect ballots out does to the overall index (domain.md 3.11).

    Few suspects could be read off the difference of the two indices; then only a step that the
    change stays under is given.

    Attributes:
        suspects: ballots found suspect and left out.
        change_under: smallest of 0.5, 1, 2, 5, 10 and 100 points above the change of the index.
        index_with, index_without: overall index with and without them, 0–100; None where there
            are too few suspects to show it.
    """

    suspects: int
    change_under: float
    index_with: float | None = None
    index_without: float | None = None


@dataclass(frozen=True, slots=True)
class Rank:
    """A place in the list of one sector and level, never without its uncertainty.

    Attributes:
        band: 1 第一梯队, 2 第二梯队, 3 第三梯队.
        place: ties share a place (1, 1, 3); None in public, as are the bounds.
        low, high: best and worst place, from 95 % simulation.
        holm_low, holm_high: the same from pairwise tests.
        of: how many objects were ranked.
    """

    band: int
    place: int | None = None
    low: int | None = None
    high: int | None = None
    holm_low: int | None = None
    holm_high: int | None = None
    of: int | None = None


@dataclass(frozen=True, slots=True)
class RollUp:
    """What only a roll-up has.

    Attributes:
        members: objects with answers that it stands for.
        simple_index: plain mean of the members' overall indices; for the analyst.
        simple_mass: the same of mass scores.
    """

    members: int
    simple_index: float | None = None
    simple_mass: float | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything about one object and one questionnaire in one round that its audience may see.

    Attributes:
        target: the object; of a roll-up too.
        questionnaire: its code.
        audience: for whom this was released.
        status: see `Status`.
        is_shown: False where the audience may see no figure at all, neither n nor received.
        n: valid ballots, suspects left out.
        received: all ballots, n + excluded + void.
        excluded: suspects left out.
        void: invalid ballots.
        return_rate: received of `target.issued`, 0–1; None when issued is unknown.
        valid_rate: n of received, 0–1.
        items: item code → figures of every scored item, the overall item included.
        overall: the overall item (A30, C50).
        dimensions: code → figures, in questionnaire order.
        needs: form A; those paired with an item first, in the order of the options.
        cross: where the quadrants of dimensions or needs meet.
        csi, csi_equal: overall score from dimensions, weighted by importance and equally.
        csi_gap: overall index − csi; beyond ±5 an analyst should look.
        mass: form A.
        facts: named shares of form C.
        display_rate: 三亮达标率, 0–1.
        contest_index: 三比得分, 0–100.
        distributions: item code → distribution of every choice that is not scored.
        numbers: item code → figures of every number asked for; a roll-up has none.
        breakdowns: of the overall item.
        suspects: None where no ballot was suspect or where it may not be shown.
        rank: None for objects that are not ranked.
        roll_up: None for objects that were evaluated themselves.
        alphas: Cronbach's alpha of the dimensions that have one; for the technical annex.
        derived: dimension or paired item → importance derived from the overall item, −1 to 1;
            for an analyst, and only where too few people said how important things are.
        signs: sign of the quality rules → valid ballots that carry it; those of few are left out.
    """

    target: Target
    questionnaire: str
    audience: Audience
    status: Status
    is_shown: bool
    n: int | None = None
    received: int | None = None
    excluded: int | None = None
    void: int | None = None
    return_rate: float | None = None
    valid_rate: float | None = None
    items: Mapping[str, ItemFigures] = field(default_factory=dict)
    overall: ItemFigures | None = None
    dimensions: Mapping[str, DimensionFigures] = field(default_factory=dict)
    needs: Sequence[NeedFigures] = ()
    cross: CrossLines | None = None
    csi: float | None = None
    csi_equal: float | None = None
    csi_gap: float | None = None
    mass: MassFigures | None = None
    facts: tuple[FactFigures, ...] = ()
    display_rate: float | None = None
    contest_index: float | None = None
    distributions: Mapping[str, Distribution] = field(default_factory=dict)
    numbers: Mapping[str, NumberFigures] = field(default_factory=dict)
    breakdowns: Sequence[Breakdown] = ()
    suspects: SuspectEffect | None = None
    rank: Rank | None = None
    roll_up: RollUp | None = None
    alphas: Mapping[str, float] = field(default_factory=dict)
    derived: Mapping[str, float] = field(default_factory=dict)
    signs: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_rankable(self) -> bool:
        """Whether the object is ranked and may raise rectification items by itself."""
        return self.status is Status.RANKABLE
