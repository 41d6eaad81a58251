"""The form for a shared tablet over HTTP: the same form, no cookie, helpers flagged."""

import base64
import hashlib
import re

from survey.web.public.judging import SIGNALS


def scripts(html):
    return re.findall(r"<script>(.*?)</script>", html, re.DOTALL)


def test_the_tablet_gets_the_form_of_the_phones_with_its_own_policy(residents):
    code = residents.points["W01"].code
    answer = residents.client.get(f"/k/{code}")
    html = answer.get_data(as_text=True)

    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert f'action="/q/{code}"' in html
    assert 'name="signals" value=""' in html
    policy = answer.headers["Content-Security-Policy"]
    assert len(scripts(html)) == 3
    for script in scripts(html):
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_answers_typed_by_a_helper_say_so_and_nothing_else_does(residents):
    code = residents.points["W01"].code
    html = residents.client.get(f"/k/{code}/assist").get_data(as_text=True)

    assert 'name="signals" value="assisted"' in html
    assert "协助填写" in html
    assert {"assisted", "dup"} == SIGNALS
    assert residents.post(signals="assisted kiosk").status_code == 303
    assert residents.stored() == 1


def test_an_unknown_code_is_unknown_here_too(residents):
    for path in ("/k/00000000", "/k/00000000/assist", "/k/00000000/thanks"):
        assert residents.client.get(path).status_code == 404


def test_the_thanks_page_shows_no_receipt_by_itself(residents):
    code = residents.points["W01"].code
    html = residents.client.get(f"/k/{code}/thanks").get_data(as_text=True)

    assert f'href="/k/{code}"' in html
    assert 'id="kr"' in html
    assert 'class="rc gone"' in html
