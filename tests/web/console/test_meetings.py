"""A meeting through the real HTTP path: the chair's page, the screen in the hall, the end."""

import re

from sqlalchemy import select

from survey.collection.models import CollectionPoint
from tests.web.console.conftest import OPEN

LIST = f"/console/rounds/{OPEN}/meetings/"


def text(response):
    return response.get_data(as_text=True)


def code_of(held, org_id):
    with held.sessions() as session:
        query = select(CollectionPoint).where(CollectionPoint.org_id == org_id)
        return session.scalars(query.order_by(CollectionPoint.id.desc())).first().code


def test_a_secretary_holds_a_meeting(as_, held):
    chair = as_("shuji")
    assert text(chair.get(LIST)).count("在这里开会") == 1
    code = code_of(held, "B070")

    assert chair.post(LIST, {"code": code, "place": ""}).status_code == 422
    begun = chair.post(LIST, {"code": code, "place": "村部会议室"})
    assert begun.status_code == 303
    path = begun.location.partition("?")[0]
    assert chair.post(f"{path}/heads", {"heads": "62"}).status_code == 303
    state = chair.get(f"{path}/state").json
    assert state == {"heads": 62, "open": True, "step": "0–4"}

    screen = text(chair.get(f"{path}/screen"))
    assert code in screen
    assert "<svg" in screen
    assert not re.search(r"<script(?![^>]*src=)", screen)

    wrong = chair.post(f"{path}/close", {"heads": "62", "witnesses": "甲"})
    assert wrong.status_code == 422
    done = chair.post(f"{path}/close", {"heads": "62", "witnesses": "甲、乙"})
    assert done.status_code == 303
    page = text(chair.get(path))
    assert "今天到会62人，已收到评议0–4份" in page
    assert text(chair.get(LIST)).count("在这里开会") == 1


def test_others_do_not_find_the_meeting(as_, held):
    begun = as_("shuji").post(LIST, {"code": code_of(held, "B070"), "place": "村部会议室"})
    path = begun.location.partition("?")[0]

    for what in ("", "/screen", "/state"):
        assert as_("chuangkou").get(path + what).status_code == 404
    assert as_("yanshou").get(path).status_code == 403
    assert as_("qu").get(path).status_code == 200
