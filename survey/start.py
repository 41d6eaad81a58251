"""What `make run` does before gunicorn serves: prepare the data folder, say where things are."""

from __future__ import annotations

import os
import socket
import sys

import survey.sqlite  # noqa: F401 - must come before anything that opens a database
from survey.errors import SurveyError

EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared with, never listened on here
SOMEWHERE = ("192.0.2.1", 9)


def address() -> str:
    """Return the address that codes and links should carry, for the HOST and PORT asked for."""
    host, port = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8000")
    if host in EVERY_ADDRESS:
        host = _own_address()
    return f"http://{host}:{port}"


def _own_address() -> str:
    """Return this machine's address on its network; a connected UDP socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(SOMEWHERE)
        except OSError:
            return "127.0.0.1"
        name: str = probe.getsockname()[0]
        return name


def prepare() -> None:
    """Migrate the database, load the sample district into an empty one, and print the way in.

    Raises:
        SurveyError: a setting or the machine must be seen to first.
    """
    # Imported late: asking for the address should not wait for a database.
    from survey import schema, welcome
    from survey.config import Config
    from survey.db import make_engine

    config = Config.from_environ()
    engine = make_engine(config.database_url)
    if schema.current(engine) != schema.head():
        schema.upgrade(engine)
    engine.dispose()
    for line in welcome.prepare(config):
        print(line, flush=True)


def main() -> None:
    """Do what the command line asks for; a refusal is one line and status 1."""
    if sys.argv[1:] == ["address"]:
        print(address())
        return
    try:
        prepare()
    except SurveyError as error:
        sys.exit(f"{error.code}: {error.zh} / {error.en}")


if __name__ == "__main__":
    main()
