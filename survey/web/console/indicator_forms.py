"""Forms of the pages of indicators and of other evaluations."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import DateField, FileField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from survey.campaigns.service import CODE
from survey.indicators.sets import DUE_DAYS, MEASURED, MOST_DUE_DAYS
from survey.org.columns import SECTORS
from survey.org.models import Level
from survey.web.console import words
from survey.web.console.forms import StaffForm, chosen_file


class TableForm(StaffForm):
    """A table as CSV or Excel."""

    file = FileField(_("文件"), [chosen_file])


class TreeForm(TableForm):
    """A tree of indicators, and whom it is for."""

    code = StringField(
        _("编号"),
        [
            InputRequired(_("请填编号")),
            Regexp(CODE, message=_("只能用字母、数字、“_”和“.”，最多40个")),
        ],
    )
    title = StringField(
        _("名称"), [InputRequired(_("请写名称")), Length(max=200, message=_("最多200字"))]
    )
    level = SelectField(
        _("考核对象"),
        choices=[SelectChoice(level, words.LEVELS[Level(level)]) for level in MEASURED],
        default=Level.BRANCH.value,
    )
    sector = SelectField(
        _("系统"),
        choices=[SelectChoice("", _("全部系统")), *(SelectChoice(s, _(s)) for s in SECTORS)],
    )
    starts_on = DateField(_("从哪天起用"), [Optional()])
    due_days = IntegerField(
        _("每期结束后几天内填报"),
        [Optional(), NumberRange(1, MOST_DUE_DAYS, _("1到90之间"))],
        default=DUE_DAYS,
    )
