"""The sheet `settings`: what the questionnaire is called, and what it evaluates."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from forms.definition import DEFAULT_LANGUAGE, Questionnaire, Subject, Wording
from forms.spreadsheet.columns import LANGUAGE_CODE, Grid
from forms.spreadsheet.faults import FormFault
from forms.spreadsheet.measures import flag
from forms.spreadsheet.workbook import Row

SUBJECTS = {
    "A_branch_mass": Subject.BRANCH,
    "B_member_review": Subject.MEMBERS,
    "C_window_sat": Subject.WINDOW,
    "D_service_hcp": Subject.WINDOW,
    "E_spot_check": Subject.SITE,
    "F_open_consult": Subject.ORGANISATION,
    "G_commit_verify": Subject.COMMITMENTS,
    "H_rectify_recheck": Subject.ITEM,
    "I_leader_review": Subject.SITE,
}
"""What the forms of domain.md evaluate; others say it in the column `subject`."""

NAMED = frozenset({"E_spot_check", "I_leader_review"})
"""The forms that are signed; others say it in the column `named`."""

FORM_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
MAX_TITLE = 200
MAX_VERSION = 40

Report = Callable[[FormFault], None]


def read_settings(grid: Grid | None, languages: Sequence[str], report: Report) -> Questionnaire:
    """Return a questionnaire without sections; every fault goes to `report`."""
    code = version = title = ""
    subject: str = Subject.BRANCH
    is_named, titles = False, [(DEFAULT_LANGUAGE, "")]
    if grid:
        row = grid.rows[0] if grid.rows else Row(2, {})
        code, version = grid.text(row, "form_id"), grid.text(row, "version")
        title = grid.text(row, "form_title")
        subject = grid.text(row, "subject") or SUBJECTS.get(base_code(code), "")
        is_named = flag(grid, row, "named", report) or code in NAMED
        titles = [(DEFAULT_LANGUAGE, title)] + [
            (column.language, row[column.header])
            for column in grid.columns
            if column.meaning == "title" and row[column.header]
        ]
        _check_names(grid, row, report)
        _check_subject(grid, row, subject, report)
        _check_language(grid, row, report)
        for extra in grid.rows[1:]:
            zh, en = "settings表只有一行，请删掉这行", "settings has one row only; delete this one"
            report(grid.fault(extra, "form_id", zh, en))
    return Questionnaire(
        code=code,
        version=version,
        title=Wording(tuple(dict(titles).items())),
        languages=tuple(languages),
        subject=Subject(subject) if subject in set(Subject) else Subject.BRANCH,
        sections=(),
        is_named=is_named,
    )


def base_code(code: str) -> str:
    """Return the code without the target that an instance of a pattern carries in it."""
    return next((known for known in SUBJECTS if code.startswith(f"{known}_")), code)


def _check_names(grid: Grid, row: Row, report: Report) -> None:
    if not FORM_ID.fullmatch(grid.text(row, "form_id")):
        zh = "表单编码应以英文字母开头，只含英文字母、数字和下划线，不超过64个字符"
        en = "a form's id starts with a letter and has letters, digits and _, up to 64"
        report(grid.fault(row, "form_id", zh, en))
    if not 0 < len(grid.text(row, "form_title")) <= MAX_TITLE:
        zh, en = f"请填表名，不超过{MAX_TITLE}字", f"give the title, up to {MAX_TITLE} characters"
        report(grid.fault(row, "form_title", zh, en))
    if not 0 < len(grid.text(row, "version")) <= MAX_VERSION:
        zh = f"请填版本，如2026.1，不超过{MAX_VERSION}字"
        en = f"give the version, such as 2026.1, up to {MAX_VERSION} characters"
        report(grid.fault(row, "version", zh, en))


def _check_subject(grid: Grid, row: Row, subject: str, report: Report) -> None:
    if subject in set(Subject):
        return
    known = "、".join(Subject)
    report(
        FormFault(
            grid.table.sheet,
            row.number,
            grid.header("subject"),
            grid.text(row, "subject"),
            f"不知道这份问卷评议哪类对象；请加一列 subject，填 {known} 之一",
            "what does it evaluate? Add a column subject with one of " + ", ".join(Subject),
        )
    )


def _check_language(grid: Grid, row: Row, report: Report) -> None:
    stated = grid.text(row, "default_language")
    code = LANGUAGE_CODE.search(stated)
    if stated and (code[1] if code else stated) not in (DEFAULT_LANGUAGE, "中文"):
        zh, en = "以中文为准，请填 中文(zh)", "Chinese is the authoritative language: 中文(zh)"
        report(grid.fault(row, "default_language", zh, en))
