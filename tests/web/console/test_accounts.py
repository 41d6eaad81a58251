"""Accounts in the console: a first password shown once, roles within reach, an end that is one."""

import pytest

NEW = "/console/accounts/new"


def fields(**changes):
    plain = {"name": "xinren", "display_name": "新人", "role": "window_manager", "org_id": "W01"}
    return {**plain, **changes}


def password_in(page):
    return page.get_data(as_text=True).split('<code class="secret">')[1].split("<")[0]


def test_a_first_password_is_shown_once_and_opens_the_door(as_, anonymous):
    office = as_("danwei")

    password = password_in(office.post(NEW, fields()))

    assert anonymous.sign_in("xinren", password).status_code == 303
    listed = office.get("/console/accounts/").get_data(as_text=True)
    assert "还没有换密码" in listed
    assert password not in listed
    assert password not in office.get("/console/accounts/xinren").get_data(as_text=True)


@pytest.mark.parametrize(
    ("who", "changes", "status"),
    [
        ("danwei", {"role": "unit_admin", "org_id": "U17"}, 403),
        ("danwei", {"role": "district_admin", "org_id": "D0"}, 404),
        ("danwei", {"org_id": "W10"}, 404),
        ("danwei", {"role": "branch_secretary"}, 422),
        ("danwei", {"role": "nobody"}, 422),
        ("danwei", {"name": "chuangkou"}, 409),
        ("danwei", {"name": "a"}, 422),
        ("danwei", {"name": "a b"}, 422),
        ("danwei", {"display_name": " "}, 422),
        ("danwei", {"display_name": "\u202eabc"}, 422),
        ("shuji", {}, 403),
    ],
)
def test_an_account_beyond_ones_reach_is_not_made(as_, who, changes, status):
    assert as_(who).post(NEW, fields(**changes)).status_code == status
    listed = as_("qu").get("/console/accounts/").get_data(as_text=True)
    assert "xinren" not in listed


def test_a_disabled_account_is_out_at_once(as_, anonymous):
    window = as_("chuangkou")

    assert as_("danwei").post("/console/accounts/chuangkou/disable").status_code == 303
    assert window.get("/console/").status_code == 303
    assert anonymous.sign_in("chuangkou").status_code == 422


@pytest.mark.parametrize(
    ("name", "status"), [("qu", 404), ("shuji", 404), ("nobody", 404), ("danwei", 403)]
)
def test_nobody_disables_whom_they_do_not_look_after(as_, name, status):
    assert as_("danwei").post(f"/console/accounts/{name}/disable").status_code == status
    assert as_("danwei").get("/console/").status_code == 200


def test_a_lost_password_is_replaced(as_, anonymous):
    password = password_in(as_("danwei").post("/console/accounts/chuangkou/password"))

    assert anonymous.sign_in("chuangkou").status_code == 422
    assert anonymous.sign_in("chuangkou", password).status_code == 303
    assert anonymous.get("/console/").location == "/console/password"
