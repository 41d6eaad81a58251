"""`flask reports build`: every document of a round as files in a folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import click
from sqlalchemy.orm import Session

from reports import print_file
from reports.figures import Audience
from reports.formats import Format
from reports.renderer import Renderer, RenderFailed
from survey import clock
from survey.audit import service as audit
from survey.campaigns import service as campaigns
from survey.cli import signatures
from survey.cli.running import (
    FOLDER,
    actor_of,
    as_option,
    command,
    json_option,
    progress,
    reading,
    show,
    writing,
    zone,
)
from survey.collection.bundle import REPORTS_ACT
from survey.errors import NotFound
from survey.publication import batch_standing, batches, codes, documents
from survey.publication.batches import Line, Wanted
from survey.publication.document_files import (
    PRINT_FORMAT,
    VERIFY,
    Store,
    Stored,
    file_name,
    print_key,
    store_document,
    write_whole,
)
from survey.publication.document_kind import Asked, Kind
from survey.publication.making import Failed, Value, compile_one, handed_out
from survey.web.platform import Platform, platform

group = click.Group("reports", help="Documents of a closed round.")
signatures.add_to(group)

ALL = "all"
SETTING = 2
"""Processes that set PDFs."""

MADE, THERE = "made", "there"
LOCAL = ("127.0.0.1", "localhost", "::1")


class Formats(click.ParamType[tuple[Format, ...]]):
    """Formats with commas between them: pdf,docx."""

    name = "pdf,docx,…"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Format, ...]:
        """Return the formats that `value` names, each once."""
        names = [name.strip() for name in str(value).split(",")]
        unknown = [name for name in names if name not in set(Format)]
        if unknown:
            self.fail(f"{', '.join(unknown)}: use pdf, docx, xlsx, html or json", param, ctx)
        return tuple(Format(name) for name in dict.fromkeys(names))


@dataclass(frozen=True)
class Job:
    """What is wanted, for whom, and where it goes."""

    round_code: str
    wanted: Wanted
    out: Path
    again: bool
    as_name: str | None
    edition: int

    def file(self, line: Line) -> Path:
        """Return where a document goes."""
        return self.out / file_name(
            self.round_code,
            line.org_id,
            line.kind,
            line.format,
            audience=self.wanted.audience,
            edition=self.edition,
        )


@dataclass
class Outcome:
    """What became of the documents: names of files, and why the others could not be made."""

    made: list[str] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    def note(self, file: Path, became: str) -> None:
        """Note what became of one file: `MADE`, `THERE`, or why there is none."""
        if became in (MADE, THERE):
            (self.made if became == MADE else self.there).append(file.name)
        else:
            self.failed[file.name] = became

    @property
    def done(self) -> int:
        """How many have been dealt with."""
        return len(self.made) + len(self.there) + len(self.failed)


@command(group, "build")
@click.argument("round_code", metavar="ROUND")
@click.option("--out", type=FOLDER, required=True)
@click.option("--org", "org_ids", multiple=True, help="only this organisation (repeatable)")
@click.option("--kind", type=click.Choice([*(each.value for each in Kind), ALL]), default=ALL)
@click.option(
    "--format", "formats", type=Formats(), default="pdf", help="pdf, docx, xlsx, html, json"
)
@click.option("--public", is_flag=True, help="for the wall: the public threshold")
@click.option("--combined", is_flag=True, help="one PDF of each unit as well, for the print shop")
@click.option("--again", is_flag=True, help="also what has not changed")
@as_option
@json_option
def build(
    round_code: str,
    out: Path,
    org_ids: tuple[str, ...],
    kind: str,
    formats: tuple[Format, ...],
    public: bool,
    combined: bool,
    again: bool,
    as_name: str | None,
    as_json: bool,
) -> None:
    """Make the documents of ROUND as ROUND-ORG-KIND.pdf; stopped, it is simply run again.

    Public copies are called ROUND-ORG-KIND-public.pdf; from the second edition on each has the
    number of its edition, ROUND-ORG-KIND-2.pdf, and overwrites none of another.

    What is in the folder and has not changed since is left as it is.
    """
    wanted = Wanted(
        kinds=tuple(documents.KINDS) if kind == ALL else (Kind(kind),),
        formats=formats,
        audience=Audience.PUBLIC if public else Audience.INTERNAL,
        is_combined=combined,
    )
    job = Job(round_code, wanted, out, again, as_name, _edition(round_code, as_name))
    lines = _lines(job, org_ids)
    _warn_of_address(formats)
    outcome = _make(job, lines)
    _note_manifest(job)
    for name, reason in outcome.failed.items():
        click.echo(f"RENDER_FAILED: {name}: {reason}", err=True)
    show(
        {"made": outcome.made, "there": outcome.there, "failed": outcome.failed},
        as_json=as_json,
        line=lambda _: (
            f"{len(outcome.made)} made, {len(outcome.there)} there already, "
            f"{len(outcome.failed)} failed"
        ),
    )
    if outcome.failed:
        raise SystemExit(1)


def _warn_of_address(formats: Sequence[Format]) -> None:
    """Say so before paper is wasted: a code that leads to this machine helps nobody else."""
    address = platform().config.base_url
    if Format.PDF in formats and urlsplit(address).hostname in LOCAL:
        click.echo(
            f"LOCAL_ADDRESS: 二维码指向{address}，别人扫不开；先设PINGYI_BASE_URL再印 / "
            f"the codes lead to {address}, where nobody else gets; set PINGYI_BASE_URL to print",
            err=True,
        )


def _edition(round_code: str, as_name: str | None) -> int:
    """Return the edition of the round that is out today."""
    with reading() as session:
        round_ = campaigns.get_round(session, actor_of(session, as_name), round_code)
        return batch_standing.edition_at(session, round_, clock.now())


def _asked(session: Session, job: Job) -> Asked:
    actor = actor_of(session, job.as_name)
    round_ = campaigns.get_round(session, actor, job.round_code)
    head = platform().config.letterhead
    return Asked(session, actor, round_, job.wanted.audience, zone(), clock.now(), head)


def _lines(job: Job, org_ids: Sequence[str]) -> list[Line]:
    """Return every file asked for; print files come last.

    Raises:
        NotFound: an organisation that was asked for by name has no such document.
    """
    with reading() as session:
        asked = _asked(session, job)
        try:
            lines = batches.planned(asked, job.wanted, only=org_ids)
        except batches.NothingToMake:
            if not org_ids:
                raise
            lines = []
    missing = sorted(set(org_ids) - {line.org_id for line in lines})
    if missing:
        raise NotFound(
            f"本轮没有这样的文件：{'、'.join(missing)}",
            f"There is no such document in this round: {', '.join(missing)}",
        )
    return lines


def _make(job: Job, lines: Sequence[Line]) -> Outcome:
    """Make every file; while some are being set, the next ones are compiled."""
    outcome, pending = Outcome(), dict[Future[str], Line]()
    held = platform()
    single = [line for line in lines if line.kind != batch_standing.PRINT]
    with (
        progress("Making documents") as tell,
        Renderer(SETTING) as renderer,
        ThreadPoolExecutor(SETTING + 1) as threads,
    ):
        for line, value in _values(job, single):
            pending[threads.submit(_write, held, job, renderer, line, value)] = line
            if len(pending) >= 2 * batches.CHUNK:
                _settle(job, outcome, pending)
                tell(outcome.done, len(lines))
        while pending:
            _settle(job, outcome, pending)
            tell(outcome.done, len(lines))
        for line in lines[len(single) :]:
            outcome.note(job.file(line), _combine(held, job, line, single))
            tell(outcome.done, len(lines))
    return outcome


def _values(job: Job, lines: Sequence[Line]) -> Iterator[tuple[Line, Value]]:
    """Yield each file's document as data, compiled once for all its formats."""
    for start in range(0, len(lines), batches.CHUNK):
        chunk = lines[start : start + batches.CHUNK]
        # A transaction for each chunk: one for all would keep the database from tidying up.
        with reading() as session:
            asked = _asked(session, job)
            values = {
                (kind, org_id): compile_one(asked, Kind(kind), org_id)
                for kind, org_id in dict.fromkeys((line.kind, line.org_id) for line in chunk)
            }
            handed, round_id = handed_out(asked, values), asked.round.id
        codes.note(platform().sessions, round_id, handed)
        yield from ((line, values[line.kind, line.org_id]) for line in chunk)


def _write(held: Platform, job: Job, renderer: Renderer, line: Line, value: Value) -> str:
    """Write one file; return `MADE`, `THERE`, or why there is none."""
    if isinstance(value, Failed):
        return value.reason
    store, format_ = Store(held.config.documents), Format(line.format)
    verify = f"{held.config.base_url}{VERIFY}"
    try:
        stored = store_document(
            store, value, format_, renderer.render, verify=verify, again=job.again
        )
    except OSError:
        raise
    except RenderFailed as failed:
        return str(failed)
    except Exception as error:  # Whatever it is, it concerns this document only.
        return type(error).__name__
    return _copy(store, stored, job.file(line), again=job.again)


def _copy(store: Store, stored: Stored, file: Path, *, again: bool) -> str:
    """Bring a file from the store to the folder, unless it is there already."""
    is_there = file.exists() and hashlib.sha256(file.read_bytes()).hexdigest() == stored.digest
    if is_there and not again:
        return THERE
    write_whole(file, store.path(stored.key, file.suffix[1:]).read_bytes())
    return MADE


def _combine(held: Platform, job: Job, line: Line, single: Sequence[Line]) -> str:
    """Write one print file from the documents in the folder."""
    own = [
        each
        for each in single
        if each.format == PRINT_FORMAT
        and line.unit_id in (each.unit_id, each.org_id)
        and job.file(each).exists()
    ]
    if not own:
        return "NothingToPrint"
    contents = [job.file(each).read_bytes() for each in own]
    labels = [f"{each.org_name}　{documents.KINDS[Kind(each.kind)].label}" for each in own]
    store = Store(held.config.documents)
    stored = store.put(
        print_key(hashlib.sha256(content).hexdigest() for content in contents),
        PRINT_FORMAT,
        lambda: print_file.combined(line.org_name, zip(labels, contents, strict=True)),
        again=job.again,
    )
    return _copy(store, stored, job.file(line), again=job.again)


def _settle(job: Job, outcome: Outcome, pending: dict[Future[str], Line]) -> None:
    """Wait for one file at least, and note what became of those that are finished."""
    done, _ = wait(pending, return_when=FIRST_COMPLETED)
    for future in done:
        outcome.note(job.file(pending.pop(future)), future.result())


def _note_manifest(job: Job) -> None:
    """Write the digest of every document of a round in the folder, and note theirs for good.

    Whoever has a folder of documents can then see that none of them was made otherwise.
    """
    files = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(job.out.glob(f"{job.round_code}-*"))
        if not file.name.startswith(".")
    }
    told = {"round": job.round_code, "files": files}
    content = json.dumps(told, ensure_ascii=False, indent=1).encode()
    file = job.out / "manifest.json"
    if not files or (file.exists() and file.read_bytes() == content):
        return
    write_whole(file, content)
    with writing() as session:
        audit.record(
            session,
            actor=actor_of(session, job.as_name).name,
            act=REPORTS_ACT,
            subject=job.round_code,
            now=clock.now(),
            manifest=hashlib.sha256(content).hexdigest(),
            files=len(files),
        )
