"""What reports and summaries of the sample district are compiled from, without a database."""

from datetime import date, datetime

from reports.disclosure import release
from reports.figures import Audience
from reports.material import Material, Occasion
from reports.overview import Covered, Overview, Promised, Rated, Rectified, Sided, Surveyed
from reports.rules import DEFAULT
from reports.trend import Verdict

OCCASION = Occasion(
    organiser="中共示范区委创先争优活动领导小组办公室",
    round_title="2026年第三季度群众评议",
    first_day=date(2026, 9, 1),
    last_day=date(2026, 9, 15),
    as_of=datetime.fromisoformat("2026-09-16T09:05:00+08:00"),
    channels="扫公开二维码填写、纸质票补录",
    unit_name="云澜街道党工委",
    responsible="禾和渡",
    form_version="2026.1",
    form_digest="9f3a" * 16,
)
LONG = "云" * 40


def materials_of(rounds):
    """Return (org, audience) → material of (form, inputs), with the sector as peers."""
    made = {}
    for form, inputs in rounds:
        for audience in Audience:
            released = release(form, inputs, DEFAULT, audience)
            sectors = {f.target.sector: f for f in released if f.target.level == "sector"}
            for figures in released:
                if figures.roll_up is None:
                    made[figures.target.org_id, audience] = Material(
                        figures=figures,
                        questionnaire=form,
                        rules=DEFAULT,
                        occasion=OCCASION,
                        peers=sectors.get(figures.target.sector),
                        peers_name="同类平均",
                    )
    return made


def overviews_of(rounds):
    """Return audience → the district's summary; two leaders' views, stars, progress."""
    made = {}
    for audience in Audience:
        surveyed = tuple(_surveyed(form, inputs, audience) for form, inputs in rounds)
        objects = [f for one in surveyed for f in one.objects]
        made[audience] = Overview(
            "全区",
            audience,
            OCCASION,
            surveyed,
            (Covered("党支部", 8, 211), Covered("窗口", 6, 60)),
            Rectified("合计", 3, 4, 2, 6, 2, 1, 8, 5, 12.0, date(2026, 9, 16)),
            (Rectified("低分题", 3, 4, 2, 6),),
            (Rectified(LONG, 1, 1, 1, 1), Rectified("禾湾镇党委", 2, 3, 1, 5)),
            Promised(20, 9, 3, 2, 6, (81.1,)),
            {},
            (
                Sided(LONG, "branch", "农村", 61.0, 95.0),
                Sided("甲", "window", "", 88.0, 90.0),
                Sided("乙", "window", "", 82.0, 80.0),
            ),
            tuple(
                Rated(f.target.org_id, f.target.name, "branch", "农村", 88.0, {}, 3, 4, False)
                for f in objects
            ),
            "2026年度星级评定",
        )
    return made


def _surveyed(form, inputs, audience):
    released = release(form, inputs, DEFAULT, audience)
    levels = {
        name: tuple(f for f in released if f.target.level == name)
        for name in ("branch", "window", "unit", "sector", "district")
    }
    objects = levels["branch"] + levels["window"]
    return Surveyed(
        form,
        DEFAULT,
        objects,
        levels["district"][0],
        levels["unit"],
        levels["sector"],
        {f"{f.target.level}/{f.target.key}": Verdict.STEADY for f in objects},
        "上一轮",
    )
