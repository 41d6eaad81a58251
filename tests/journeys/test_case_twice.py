"""One visit, one rating: the second phone with the same case is told so, proof of work and all."""

from datetime import timedelta

from playwright.sync_api import Browser, expect

from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.campaigns.service import Use
from survey.collection import fieldwork, points
from survey.instruments import service as instruments
from survey.web.public import pages
from tests.conftest import NOW
from tests.journeys.conftest import PHONE
from tests.journeys.hands import answer_all
from tests.residents import Residents
from tests.rounds import FORMS


def desk_code(residents: Residents) -> str:
    """Open a round of ratings that asks for proof of work and return the code of its point."""
    held, file = residents.platform, FORMS / "D_service_hcp.xlsx"
    with held.sessions.begin() as session:
        instruments.import_questionnaire(session, OPERATOR, file.read_bytes(), file.name, now=NOW)
        opens, closes = NOW - timedelta(hours=1), NOW + timedelta(days=1)
        plan = {"opens_at": opens, "closes_at": closes, "asks_proof": True, "now": NOW}
        uses = [Use("D_service_hcp", org_ids=("W01",))]
        round_ = campaigns.create_round(
            session, OPERATOR, code="R2", title="好差评", uses=uses, **plan
        )
        forms = pages.renderer(held.config.zone)
        stores = (round_, held.keystore, held.inbox, forms)
        fieldwork.open_round(session, OPERATOR, *stores, now=NOW, no_key_copy=True)
        return points.list_points(session, OPERATOR, round_)[0].code


def test_the_second_rating_of_a_case_is_told_so(browser: Browser, site: str, residents: Residents):
    code = desk_code(residents)
    for is_first in (True, False):
        phone = browser.new_context(viewport=PHONE)
        page = phone.new_page()
        page.goto(f"{site}/q/{code}?case=BJ-7")
        answer_all(page)
        page.locator("#sb").click()
        if is_first:
            page.wait_for_url("**/thanks")
        else:
            expect(page.locator("h1")).to_have_text("这件事已经评价过了")
        phone.close()
