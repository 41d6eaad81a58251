"""Documents by the thousand: each once, made anew only when changed, failing alone, called off."""

import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pikepdf
import pytest
from sqlalchemy import Engine, select

from reports.figures import Audience
from reports.formats import Format
from reports.pdf import render_pdf
from reports.renderer import RenderFailed
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor, Grant
from survey.campaigns import service as campaigns
from survey.collection.inbox import open_inbox
from survey.collection.keystore import Keystore
from survey.config import Config
from survey.db import Sessions, reading
from survey.jobs.models import Job, JobState
from survey.org.models import Organisation
from survey.publication import batch_standing, batches, making
from survey.publication.batch_standing import Standing
from survey.publication.batches import Wanted
from survey.publication.document_archive import archive
from survey.publication.document_files import KEPT, Store
from survey.publication.document_kind import Asked, Kind
from survey.publication.models import BatchDocument, DocumentBatch
from tests.openings import close, fill
from tests.rounds import Field

CHINA = ZoneInfo("Asia/Shanghai")
BRANCHES = Wanted((Kind.BRANCH,), (Format.PDF, Format.FIGURES))
SECRETARY = Actor("shuji", "shuji", (Grant(Role.BRANCH_SECRETARY, "B001", "D0/U01/B001/"),))


@dataclass
class Press:
    """The small district after its round, and a renderer that can be told to fail."""

    field: Field
    store: Store
    rendered: list[str] = field(default_factory=list)
    poisoned: str = ""

    def render(self, html: str, **options: object) -> bytes:
        if self.poisoned and self.poisoned in html:
            raise RenderFailed("timeout")
        self.rendered.append(html)
        return b"%PDF " + str(len(html)).encode()

    @property
    def shop(self) -> making.Workshop:
        now = self.field.now
        return making.Workshop(self.field.sessions, self.store, self.render, CHINA, "", lambda: now)

    def ask(self, wanted: Wanted = BRANCHES, actor: Actor = OPERATOR) -> int:
        now = self.field.now
        with self.field.sessions.begin() as session:
            round_ = campaigns.get_round(session, OPERATOR, "R1")
            asked = Asked(session, actor, round_, wanted.audience, CHINA, now)
            lines = batches.planned(asked, wanted)
            return batches.ask(session, actor, round_, wanted, lines, now=now).id

    def work(self, tell=lambda done, total: None) -> None:
        """Do every job that waits, and those which these ask for, as a worker would."""
        while True:
            with self.field.sessions.begin() as session:
                query = select(Job).where(Job.state == JobState.WAITING).order_by(Job.id)
                job = session.scalar(query.limit(1))
                if job is None:
                    return
                job.state, job.ended_at = JobState.DONE, self.field.now
            given = job.arguments
            if job.name == batches.MAKE:
                making.make_chunk(self.shop, given["batch"], given["chunk"], tell)
            else:
                making.combine(self.shop, given["batch"], given["place"], tell)

    def act(self, act, batch_id: int, actor: Actor = OPERATOR, **options) -> None:
        with self.field.sessions.begin() as session:
            round_ = campaigns.get_round(session, OPERATOR, "R1")
            act(session, actor, round_, batch_id, now=self.field.now, **options)

    def standing(self, batch_id: int) -> Standing:
        with reading(self.field.sessions) as session:
            return batch_standing.standing_of(session, session.get_one(DocumentBatch, batch_id))

    def rows(self, batch_id: int) -> list[BatchDocument]:
        with reading(self.field.sessions) as session:
            return batch_standing.files_of(session, session.get_one(DocumentBatch, batch_id))


@pytest.fixture
def press(sessions: Sessions, engine: Engine, config: Config, now) -> Iterator[Press]:
    world = Field(sessions, open_inbox(config, engine), Keystore(config.keystore), now=now)
    world.open()
    fill(world)
    close(world)
    return Press(world, Store(config.documents))


def test_only_what_is_missing_or_changed_is_made_again(press: Press) -> None:
    first = press.ask()
    press.work()
    made = press.rows(first)
    assert {row.state for row in made} == {"made"}
    assert Counter(row.format for row in made) == {"pdf": 3, "json": 3}
    assert len(press.rendered) == 3

    second = press.ask()
    press.work()
    assert press.standing(second).kept == 6
    assert [row.digest for row in press.rows(second)] == [row.digest for row in made]
    assert len(press.rendered) == 3, "nothing has changed"

    pdf = next(row for row in made if row.format == "pdf")
    press.store.path(pdf.key, "pdf").unlink()
    with press.field.sessions.begin() as session:
        session.get_one(Organisation, "B002").name = "改了名的党支部"
    third = press.ask()
    press.work()
    assert press.standing(third).kept == 3
    assert len(press.rendered) == 5, "the one that was missing, and the one that changed"


def test_a_poisoned_document_fails_alone_and_can_be_tried_again(press: Press) -> None:
    press.poisoned = "第二党支部"
    with press.field.sessions.begin() as session:
        session.get_one(Organisation, "B002").name = press.poisoned
    batch = press.ask()
    press.work()
    standing = press.standing(batch)
    assert (standing.made, standing.failed, standing.is_under_way) == (5, 1, False)
    (failed,) = (row for row in press.rows(batch) if row.state == "failed")
    assert (failed.org_id, failed.format, failed.reason) == ("B002", "pdf", "RENDER timeout")

    told = _archived(press, batch)
    assert [each["reason"] for each in told["documents"] if each["state"] == "missing"] == [
        "RENDER timeout"
    ]

    before, press.poisoned = len(press.rendered), ""
    press.act(batches.retry, batch)
    press.work()
    assert press.standing(batch).made == 6
    assert len(press.rendered) == before + 1


def _archived(press: Press, batch: int):
    """Return the manifest of a batch's ZIP, which holds what it says."""
    with reading(press.field.sessions) as session:
        held = session.get_one(DocumentBatch, batch)
        rows = batch_standing.files_of(session, held)
    whole = b"".join(archive(press.store, "R1", held, rows, zone=CHINA, edition=2))
    with zipfile.ZipFile(io.BytesIO(whole)) as opened:
        assert opened.testzip() is None
        told = json.loads(opened.read("manifest.json"))
        names = set(opened.namelist()) - {"manifest.json", "SHA256SUMS"}
        sums = dict(
            line.split("  ")[::-1] for line in opened.read("SHA256SUMS").decode().splitlines()
        )
    assert names == set(told["files"])
    assert told["files"] == sums
    assert all(name.rpartition(".")[0].endswith("-2") for name in names), "editions lie apart"
    return told


def test_a_batch_called_off_keeps_what_is_made_and_goes_on_when_asked(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "FLUSH", 1)
    batch = press.ask()

    def stop(done: int, total: int) -> None:
        if done == 2:
            press.act(batches.cancel, batch)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        press.work(stop)
    standing = press.standing(batch)
    assert (standing.made, standing.waiting, standing.is_under_way) == (2, 4, False)

    press.act(batches.retry, batch)
    assert press.standing(batch).is_under_way
    press.work()
    assert press.standing(batch).made == 6
    assert len(press.rendered) == 3, "what was made before stays"


def test_what_a_kill_left_on_disk_is_not_made_twice(press: Press) -> None:
    """Between a file and its row lies every moment at which a worker may die."""
    batch = press.ask()
    with pytest.raises(OSError, match="killed"):
        making.make_chunk(
            replace(press.shop, render=_dies_at(press, 3)), batch, 0, lambda done, total: None
        )
    press.work()
    assert press.standing(batch).made == 6
    assert len(press.rendered) == 3
    assert not list(press.store.folder.rglob("*.part"))

    later = press.field.now + KEPT + timedelta(days=365 * 20)
    with press.field.sessions.begin() as session:
        batches.forget_old(session, now=press.field.now + KEPT)
        assert session.scalar(select(DocumentBatch.id)) is not None
        batches.forget_old(session, now=later)
        assert session.scalar(select(DocumentBatch.id)) is None
    assert press.store.forget(now=later) == 6


def _dies_at(press: Press, last: int):
    def render(html: str, **options: object) -> bytes:
        if len(press.rendered) == last - 1:
            raise OSError("killed")
        return press.render(html)

    return render


def test_a_print_file_follows_its_documents_and_starts_each_on_a_front(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(press, "render", render_pdf)
    batch = press.ask(Wanted((Kind.BRANCH,), (Format.PDF,), is_combined=True))
    press.work()
    printed = {row.org_id: row for row in press.rows(batch) if row.kind == batch_standing.PRINT}
    assert set(printed) == {"U01", "U02"}
    assert press.standing(batch).made == 5
    row = printed["U01"]
    content = press.store.path(row.key, "pdf").read_bytes()
    own = [each for each in press.rows(batch) if each.unit_id == "U01" and each.kind == "branch"]
    sizes = [press.store.path(each.key, "pdf").stat().st_size for each in own]
    assert len(content) < 0.8 * sum(sizes), "fonts are shared"
    with pikepdf.open(io.BytesIO(content)) as document, document.open_outline() as outline:
        starts = [int(each.page_number) for each in _pages_of(document, outline)]
        fonts = {
            str(font.BaseFont): font.objgen
            for page in document.pages
            for font in page.obj.get("/Resources", {}).get("/Font", {}).values()
        }
        faces = [
            font.objgen
            for page in document.pages
            for font in page.obj.get("/Resources", {}).get("/Font", {}).values()
        ]
    assert len(starts) == 2
    assert all(start % 2 == 0 for start in starts)
    assert set(faces) == set(fonts.values())


@dataclass(frozen=True)
class _Start:
    page_number: int


def _pages_of(document: pikepdf.Pdf, outline: pikepdf.Outline) -> list[_Start]:
    order = {page.obj.objgen: number for number, page in enumerate(document.pages)}
    return [_Start(order[item.destination[0].objgen]) for item in outline.root]


def test_a_secretary_asks_for_and_sees_their_own_only(press: Press) -> None:
    everybody, own = press.ask(), press.ask(actor=SECRETARY)
    assert {row.org_id for row in press.rows(own)} == {"B001"}
    with reading(press.field.sessions) as session:
        round_ = campaigns.get_round(session, OPERATOR, "R1")
        mine = batch_standing.list_batches(session, SECRETARY, round_)
        assert [one.batch.id for one in mine] == [own]
        assert len(batch_standing.list_batches(session, OPERATOR, round_)) == 2
        with pytest.raises(batch_standing.BatchNotFound):
            batch_standing.get_batch(session, SECRETARY, round_, everybody)
        elsewhere = Actor("shuji", "", (Grant(Role.BRANCH_SECRETARY, "B002", "D0/U01/B002/"),))
        with pytest.raises(batch_standing.BatchNotFound):
            batch_standing.get_batch(session, elsewhere, round_, own)
    press.act(batches.cancel, everybody)
    press.work()
    gone = {row.reason for row in press.rows(own)}
    assert gone == {"NOT_FOUND"}, "nothing is made for an account that is not there"
    with pytest.raises(batches.NothingToMake):
        press.ask(Wanted((Kind.BRANCH,), (Format.PDF,), Audience.INTERNAL, unit_id="nowhere"))
