"""What codes are called on pages."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _

from forms.checks import IMPORTANCE_PREFIX
from forms.definition import ItemKind, Subject
from survey.accounts.models import Role
from survey.org.models import Level

JOBS = {
    "open_boxes": _("启封前一天的票箱"),
    "freeze_reports": _("定下公布的报告"),
    "merge_months": _("把各天并入当月"),
    "close_round": _("到时间启封"),
    "forget": _("清除到期的凭证和电话"),
    "make_documents": _("生成文件"),
    "combine_documents": _("合成印刷文件"),
    "forget_documents": _("清除到期的文件"),
    "rechecks": _("群众再评价：发起、计票、定结果"),
    "forget_numbers": _("清除已办结事项的回访电话"),
    "notices": _("提醒、黄牌红牌和通知"),
    "mail_code": _("发邮箱验证码"),
    "tend_items": _("承诺到期挂号、恢复整改、抽回头看"),
}
PROGRAMS = {"worker": _("后台程序"), "system": _("后台程序"), "operator": _("命令行")}
"""Who asks for background work without being a person, by the name in the record."""
JOB_STATES = {
    "waiting": _("等待"),
    "queued": _("排队"),
    "running": _("正在做"),
    "done": _("做完了"),
    "failed": _("没有做成"),
    "cancelled": _("已取消"),
}
DOCUMENT_STATES = {
    "waiting": _("等待"),
    "made": _("已生成"),
    "failed": _("没有做成"),
}
DOCUMENT_KINDS = {
    "branch": _("党支部群众评议报告"),
    "window": _("窗口单位测评报告"),
    "unit": _("单位汇总报告"),
    "district": _("全区情况通报"),
    "league": _("排名表"),
    "ledger": _("整改台账"),
    "supervision": _("催办督办清单"),
    "closures": _("销号清单"),
    "notice": _("公示公告"),
    "cover": _("评议结果通知"),
    "annex": _("技术附件"),
    "duty": _("述职材料"),
    "awards": _("评优名单和证书"),
}
PRINT_FILE = _("合订印刷文件")
FORMATS = {
    "pdf": _("PDF"),
    "docx": _("Word"),
    "xlsx": _("Excel"),
    "html": _("网页"),
    "json": _("数据（JSON）"),
}
AUDIENCES = {
    "internal": _("内部版"),
    "public": _("公开版"),
}
DOCUMENT_FAULTS = {
    "NOT_FOUND": _("对象或权限已经变了"),
    "RESULTS_SEALED": _("还没有启封"),
    "RENDER timeout": _("排版用时太长，已中止"),
    "RENDER memory": _("内容太大，排不下"),
    "RENDER crashed": _("排版程序中断，可以再试"),
    "FileNotFoundError": _("有文件已被清除，请再试"),
    "NothingToPrint": _("没有一份PDF做成"),
}
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
    Role.ANALYST: _("统计员"),
    Role.APPROVER: _("审定人"),
    Role.SUPERVISOR: _("纪检监督"),
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
SUBJECTS = {
    Subject.BRANCH: _("党支部"),
    Subject.WINDOW: _("服务窗口"),
    Subject.MEMBERS: _("党支部的每名党员"),
    Subject.COMMITMENTS: _("单位的每条公开承诺"),
    Subject.ITEM: _("一件整改事项"),
    Subject.ORGANISATION: _("任何组织"),
    Subject.SITE: _("党支部或服务窗口（检查）"),
}
ITEM_KINDS = {
    ItemKind.SINGLE_CHOICE: _("单选"),
    ItemKind.MULTIPLE_CHOICE: _("多选"),
    ItemKind.TEXT: _("填写"),
    ItemKind.NOTE: _("说明"),
    ItemKind.INTEGER: _("整数"),
    ItemKind.DECIMAL: _("小数"),
    ItemKind.RANGE: _("刻度"),
    ItemKind.DATE: _("日期"),
    ItemKind.TIME: _("时间"),
    ItemKind.DATETIME: _("日期和时间"),
    ItemKind.IMAGE: _("照片"),
    ItemKind.GEOPOINT: _("定位"),
    ItemKind.ACKNOWLEDGE: _("确认看过"),
    ItemKind.CALCULATE: _("自动计算"),
}
_LANGUAGES = {"zh": _("中文"), "en": _("英文")}
_DIMENSIONS = {
    "overall": _("总体评价"),
    "work": _("支部工作"),
    "five": _("五个好"),
    "fivelead": _("五带头"),
    "member": _("党员测评"),
    "sunshine": _("阳光服务"),
    "smile": _("微笑服务"),
    "standard": _("规范服务"),
    "efficient": _("高效服务"),
    "clean": _("廉洁服务"),
    "display": _("三亮"),
    "contest": _("三比"),
    "aware": _("知晓情况"),
    "delivery": _("兑现情况"),
    "commit_sat": _("对承诺是否满意"),
    "solved": _("解决程度"),
    "resat": _("整改后是否满意"),
    "agree": _("是否同意销号"),
    "integrity": _("廉洁纪律"),
    "leader": _("领导点评"),
    "veto": _("否决情形"),
    "rectify": _("整改要求"),
    "importance": _("重要程度"),
    "profile": _("填表人情况"),
    "fact": _("事实"),
    "problem": _("需要改进"),
    "reason": _("原因"),
    "trend": _("与上次相比"),
    "open": _("意见建议"),
    "consent": _("是否愿意回访"),
    "contact": _("回访电话"),
    "confirm": _("确认"),
    "coached": _("是否有人要求怎样填写"),
    "evidence": _("照片"),
}
PARTS = {
    "title": _("标题"),
    "code": _("代码"),
    "subject": _("评议对象"),
    "languages": _("语言"),
    "is_named": _("署名"),
    "kind": _("怎么答"),
    "label": _("题目"),
    "hint": _("补充说明"),
    "required": _("必答"),
    "required_message": _("没有答时的提示"),
    "relevant": _("什么时候问"),
    "constraint": _("答案要符合"),
    "constraint_message": _("不符合时的提示"),
    "scale": _("选项表"),
    "options": _("选项"),
    "dimension": _("维度"),
    "weight": _("权重"),
    "is_veto": _("否决项"),
    "appearance": _("输入框"),
    "calculation": _("怎么算"),
    "bounds": _("刻度"),
}
"""What the parts of a questionnaire are called where differences are shown."""


def languages(codes: Iterable[str]) -> list[str]:
    """Return what languages are called; the code of one that nobody has named."""
    return [str(_LANGUAGES.get(code, code)) for code in codes]


def dimension(code: str) -> str:
    """Return what a dimension is called; its code where nobody has named it."""
    base = code.removeprefix(IMPORTANCE_PREFIX)
    if base != code and base in _DIMENSIONS:
        return str(_("重要程度：%(what)s", what=_DIMENSIONS[base]))
    return str(_DIMENSIONS.get(code, code))
