"""What a report is compiled from, and what things are called in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from forms.definition import DEFAULT_LANGUAGE, Item, Questionnaire
from reports.alongside import NOTHING, Alongside
from reports.figures import Figures, ItemFigures
from reports.findings import Finding, findings_of
from reports.form_rules import OVERALL
from reports.rules import RuleSet, dimension_label
from reports.veiling import threshold


@dataclass(frozen=True)
class Occasion:
    """When, by whom and under which conditions an object was evaluated.

    Attributes:
        organiser: who runs the round; stands on the report.
        round_title: as residents read it.
        first_day, last_day: of the fieldwork, both inclusive, in local time.
        as_of: when the box was opened and counted; aware.
        channels: how answers came in, in words: 扫码填写、纸质票.
        unit_name: the unit the object belongs to; empty under the district itself.
        responsible: who signs and who owns what is to be put right; may be empty.
        form_version, form_digest: the questionnaire as published.
        mark: 送审稿 or the like; empty on an issued report.
        anchor: hash of the act that opened the box, for whoever checks the round from outside.
        rules_name, rules_digest: version of the rule set, and what names its content.
        release: name and digest of the release that the figures come from; empty before one.
        lost_days: days whose box nobody could open, in words; their answers are in no figure.
    """

    organiser: str
    round_title: str
    first_day: date
    last_day: date
    as_of: datetime
    channels: str = ""
    unit_name: str = ""
    responsible: str = ""
    form_version: str = ""
    form_digest: str = ""
    mark: str = ""
    anchor: str = ""
    release: str = ""
    rules_name: str = ""
    rules_digest: str = ""
    lost_days: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlannedItem:
    """A rectification item as the report's table shows it; empty cells are left to be written."""

    problem: str
    measures: str = ""
    responsible: str = ""
    limit: str = ""


@dataclass(frozen=True)
class Material:
    """Everything a report is compiled from.

    Attributes:
        figures: what the audience may see of the object.
        questionnaire: as tailored to the object, or the plain one; wording only.
        plan: rectification items already registered; empty to leave the table to be filled in.
        peers: the roll-up of the same sector and level; None where there is nothing to compare.
        peers_name: what the roll-up is called: 同类窗口平均.
        alongside: the last round, other sources, promises and whatever else is known of it.
    """

    figures: Figures
    questionnaire: Questionnaire
    rules: RuleSet
    occasion: Occasion
    plan: Sequence[PlannedItem] = ()
    peers: Figures | None = None
    peers_name: str = ""
    alongside: Alongside = NOTHING

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What must be put right, the most urgent first."""
        return findings_of(self.questionnaire, self.figures, self.rules)

    def label(self, item: Item) -> str:
        """Return the whole wording of an item."""
        return item.label.to(DEFAULT_LANGUAGE)

    def short(self, code: str) -> str:
        """Return what an item is called in charts and sentences.

        “领导班子好：团结、务实、廉洁” is known by its head; “微笑服务：耐心解答，不推诿” by what
        follows, since its head names the dimension that several items share.
        """
        item = self.questionnaire.item(code)
        if item.dimension == OVERALL:
            return self.dimension(OVERALL)
        head, colon, tail = self.label(item).partition("：")
        if not colon:
            return head.removesuffix("的情况")
        return tail if head == self.dimension(item.dimension) else head

    def dimension(self, code: str) -> str:
        """Return what a dimension is called."""
        return dimension_label(self.questionnaire.code, code, self.rules)

    def option(self, item_code: str, option_code: str) -> str:
        """Return the wording of an answer; 未作答 for ballots without one."""
        if not option_code:
            return "未作答"
        return self.questionnaire.item(item_code).option(option_code).label.to(DEFAULT_LANGUAGE)

    def scored(self, *dimensions: str) -> list[ItemFigures]:
        """Return figures of the scored items of `dimensions` that have an index, in order."""
        return [
            figures
            for code, figures in self.figures.items.items()
            if figures.index is not None and figures.dimension in dimensions
        ]

    @property
    def threshold(self) -> int:
        """Fewest ballots of a cell that this audience may see."""
        return threshold(self.rules, self.figures.audience)
