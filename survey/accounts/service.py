"""Accounts of staff: who gets one, what it may do, and signing in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey.accounts import passwords, sessions
from survey.accounts.models import Account, Role, RoleGrant
from survey.accounts.names import normalised
from survey.accounts.policy import Action, Actor, may, require
from survey.audit import service as audit
from survey.errors import NotAllowed, NotFound, SurveyError
from survey.org import queries
from survey.org.models import Level, Organisation

MAX_FAILURES = 10
LOCK = timedelta(minutes=15)
MAX_DISPLAY_CHARS = 80
# The record of acts signs with these what no account did.
RESERVED_NAMES = frozenset({"operator", "system"})

# Where each role can be held, and who gives it: those above the level of a branch come from the
# district, the others also from the unit they belong to (domain.md 7).
LEVELS: dict[Role, tuple[Level, ...]] = {
    Role.DISTRICT_ADMIN: (Level.DISTRICT,),
    Role.UNIT_ADMIN: (Level.UNIT,),
    Role.BRANCH_SECRETARY: (Level.BRANCH,),
    Role.WINDOW_MANAGER: (Level.WINDOW,),
    Role.VERIFIER: (Level.UNIT, Level.DISTRICT),
    Role.INSPECTOR: (Level.UNIT, Level.DISTRICT),
    Role.ANALYST: (Level.DISTRICT,),
    Role.APPROVER: (Level.DISTRICT,),
    Role.SUPERVISOR: (Level.DISTRICT,),
    # Held at a branch or a window, it makes that the leader's contact point (联系点).
    Role.LEADER: (Level.UNIT, Level.DISTRICT, Level.BRANCH, Level.WINDOW),
}
GIVEN_BY_UNITS = frozenset({Role.BRANCH_SECRETARY, Role.WINDOW_MANAGER, Role.VERIFIER})


class NameTaken(SurveyError):
    """Another account has this name."""

    code = "NAME_TAKEN"


class AccountRefused(SurveyError):
    """The account cannot be like this; the sentence says what to mend."""

    code = "ACCOUNT_REFUSED"
    status = 422


class SignInRefused(SurveyError):
    """Name and password do not fit, or the account is disabled or locked: nobody learns which."""

    code = "SIGN_IN_REFUSED"
    status = 401


@dataclass(frozen=True)
class NewAccount:
    """An account just made, and its first password, which exists nowhere else."""

    account: Account
    password: str


def add_account(
    session: Session,
    actor: Actor,
    name: str,
    display_name: str,
    role: Role,
    org_id: str,
    password: str | None = None,
    *,
    now: datetime,
) -> NewAccount:
    """Make an account with one role; without `password` one is made, to be changed at first use.

    Raises:
        NotFound: the actor sees no such organisation.
        NotAllowed: the actor may not give this role there.
        AccountRefused: name, display name, or a role that is not held at such an organisation.
        NameTaken: the name is in use.
        PasswordRefused: the password is not taken.
    """
    organisation = _place_for(session, actor, role, org_id)
    plain, called = _sign_in_name(name), _display_name(display_name)
    chosen = password if password is not None else passwords.generate()
    passwords.check(chosen, plain)
    account = Account(
        name=plain,
        display_name=called,
        password_hash=passwords.hashed(chosen),
        must_change_password=password is None,
        grants=[RoleGrant(role=role.value, org_id=organisation.id)],
    )
    try:
        with session.begin_nested():
            session.add(account)
    except IntegrityError:
        raise NameTaken(
            "这个登录名已有人用，请换一个", "This name is taken; take another"
        ) from None
    _record(session, actor, "add", account, now, role=role.value, org=organisation.id)
    return NewAccount(account, chosen)


def add_grant(
    session: Session, actor: Actor, account: Account, role: Role, org_id: str, *, now: datetime
) -> None:
    """Give an account one more role; a role it has already stays.

    Raises:
        NotFound: the actor sees no such account or organisation.
        NotAllowed: the actor may not change this account, or not give this role there.
        AccountRefused: the role is not held at such an organisation.
    """
    require_over(session, actor, account)
    organisation = _place_for(session, actor, role, org_id)
    if any(g.role == role and g.org_id == organisation.id for g in account.grants):
        return
    account.grants.append(RoleGrant(role=role.value, org_id=organisation.id))
    session.flush()
    _record(session, actor, "grant", account, now, role=role.value, org=organisation.id)


def remove_grant(
    session: Session, actor: Actor, account: Account, role: Role, org_id: str, *, now: datetime
) -> None:
    """Take a role away, from the next request on; one it does not have is no error."""
    require_over(session, actor, account)
    for grant in account.grants:
        if grant.role == role and grant.org_id == org_id:
            account.grants.remove(grant)
            session.flush()
            _record(session, actor, "revoke", account, now, role=role.value, org=org_id)
            return


def disable_account(session: Session, actor: Actor, account: Account, *, now: datetime) -> None:
    """Close an account; its browsers are signed out at once.

    Raises:
        NotFound: the actor sees no such account.
        NotAllowed: the account is not the actor's to close, or the actor's own.
    """
    require_over(session, actor, account)
    if account.id == actor.account_id:
        raise NotAllowed("不能停用自己的账号，请由他人办理", "Nobody closes their own account")
    account.is_active = False
    sessions.end_all(session, account)
    session.flush()
    _record(session, actor, "disable", account, now)


def reset_password(session: Session, actor: Actor, account: Account, *, now: datetime) -> str:
    """Return a new password for somebody who lost theirs; it opens a lock and ends all sessions.

    Raises:
        NotFound: the actor sees no such account.
        NotAllowed: the account is not the actor's to change.
    """
    require_over(session, actor, account)
    password = passwords.generate()
    _set_password(session, account, password)
    account.must_change_password = True
    session.flush()
    _record(session, actor, "reset_password", account, now)
    return password


def change_password(
    session: Session, account: Account, current: str, new: str, *, now: datetime
) -> None:
    """Give one's own account another password; every session ends, and the caller starts a new one.

    Raises:
        PasswordRefused: `current` is not the password, or `new` is not taken.
    """
    if not passwords.verify(account.password_hash, current):
        raise passwords.PasswordRefused(
            "现在的密码不对，请再看一下", "The present password is wrong"
        )
    if new == current:
        raise passwords.PasswordRefused("新密码和现在的一样，请换一个", "Choose another password")
    passwords.check(new, account.name)
    _set_password(session, account, new)
    account.must_change_password = False
    session.flush()
    audit.record(
        session, actor=account.name, act="accounts.change_password", subject=account.name, now=now
    )


def list_accounts(session: Session, actor: Actor) -> list[Account]:
    """Return the accounts that hold a role where `actor` manages accounts, by name.

    The district sees all, also those whose last role was taken away.

    Raises:
        NotAllowed: the actor manages no accounts at all.
    """
    require(actor, Action.MANAGE_ACCOUNTS)
    query = select(Account).order_by(Account.name)
    if not _is_district(actor):
        inside = queries.within(actor, Action.MANAGE_ACCOUNTS)
        held = select(RoleGrant.account_id).join(Organisation, Organisation.id == RoleGrant.org_id)
        query = query.where(Account.id.in_(held.where(inside)))
    return list(session.scalars(query))


def get_account(session: Session, actor: Actor, name: str) -> Account:
    """Return an account that `actor` sees in the list.

    Raises:
        NotFound: there is none; whether it exists elsewhere is not told.
    """
    plain = normalised(name)
    for account in list_accounts(session, actor):
        if account.name == plain:
            return account
    raise _no_such_account()


@dataclass(frozen=True)
class Tried:
    """Whether a password fits `stored`, the hash that an account had when it was looked up."""

    stored: str | None
    is_right: bool


def try_password(session: Session, name: str, password: str) -> Tried:
    """Return whether `password` is that of the account called `name`; only reads.

    It takes a good part of a second, which nobody else's writing should wait for: call it before
    the transaction in which `authenticate` counts.
    """
    query = select(Account.password_hash).where(Account.name == (normalised(name) or ""))
    stored = session.scalar(query)
    return Tried(stored, passwords.verify(stored, password))


def authenticate(
    session: Session, name: str, password: str, *, now: datetime, tried: Tried | None = None
) -> Account:
    """Return the account that signs in.

    A refusal has to be committed too: it counts the failure. Known, unknown, disabled and locked
    names take the same time and write as much, so that nothing tells them apart.

    Args:
        session: writes.
        name: as it was typed.
        password: as it was typed.
        now: aware.
        tried: what `try_password` found; without it the password is tried here.

    Raises:
        SignInRefused: always the same.
    """
    tried = tried or try_password(session, name, password)
    plain = normalised(name)
    account = session.scalar(select(Account).where(Account.name == (plain or "")).with_for_update())
    is_right = tried.is_right and account is not None and tried.stored == account.password_hash
    is_locked = bool(account and account.locked_until and now < account.locked_until)
    if account and is_right and account.is_active and not is_locked:
        failures, account.failed_sign_ins, account.locked_until = account.failed_sign_ins, 0, None
        if passwords.is_outdated(account.password_hash):
            account.password_hash = passwords.hashed(password)
        session.flush()
        _signed(session, account.name, "accounts.sign_in", failures, now)
        return account
    failures = 0
    if account and not is_locked:
        failures = account.failed_sign_ins + 1
    session.execute(
        update(Account)
        .where(Account.id == (account.id if account and not is_locked else 0))
        .values(
            failed_sign_ins=failures % MAX_FAILURES,
            locked_until=now + LOCK if failures >= MAX_FAILURES else None,
        )
    )
    # What was typed as a name nobody has may be a password.
    _signed(session, account.name if account else "", "accounts.sign_in_refused", failures, now)
    raise SignInRefused(
        "登录名或密码不对。连续错10次要等15分钟，忘了请找上级管理员",
        "Name or password is wrong; after 10 in a row wait 15 minutes, or ask the office above",
    )


def _place_for(session: Session, actor: Actor, role: Role, org_id: str) -> Organisation:
    """Return the organisation where `actor` may give `role`, or refuse."""
    if actor.is_operator and session.scalar(select(Organisation.id).limit(1)) is None:
        raise AccountRefused(
            "还没有组织。请先导入组织树：flask org import 文件，再建账号",
            "There are no organisations yet: run flask org import FILE first, then add accounts",
        )
    organisation = queries.get_visible(session, actor, Action.MANAGE_ACCOUNTS, org_id)
    if role not in GIVEN_BY_UNITS and not _is_district(actor):
        raise NotAllowed("这个角色由区级办公室授予", "The district office gives this role")
    if organisation.level not in LEVELS[role]:
        raise AccountRefused(
            "这个角色和单位的层次不配，请换一个", "This role is not held at this level"
        )
    if not organisation.is_active:
        raise AccountRefused("这个单位已停用，请换一个", "This organisation is no longer active")
    return organisation


def require_over(session: Session, actor: Actor, account: Account) -> None:
    """Refuse unless `actor` could have given the account every role that it holds.

    Raises:
        NotFound: the actor sees no such account.
        NotAllowed: it holds roles elsewhere, or higher ones.
    """
    if _is_district(actor):
        require(actor, Action.MANAGE_ACCOUNTS)
        return
    held = session.execute(
        select(RoleGrant.role, Organisation.path)
        .join(Organisation, Organisation.id == RoleGrant.org_id)
        .where(RoleGrant.account_id == account.id)
    ).all()
    inside = [may(actor, Action.MANAGE_ACCOUNTS, path) for _, path in held]
    if not any(inside):
        raise _no_such_account()
    if not all(inside) or any(Role(role) not in GIVEN_BY_UNITS for role, _ in held):
        raise NotAllowed(
            "这个账号还有别处或更高的角色，请由区级办公室办理",
            "This account holds other or higher roles; ask the district office",
        )


def _is_district(actor: Actor) -> bool:
    return actor.is_operator or any(g.role is Role.DISTRICT_ADMIN for g in actor.grants)


def _sign_in_name(text: str) -> str:
    plain = normalised(text)
    if plain is None:
        raise AccountRefused(
            "登录名用2到64个文字、字母或数字，可含 . - _ @",
            "A name takes 2 to 64 letters or digits, and . - _ @",
        )
    if plain in RESERVED_NAMES:
        raise NameTaken("这个登录名留给系统，请换一个", "This name is the system's; take another")
    return plain


def _display_name(text: str) -> str:
    called = text.strip()
    if not called.isprintable() or not 1 <= len(called) <= MAX_DISPLAY_CHARS:
        raise AccountRefused(
            f"请填写姓名，最多{MAX_DISPLAY_CHARS}字",
            f"Write a name of 1 to {MAX_DISPLAY_CHARS} signs",
        )
    return called


def _no_such_account() -> NotFound:
    return NotFound("没有找到这个账号", "There is no such account")


def _set_password(session: Session, account: Account, password: str) -> None:
    account.password_hash = passwords.hashed(password)
    account.failed_sign_ins, account.locked_until = 0, None
    sessions.end_all(session, account)


def _record(
    session: Session, actor: Actor, act: str, account: Account, now: datetime, **what: str
) -> None:
    audit.record(
        session,
        actor=actor.name,
        act=f"accounts.{act}",
        subject=account.name,
        now=now,
        **what,
    )


def _signed(session: Session, name: str, act: str, failures: int, now: datetime) -> None:
    who = name or "unknown"
    audit.record(session, actor=who, act=act, subject=who, now=now, failures=failures)
