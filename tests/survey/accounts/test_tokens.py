"""Tokens of programs: as much as their account, never more, and over when they are over."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from survey.accounts import service as accounts
from survey.accounts import sessions, tokens
from survey.accounts.models import ApiToken, Role
from survey.accounts.policy import OPERATOR, Action, may
from survey.accounts.tokens import TokenRefused
from survey.audit.models import AuditEntry
from survey.errors import NotAllowed, NotFound


def actor_of(session, account):
    return sessions.actor_of(session, account)


def test_a_token_stands_for_its_account_as_it_is_at_the_moment(tree, now, make_account):
    account = make_account("secretary", Role.BRANCH_SECRETARY, "B001")
    accounts.add_grant(tree, OPERATOR, account, Role.WINDOW_MANAGER, "W01", now=now)
    made = tokens.issue(tree, OPERATOR, "secretary", "看板", now=now)
    narrow = tokens.issue(
        tree, OPERATOR, "secretary", "窗口", role=Role.WINDOW_MANAGER, days=1, now=now
    )

    assert tokens.resolve(tree, made.secret, now=now) == actor_of(tree, account)
    only = tokens.resolve(tree, narrow.secret, now=now)
    assert may(only, Action.SEE_RESULTS, "D0/U01/W01/")
    assert not may(only, Action.SEE_RESULTS, "D0/U01/B001/")
    accounts.remove_grant(tree, OPERATOR, account, Role.WINDOW_MANAGER, "W01", now=now)
    assert tokens.resolve(tree, narrow.secret, now=now).grants == ()
    assert tokens.resolve(tree, narrow.secret, now=now + timedelta(days=1)) is None
    accounts.disable_account(tree, OPERATOR, account, now=now)
    assert tokens.resolve(tree, made.secret, now=now) is None


def test_a_token_is_kept_as_a_hash_and_its_acts_are_recorded(tree, now, make_account):
    make_account("secretary", Role.BRANCH_SECRETARY, "B001")
    made = tokens.issue(tree, OPERATOR, "secretary", " 看 板 ", now=now)
    stored = tree.scalars(select(ApiToken)).one()
    assert made.secret.encode() not in stored.token_hash
    tokens.revoke(tree, OPERATOR, made.token.id, now=now)

    assert tokens.resolve(tree, made.secret, now=now) is None
    entries = tree.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(2)).all()
    assert [entry.act for entry in entries] == ["accounts.revoke_token", "accounts.token"]
    assert {entry.data["label"] for entry in entries} == {"看 板"}
    assert not any(made.secret in str(entry.data) for entry in entries)
    with pytest.raises(NotFound):
        tokens.revoke(tree, OPERATOR, made.token.id, now=now)


def test_people_make_and_end_tokens_where_they_manage_accounts_and_their_own(
    tree, now, make_account
):
    secretary = actor_of(tree, make_account("secretary", Role.BRANCH_SECRETARY, "B001"))
    unit = actor_of(tree, make_account("unit", Role.UNIT_ADMIN, "U01"))
    other = actor_of(tree, make_account("other", Role.UNIT_ADMIN, "U02"))
    own = tokens.issue(tree, secretary, "secretary", "自己", now=now)
    tokens.issue(tree, unit, "secretary", "单位", now=now)

    with pytest.raises(NotFound):
        tokens.issue(tree, other, "secretary", "别处", now=now)
    with pytest.raises((NotAllowed, NotFound)):
        tokens.issue(tree, secretary, "unit", "上级", now=now)
    with pytest.raises(NotFound):
        tokens.revoke(tree, other, own.token.id, now=now)
    tokens.revoke(tree, secretary, own.token.id, now=now)
    assert [each.label for each in tokens.tokens_of(tree, unit, "secretary")] == ["单位"]


@pytest.mark.parametrize(
    ("label", "options"),
    [
        (" ", {}),
        ("长" * 81, {}),
        ("坏\x00", {}),
        ("好", {"days": 0}),
        ("好", {"days": 367}),
        ("好", {"role": Role.ANALYST}),
    ],
)
def test_a_token_that_cannot_be_is_refused(tree, now, make_account, label, options):
    make_account("secretary", Role.BRANCH_SECRETARY, "B001")
    with pytest.raises(TokenRefused):
        tokens.issue(tree, OPERATOR, "secretary", label, now=now, **options)


def test_an_account_has_a_handful_of_tokens(tree, now, make_account):
    make_account("secretary", Role.BRANCH_SECRETARY, "B001")
    for number in range(tokens.MAX_TOKENS):
        tokens.issue(tree, OPERATOR, "secretary", f"程序{number}", now=now)
    with pytest.raises(TokenRefused):
        tokens.issue(tree, OPERATOR, "secretary", "又一个", now=now)
