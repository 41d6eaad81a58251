"""All files of a batch in one ZIP, sent while it is written, with a manifest that proves each."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from typing import Any

from survey.publication.document_files import Store, file_name
from survey.publication.models import BatchDocument, DocumentBatch, DocumentState

MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
_PACKED = ("pdf", "docx", "xlsx")
Stamp = tuple[int, int, int, int, int, int]


class _Sink:
    """Takes what is written and hands it on; nothing can be written again."""

    def __init__(self) -> None:
        self.held: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        self.held.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""

    def take(self) -> bytes:
        taken, self.held = b"".join(self.held), []
        return taken


def archive(
    store: Store,
    round_code: str,
    batch: DocumentBatch,
    rows: Iterable[BatchDocument],
    *,
    zone: tzinfo,
    edition: int,
) -> Iterator[bytes]:
    """Yield a ZIP of every file that was made; memory holds one of them at a time.

    `manifest.json` and `SHA256SUMS` are the last entries, and name what is missing and why.
    """
    sink = _Sink()
    stamp = _stamp(batch.requested_at.astimezone(zone))
    sums: dict[str, str] = {}
    listed: list[dict[str, Any]] = []
    with zipfile.ZipFile(sink, "w") as whole:  # type: ignore[call-overload]
        for row in rows:
            name = file_name(
                round_code,
                row.org_id,
                row.kind,
                row.format,
                audience=batch.audience,
                edition=edition,
            )
            content = _content(store, row)
            entry = {"file": name, "kind": row.kind, "org": row.org_id, "format": row.format}
            if content is None:
                reason = row.reason if row.state == DocumentState.FAILED else "MISSING"
                listed.append({**entry, "state": "missing", "reason": reason})
                continue
            sums[name] = hashlib.sha256(content).hexdigest()
            told = {"sha256": sums[name], "bytes": len(content), "content_sha256": row.content}
            listed.append({**entry, "state": "made", **told})
            _add(whole, name, content, stamp)
            yield sink.take()
        _add(whole, MANIFEST, manifest(round_code, batch, edition, sums, listed), stamp)
        lines = "".join(f"{digest}  {name}\n" for name, digest in sums.items())
        _add(whole, SUMS, lines.encode(), stamp)
    yield sink.take()


def manifest(
    round_code: str,
    batch: DocumentBatch,
    edition: int,
    sums: dict[str, str],
    listed: list[dict[str, Any]],
) -> bytes:
    """Return what the files are: `files` as in folders that `flask reports build` fills."""
    told = {
        "round": round_code,
        "audience": batch.audience,
        "edition": edition,
        "requested_at": batch.requested_at.isoformat(),
        "files": sums,
        "documents": listed,
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _content(store: Store, row: BatchDocument) -> bytes | None:
    """Return a file; None where it was not made, or is not what was made any more."""
    if row.state != DocumentState.MADE:
        return None
    try:
        content = store.path(row.key, row.format).read_bytes()
    except FileNotFoundError:
        return None
    return content if hashlib.sha256(content).hexdigest() == row.digest else None


def _stamp(moment: datetime) -> Stamp:
    """Return a time as an archive has it, which knows none before 1980."""
    at = moment.timetuple()
    return max(1980, at.tm_year), at.tm_mon, at.tm_mday, at.tm_hour, at.tm_min, at.tm_sec


def _add(whole: zipfile.ZipFile, name: str, content: bytes, stamp: Stamp) -> None:
    info = zipfile.ZipInfo(name, stamp)
    is_packed = name.endswith(_PACKED)
    info.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
    whole.writestr(info, content)
