"""PostgreSQL's own programs, and a server that tests may kill."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

NOTHING: Mapping[str, str] = {}
CHILDREN = "/proc/{0}/task/{0}/children"
PORTS = range(12_000, 32_000)
"""Below those that the system gives out, to whoever calls somebody."""


def run_program(
    program: str, *arguments: str, check: bool = True, environ: Mapping[str, str] = NOTHING
) -> int:
    """Run one of PostgreSQL's own programs; as root it refuses, so as user postgres then."""
    folders = [*os.environ["PATH"].split(os.pathsep)]
    folders += sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    found = shutil.which(program, path=os.pathsep.join(folders))
    if found is None:
        pytest.fail(f"PostgreSQL's {program} is not installed; run make test, which sees to it")
    command = [found, *arguments]
    command = ["env", *(f"{name}={value}" for name, value in environ.items()), *command]
    if os.geteuid() == 0:
        command = ["runuser", "-u", "postgres", "--", *command]
    # What may fail is tried again, so what it says is nobody's concern.
    errors = None if check else subprocess.DEVNULL
    return subprocess.run(
        command, check=check, stdout=subprocess.DEVNULL, stderr=errors, cwd="/"
    ).returncode


def free_port() -> int:
    """Return a port nobody listens on, and that no client is given before somebody does."""
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def children_of(process_id: int) -> list[int]:
    """Return the children that a process has now."""
    try:
        return [int(each) for each in Path(CHILDREN.format(process_id)).read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


@dataclass
class Server:
    """A PostgreSQL server in a folder of its own, durable as in production, to be killed at will.

    `folder` must not lie below pytest's own, which user postgres cannot enter. `environ` is more
    environment for the server.
    """

    folder: Path
    options: str = ""
    environ: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    @property
    def url(self) -> str:
        """Address of the server's own first database."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        """Make the data folder and start."""
        self.folder.chmod(0o755)
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        owner = ("-A", "trust", "-U", "postgres", "-E", "UTF8")
        run_program("initdb", "-D", str(self.data), *owner)
        self.start()

    def start(self, seconds: float = 120) -> None:
        """Start, also after a kill: until the last of the old processes has gone it refuses to."""
        options = f"-c port={self.port} -c listen_addresses=127.0.0.1 -c shared_buffers=16MB"
        # Recovery would otherwise flush some thousand files one by one.
        options += " -c recovery_init_sync_method=syncfs"
        options += f" -c unix_socket_directories={self.folder} {self.options}"
        command = ("-D", str(self.data), "-l", str(self.folder / "log"), "-o", options, "-w")
        deadline = time.monotonic() + seconds
        while run_program("pg_ctl", *command, "-s", "start", check=False, environ=self.environ):
            if time.monotonic() > deadline:
                raise TimeoutError((self.folder / "log").read_text()[-2000:])
            time.sleep(0.1)

    def stop(self, mode: str = "immediate") -> None:
        """Stop; `immediate` leaves everything to recovery."""
        run_program("pg_ctl", "-D", str(self.data), "-m", mode, "-s", "stop", check=False)

    @property
    def process_id(self) -> int:
        """The postmaster."""
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def kill(self) -> None:
        """Kill the postmaster, as a power cut would."""
        os.kill(self.process_id, signal.SIGKILL)

    def children(self) -> list[int]:
        """Return the processes of the server that do the work."""
        return children_of(self.process_id)

    def wait(self, seconds: float = 120) -> None:
        """Return once the server answers, be it after recovering by itself; start it if it died."""
        deadline = time.monotonic() + seconds
        address = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-q")
        while run_program("pg_isready", *address, check=False):
            if time.monotonic() > deadline:
                raise TimeoutError((self.folder / "log").read_text()[-2000:])
            if run_program("pg_ctl", "-D", str(self.data), "-s", "status", check=False):
                self.start()
            time.sleep(0.05)
