"""Signing in, locks and sessions: `survey/accounts/service.py`, `sessions.py`."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from survey.accounts import passwords, sessions
from survey.accounts import service as accounts
from survey.accounts.models import Account, ConsoleSession, Role
from survey.accounts.policy import OPERATOR, Action, may
from survey.audit import service as audit
from survey.audit.models import AuditEntry

PASSWORD = "mangrove-7-harbour"
MINUTE = timedelta(minutes=1)


def fail(tree, now, name="zhangsan", password="wrong-password", times=1):
    for _ in range(times):
        with pytest.raises(accounts.SignInRefused) as refusal:
            accounts.authenticate(tree, name, password, now=now)
    return refusal.value


def test_every_refusal_reads_the_same(tree, now, make_account):
    account = make_account()
    wrong = fail(tree, now)
    unknown = fail(tree, now, name="nobody")
    odd = [fail(tree, now, name=name) for name in ("", "\0", "\ud800", "x" * 10_000, "'; --")]
    long = fail(tree, now, password="x" * 2**20)
    accounts.disable_account(tree, OPERATOR, account, now=now)
    disabled = fail(tree, now, password=PASSWORD)
    for refusal in (unknown, disabled, long, *odd):
        assert (refusal.code, refusal.zh, refusal.en, refusal.status) == (
            (wrong.code, wrong.zh, wrong.en, wrong.status)
        )


def test_known_and_unknown_names_cost_the_same_work(tree, now, make_account, monkeypatch):
    """One hash, one update and one record each: what an observer could time is alike."""
    disabled = make_account("disabled")
    make_account("locked").locked_until = now + MINUTE
    make_account("known")
    accounts.disable_account(tree, OPERATOR, disabled, now=now)
    hashes = []
    real = passwords._hasher

    class Counting:
        def verify(self, stored, password):
            hashes.append(len(password))
            return real.verify(stored, password)

        def hash(self, password):
            return real.hash(password)

    passwords.verify(None, "x")
    monkeypatch.setattr(passwords, "_hasher", Counting())
    for name in ("known", "nobody", "disabled", "locked", "", "\0"):
        before = len(list(tree.scalars(select(AuditEntry))))
        hashes.clear()
        fail(tree, now, name=name)
        assert hashes == [len("wrong-password")]
        assert len(list(tree.scalars(select(AuditEntry)))) == before + 1


def test_ten_failures_in_a_row_lock_one_account_for_a_quarter_of_an_hour(tree, now, make_account):
    account, other = make_account(), make_account("other")
    fail(tree, now, times=10)
    fail(tree, now, password=PASSWORD)
    assert accounts.authenticate(tree, "other", PASSWORD, now=now) is other

    almost = now + timedelta(minutes=14, seconds=59)
    fail(tree, almost, times=20)
    fail(tree, almost, password=PASSWORD)
    assert accounts.authenticate(tree, "zhangsan", PASSWORD, now=now + 15 * MINUTE) is account


def test_a_success_begins_the_count_anew(tree, now, make_account):
    account = make_account()
    fail(tree, now, times=9)
    assert accounts.authenticate(tree, "zhangsan", PASSWORD, now=now) is account
    fail(tree, now, times=9)
    assert accounts.authenticate(tree, "zhangsan", PASSWORD, now=now) is account


def test_sign_ins_are_recorded_without_what_was_typed(tree, now, make_account):
    make_account()
    fail(tree, now, times=2)
    fail(tree, now, name="my-secret-typed-as-name")
    accounts.authenticate(tree, "zhangsan", PASSWORD, now=now)
    entries = list(tree.scalars(select(AuditEntry).order_by(AuditEntry.id)))[1:]
    assert [(entry.act, entry.subject, entry.data) for entry in entries] == [
        ("accounts.sign_in_refused", "zhangsan", {"failures": 1}),
        ("accounts.sign_in_refused", "zhangsan", {"failures": 2}),
        ("accounts.sign_in_refused", "unknown", {"failures": 0}),
        ("accounts.sign_in", "zhangsan", {"failures": 2}),
    ]
    assert audit.first_broken(tree) is None


def test_an_outdated_hash_is_renewed_at_sign_in(tree, now, make_account):
    account = make_account()
    account.password_hash = passwords.PasswordHasher(
        time_cost=2, memory_cost=8, parallelism=1
    ).hash(PASSWORD)
    accounts.authenticate(tree, "zhangsan", PASSWORD, now=now)
    assert not passwords.is_outdated(account.password_hash)


def test_failures_at_the_same_moment_are_all_counted(sessions_factory, tree, now, make_account):
    make_account()
    tree.commit()

    def attempt():
        with sessions_factory() as session:
            try:
                accounts.authenticate(session, "zhangsan", "wrong-password", now=now)
            except accounts.SignInRefused:
                session.commit()

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tree.expire_all()
    assert tree.scalar(select(Account.failed_sign_ins)) == 8
    assert audit.first_broken(tree) is None


@pytest.fixture
def sessions_factory(sessions):
    """The factory of database sessions, under a name that the module `sessions` leaves free."""
    return sessions


def test_only_the_hash_of_a_cookie_is_stored(tree, now, make_account):
    token = sessions.start_session(tree, make_account(), now=now)
    stored = tree.scalars(select(ConsoleSession)).one()
    assert len(token) >= 43
    assert len(stored.token_hash) == 32
    assert token.encode() not in stored.token_hash
    assert token != stored.csrf_secret


def test_a_session_stands_for_its_account(tree, now, make_account):
    account = make_account()
    first = sessions.start_session(tree, account, now=now)
    second = sessions.start_session(tree, account, now=now)
    actor, csrf_secret = sessions.resolve_session(tree, first, now=now)
    assert actor.account_id == account.id
    assert csrf_secret != sessions.resolve_session(tree, second, now=now)[1]

    sessions.end_session(tree, first)
    assert sessions.resolve_session(tree, first, now=now) is None
    assert sessions.resolve_session(tree, second, now=now)
    sessions.end_all(tree, account)
    assert sessions.resolve_session(tree, second, now=now) is None


def test_a_foreign_cookie_stands_for_nobody(tree, now):
    for token in ("", "x", "\0", "\ud800", "x" * 100_000):
        assert sessions.resolve_session(tree, token, now=now) is None
        sessions.end_session(tree, token)


def test_thirty_idle_minutes_end_a_session(tree, now, make_account):
    token = sessions.start_session(tree, make_account(), now=now)
    later = now + 29 * MINUTE
    assert sessions.resolve_session(tree, token, now=later)
    assert sessions.resolve_session(tree, token, now=later + 29 * MINUTE)
    assert sessions.resolve_session(tree, token, now=later + 59 * MINUTE) is None
    assert tree.scalars(select(ConsoleSession)).all() == []


def test_twelve_hours_end_a_session_however_busy(tree, now, make_account):
    token = sessions.start_session(tree, make_account(), now=now)
    for minutes in range(0, 12 * 60, 20):
        assert sessions.resolve_session(tree, token, now=now + minutes * MINUTE)
    assert sessions.resolve_session(tree, token, now=now + 12 * 60 * MINUTE) is None


def test_being_seen_is_written_at_most_once_a_minute(tree, now, make_account):
    token = sessions.start_session(tree, make_account(), now=now)
    sessions.resolve_session(tree, token, now=now + timedelta(seconds=59))
    assert tree.scalar(select(ConsoleSession.seen_at)) == now
    sessions.resolve_session(tree, token, now=now + MINUTE)
    assert tree.scalar(select(ConsoleSession.seen_at)) == now + MINUTE


def test_old_sessions_are_cleared_away_when_a_new_one_begins(tree, now, make_account):
    account = make_account()
    sessions.start_session(tree, account, now=now)
    sessions.start_session(tree, account, now=now + timedelta(days=1))
    assert len(tree.scalars(select(ConsoleSession)).all()) == 1


def test_a_closed_account_is_out_with_the_next_request(tree, now, make_account):
    account = make_account()
    token = sessions.start_session(tree, account, now=now)
    accounts.disable_account(tree, OPERATOR, account, now=now)
    assert sessions.resolve_session(tree, token, now=now) is None


def test_a_role_taken_away_is_gone_with_the_next_request(tree, now, make_account):
    account = make_account("secretary", Role.BRANCH_SECRETARY, "B001")
    token = sessions.start_session(tree, account, now=now)
    actor, _ = sessions.resolve_session(tree, token, now=now)
    assert may(actor, Action.OWN_ITEMS, "D0/U01/B001/")
    accounts.remove_grant(tree, OPERATOR, account, Role.BRANCH_SECRETARY, "B001", now=now)
    actor, _ = sessions.resolve_session(tree, token, now=now)
    assert not may(actor, Action.OWN_ITEMS, "D0/U01/B001/")
