"""What staff fill in during fieldwork: slips, inspections, bags of paper."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, DateField, IntegerField, SelectField, StringField
from wtforms.validators import AnyOf, InputRequired, Length, NumberRange, Optional

from survey.web.console.forms import StaffForm

MOST_BALLOTS = 5_000


class TicketRequestForm(StaffForm):
    """How many tickets of which object somebody asks for."""

    point = StringField(validators=[InputRequired(_("请选评议对象")), Length(max=8)])
    size = IntegerField(
        validators=[
            InputRequired(_("请填张数")),
            NumberRange(1, 5000, message=_("一批1到5000张")),
        ]
    )


class TicketDecisionForm(StaffForm):
    """Which of the buttons beside a batch was pressed."""

    decision = StringField(
        validators=[AnyOf(["allow", "decline", "pdf", "table"], message=_("没有看懂"))]
    )


class TicketVoidForm(StaffForm):
    """Why a batch is taken back, and whether a new one is asked for."""

    reason = StringField(
        validators=[
            InputRequired(_("请写明为什么作废")),
            Length(max=200, message=_("最多200字")),
        ]
    )
    again = BooleanField()


class TaskForm(StaffForm):
    """Which checklist, and the two days, both included, between which it is filled in."""

    form_id = SelectField(_("检查表"), coerce=int, validate_choice=False)
    starts_on = DateField(_("从哪天"), [InputRequired(_("请填日期"))])
    due_on = DateField(_("到哪天"), [InputRequired(_("请填日期"))])


class AssignForm(TaskForm):
    """One object for two inspectors."""

    org_id = StringField(_("被检查的单位编号"), [InputRequired(_("请填组织编号")), Length(max=32)])
    first = SelectField(_("检查员一"), validate_choice=False)
    second = SelectField(_("检查员二"), validate_choice=False)


class DrawForm(TaskForm):
    """A random draw of objects and pairs."""

    count = IntegerField(
        _("抽几个"), [InputRequired(_("请填个数")), NumberRange(1, 5000, _("请填个数"))]
    )
    seed = StringField(_("抽签种子"), [Optional(), Length(max=32, message=_("最多32个字符"))])


class BatchForm(StaffForm):
    """A bag of paper ballots: what was handed out, what came back, and what counts for nothing."""

    point = SelectField(_("评议对象"), choices=[])
    label = StringField(
        _("袋号"),
        [InputRequired(_("请填袋号")), Length(max=24, message=_("最多24个字"))],
        filters=[lambda text: text and text.strip()],
    )
    issued = IntegerField(
        _("发出"), [InputRequired(_("请填张数")), NumberRange(1, MOST_BALLOTS, _("1到5000张"))]
    )
    returned = IntegerField(
        _("收回"), [InputRequired(_("请填张数")), NumberRange(1, MOST_BALLOTS, _("1到5000张"))]
    )
    spoilt = IntegerField(
        _("其中作废"),
        [InputRequired(_("请填张数")), NumberRange(0, MOST_BALLOTS, _("0到5000张"))],
        default=0,
    )
