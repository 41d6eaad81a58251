"""What staff fill in. Every form carries the browser's token against forged requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    DecimalField,
    Field,
    FileField,
    Form,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.csrf.session import SessionCSRF
from wtforms.fields.choices import SelectChoice
from wtforms.validators import (
    AnyOf,
    EqualTo,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    Regexp,
    ValidationError,
)

from survey.campaigns.service import CODE, Use
from survey.instruments.models import QuestionnaireVersion
from survey.org.columns import SECTORS
from survey.rectification.states import DEFAULT_WORKDAYS, SOURCE_LABELS, State
from survey.web.console import session, words
from survey.web.platform import platform
from survey.web.texts import language

INT_MAX = 1_000_000
# What a browser's own store of passwords goes by.
KNOWN, NEW = {"autocomplete": "current-password"}, {"autocomplete": "new-password"}


class StaffForm(Form):
    """A form of the console; by itself only the token, for pages whose form is one button."""

    class Meta:
        """WTForms' settings: the token is bound to the server-side session."""

        csrf = True
        csrf_class = SessionCSRF
        csrf_time_limit = timedelta(hours=12)

        @property
        def locales(self) -> tuple[str]:
            """The language of WTForms' own messages."""
            return (language(),)

        @property
        def csrf_secret(self) -> bytes:
            """What the server signs tokens with."""
            return platform().config.secret_key

        @property
        def csrf_context(self) -> Mapping[str, str]:
            """What binds a token to this browser."""
            return {"csrf": session.csrf_secret()}

    def first_error(self) -> str:
        """Return one sentence that says what to mend first; for pages without their own fields."""
        for field in self:
            for error in field.errors:
                return str(_("%(field)s：%(why)s", field=field.label.text, why=error))
        return ""


def csrf_token() -> str:
    """Return the token for a form written by hand in a template."""
    token: str = StaffForm().csrf_token.current_token
    return token


def posted() -> CombinedMultiDict[str, Any]:
    """Return the fields and files of this request together, as forms with files need them."""
    fields: list[MultiDict[str, Any]] = [request.form, request.files]
    return CombinedMultiDict(fields)


def chosen_file(_form: Form, field: Field) -> None:
    """Refuse a file field that nothing was chosen for."""
    if not getattr(field.data, "filename", ""):
        raise ValidationError(_("请先选文件"))


def chosen_or_sent(form: Form, field: Field) -> None:
    """Refuse a file field that nothing was chosen for, unless the file came in pieces before."""
    if not form["upload"].data:
        chosen_file(form, field)


class SignInForm(StaffForm):
    """Name and password. Longer input than any account has is refused before it is hashed."""

    name = StringField(
        _("登录名"),
        [InputRequired(_("请填登录名")), Length(max=80)],
        render_kw={"autocomplete": "username"},
    )
    password = PasswordField(
        _("密码"), [InputRequired(_("请填密码")), Length(max=256)], render_kw=KNOWN
    )


class PasswordForm(StaffForm):
    """Change one's own password."""

    current = PasswordField(
        _("现在的密码"), [InputRequired(_("请填现在的密码")), Length(max=256)], render_kw=KNOWN
    )
    new = PasswordField(
        _("新密码"), [InputRequired(_("请填新密码")), Length(max=256)], render_kw=NEW
    )
    again = PasswordField(
        _("再填一次新密码"),
        [InputRequired(_("请再填一次")), EqualTo("new", _("两次填的不一样，请再填一次"))],
        render_kw=NEW,
    )


class AccountForm(StaffForm):
    """A new account with one role."""

    name = StringField(
        _("登录名"), [InputRequired(_("请填登录名")), Length(max=64, message=_("最多64个字符"))]
    )
    display_name = StringField(
        _("姓名"), [InputRequired(_("请填姓名")), Length(max=80, message=_("最多80个字"))]
    )
    role = SelectField(
        _("角色"), choices=[SelectChoice(role.value, text) for role, text in words.ROLES.items()]
    )
    org_id = StringField(_("在哪个组织"), [InputRequired(_("请填组织编号")), Length(max=32)])


class RosterForm(StaffForm):
    """A file of organisations, members or commitments."""

    kind = RadioField(
        _("这份表是"),
        [InputRequired(_("请选一种"))],
        choices=[
            SelectChoice("organisations", _("组织（区、单位、党支部、窗口）")),
            SelectChoice("members", _("党员名册")),
            SelectChoice("commitments", _("公开承诺")),
        ],
    )
    file = FileField(_("文件"), [chosen_file])


class WorkbookForm(StaffForm):
    """A questionnaire as an XLSForm workbook."""

    file = FileField(_("文件"), [chosen_file])


class ItemForm(StaffForm):
    """A problem that somebody noticed."""

    org_id = StringField(_("责任单位编号"), [InputRequired(_("请填组织编号")), Length(max=32)])
    source = SelectField(
        _("来源"),
        choices=[SelectChoice(source.value, _(text)) for source, text in SOURCE_LABELS.items()],
        default="manual",
    )
    problem = TextAreaField(
        _("问题"), [InputRequired(_("请写明问题")), Length(max=300, message=_("最多300字"))]
    )
    limit_workdays = IntegerField(
        _("整改时限（工作日）"),
        [InputRequired(_("请填天数")), NumberRange(1, 250, _("1到250之间"))],
        default=DEFAULT_WORKDAYS[next(iter(DEFAULT_WORKDAYS))],
    )
    responsible_person = StringField(
        _("责任人"), [Optional(), Length(max=40, message=_("最多40字"))]
    )


class MoveForm(StaffForm):
    """A step of an item; which of these it needs is the step's own business."""

    to = HiddenField(_("去向"), [AnyOf([state.value for state in State], _("没有这个去向"))])
    revision = IntegerField(_("版次"), [InputRequired()])
    note = TextAreaField(_("意见"), [Optional(), Length(max=500, message=_("最多500字"))])
    measures = TextAreaField(_("整改措施"), [Optional(), Length(max=1000, message=_("最多1000字"))])
    n = IntegerField(_("参评人数"), [Optional(), NumberRange(0, INT_MAX, _("请填人数"))])
    agree = IntegerField(_("同意销号"), [Optional(), NumberRange(0, INT_MAX, _("请填人数"))])
    disagree = IntegerField(_("不同意"), [Optional(), NumberRange(0, INT_MAX, _("请填人数"))])
    score = DecimalField(_("解决得分"), [Optional(), NumberRange(0, 100, _("0到100之间"))])
    stage_on = DateField(_("这一阶段到"), [Optional()])
    sheet_score = IntegerField(_("验收得分"), [Optional(), NumberRange(0, 100, _("0到100之间"))])
    is_solved = BooleanField(_("问题已按描述解决"))
    are_measures_done = BooleanField(_("整改措施已落实"))
    has_no_relapse = BooleanField(_("没有反弹"))
    has_mechanism = BooleanField(_("长效机制已建立"))
    org_id = StringField(_("责任单位编号"), [Optional(), Length(max=32)])
    responsible_person = StringField(
        _("责任人"), [Optional(), Length(max=40, message=_("最多40字"))]
    )
    done_by = DateField(_("计划哪天完成"), [Optional()])


class ExtensionForm(StaffForm):
    """More working days for an item."""

    revision = IntegerField(_("版次"), [InputRequired()])
    workdays = IntegerField(
        _("延几个工作日"), [InputRequired(_("请填天数")), NumberRange(1, 10, _("一次最多10天"))]
    )
    reason = TextAreaField(
        _("理由"), [InputRequired(_("请写明理由")), Length(max=400, message=_("最多400字"))]
    )


class EvidenceForm(StaffForm):
    """A file that shows the state before, the state after, or a paper."""

    kind = SelectField(
        _("这是"),
        choices=[
            SelectChoice("before", _("整改前")),
            SelectChoice("after", _("整改后")),
            SelectChoice("document", _("材料")),
        ],
    )
    caption = StringField(_("说明"), [Optional(), Length(max=100, message=_("最多100字"))])
    file = FileField(_("文件"), [chosen_or_sent])
    upload = StringField(_("文件"), [Optional(), Length(max=64)])
    name = StringField(_("文件"), [Optional(), Length(max=200)])


class TableForm(StaffForm):
    """A table to read, CSV or Excel."""

    file = FileField(_("文件"), [chosen_file])


class RoundForm(StaffForm):
    """A new round. `round_form` adds two fields for each questionnaire there is."""

    title = StringField(
        _("标题"), [InputRequired(_("请写标题")), Length(max=200, message=_("最多200字"))]
    )
    code = StringField(
        _("代码"),
        [
            InputRequired(_("请填代码")),
            Regexp(CODE, message=_("只能用字母、数字、“_”和“.”，最多40个")),
        ],
    )
    opens_at = DateTimeLocalField(_("开放时间"), [InputRequired(_("请填开放时间"))])
    closes_at = DateTimeLocalField(_("截止时间"), [InputRequired(_("请填截止时间"))])
    paper_until = DateTimeLocalField(_("纸质票补录到"), [Optional()])
    mode = RadioField(
        _("怎么参评"),
        [Optional()],
        default="open",
        choices=[
            SelectChoice("open", _("公开二维码：看到海报的都可以评，不保证一人一票")),
            SelectChoice("ticket", _("一票一码：凭评议票，一人一票；评到具体人和班子时用")),
        ],
    )
    proof = RadioField(
        _("防刷票"),
        [Optional()],
        default="on",
        choices=[
            SelectChoice("on", _("公开二维码要手机在填表时验算几秒，刷票就费时")),
            SelectChoice("off", _("不验算")),
        ],
    )
    rules = SelectField(_("评分规则"), [Optional()], choices=[], validate_choice=False)
    opening = RadioField(
        _("什么时候启封"),
        [Optional()],
        default="at_close",
        choices=[
            SelectChoice("at_close", _("截止以后一次启封：支部、党员、窗口评议")),
            SelectChoice("daily", _("每天启封前一天的：好差评、征求意见、回头看")),
        ],
    )

    def chosen(self) -> tuple[Use, ...]:
        """Return the questionnaires that were ticked, with their sectors."""
        uses = []
        for name in self.data:
            if name.startswith(USE) and self.data[name]:
                code = name.removeprefix(USE)
                uses.append(Use(code, sector=self.data[SECTOR + code] or ""))
        return tuple(uses)


USE, SECTOR = "use-", "sector-"


def round_form(versions: Iterable[QuestionnaireVersion]) -> type[RoundForm]:
    """Return the form of a new round that may use the questionnaires of `versions`."""
    sectors = [SelectChoice("", _("全部系统")), *(SelectChoice(s, _(s)) for s in SECTORS)]
    fields: dict[str, object] = {}
    for version in versions:
        fields[USE + version.code] = BooleanField(version.title)
        fields[SECTOR + version.code] = SelectField(_("系统"), [Optional()], choices=sectors)
    return type("RoundForm", (RoundForm,), fields)


class OpenForm(StaffForm):
    """What was done about the keys before the box is sealed."""

    key_copy = RadioField(
        _("密钥副本"),
        [InputRequired(_("请选一项"))],
        choices=[
            SelectChoice("copied", _("密钥文件已经复制到别处，由专人保管")),
            SelectChoice("none", _("不留副本：密钥丢了，这一轮的答卷就再也打不开")),
        ],
    )


class CloseForm(StaffForm):
    """One tick that says that somebody has understood what cannot be undone; why, if too early."""

    reason = TextAreaField(_("提前的原因"), [Optional(), Length(max=300, message=_("最多300字"))])
    is_sure = BooleanField(_("我看过了，现在启封"), [InputRequired(_("请先看过说明，再打勾"))])


class CustodiansForm(StaffForm):
    """Three accounts that keep a part of a round's key each."""

    first = StringField(_("第一位保管人"), [Length(max=80)], name="custodian-1")
    second = StringField(_("第二位保管人"), [Length(max=80)], name="custodian-2")
    third = StringField(_("第三位保管人"), [Length(max=80)], name="custodian-3")

    def chosen(self) -> tuple[str, ...]:
        """Return the accounts that were chosen."""
        fields = (self.first, self.second, self.third)
        return tuple(field.data for field in fields if field.data)


class ShareForm(StaffForm):
    """The words of one recovery sheet."""

    words = TextAreaField(
        _("恢复单上的词"),
        [InputRequired(_("请输入恢复单上的词")), Length(max=1000, message=_("最多1000字"))],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
