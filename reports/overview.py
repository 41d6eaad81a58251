"""What summaries over many objects are compiled from: units, the district, league tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from forms.definition import Questionnaire, Subject
from reports.figures import Audience, Figures
from reports.findings import Finding, findings_of
from reports.material import Material, Occasion
from reports.rules import RuleSet
from reports.stars import promotion_matrix
from reports.trend import Verdict

NOUNS = {Subject.BRANCH: "党支部", Subject.WINDOW: "窗口"}


@dataclass(frozen=True)
class Surveyed:
    """One questionnaire of a round over many objects, as one audience may see it.

    Attributes:
        objects: evaluated ones, in the order of the tree.
        whole: the total of the document, a unit or the district; None where nobody answered.
        units, sectors: totals in between; of a unit's own document none.
        changes: verdict against the round before by “level/key”; those that can be compared.
        before: title of that round; empty where nothing is compared.
        refused: why it is not compared, in words.
    """

    questionnaire: Questionnaire
    rules: RuleSet
    objects: tuple[Figures, ...]
    whole: Figures | None = None
    units: tuple[Figures, ...] = ()
    sectors: tuple[Figures, ...] = ()
    changes: Mapping[str, Verdict] = field(default_factory=dict)
    before: str = ""
    refused: tuple[str, ...] = ()

    @property
    def noun(self) -> str:
        """What one object is called: 党支部 or 窗口."""
        return NOUNS.get(self.questionnaire.subject, "评议对象")

    @cached_property
    def findings(self) -> Mapping[str, tuple[Finding, ...]]:
        """What each object must put right, by organisation; objects without any are left out."""
        found = {
            each.target.org_id: findings_of(self.questionnaire, each, self.rules)
            for each in self.objects
        }
        return {org_id: findings for org_id, findings in found.items() if findings}

    def material(self, figures: Figures, occasion: Occasion) -> Material:
        """Return what passages of single reports read of one object or total."""
        return Material(figures, self.questionnaire, self.rules, occasion)

    def change_of(self, figures: Figures) -> Verdict | None:
        """Return the verdict against the round before; None where there is none."""
        return self.changes.get(f"{figures.target.level}/{figures.target.key}")


@dataclass(frozen=True)
class Covered:
    """How many of those that were to take part did: 支部, 党员, 窗口."""

    label: str
    done: int
    total: int


@dataclass(frozen=True)
class Rectified:
    """Rectification items of one group, as they stand on the day of the document.

    Attributes:
        waiting, working, checking, closed: how many stand where; void ones are left out.
        overdue: of those the owner works on.
        reopened: that came back at least once.
        due, in_time: whose limit has passed, and of these closed within it.
        days: median calendar days from registration to closing; None where none is closed.
        on: that day; None in a part of a whole that says it.
    """

    label: str
    waiting: int = 0
    working: int = 0
    checking: int = 0
    closed: int = 0
    overdue: int = 0
    reopened: int = 0
    due: int = 0
    in_time: int = 0
    days: float | None = None
    on: date | None = None

    @property
    def total(self) -> int:
        """All that count."""
        return self.waiting + self.working + self.checking + self.closed


@dataclass(frozen=True)
class Promised:
    """Public commitments of one group: as the ledger has them."""

    total: int = 0
    kept: int = 0
    partly: int = 0
    late: int = 0
    running: int = 0
    scores: tuple[float, ...] = ()


@dataclass(frozen=True)
class Sided:
    """One object as residents and leaders see it, 0–100; `inspected` None without."""

    name: str
    level: str
    sector: str
    residents: float
    leader: float
    inspected: float | None = None

    @property
    def gap(self) -> float:
        """Leaders − residents, in points."""
        return self.leader - self.residents


@dataclass(frozen=True)
class Rated:
    """One organisation in the settled stars.

    Attributes:
        final: composite, 0–100; None when unscored.
        parts: component → score.
        last, star: of the rating before and of this one; None without.
        is_shown: whether the reader may see figures of its residents.
    """

    org_id: str
    name: str
    level: str
    sector: str
    final: float | None
    parts: Mapping[str, float]
    last: int | None
    star: int | None
    is_lagging: bool = False
    reasons: tuple[str, ...] = ()
    is_shown: bool = True


@dataclass(frozen=True)
class Overview:
    """Everything a summary of one unit or of the district is compiled from.

    Attributes:
        name: of the unit or the district.
        surveyed: branches first, then windows.
        covered: who was to take part, and did.
        rectified: the whole, then by source or unit.
        by_unit: items by unit, where the summary has several.
        unit_types: unit → 镇区园 or 部门.
        sided: objects that leaders reviewed and residents evaluated.
        rated: of the settled rating that this round feeds; empty without one.
        rating: its title.
        graded: members graded in a round of this year, and those to be graded.
    """

    name: str
    audience: Audience
    occasion: Occasion
    surveyed: tuple[Surveyed, ...]
    covered: tuple[Covered, ...] = ()
    rectified: Rectified = Rectified("合计")
    by_source: tuple[Rectified, ...] = ()
    by_unit: tuple[Rectified, ...] = ()
    promised: Promised = Promised()
    unit_types: Mapping[str, str] = field(default_factory=dict)
    sided: tuple[Sided, ...] = ()
    rated: tuple[Rated, ...] = ()
    rating: str = ""

    @property
    def is_public(self) -> bool:
        """Whether everybody may read it."""
        return self.audience is Audience.PUBLIC

    @cached_property
    def matrix(self) -> dict[tuple[int, int], int]:
        """(last star, this star) → organisations; 0 stands for none."""
        return promotion_matrix([(each.last, each.star) for each in self.rated])
