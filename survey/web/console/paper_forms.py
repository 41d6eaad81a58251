"""What staff fill in where paper ballots are keyed or come as a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import FileField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from survey.web.console.forms import StaffForm, chosen_file


class PaperForm(StaffForm):
    """A batch of keyed paper answers for one of a round's questionnaires."""

    questionnaire = SelectField(_("问卷"), choices=[])
    issued = TextAreaField(_("发出的纸质票数"), [Optional(), Length(max=4000)])
    file = FileField(_("文件"), [chosen_file])
    checker = StringField(
        _("核对人的登录名"),
        [InputRequired(_("请核对人填登录名"))],
        render_kw={"autocomplete": "off", "autocapitalize": "none"},
    )
    password = PasswordField(
        _("核对人的密码"),
        [InputRequired(_("请核对人输入密码"))],
        render_kw={"autocomplete": "off"},
    )

    @classmethod
    def of(cls, titles: Mapping[str, str], posted: MultiDict[str, Any] | None = None) -> PaperForm:
        """Return the form of a round, empty or as posted; `titles` of its forms by code."""
        form = cls(posted)
        form.questionnaire.choices = [SelectChoice(code, title) for code, title in titles.items()]
        return form
