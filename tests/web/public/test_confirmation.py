"""What a form's script is told: bound to the page it sent, and final only where it is."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest

from survey.collection.inbox import BoxBusy
from survey.web.public.confirmation import MEDIA_TYPE, word_on
from tests.conftest import NOW
from tests.residents import FORM_TYPE
from tests.rounds import page_key

KEY = page_key(1)


def tell(residents, /, *, key=KEY, **changes):
    """Post as a script does and return status and what was said."""
    response = residents.client.post(
        residents.path(),
        data=urlencode(residents.fields(key=key, **changes)),
        content_type=FORM_TYPE,
        headers={"Accept": MEDIA_TYPE},
    )
    assert response.headers["Cache-Control"] == "no-store"
    assert response.mimetype == MEDIA_TYPE
    return response.status_code, response.get_json()


def test_what_is_stored_is_confirmed_by_the_pages_own_receipt(residents):
    first, again = tell(residents), tell(residents)

    assert first == again == (200, {"word": word_on(page_key(1)), "taken": True})
    assert tell(residents, C50=None) == first, "a copy that would not do changes nothing"
    assert residents.stored() == 1


def test_what_is_wrong_is_told_by_question(residents):
    status, said = tell(residents, C50=None, C54="字" * 501)

    assert (status, said["taken"], said["final"]) == (422, False, False)
    assert set(said["errors"]) == {"C50", "C54"}
    assert said["word"] == word_on(page_key(1))


def test_personal_data_and_a_changed_form_are_told_apart(residents):
    asked, changed = tell(residents, C54="打13812345678"), tell(residents, fv="older")

    assert (asked[0], asked[1]["asked"], asked[1]["again"]) == (422, True, False)
    assert (changed[0], changed[1]["final"], changed[1]["again"]) == (409, False, True)


def test_what_came_too_late_is_final(residents):
    residents.clock.now = NOW + timedelta(days=2)
    status, said = tell(residents)

    assert (status, said["final"]) == (410, True)
    assert "没有计入" in said["text"]
    assert said["word"] == word_on(page_key(1))


def test_what_passes_by_itself_is_no_refusal(residents, monkeypatch):
    def busy(*_arguments):
        raise BoxBusy

    monkeypatch.setattr(type(residents.platform.inbox), "put", busy)
    status, said = tell(residents)

    assert (status, said["word"], said["taken"]) == (503, "", False)
    assert "还没有收下" in said["title"]


@pytest.mark.parametrize("changes", [{"ik": "short"}, {"nonsense": "1"}, {"C50": ("5", "4")}])
def test_what_no_page_of_ours_sends_is_confirmed_to_nobody(residents, changes):
    status, said = tell(residents, **changes)

    assert status == 400
    assert not said["taken"]


@pytest.mark.parametrize("accept", ["", "*/*", "text/html", "application/json, text/html"])
def test_everybody_else_gets_pages(residents, accept):
    response = residents.client.post(
        residents.path(),
        data=urlencode(residents.fields()),
        content_type=FORM_TYPE,
        headers={"Accept": accept},
    )

    assert response.status_code == 303
