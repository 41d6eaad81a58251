"""What codes are called on pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from forms.definition import ItemKind
from survey.accounts.models import Role
from survey.org.models import Level

LEVELS = {
    Level.DISTRICT: _("区"),
    Level.UNIT: _("单位"),
    Level.BRANCH: _("党支部"),
    Level.WINDOW: _("服务窗口"),
}
ROLES = {
    Role.DISTRICT_ADMIN: _("区办管理员"),
    Role.UNIT_ADMIN: _("单位管理员"),
    Role.BRANCH_SECRETARY: _("支部书记"),
    Role.WINDOW_MANAGER: _("窗口负责人"),
    Role.VERIFIER: _("验收员"),
    Role.INSPECTOR: _("检查员"),
    Role.LEADER: _("领导点评人"),
}
HEADS = {
    Level.DISTRICT: _("负责人"),
    Level.UNIT: _("负责人"),
    Level.BRANCH: _("支部书记"),
    Level.WINDOW: _("窗口负责人"),
}
COMMITMENTS = {
    "in_progress": _("推进中"),
    "partly": _("部分兑现"),
    "completed": _("已兑现"),
    "overdue": _("已逾期"),
    "": _("—"),
}
ITEM_KINDS = {
    ItemKind.NOTE: _("说明"),
    ItemKind.SINGLE_CHOICE: _("单选"),
    ItemKind.MULTIPLE_CHOICE: _("多选"),
    ItemKind.TEXT: _("填写"),
}
