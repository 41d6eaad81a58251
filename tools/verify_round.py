#!/usr/bin/env python3
"""Check a round of Pingyi from the outside: one file, nothing but Python's standard library.

    python3 verify_round.py FOLDER-OR-ADDRESS [--anchor HASH] [--reports FOLDER] [--receipt HASH]

FOLDER is what `flask verify ROUND --bundle FOLDER` wrote, ADDRESS the place where it is published
(https://…/board/ROUND). --anchor is what is printed on reports and on the notice of the close;
without it a record that was rewritten as a whole cannot be told. --reports is a folder of reports
with its manifest.json. Prints one line for everything that does not hold, each beginning with a
code that never changes; the status is 0 only if all holds.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

GENESIS = "0" * 64
ANCHOR_LEAST = 16
OPENING, MERGING, REPORTS = "box.open", "box.merge", "reports.build"
Problem = tuple[str, str]
Read = Callable[[str], bytes]


def merkle_root(leaves: Sequence[bytes]) -> str:
    """Return the root of the RFC 6962 tree over `leaves`, in hex."""
    level = [hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves]
    if not level:
        return hashlib.sha256().hexdigest()
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        paired = [hashlib.sha256(b"\1" + left + right).digest() for left, right in pairs]
        level = paired + ([level[-1]] if len(level) % 2 else [])
    return level[0].hex()


def check(bundle: dict[str, Any], receipts: Sequence[str], anchor: str = "") -> Iterator[Problem]:
    """Yield what does not hold of a round; `receipts` are all hashes in the order published."""
    yield from check_chain(bundle["chain"])
    yield from check_anchor(bundle, anchor)
    records = {
        entry["data"].get("label") or f"box {entry['data']['box']}": entry["data"]
        for entry in bundle["chain"]
        if entry.get("act") in (OPENING, MERGING) and "box" in entry["data"]
    }
    for box in bundle["boxes"]:
        yield from check_box(box, records.get(box["label"]) or old_record(records, bundle))
    yield from check_receipts(bundle, receipts)
    yield from check_counts(bundle)


def old_record(records: dict[str, Any], bundle: dict[str, Any]) -> dict[str, Any] | None:
    """Return the record of a box opened by a release that noted no labels: there was one only."""
    unnamed = [data for data in records.values() if "label" not in data]
    return unnamed[0] if len(unnamed) == len(bundle["boxes"]) == 1 else None


def check_chain(chain: Sequence[dict[str, Any]]) -> Iterator[Problem]:
    """Check that every entry points to the one before, and those published whole say so."""
    previous, number = GENESIS, 1
    for entry in chain:
        is_linked = entry["id"] == number and entry["previous"] == previous
        if not is_linked or ("act" in entry and entry_hash(entry) != entry["hash"]):
            yield "AUDIT_CHAIN", f"entry {entry['id']} of the record of acts does not fit"
            return
        previous, number = entry["hash"], number + 1


def entry_hash(entry: dict[str, Any]) -> str:
    """Return the hash that an entry of the record of acts must have."""
    names = ("id", "at", "actor", "act", "subject", "data", "previous")
    text = json.dumps(
        [entry[name] for name in names],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(text.encode()).hexdigest()


def check_anchor(bundle: dict[str, Any], anchor: str) -> Iterator[Problem]:
    """Compare what is printed on paper with the openings in the record."""
    if not anchor:
        return
    wanted = anchor.lower().replace(" ", "")
    hashes = [e["hash"] for e in bundle["chain"] if e.get("act") in (OPENING, MERGING)]
    if len(wanted) < ANCHOR_LEAST or not any(each.startswith(wanted) for each in hashes):
        yield "CHAIN_REWRITTEN", "the printed anchor is no opening in this record of acts"


def check_box(box: dict[str, Any], record: dict[str, Any] | None) -> Iterator[Problem]:
    """Compare a box with what the record of acts said when it was opened."""
    label = box["label"]
    if record is None:
        yield "BOX_RECORD", f"{label}: the record of acts knows nothing of its opening"
        return
    for name in ("answers", "unreadable", "receipts_root", "content_root", "targets_root"):
        if box[name] != record.get(name):
            yield "BOX_RECORD", f"{label}: {name} is not what was recorded at the opening"
    leaves = [leaf for target in box["targets"] for leaf in target["leaves"]]
    leaves += box["others"]["leaves"]
    stored = sum(target["answers"] for target in box["targets"]) + box["others"]["answers"]
    counted = record["answers"] - record["unreadable"] - record.get("repeated", 0)
    if stored > counted:
        yield "RESPONSE_INSERTED", f"{label}: {stored} answers are stored, {counted} were counted"
    elif stored < counted:
        yield "RESPONSE_DELETED", f"{label}: {stored} answers are stored, {counted} were counted"
    elif merkle_root(sorted(map(bytes.fromhex, leaves))) != record["content_root"]:
        yield "RESPONSE_EDITED", f"{label}: an answer or a text was changed after the opening"
    elif record.get("targets_root") and targets_root(box) != record["targets_root"]:
        yield "TARGETS_SWAPPED", f"{label}: answers were moved from one object to another"


def targets_root(box: dict[str, Any]) -> str:
    """Return the root over all targets of a box; those with few answers are given as hashes."""
    shown = [target_leaf(target) for target in box["targets"]]
    return merkle_root(sorted([*shown, *map(bytes.fromhex, box["others"]["targets"])]))


def target_leaf(target: dict[str, Any]) -> bytes:
    """Return the hash of a target: its code, its number of answers, the root over them, the blind.

    The blind is what nobody can guess; boxes of earlier releases have none.
    """
    root = merkle_root(sorted(map(bytes.fromhex, target["leaves"])))
    content = ["target", target["code"], target["answers"], root]
    content += [target["blind"]] if target.get("blind") else []
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def check_receipts(bundle: dict[str, Any], receipts: Sequence[str]) -> Iterator[Problem]:
    """Compare the list of receipts with its root, and with the root recorded at the opening."""
    if sorted(set(receipts)) != list(receipts) or len(receipts) != bundle["receipts"]:
        yield "RECEIPTS_LIST", "the list of receipts is not sorted, or longer or shorter than said"
    root = merkle_root([bytes.fromhex(each) for each in receipts])
    if root != bundle["root"]:
        yield "RECEIPTS_ROOT", "the list of receipts does not have the root that was published"
    recorded = [
        entry["data"]["round_root"]
        for entry in bundle["chain"]
        if entry.get("act") == OPENING and "round_root" in entry["data"]
    ]
    boxes = bundle["boxes"]
    if not recorded and len(boxes) == 1:
        recorded = [boxes[0]["receipts_root"]]
    if not recorded or recorded[-1] != root:
        yield "RECEIPTS_ROOT", "the list of receipts is not the one of the last opening"


def check_counts(bundle: dict[str, Any]) -> Iterator[Problem]:
    """Check that there are no more answers than credentials, tickets and ballots."""
    counts = bundle["counts"]
    answers = sum(box["answers"] - box["repeated"] for box in bundle["boxes"])
    if counts["credentials"] not in (None, answers):
        yield "CREDENTIAL_COUNT", f"{answers} answers, {counts['credentials']} credentials used"
    if counts["by_tickets"]:
        allowed = (counts["tickets_used"] or 0) + counts["paper"]
        if answers != allowed:
            yield "TICKET_COUNT", f"{answers} answers, but {allowed} tickets and keyed ballots"
        if answers > counts["issued"]:
            yield "ISSUED_EXCEEDED", f"{answers} answers, {counts['issued']} tickets and ballots"
    found: dict[str, list[int]] = {}
    for target in (target for box in bundle["boxes"] for target in box["targets"]):
        if target["issued"] is not None:
            total = found.setdefault(target["code"], [0, target["issued"]])
            total[0] += target["answers"]
    for code, (given, issued) in found.items():
        if given > issued:
            yield "ISSUED_EXCEEDED", f"{code}: {given} answers, {issued} tickets and ballots"


def check_reports(bundle: dict[str, Any], folder: Path) -> Iterator[Problem]:
    """Compare a folder of reports with its manifest, and that with the record of acts."""
    content = (folder / "manifest.json").read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    known = [e["data"]["manifest"] for e in bundle["chain"] if e.get("act") == REPORTS]
    if digest not in known:
        yield "REPORT_MANIFEST", "manifest.json is not the one in the record of acts"
    for name, expected in json.loads(content)["files"].items():
        file = folder / name
        if not file.is_file():
            yield "REPORT_MISSING", f"{name} is not there"
        elif hashlib.sha256(file.read_bytes()).hexdigest() != expected:
            yield "REPORT_DIFFERS", f"{name} is not the report that was made"


def read_receipts(read: Read, index: dict[str, Any]) -> Iterator[str]:
    """Yield all hashes, part by part; a hash in the wrong part is as good as none."""
    length = index["prefix"]
    names = [f"{number:0{length}x}" for number in range(16**length)] if length else ["all"]
    for name in names:
        for line in read(f"{name}.txt").decode("ascii").split():
            if length and not line.startswith(name):
                raise ValueError(f"{name}.txt holds {line}")
            yield line


def reader(place: str) -> Read:
    """Return what reads a file of the bundle, from a folder or an address."""
    if place.startswith(("https://", "http://")):
        base = place.rstrip("/")

        def fetch(name: str) -> bytes:
            with urllib.request.urlopen(f"{base}/{name}", timeout=60) as answer:  # noqa: S310
                content: bytes = answer.read()
                return content

        return fetch
    return lambda name: (Path(place) / name).read_bytes()


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what the command line names and return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("place", help="folder or address of the bundle")
    parser.add_argument("--anchor", default="", help="what is printed on paper")
    parser.add_argument("--reports", type=Path, help="folder of reports with manifest.json")
    parser.add_argument("--receipt", default="", help="hash of a receipt to look for")
    chosen = parser.parse_args(arguments)
    try:
        read = reader(chosen.place)
        bundle = json.loads(read("bundle.json"))
        receipts = list(read_receipts(read, bundle))
        problems = list(check(bundle, receipts, chosen.anchor))
        if chosen.reports:
            problems += check_reports(bundle, chosen.reports)
    except (OSError, ValueError, KeyError, TypeError) as error:
        problems = [("BUNDLE_UNREADABLE", f"{type(error).__name__}: {error}")]
    else:
        if chosen.receipt and chosen.receipt not in receipts:
            problems.append(("RECEIPT_NOT_COUNTED", "this receipt is not on the list"))
    for code, text in problems:
        print(f"{code}: {text}")
    if not problems:
        print(f"{bundle['round']}: {len(receipts)} receipts; lists, counts, roots and record hold")
        if not chosen.anchor:
            print("no --anchor given: a record rewritten as a whole would not be noticed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
