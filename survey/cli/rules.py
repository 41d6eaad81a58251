"""`flask rules`: rule sets, how they differ, as files and for rounds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from forms.digest import digest_of
from reports.rule_files import RuleFile, write_file
from reports.rule_words import differences, lines_of
from reports.rules import to_data
from survey import clock
from survey.accounts.policy import OPERATOR
from survey.campaigns import ruling
from survey.campaigns import service as campaigns
from survey.cli.running import (
    EXISTING_FILE,
    actor_of,
    as_option,
    command,
    json_option,
    reading,
    show,
    writing,
)
from survey.cli.running import write_file as write_to
from survey.rulesets import drafts, versions
from survey.rulesets.versions import Listed

group = click.Group("rules", help="How rounds are scored and what of them may be shown.")
OUT_FILE = click.Path(dir_okay=False, path_type=Path)


def _row(each: Listed) -> dict[str, Any]:
    return {
        "code": each.code,
        "version": each.version or None,
        "digest": each.digest,
        "title": each.title_zh,
        "shipped": each.is_shipped,
        "derived_from": each.derived_from,
        "created_by": each.created_by,
        "approved_by": each.approved_by,
    }


def _line(row: dict[str, Any]) -> str:
    version = f"@{row['version']}" if row["version"] else ""
    return f"{row['code']}{version}  {row['digest'][:12]}  {row['title']}"


@command(group, "list")
@json_option
def list_all(as_json: bool) -> None:
    """List rule sets; presets without a version have not been used yet."""
    with reading() as session:
        rows = [_row(each) for each in versions.list_all(session, OPERATOR)]
    show(rows, as_json=as_json, line=_line)


@command(group, "show")
@click.argument("name", metavar="CODE[@VERSION]")
@json_option
def show_one(name: str, as_json: bool) -> None:
    """Show a rule set in words, value by value."""
    with reading() as session:
        file = versions.file_of(session, OPERATOR, name)
    row = {"code": file.code, "title": file.title.zh, "digest": file.digest, "source": file.source}
    show(row | {"rules": to_data(file.rules)}, as_json=as_json, line=lambda _: _words(file))


def _words(file: RuleFile) -> str:
    lines = [f"{file.code}  {file.digest}  {file.title.zh}", file.source]
    group_ = ""
    for line in lines_of(file.rules):
        if line.group != group_:
            group_ = line.group
            lines.append(group_)
        lines.append(f"  {line.label}：{line.value}")
    return "\n".join(filter(None, lines))


@command(group, "diff")
@click.argument("before", metavar="CODE[@VERSION]")
@click.argument("after", metavar="CODE[@VERSION]")
@json_option
def diff(before: str, after: str, as_json: bool) -> None:
    """Say in words how two rule sets differ."""
    with reading() as session:
        old = versions.file_of(session, OPERATOR, before).rules
        new = versions.file_of(session, OPERATOR, after).rules
    rows = [
        {"key": d.key, "label": d.label, "before": d.before, "after": d.after}
        for d in differences(old, new)
    ]
    show(rows, as_json=as_json, line=lambda r: f"{r['label']}：{r['before']} → {r['after']}")


@command(group, "export")
@click.argument("name", metavar="CODE[@VERSION]")
@click.option("--out", type=OUT_FILE, required=True)
def export(name: str, out: Path) -> None:
    """Write a rule set to a file that `rules import` reads back to the same digest."""
    with reading() as session:
        file = versions.file_of(session, OPERATOR, name)
    write_to(out, write_file(file))
    click.echo(f"{out}  {digest_of(to_data(file.rules))}")


@command(group, "import")
@click.argument("file", type=EXISTING_FILE)
@click.option("--approved-by", "approver", metavar="ACCOUNT", help="who approves; another person")
@as_option
@json_option
def import_(file: Path, approver: str | None, as_name: str | None, as_json: bool) -> None:
    """Import a rule set; with --as it waits for the approver unless one is named here."""
    now = clock.now()
    with writing() as session:
        actor = actor_of(session, as_name)
        draft = drafts.import_draft(session, actor, file.read_bytes(), now=now)
        drafts.propose(session, actor, draft, now=now)
        row: dict[str, Any] = {"code": draft.code, "version": None, "title": draft.title_zh}
        row["digest"] = digest_of(draft.content)
        if approver or not as_name:
            version = drafts.approve(session, actor_of(session, approver), draft, now=now)
            row["version"] = version.version
    show(row, as_json=as_json, line=_line)


@command(group, "use")
@click.argument("round_code", metavar="ROUND")
@click.argument("name", metavar="CODE[@VERSION]")
@as_option
def use(round_code: str, name: str, as_name: str | None) -> None:
    """Give ROUND other rules, as long as none of its boxes has been opened."""
    with writing() as session:
        actor = actor_of(session, as_name)
        round_ = campaigns.get_round(session, actor, round_code)
        ruling.choose(session, actor, round_, name, now=clock.now())
        digest = ruling.digest_of_rules(round_)
    click.echo(f"{round_code}: {name}  {digest[:12]}")
