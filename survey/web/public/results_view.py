"""Published figures as a page shows them: sentences, three figures, charts, tables of places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from forms.definition import Questionnaire
from reports import display
from reports.charts import Bar, Level, Reference, Stack, bar_chart, stacked_chart
from reports.figures import Figures, Interval, ItemFigures, Method, Rate, Status
from reports.findings import findings_of
from reports.material import Material, Occasion
from reports.passages import TONES
from reports.quadrant_chart import Axis, Point, quadrant_chart
from reports.rules import RuleSet
from reports.sentences import finding_name
from survey.web.public.results_wording import words

WIDE, NARROW = 840, 358
ROW = 40
MOST_ITEMS = 16
NO_OCCASION = Occasion("", "", date.min, date.min, None)  # type: ignore[arg-type]
Texts = Mapping[str, str]


@dataclass(frozen=True)
class Stat:
    """One of the three figures: what it is, how much, and what that was made of."""

    label: str
    value: str
    unit: str
    note: str


@dataclass(frozen=True)
class Picture:
    """A chart at two widths, with its heading, what to read in it, and what follows from it."""

    title: str
    lead: str
    wide: Markup
    narrow: Markup
    note: str


@dataclass(frozen=True)
class Line:
    """One place in a table; `key` is what its own page is called, empty where it has none."""

    key: str
    name: str
    n: str
    rate: str
    rate_note: str
    index: str
    band: str
    note: str


@dataclass(frozen=True)
class View:
    """What a page says about one place under one questionnaire.

    `lack` stands in place of everything else where nothing may be shown.
    """

    title: str
    say: str
    lack: str
    key_figures: tuple[Stat, ...]
    pictures: tuple[Picture, ...]
    received: str


class Teller:
    """Tells of figures in one language."""

    def __init__(
        self, questionnaire: Questionnaire, rules: RuleSet, language: str, names: Mapping[str, str]
    ) -> None:
        self.questionnaire = questionnaire
        self.rules = rules
        self.language = language
        self.t = words(language)
        self.names = names

    def view(self, figures: Figures, peers: Figures | None, key: str) -> View:
        """Return the whole of one place; `key` keeps the charts' ids apart on a page."""
        lack = self._lack(figures)
        if lack:
            return View(self._title(), "", lack, (), (), "")
        material = Material(figures, self.questionnaire, self.rules, NO_OCCASION)
        return View(
            title=self._title(),
            say=self._say(material),
            lack="",
            key_figures=self._key_figures(figures),
            pictures=tuple(
                picture
                for picture in (
                    self._bars(material, peers, f"{key}b"),
                    self._quadrants(material, f"{key}q"),
                    self._stacks(material, f"{key}s"),
                )
                if picture is not None
            ),
            received=self._received(figures),
        )

    def line(self, figures: Figures, key: str) -> Line:
        """Return one place of a table."""
        overall, rank = figures.overall, figures.rank
        if overall is None or not figures.is_shown or overall.top2 is None:
            note = self._lack(figures) if figures.is_shown else self.t["few"]
            return Line(key, self.name(figures), "", "", "", "", "", note)
        marks = {
            Status.SMALL_SAMPLE: self.t["small"],
            Status.LOW_RETURN: self.t["low_return"],
        }
        return Line(
            key=key,
            name=self.name(figures),
            n="" if figures.n is None else f"{figures.n:,}",
            rate=display.percent(overall.top2.share),
            rate_note=self._rate_note(overall.top2),
            index="" if overall.index is None else display.rounded(overall.index, 1),
            band=self.t[f"band_{rank.band}"] if rank else "",
            note=marks.get(figures.status, ""),
        )

    def name(self, figures: Figures) -> str:
        """Return what a place is called for short."""
        if figures.target.level == "district":
            return self.t["district"]
        return self.names.get(figures.target.org_id, figures.target.name)

    def _title(self) -> str:
        return self.questionnaire.title.to(self.language)

    def _lack(self, figures: Figures) -> str:
        overall = figures.overall
        if figures.is_shown and overall is not None and overall.top2 is not None:
            return ""
        if overall is not None and overall.unanimous_mark:
            return self.t["unanimous"].format(mark=overall.unanimous_mark)
        return self.t["few_text"].format(k=self.rules.k_public)

    def _say(self, material: Material) -> str:
        figures, t = material.figures, self.t
        overall = figures.overall
        rate = display.percent(overall.top2.share) if overall and overall.top2 else ""
        n = "" if figures.n is None else f"{figures.n:,}"
        if figures.roll_up is not None:
            kind = t["branches" if self.questionnaire.subject.value == "branch" else "windows"]
            said = t["say_total" if n else "say_total_bare"].format(
                members=f"{figures.roll_up.members:,}", kind=kind, n=n, rate=rate
            )
        else:
            said = t["say"].format(n=n, name=self.name(figures), rate=rate)
        items = sorted(self._items(material), key=lambda item: -(item.index or 0))
        gap = "" if self.language == "zh" else " "
        if len(items) > 1:
            best, last = (self._label(material, items[place].code) for place in (0, -1))
            said += gap + t["say_best"].format(best=best, last=last)
        if material.findings and self.language == "zh" and figures.roll_up is None:
            name = finding_name(
                material, findings_of(self.questionnaire, figures, self.rules)[0].ref
            )
            said += t["say_first"].format(first=name)
        return said

    def _key_figures(self, figures: Figures) -> tuple[Stat, ...]:
        overall, t = figures.overall, self.t
        if overall is None or overall.top2 is None or overall.top3 is None:
            return ()
        found = [
            Stat(t[name], display.rounded(100 * rate.share, 1), "%", self._rate_note(rate))
            for name, rate in (("top2", overall.top2), ("top3", overall.top3))
        ]
        if overall.index is not None:
            note = self._range(overall.index_interval, 1)
            index = display.rounded(overall.index, 1)
            found.append(Stat(t["index"], index, t["points"], note))
        return tuple(found)

    def _rate_note(self, rate: Rate) -> str:
        parts = []
        if rate.chosen is not None and rate.base:
            parts.append(display.fraction(rate.chosen, rate.base))
        if rate.method is Method.CENSUS:
            parts.append(self.t["census"])
        elif rate.interval is not None:
            low, high = display.percent(rate.interval.low), display.percent(rate.interval.high)
            parts.append(self.t["interval"].format(low=low, high=high))
        return ("，" if self.language == "zh" else ", ").join(parts)

    def _range(self, interval: Interval | None, places: int) -> str:
        if interval is None:
            return ""
        low, high = display.rounded(interval.low, places), display.rounded(interval.high, places)
        return self.t["interval"].format(low=low, high=high)

    def _items(self, material: Material) -> list[ItemFigures]:
        return material.scored(*material.figures.dimensions)

    def _label(self, material: Material, code: str) -> str:
        if self.language == "zh":
            return material.short(code)
        return self.questionnaire.item(code).label.to(self.language)

    def _bars(self, material: Material, peers: Figures | None, key: str) -> Picture | None:
        items = sorted(self._items(material), key=lambda item: -(item.index or 0))[:MOST_ITEMS]
        if not items:
            return None
        t = self.t
        bars = [self._bar(material, item) for item in items]
        reference, note = None, t["items_note"]
        mean = _peer_mean(peers)
        if mean is not None:
            reference = Reference(t["peer"].format(value=display.rounded(mean, 1)), mean)
            note += self._compared(bars, mean)
        wide, narrow = (
            bar_chart(
                bars, key=f"{key}{width}", title=t["items_title"], reference=reference,
                width=width, row=ROW, language=self.language,
            )
            for width in (WIDE, NARROW)
        )  # fmt: skip
        return Picture(t["items_title"], t["items_lead"], wide, narrow, note)

    def _bar(self, material: Material, item: ItemFigures) -> Bar:
        interval = item.index_interval
        is_small = item.n is not None and item.n < self.rules.rankable_base
        is_census = item.top2 is not None and item.top2.method is Method.CENSUS
        note = self.t["census"] if is_census else self.t["small"] if is_small else ""
        return Bar(
            self._label(material, item.code),
            item.index or 0.0,
            interval.low if interval else None,
            interval.high if interval else None,
            note,
            is_small,
        )

    def _compared(self, bars: Sequence[Bar], mean: float) -> str:
        """Say what is above and below a mean, only where the interval leaves it out."""
        above = [bar.label for bar in bars if bar.low is not None and bar.low > mean]
        below = [bar.label for bar in bars if bar.high is not None and bar.high < mean]
        said = ""
        for name, labels in (("above", above), ("below", below)):
            if labels:
                quoted = self.t["and"].join(self.t["quoted"].format(text=each) for each in labels)
                said += self.t[name].format(names=quoted)
        return said + (self.t["same"] if len(above) + len(below) < len(bars) else "")

    def _quadrants(self, material: Material, key: str) -> Picture | None:
        figures, t = material.figures, self.t
        cross = figures.cross
        points = [
            Point(self._dimension(material, each.code), each.performance or 0.0,
                  each.importance or 0.0, each.quadrant)
            for each in figures.dimensions.values()
            if each.quadrant is not None
        ]  # fmt: skip
        if cross is None or not points:
            return None
        wide, narrow = (
            quadrant_chart(
                points, performance=Axis(t["performance"], cross.performance),
                importance=Axis(t["importance"], cross.importance), key=f"{key}{width}",
                title=t["first_title"], width=width, height=420, language=self.language,
            )
            for width in (WIDE, NARROW)
        )  # fmt: skip
        return Picture(t["first_title"], t["first_lead"], wide, narrow, t["first_note"])

    def _dimension(self, material: Material, code: str) -> str:
        return material.dimension(code) if self.language == "zh" else code.capitalize()

    def _stacks(self, material: Material, key: str) -> Picture | None:
        overall = material.figures.overall
        items = [*([overall] if overall else []), *self._items(material)]
        known = [item for item in items if item.counts and sum(item.counts.values())]
        codes = list(known[0].counts or {}) if known else []
        known = [item for item in known if list(item.counts or {}) == codes][:MOST_ITEMS]
        if not known or len(codes) not in TONES:
            return None
        scale = self.questionnaire.item(known[0].code)
        levels = [
            Level(scale.option(code).label.to(self.language), tone)
            for code, tone in zip(codes, TONES[len(codes)], strict=True)
        ]
        stacks = [
            Stack(
                self._label(material, item.code),
                tuple((item.counts or {})[code] for code in codes),
            )
            for item in known
        ]
        title = self.t["spread_title"]
        wide, narrow = (
            stacked_chart(
                stacks, levels, key=f"{key}{width}", title=title, width=width,
                language=self.language,
            )
            for width in (WIDE, NARROW)
        )  # fmt: skip
        return Picture(title, "", wide, narrow, self.t["spread_note"])

    def _received(self, figures: Figures) -> str:
        if figures.received is None or figures.excluded is None or figures.void is None:
            return ""
        return self.t["received"].format(
            received=f"{figures.received:,}", excluded=figures.excluded, void=figures.void
        )


def _peer_mean(peers: Figures | None) -> float | None:
    if peers is None or not peers.is_shown or peers.overall is None:
        return None
    if peers.roll_up is not None and peers.roll_up.members < 2:
        return None
    return peers.overall.index
