"""Who gets an account and what it may do: `survey/accounts/service.py`."""

from itertools import product

import pytest
from sqlalchemy import select

from survey.accounts import service as accounts
from survey.accounts import sessions
from survey.accounts.models import Role
from survey.accounts.passwords import PasswordRefused
from survey.accounts.policy import OPERATOR, Action, may
from survey.audit.models import AuditEntry
from survey.errors import NotAllowed, NotFound

PASSWORD = "mangrove-7-harbour"
FITTING = {
    Role.DISTRICT_ADMIN: {"D0"},
    Role.UNIT_ADMIN: {"U01"},
    Role.BRANCH_SECRETARY: {"B001"},
    Role.WINDOW_MANAGER: {"W01"},
    Role.VERIFIER: {"D0", "U01"},
    Role.INSPECTOR: {"D0", "U01"},
    Role.LEADER: {"D0", "U01", "B001", "W01"},
    Role.ANALYST: {"D0"},
    Role.APPROVER: {"D0"},
    Role.SUPERVISOR: {"D0"},
}


def actor_of(tree, account):
    return sessions.actor_of(tree, account)


def test_an_account_is_made_with_a_readable_password_to_be_changed(tree, now):
    made = accounts.add_account(
        tree, OPERATOR, "  Ｚhangsan ", " 张三 ", Role.UNIT_ADMIN, "U01", now=now
    )
    tree.commit()
    assert (made.account.name, made.account.display_name) == ("zhangsan", "张三")
    assert made.account.must_change_password
    assert accounts.authenticate(tree, "ZHANGSAN", made.password, now=now) is made.account
    actor = sessions.actor_named(tree, "zhangsan")
    assert may(actor, Action.MANAGE_ACCOUNTS, "D0/U01/B001/")
    assert not may(actor, Action.MANAGE_ACCOUNTS, "D0/U02/B002/")


def test_a_role_is_held_at_its_own_level(tree, now):
    for role, org_id in product(Role, ("D0", "U01", "B001", "W01")):
        name = f"{role}-{org_id}"
        if org_id in FITTING[role]:
            accounts.add_account(tree, OPERATOR, name, "李四", role, org_id, PASSWORD, now=now)
            continue
        with pytest.raises(accounts.AccountRefused):
            accounts.add_account(tree, OPERATOR, name, "李四", role, org_id, PASSWORD, now=now)


def test_a_unit_gives_lower_roles_in_its_own_subtree(tree, now, make_account):
    actor = actor_of(tree, make_account("unit", Role.UNIT_ADMIN, "U01"))

    def add(role, org_id):
        name = f"{role}-{org_id}"
        accounts.add_account(tree, actor, name, "李四", role, org_id, PASSWORD, now=now)

    add(Role.BRANCH_SECRETARY, "B001")
    add(Role.WINDOW_MANAGER, "W01")
    add(Role.VERIFIER, "U01")
    for role, org_id, refusal in (
        (Role.UNIT_ADMIN, "U01", NotAllowed),
        (Role.DISTRICT_ADMIN, "U01", NotAllowed),
        (Role.BRANCH_SECRETARY, "B002", NotFound),
        (Role.BRANCH_SECRETARY, "B999", NotFound),
        (Role.VERIFIER, "U02", NotFound),
        (Role.VERIFIER, "D0", NotFound),
        (Role.DISTRICT_ADMIN, "D0", NotFound),
    ):
        with pytest.raises(refusal):
            add(role, org_id)


def test_others_make_no_accounts_and_see_no_list(tree, now, make_account):
    for role, place in (
        (Role.BRANCH_SECRETARY, "B001"),
        (Role.WINDOW_MANAGER, "W01"),
        (Role.VERIFIER, "U01"),
    ):
        actor = actor_of(tree, make_account(role, role, place))
        with pytest.raises(NotAllowed):
            accounts.add_account(tree, actor, "lisi", "李四", role, place, PASSWORD, now=now)
        with pytest.raises(NotAllowed):
            accounts.list_accounts(tree, actor)


def test_names_that_look_alike_are_one_name(make_account):
    make_account("zhangsan")
    for name in ("zhangsan", "ZhangSan", "ｚｈａｎｇｓａｎ", "zhangsan "):
        with pytest.raises(accounts.NameTaken):
            make_account(name)


def test_nobody_is_called_like_the_operator_or_the_system(make_account):
    for name in ("operator", "System", "ＯＰＥＲＡＴＯＲ"):
        with pytest.raises(accounts.NameTaken):
            make_account(name)


def test_what_is_no_name_is_refused(make_account):
    for name in ("", "a", "a b", "a\0b", "<script>", "../x", "x" * 65, "a\u202eb"):
        with pytest.raises(accounts.AccountRefused):
            make_account(name)


def test_what_is_no_display_name_is_refused(tree, now):
    for called in ("", "　", "张\n三", "张\u202e三", "张" * 81):
        with pytest.raises(accounts.AccountRefused):
            accounts.add_account(
                tree, OPERATOR, "lisi", called, Role.DISTRICT_ADMIN, "D0", PASSWORD, now=now
            )


def test_a_stopped_organisation_gives_no_role(tree, now, make_account):
    account = make_account("secretary", Role.BRANCH_SECRETARY, "B001")
    tree.get_one(accounts.Organisation, "B001").is_active = False
    tree.flush()
    assert actor_of(tree, account).grants == ()
    with pytest.raises(accounts.AccountRefused):
        make_account("another", Role.BRANCH_SECRETARY, "B001")


def test_lists_show_what_lies_below(tree, make_account):
    make_account("boss")
    unit = make_account("unit", Role.UNIT_ADMIN, "U01")
    make_account("secretary", Role.BRANCH_SECRETARY, "B001")
    make_account("foreign", Role.BRANCH_SECRETARY, "B002")

    def names(actor):
        return [account.name for account in accounts.list_accounts(tree, actor)]

    assert names(OPERATOR) == ["boss", "foreign", "secretary", "unit"]
    assert names(actor_of(tree, unit)) == ["secretary", "unit"]
    assert accounts.get_account(tree, actor_of(tree, unit), "Secretary").name == "secretary"
    for name in ("foreign", "nobody", "\0", ""):
        with pytest.raises(NotFound) as refusal:
            accounts.get_account(tree, actor_of(tree, unit), name)
        assert refusal.value.zh == "没有找到这个账号"


def test_a_unit_does_not_change_accounts_of_others_or_above(tree, now, make_account):
    unit = actor_of(tree, make_account("unit", Role.UNIT_ADMIN, "U01"))
    colleague = make_account("colleague", Role.UNIT_ADMIN, "U01")
    foreign = make_account("foreign", Role.BRANCH_SECRETARY, "B002")
    both = make_account("both", Role.BRANCH_SECRETARY, "B001")
    accounts.add_grant(tree, OPERATOR, both, Role.BRANCH_SECRETARY, "B002", now=now)
    own = make_account("own", Role.BRANCH_SECRETARY, "B001")

    for account, refusal in ((colleague, NotAllowed), (foreign, NotFound), (both, NotAllowed)):
        with pytest.raises(refusal):
            accounts.disable_account(tree, unit, account, now=now)
        with pytest.raises(refusal):
            accounts.reset_password(tree, unit, account, now=now)
        with pytest.raises(refusal):
            accounts.add_grant(tree, unit, account, Role.WINDOW_MANAGER, "W01", now=now)
        with pytest.raises(refusal):
            accounts.remove_grant(tree, unit, account, Role.BRANCH_SECRETARY, "B001", now=now)

    accounts.add_grant(tree, unit, own, Role.WINDOW_MANAGER, "W01", now=now)
    with pytest.raises(NotFound):
        accounts.add_grant(tree, unit, own, Role.WINDOW_MANAGER, "W02", now=now)
    accounts.disable_account(tree, unit, own, now=now)
    assert not own.is_active


def test_nobody_closes_their_own_account(tree, now, make_account):
    boss = make_account("boss")
    with pytest.raises(NotAllowed):
        accounts.disable_account(tree, actor_of(tree, boss), boss, now=now)


def test_a_role_is_given_once_and_taken_away(tree, now, make_account):
    account = make_account("secretary", Role.BRANCH_SECRETARY, "B001")
    for _ in range(2):
        accounts.add_grant(tree, OPERATOR, account, Role.WINDOW_MANAGER, "W01", now=now)
    assert len(actor_of(tree, account).grants) == 2
    for _ in range(2):
        accounts.remove_grant(tree, OPERATOR, account, Role.WINDOW_MANAGER, "W01", now=now)
    assert [grant.org_id for grant in actor_of(tree, account).grants] == ["B001"]
    accounts.remove_grant(tree, OPERATOR, account, Role.BRANCH_SECRETARY, "B001", now=now)
    assert accounts.list_accounts(tree, OPERATOR) == [account]


def test_the_command_line_acts_as_an_account_that_is_active(tree, now, make_account):
    account = make_account("boss")
    assert sessions.actor_named(tree, " BOSS ").account_id == account.id
    accounts.disable_account(tree, OPERATOR, account, now=now)
    for name in ("boss", "nobody", "", "\0"):
        with pytest.raises(NotFound):
            sessions.actor_named(tree, name)


def test_changing_a_password_needs_the_present_one_and_ends_every_session(tree, now, make_account):
    account = make_account("boss")
    token = sessions.start_session(tree, account, now=now)
    for current, new in (
        (PASSWORD + "x", "another-9-harbour"),
        (PASSWORD, PASSWORD),
        (PASSWORD, "short"),
    ):
        with pytest.raises(PasswordRefused):
            accounts.change_password(tree, account, current, new, now=now)
    assert sessions.resolve_session(tree, token, now=now)

    accounts.change_password(tree, account, PASSWORD, "another-9-harbour", now=now)
    assert sessions.resolve_session(tree, token, now=now) is None
    assert accounts.authenticate(tree, "boss", "another-9-harbour", now=now) is account
    with pytest.raises(accounts.SignInRefused):
        accounts.authenticate(tree, "boss", PASSWORD, now=now)


def test_a_lost_password_is_replaced_by_the_office_above(tree, now, make_account):
    account = make_account("secretary", Role.BRANCH_SECRETARY, "B001")
    unit = actor_of(tree, make_account("unit", Role.UNIT_ADMIN, "U01"))
    password = accounts.reset_password(tree, unit, account, now=now)
    assert account.must_change_password
    assert accounts.authenticate(tree, "secretary", password, now=now) is account


def test_acts_are_recorded_and_passwords_are_not(tree, now):
    made = accounts.add_account(tree, OPERATOR, "lisi", "李四", Role.UNIT_ADMIN, "U01", now=now)
    accounts.reset_password(tree, OPERATOR, made.account, now=now)
    accounts.disable_account(tree, OPERATOR, made.account, now=now)
    entries = list(tree.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert [entry.act for entry in entries] == [
        "accounts.add",
        "accounts.reset_password",
        "accounts.disable",
    ]
    assert entries[0].data == {"role": "unit_admin", "org": "U01"}
    assert not any(made.password in str(entry.data) + entry.subject for entry in entries)
