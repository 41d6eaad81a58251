"""The published list of receipts: in parts, cacheable, without a cookie, after the opening."""

from datetime import timedelta

from survey.accounts.policy import OPERATOR
from survey.collection.opening import close_round
from survey.collection.receipts import receipt_hash, receipt_of
from tests.residents import Residents
from tests.rounds import page_key


def test_the_list_appears_with_the_opening(residents: Residents) -> None:
    for number in range(3):
        assert residents.post(key=page_key(number)).status_code == 303
    for name in ("index.json", "all.txt", "bundle.json"):
        assert residents.client.get(f"/board/R1/{name}").status_code == 404

    held = residents.platform
    close_round(
        held.sessions,
        OPERATOR,
        "R1",
        held.keystore,
        held.inbox,
        now=residents.clock.now + timedelta(days=4),
    )

    index = residents.client.get("/board/R1/index.json")
    assert (index.json["receipts"], index.json["prefix"]) == (3, 0)
    assert index.json["is_complete"] is True
    part = residents.client.get("/board/R1/all.txt")
    mine = receipt_hash("R1", residents.points["W01"].code, receipt_of(page_key(1)))
    assert mine in part.text.split()
    for answer in (index, part):
        assert "Set-Cookie" not in answer.headers
        assert "immutable" in answer.headers["Cache-Control"]
    for name in ("a.txt", "ALL.txt", "all", "../all.txt", "bundle.json"):
        assert residents.client.get(f"/board/R1/{name}").status_code == 404
    assert residents.client.get("/board/R9/index.json").status_code == 404
