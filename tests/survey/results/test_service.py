"""From keyed sample answers through the sealed box to figures, to four decimals."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from reports.disclosure import release
from reports.figures import Audience, Figures, Status
from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.campaigns.service import Use
from survey.collection import fieldwork
from survey.collection.inbox import open_inbox
from survey.collection.keystore import Keystore
from survey.collection.opening import close_round
from survey.collection.paper import import_paper
from survey.config import Config
from survey.db import Sessions, make_engine, make_sessions
from survey.errors import NotFound
from survey.instruments import service as instruments
from survey.org.service import import_organisations
from survey.results import service as results
from survey.results.service import ReleaseUnsafe, ResultsSealed
from survey.results.shelf import Shelf
from survey.web.keying import validate_paper
from tests.conftest import MadeOnce, make_config
from tests.rounds import BRANCH_FORM, WINDOW_FORM, render
from tests.rule_sets import without_floors

SAMPLE = Path(__file__).resolve().parents[3] / "sample"
FILES = {BRANCH_FORM: "responses_A_sample.csv", WINDOW_FORM: "responses_C_sample.csv"}
OPENS = datetime(2026, 8, 31, 16, tzinfo=UTC)
CLOSES = OPENS + timedelta(days=15)
EXPECTED: dict[str, Any] = json.loads((SAMPLE / "expected_results.json").read_text("utf-8"))


def open_sample(sessions: Sessions, engine: Engine, config: Config) -> None:
    """Open a round of forms A and C on the sample district."""
    with sessions.begin() as session:
        data = (SAMPLE / "organisations.csv").read_bytes()
        import_organisations(session, OPERATOR, data, "organisations.csv", now=OPENS)
        for form in FILES:
            workbook = (SAMPLE / "xlsforms" / f"{form}.xlsx").read_bytes()
            instruments.import_questionnaire(session, OPERATOR, workbook, f"{form}.xlsx", now=OPENS)
        round_ = campaigns.create_round(
            session,
            OPERATOR,
            code="R2026Q3",
            title="三季度评议",
            uses=[Use(form) for form in FILES],
            opens_at=OPENS,
            closes_at=CLOSES,
            now=OPENS,
        )
        fieldwork.open_round(
            session,
            OPERATOR,
            round_,
            Keystore(config.keystore),
            open_inbox(config, engine),
            render,
            now=OPENS,
            no_key_copy=True,
        )


def hold_sample(sessions: Sessions, engine: Engine, config: Config) -> None:
    """Open the round, key the sample's answers, and close it."""
    open_sample(sessions, engine, config)
    keystore, inbox = Keystore(config.keystore), open_inbox(config, engine)
    with sessions.begin() as session:
        round_ = campaigns.get_round(session, OPERATOR, "R2026Q3")
        with pytest.raises(ResultsSealed):
            results.release_of(session, round_, BRANCH_FORM, Audience.INTERNAL)
        for form, name in FILES.items():
            data = (SAMPLE / name).read_bytes()
            import_paper(
                session,
                inbox,
                keystore,
                OPERATOR,
                round_,
                form,
                data,
                validate_paper,
                now=CLOSES - timedelta(days=1),
            )
    close_round(sessions, OPERATOR, "R2026Q3", keystore, inbox, now=CLOSES)


@pytest.fixture(scope="module")
def held_home(sqlite_template: Path, made_once: MadeOnce) -> Path:
    """A data folder in which the round has been held."""

    def fill(home: Path) -> None:
        shutil.copyfile(sqlite_template, home / "pingyi.sqlite")
        config = make_config(f"sqlite:///{home / 'pingyi.sqlite'}", home)
        engine = make_engine(config.database_url)
        hold_sample(make_sessions(engine), engine, config)
        engine.dispose()

    return made_once("sample-held", fill)


@pytest.fixture
def sample(
    sessions: Sessions,
    engine: Engine,
    config: Config,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[tuple[Session, Round]]:
    """The sample round, closed."""
    if engine.dialect.name == "sqlite":
        shutil.copytree(request.getfixturevalue("held_home"), tmp_path, dirs_exist_ok=True)
    else:
        hold_sample(sessions, engine, config)
    with sessions() as session:
        yield session, campaigns.get_round(session, OPERATOR, "R2026Q3")


def figures_of(
    session: Session, round_: Round, form: str, audience: Audience
) -> dict[str, Figures]:
    released = results.release_of(session, round_, form, audience)
    return {figures.target.org_id: figures for figures in released if figures.roll_up is None}


def test_the_sample_gives_the_expected_figures(sample: tuple[Session, Round]) -> None:
    session, round_ = sample
    windows = figures_of(session, round_, WINDOW_FORM, Audience.INTERNAL)
    for org_id, expected in EXPECTED["C"].items():
        figures = windows[org_id]
        assert figures.overall is not None
        assert figures.overall.top2 is not None
        assert (figures.n, figures.received) == (expected["n"], expected["all_n"])
        assert figures.overall.index == pytest.approx(expected["index_C50"], abs=5e-5)
        assert figures.overall.top2.share == pytest.approx(expected["top2"], abs=5e-5)
        assert figures.csi == pytest.approx(expected["csi"], abs=5e-5)
    branches = figures_of(session, round_, BRANCH_FORM, Audience.INTERNAL)
    for org_id, expected in EXPECTED["A"].items():
        if expected.get("mass") is not None:
            mass = branches[org_id].mass
            assert mass is not None
            assert mass.score == pytest.approx(expected["mass"], abs=5e-5)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_object_is_there_with_what_figures_need(sample: tuple[Session, Round]) -> None:
    session, round_ = sample
    inputs = results.inputs_of(session, round_, BRANCH_FORM)
    received = {target.org_id: counts.received for target, counts in inputs}
    branch = next(target for target, _ in inputs if target.org_id == "B006")
    windows = {each.org_id: each for each, _ in results.inputs_of(session, round_, WINDOW_FORM)}

    assert len(inputs) == len(campaigns.targets_of(session, round_.questionnaires[0]))
    assert sum(received.values()) == len((SAMPLE / FILES[BRANCH_FORM]).read_text().splitlines()) - 1
    assert (branch.level, branch.population, branch.issued) == ("branch", 1857, None)
    assert branch.unit_id.startswith("U")
    assert (windows["W01"].level, windows["W01"].population) == ("window", None)
    assert windows["W01"].annual_cases
    with pytest.raises(NotFound):
        results.inputs_of(session, round_, "B_member_review")

    # Few answers are hidden, and only rankable objects have findings.
    public = figures_of(session, round_, BRANCH_FORM, Audience.PUBLIC)["B195"]
    assert 0 < received["B195"] < 10
    assert (public.status, public.is_shown, public.n) == (Status.SUPPRESSED, False, None)
    found = results.findings_by_org(session, round_)
    assert {finding.ref for finding in found["W04"] if finding.source == "ipa_q2"} == {"efficient"}
    assert "B195" not in found


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_would_give_a_count_away_is_not_released(
    sample: tuple[Session, Round], monkeypatch: pytest.MonkeyPatch
) -> None:
    session, round_ = sample

    def careless(questionnaire: Any, inputs: Any, rules: Any, *args: Any) -> tuple[Figures, ...]:
        whole = release(questionnaire, inputs, without_floors(rules, k_public=1), *args)
        return tuple(
            replace(each, n=None, distributions={}) if each.target.org_id == "B195" else each
            for each in whole
        )

    monkeypatch.setattr(results, "release", careless)
    monkeypatch.setattr(results, "_RELEASED", Shelf(0))

    with pytest.raises(ReleaseUnsafe, match="B195"):
        results.release_of(session, round_, BRANCH_FORM, Audience.PUBLIC)
