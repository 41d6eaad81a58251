"""The least that any intake does: one page of bytes out, one body parsed, one row made durable.

It is served by gunicorn as that comes, with as many processes and threads as we have.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import psycopg

PAGE = Path(os.environ["FLOOR_PAGE"]).read_bytes() if "FLOOR_PAGE" in os.environ else b""
DATABASE = os.environ.get("FLOOR_DATABASE", "")
HOME = Path(os.environ.get("FLOOR_HOME", "."))
_local = threading.local()


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a GET with the page and a POST with a redirection, once its row is durable."""
    if environ["REQUEST_METHOD"] == "GET":
        headers = [("Content-Type", "text/html"), ("Content-Length", str(len(PAGE)))]
        start_response("200 OK", headers)
        return [PAGE]
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    _store(repr(parse_qs(body.decode())).encode().ljust(1_072))
    start_response("303 See Other", [("Location", "/"), ("Content-Length", "0")])
    return [b""]


def _store(content: bytes) -> None:
    if DATABASE:
        _store_in_postgresql(content)
        return
    if not hasattr(_local, "connection"):
        _local.connection = sqlite3.connect(HOME / "floor.sqlite", timeout=60, isolation_level=None)
        _local.connection.execute("PRAGMA journal_mode=WAL")
        _local.connection.execute("PRAGMA synchronous=FULL")
        _local.connection.execute("CREATE TABLE IF NOT EXISTS t (id BLOB PRIMARY KEY, c BLOB)")
        _local.gate = open(HOME / "gate", "ab")  # noqa: SIM115 - for the life of the thread
    fcntl.flock(_local.gate, fcntl.LOCK_EX)
    try:
        _local.connection.execute("INSERT INTO t VALUES (?, ?)", (secrets.token_bytes(32), content))
    finally:
        fcntl.flock(_local.gate, fcntl.LOCK_UN)


def _store_in_postgresql(content: bytes) -> None:
    if not hasattr(_local, "connection"):
        address = DATABASE.replace("+psycopg", "")
        _local.connection = psycopg.connect(address, autocommit=True)
        with _local.connection.transaction():
            _local.connection.execute("SELECT pg_advisory_xact_lock(1)")
            table = "CREATE TABLE IF NOT EXISTS floor (id bytea PRIMARY KEY, c bytea)"
            _local.connection.execute(table)
    row = (secrets.token_bytes(32), content)
    _local.connection.execute("INSERT INTO floor VALUES (%s, %s)", row)
