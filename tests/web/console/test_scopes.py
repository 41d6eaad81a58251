"""Who may open what: every page of the console, every role, objects inside and outside its reach.

Columns: district office, unit U17, secretary of B070, manager of W01, verifier of U17. W01 belongs
to U17; W10, B070 and B100 do not; D0 is above everybody.
"""

import pytest

from reports.formats import Format
from survey import clock
from survey.accounts import sessions as account_sessions
from survey.accounts.policy import OPERATOR
from survey.app import create_app
from survey.campaigns import service as campaigns
from survey.collection.points import list_points
from survey.instruments import service as instruments
from survey.publication import batches
from survey.publication.batches import Wanted
from survey.publication.document_kind import Asked, Kind
from survey.rectification import evidence, queries, service
from survey.rectification.states import Source
from survey.web.platform import EXTENSION
from tests.conftest import make_config
from tests.web.console.conftest import CLOSED, OPEN, STAFF, Browser

ROLES = tuple(STAFF)
YES, NO, GONE, MOVED = 200, 403, 404, 303
EVERYBODY = (YES, YES, YES, YES, YES)
DISTRICT = (YES, NO, NO, NO, NO)
PAGES = (
    ("/console/", EVERYBODY),
    ("/console/find?q=W01", EVERYBODY),
    ("/console/password", EVERYBODY),
    ("/console/sign-in", EVERYBODY),
    ("/console/notices/", EVERYBODY),
    ("/console/notices/settings", EVERYBODY),
    # organisations
    ("/console/organisations/", EVERYBODY),
    ("/console/organisations/W01", (YES, YES, GONE, YES, YES)),
    ("/console/organisations/B070", (YES, GONE, YES, GONE, GONE)),
    ("/console/organisations/W10", (YES, GONE, GONE, GONE, GONE)),
    ("/console/organisations/U17", (YES, YES, GONE, GONE, YES)),
    ("/console/organisations/D0", (YES, GONE, GONE, GONE, GONE)),
    ("/console/organisations/import", DISTRICT),
    # questionnaires
    ("/console/questionnaires/", (YES, YES, YES, YES, NO)),
    ("/console/questionnaires/{digest}", (YES, YES, YES, YES, NO)),
    ("/console/questionnaires/import", DISTRICT),
    # rule sets
    ("/console/rules/", EVERYBODY),
    ("/console/rules/set/fivestar", EVERYBODY),
    ("/console/rules/set/pass60.json", EVERYBODY),
    ("/console/rules/set/none", (GONE, GONE, GONE, GONE, GONE)),
    ("/console/rules/new", DISTRICT),
    ("/console/rules/drafts/1", (GONE, NO, NO, NO, NO)),
    ("/console/rounds/{open}/rules/", EVERYBODY),
    # rounds
    ("/console/rounds/", EVERYBODY),
    ("/console/rounds/new", DISTRICT),
    ("/console/rounds/{open}", EVERYBODY),
    ("/console/rounds/{open}/open", DISTRICT),
    ("/console/rounds/{open}/close", DISTRICT),
    ("/console/rounds/{open}/coverage/", (YES, YES, YES, YES, NO)),
    ("/console/rounds/{open}/coverage/objects", (YES, YES, YES, YES, NO)),
    ("/console/rounds/{open}/coverage/table.csv", (YES, YES, YES, YES, NO)),
    ("/console/rounds/{open}/paper/", (YES, YES, NO, NO, NO)),
    ("/console/rounds/{open}/tickets/", (YES, YES, YES, YES, NO)),
    # points
    ("/console/rounds/{open}/points/", EVERYBODY),
    ("/console/rounds/{open}/points/{point_W01}", (YES, YES, GONE, YES, YES)),
    ("/console/rounds/{open}/points/{point_B070}", (YES, GONE, YES, GONE, GONE)),
    ("/console/rounds/{open}/points/{point_W10}", (YES, GONE, GONE, GONE, GONE)),
    ("/console/rounds/{closed}/points/{point_W01}", (GONE, GONE, GONE, GONE, GONE)),
    ("/console/rounds/{open}/points/{point_W01}.pdf", (YES, YES, GONE, YES, NO)),
    ("/console/rounds/{open}/points/{point_W10}.pdf", (YES, GONE, GONE, GONE, NO)),
    ("/console/rounds/{open}/points/{point_W01}.docx", (GONE, GONE, GONE, GONE, NO)),
    ("/console/rounds/{open}/points/posters.pdf", (YES, YES, YES, YES, NO)),
    ("/console/rounds/{open}/points/posters.pdf?unit=U18", (YES, GONE, GONE, GONE, NO)),
    # results and reports
    ("/console/rounds/{closed}/results/", (YES, YES, YES, YES, NO)),
    ("/console/rounds/{closed}/results/W01", (YES, YES, GONE, YES, NO)),
    ("/console/rounds/{closed}/results/B070", (YES, GONE, YES, GONE, NO)),
    ("/console/rounds/{closed}/results/W10", (YES, GONE, GONE, GONE, NO)),
    ("/console/rounds/{closed}/results/U17", (GONE, GONE, GONE, GONE, NO)),
    ("/console/rounds/{closed}/results/D0", (GONE, GONE, GONE, GONE, NO)),
    ("/console/rounds/{open}/results/", (YES, YES, YES, YES, NO)),
    ("/console/rounds/{open}/results/W10", (YES, GONE, GONE, GONE, NO)),
    ("/console/rounds/{closed}/reports/", (YES, YES, YES, YES, NO)),
    ("/console/rounds/{closed}/reports/internal/window/W01.pdf", (YES, YES, GONE, YES, NO)),
    ("/console/rounds/{closed}/reports/internal/window/W10.pdf", (YES, GONE, GONE, GONE, NO)),
    ("/console/rounds/{closed}/reports/internal/window/W01.json", (YES, YES, GONE, YES, NO)),
    ("/console/rounds/{closed}/reports/public/window/W10.html", (YES, GONE, GONE, GONE, NO)),
    ("/console/rounds/{closed}/batches/1", (YES, GONE, GONE, GONE, NO)),
    ("/console/rounds/{closed}/batches/1/state", (YES, GONE, GONE, GONE, NO)),
    ("/console/rounds/{closed}/batches/1/files/0", (GONE, GONE, GONE, GONE, NO)),
    ("/console/rounds/{closed}/batches/1/all.zip", (YES, GONE, GONE, GONE, NO)),
    ("/console/rounds/{closed}/batches/2", (YES, GONE, GONE, YES, NO)),
    ("/console/rounds/{open}/batches/1", (GONE, GONE, GONE, GONE, NO)),
    ("/console/rounds/{closed}/documents/internal/window/W01", (YES, YES, GONE, YES, NO)),
    ("/console/rounds/{closed}/documents/public/window/W10", (YES, GONE, GONE, GONE, NO)),
    ("/console/rounds/{closed}/documents/internal/window/W01/words", (YES, YES, GONE, YES, NO)),
    ("/console/rounds/{closed}/documents/internal/nothing/W01", (GONE, GONE, GONE, GONE, NO)),
    ("/console/check", (YES, YES, YES, YES, NO)),
    ("/console/document.css", (YES, YES, YES, YES, NO)),
    ("/console/check?code=000000000000", (GONE, GONE, GONE, GONE, NO)),
    # rectification
    ("/console/rectification/", EVERYBODY),
    ("/console/rectification/overdue", EVERYBODY),
    ("/console/rectification/ledger.csv", EVERYBODY),
    ("/console/rectification/ledger.xlsx", EVERYBODY),
    ("/console/rectification/ledger.pdf", EVERYBODY),
    ("/console/rectification/ledger.docx", EVERYBODY),
    ("/console/rectification/ledger.html", EVERYBODY),
    ("/console/rectification/desk/", EVERYBODY),
    ("/console/rectification/board/", EVERYBODY),
    ("/console/rectification/board/?by=sector&period=all", EVERYBODY),
    ("/console/rectification/field/", (YES, NO, NO, NO, YES)),
    ("/console/rectification/follow-ups/", (YES, NO, NO, NO, YES)),
    ("/console/rectification/field/{item_W01}", (YES, NO, NO, NO, YES)),
    ("/console/rectification/field/{item_W10}", (YES, NO, NO, NO, GONE)),
    ("/console/rectification/field/session", (YES, NO, NO, NO, YES)),
    ("/console/rectification/field/worker.js", (YES, NO, NO, NO, YES)),
    ("/console/rectification/import/", (YES, YES, NO, NO, NO)),
    ("/console/rectification/new", (YES, YES, NO, NO, NO)),
    ("/console/rectification/{item_W01}", (YES, YES, GONE, YES, YES)),
    ("/console/rectification/{item_W10}", (YES, GONE, GONE, GONE, GONE)),
    ("/console/rectification/{item_U17}", (YES, YES, GONE, GONE, YES)),
    ("/console/rectification/{item_W01}/letters/order.pdf", (YES, YES, GONE, YES, YES)),
    ("/console/rectification/{item_W01}/letters/order.html", (YES, YES, GONE, YES, YES)),
    ("/console/rectification/{item_W01}/poster-a5.pdf", (YES, YES, GONE, YES, YES)),
    ("/console/rectification/{item_W01}/evidence/{file}", (YES, YES, GONE, YES, YES)),
    ("/console/rectification/{item_W10}/evidence/{file}", (GONE, GONE, GONE, GONE, GONE)),
    ("/console/callbacks/", (YES, YES, NO, NO, NO)),
    ("/console/consultations/", (YES, YES, NO, NO, NO)),
    ("/console/workdays/", (YES, NO, NO, NO, NO)),
    ("/console/supervision/", (NO, NO, NO, NO, NO)),
    # drafts and comparisons of questionnaires
    ("/console/questionnaires/{digest}.xlsx", (YES, YES, YES, YES, NO)),
    ("/console/questionnaires/{digest}/changes", (YES, YES, YES, YES, NO)),
    ("/console/questionnaires/drafts/new", DISTRICT),
    ("/console/questionnaires/drafts/1", (GONE, NO, NO, NO, NO)),
    ("/console/questionnaires/drafts/1/preview", (GONE, NO, NO, NO, NO)),
    ("/console/questionnaires/drafts/1/publish", (GONE, NO, NO, NO, NO)),
    # paper, meetings, custodians
    ("/console/rounds/{open}/ballots/", (YES, YES, YES, YES, NO)),
    ("/console/rounds/{open}/ballots/{point_W01}.pdf", (YES, YES, GONE, YES, NO)),
    ("/console/rounds/{open}/ballots/archive.zip", (YES, YES, YES, YES, NO)),
    ("/console/rounds/{open}/ballots/{point_W01}.docx", (YES, YES, GONE, YES, NO)),
    ("/console/rounds/{open}/ballots/{point_W01}.html", (YES, YES, GONE, YES, NO)),
    ("/console/rounds/{open}/ballots/archive.zip?word=1", (YES, YES, YES, YES, NO)),
    ("/console/rounds/{open}/keying/", (YES, YES, NO, NO, NO)),
    ("/console/rounds/{open}/keying/1", (GONE, GONE, NO, NO, NO)),
    ("/console/rounds/{open}/keying/1/1", (GONE, GONE, NO, NO, NO)),
    ("/console/rounds/{open}/keying/1/settle", (GONE, GONE, NO, NO, NO)),
    ("/console/rounds/{open}/meetings/", (YES, YES, YES, YES, NO)),
    ("/console/meetings/1", (GONE, GONE, GONE, GONE, NO)),
    ("/console/meetings/1/screen", (GONE, GONE, GONE, GONE, NO)),
    ("/console/meetings/1/state", (GONE, GONE, GONE, GONE, NO)),
    ("/console/meetings/1/attendance.pdf", (GONE, GONE, GONE, GONE, NO)),
    ("/console/meetings/1/tally.pdf", (GONE, GONE, GONE, GONE, NO)),
    ("/console/meetings/1/tally.xlsx", (GONE, GONE, GONE, GONE, NO)),
    ("/console/meetings/1/attendance.html", (GONE, GONE, GONE, GONE, NO)),
    ("/console/rounds/{open}/custodians/", EVERYBODY),
    ("/console/rounds/{open}/abandon/", DISTRICT),
    # named acts: inspectors and leaders have roles of their own
    ("/console/inspections/", (YES, YES, YES, YES, NO)),
    ("/console/inspections/1", (GONE, GONE, GONE, GONE, GONE)),
    ("/console/inspections/1/photos/{digest}", (GONE, GONE, GONE, GONE, GONE)),
    ("/console/inspections/assign", DISTRICT),
    ("/console/inspections/mine/", (NO, NO, NO, NO, NO)),
    ("/console/inspections/mine/1", (NO, NO, NO, NO, NO)),
    ("/console/inspections/mine/1/sheet.pdf", (NO, NO, NO, NO, NO)),
    ("/console/inspections/mine/1/sheet.xlsx", (NO, NO, NO, NO, NO)),
    ("/console/inspections/mine/evaluator.js", (NO, NO, NO, NO, NO)),
    ("/console/inspections/mine/session", (NO, NO, NO, NO, NO)),
    ("/console/inspections/mine/worker.js", (NO, NO, NO, NO, NO)),
    ("/console/reviews/", (YES, YES, YES, YES, NO)),
    ("/console/reviews/1/W01", (GONE, GONE, GONE, GONE, GONE)),
    ("/console/reviews/mine", (NO, NO, NO, NO, NO)),
    ("/console/reviews/mine/1/W01", (NO, NO, NO, NO, NO)),
    ("/console/rounds/{closed}/publication/", (YES, YES, YES, YES, NO)),
    ("/console/rounds/{closed}/rows/", (NO, NO, NO, NO, NO)),
    # comments, ratings, background work
    ("/console/rounds/{closed}/comments/W01", (YES, YES, GONE, YES, NO)),
    ("/console/rounds/{closed}/comments/W10", (YES, GONE, GONE, GONE, NO)),
    ("/console/comments/topics", DISTRICT),
    ("/console/comments/topics.csv", DISTRICT),
    ("/console/ratings/", (YES, YES, YES, YES, NO)),
    ("/console/ratings/none", (GONE, GONE, GONE, GONE, NO)),
    ("/console/awards/", (YES, YES, YES, YES, NO)),
    ("/console/awards/none", (GONE, GONE, GONE, GONE, NO)),
    # indicators, other evaluations
    ("/console/indicators/", (YES, YES, YES, YES, NO)),
    ("/console/indicators/waiting", (YES, YES, NO, NO, NO)),
    ("/console/indicators/import", DISTRICT),
    ("/console/indicators/template.xlsx", DISTRICT),
    ("/console/indicators/ZB", (GONE, GONE, GONE, GONE, NO)),
    ("/console/indicators/ZB/2026Q1", (GONE, GONE, GONE, GONE, NO)),
    ("/console/indicators/ZB/2026Q1/values", (GONE, GONE, GONE, GONE, NO)),
    ("/console/indicators/ZB/2026Q1/values.xlsx", (GONE, GONE, GONE, GONE, NO)),
    ("/console/indicators/ZB/2026Q1/B070", (GONE, GONE, GONE, GONE, NO)),
    ("/console/indicators/ZB/2026Q1/B070/K1", (GONE, GONE, GONE, GONE, NO)),
    ("/console/indicators/evidence/1", (GONE, GONE, GONE, GONE, NO)),
    ("/console/sources/", DISTRICT),
    ("/console/sources/template.xlsx", DISTRICT),
    ("/console/jobs/", DISTRICT),
    ("/console/uploads/AAAAAAAAAAAAAAAA", (YES, YES, YES, YES, YES)),
    # accounts
    ("/console/accounts/", (YES, YES, NO, NO, NO)),
    ("/console/accounts/new", (YES, YES, NO, NO, NO)),
    ("/console/accounts/chuangkou", (YES, YES, NO, NO, NO)),
    ("/console/accounts/shuji", (YES, GONE, NO, NO, NO)),
    ("/console/accounts/qu", (YES, GONE, NO, NO, NO)),
)


@pytest.fixture(scope="module")
def site(built, tmp_path_factory):
    """One application on a copy of the district: looking at pages changes nothing."""
    import shutil

    home = tmp_path_factory.mktemp("site")
    shutil.copytree(built, home, dirs_exist_ok=True)
    app = create_app(make_config(f"sqlite:///{home / 'pingyi.sqlite'}", home))
    held = app.extensions[EXTENSION]
    names = _names(held)
    browsers = {}
    for role in ROLES:
        browsers[role] = Browser(app.test_client())
        assert browsers[role].sign_in(role).status_code == 303
    yield app, names, browsers
    held.renderer.close()
    held.engine.dispose()


def _names(held):
    """Return what the placeholders of the table stand for."""
    now = clock.now()
    names = {"open": OPEN, "closed": CLOSED}
    with held.sessions.begin() as session:
        names["digest"] = instruments.list_versions(session, OPERATOR)[0].digest
        round_ = campaigns.get_round(session, OPERATOR, OPEN)
        for point in list_points(session, OPERATOR, round_):
            names[f"point_{point.org_id}"] = point.code
        for org_id in ("W01", "W10", "U17"):
            item = service.register(
                session, OPERATOR, org_id, source=Source.MANUAL, problem="灯不亮", now=now
            )
            names[f"item_{org_id}"] = item.number
        number = names["item_W01"]
        service.advance(session, OPERATOR, number, queries.State("assigned"), now=now)
        service.advance(session, OPERATOR, number, queries.State("accepted"), now=now)
        pdf = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
        added = evidence.add_evidence(
            session, OPERATOR, number, pdf, "记录.pdf", folder=held.config.evidence, now=now
        )
        names["file"] = str(added.id)
    _ask_for_documents(held, now)
    return names


def _ask_for_documents(held, now):
    """Ask for all reports as the office, and as the manager of W01 for their own."""
    wanted = Wanted((Kind.WINDOW,), (Format.FIGURES,))
    for name in ("qu", "chuangkou"):
        with held.sessions.begin() as session:
            who = account_sessions.actor_named(session, name)
            round_ = campaigns.get_round(session, OPERATOR, CLOSED)
            asked = Asked(session, who, round_, wanted.audience, held.config.zone, now)
            lines = batches.planned(asked, wanted)
            batches.ask(session, who, round_, wanted, lines, now=now)


@pytest.mark.parametrize(("path", "expected"), PAGES, ids=[path for path, _ in PAGES])
def test_page_opens_for_the_right_people(site, path, expected):
    _, names, browsers = site

    found = tuple(browsers[role].get(path.format(**names)).status_code for role in ROLES)

    assert dict(zip(ROLES, found, strict=True)) == dict(zip(ROLES, expected, strict=True))


@pytest.mark.parametrize("path", [path for path, _ in PAGES if path != "/console/sign-in"])
def test_nobody_sees_anything_without_signing_in(site, path):
    app, names, _ = site

    response = app.test_client().get(path.format(**names))

    assert response.status_code == MOVED
    assert response.location.startswith("/console/sign-in")


def test_the_table_has_every_page(site):
    app, names, _ = site
    adapter = app.url_map.bind("127.0.0.1")
    known = {adapter.match(path.format(**names).split("?")[0])[0] for path, _ in PAGES}

    missing = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in rule.methods and rule.rule.startswith("/console")
    } - known

    assert not missing, f"say who may open {missing}"


@pytest.mark.parametrize(
    ("foreign", "unknown"),
    [
        ("/console/organisations/W10", "/console/organisations/W99"),
        ("/console/rounds/{open}/points/{point_W10}", "/console/rounds/{open}/points/ZZZZZZZZ"),
        ("/console/rounds/{closed}/results/W10", "/console/rounds/{closed}/results/W99"),
        (
            "/console/rounds/{closed}/reports/internal/window/W10.pdf",
            "/console/rounds/{closed}/reports/internal/window/W99.pdf",
        ),
        ("/console/rectification/{item_W10}", "/console/rectification/ZG-2026-9999"),
        ("/console/accounts/shuji", "/console/accounts/nobody"),
        ("/console/rounds/R1999Q1", "/console/rounds/..%2f"),
    ],
)
def test_foreign_and_unknown_cannot_be_told_apart(site, foreign, unknown):
    _, names, browsers = site

    one, other = (browsers["danwei"].get(path.format(**names)) for path in (foreign, unknown))

    assert (one.status_code, other.status_code) == (404, 404)
    assert one.data == other.data
    assert dict(one.headers) == dict(other.headers)


def test_a_number_that_no_database_holds_names_nothing(site):
    _, names, browsers = site

    for path in (
        "/console/rounds/{closed}/batches/%d",
        "/console/rounds/{closed}/batches/1/files/%d",
    ):
        assert browsers["qu"].get(path.format(**names) % 10**20).status_code == 404


@pytest.mark.parametrize(("name", "leads"), [("qu", True), ("chuangkou", False)])
def test_a_page_leads_nowhere_that_its_reader_may_not_go(as_, name, leads):
    page = as_(name).get("/console/organisations/W01").get_data(as_text=True)

    assert "所属支部" in page
    assert ('href="/console/organisations/B' in page) is leads
