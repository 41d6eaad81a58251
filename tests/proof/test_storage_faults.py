"""Full disks and failing flushes at each write: nothing acknowledged, nothing half done."""

import errno
import json
import os
import shutil
import struct
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from survey.app import create_app
from survey.web.platform import EXTENSION
from tests.proof.campaign import POSTGRESQL, SQLITE
from tests.proof.judge import judge
from tests.proof.phones import Page
from tests.proof.site import ROOT, Site, made_site
from tests.proof.test_nothing_is_lost import handed_in
from tests.proof.victim import post

SOURCE = Path(__file__).with_name("faults.c")


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled `faults.c`."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler (cc) to make disks fail with")
    library = Path(tmp_path_factory.mktemp("shim")) / "faults.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True)
    return library


def suffer(
    site: Site, shim: Path, act: str, kind: str, *, folder: Path, given: str = ""
) -> dict[str, object]:
    """Return the report of a victim on `site` to whose files below `folder` writing fails."""
    control = site.home.with_name("control")
    control.write_bytes(bytes(16))
    command = [sys.executable, "-m", "tests.proof.victim", act, str(site.home), site.url, "R1"]
    environ = {
        **os.environ,
        "LD_PRELOAD": str(shim),
        "FAULT_CONTROL": str(control),
        "FAULT_FOLDER": str(folder),
    }
    done = subprocess.run(
        [*command, kind], cwd=ROOT, env=environ, input=given, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    report: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return report


@pytest.mark.parametrize("kind", ["write", "read-only", "flush"])
def test_an_answer_is_stored_whole_or_not_at_all(shim: Path, kind: str) -> None:
    with made_site(SQLITE) as site:
        place = site.open_round("R1")[0]
        report = suffer(
            site, shim, "intake", kind, folder=site.home, given=json.dumps(asdict(place))
        )

        stored = sum(site.inbox.counts(1).values())

    assert report["faults"] == []
    assert report["failures"] == stored - 1 > 0


@pytest.mark.parametrize("kind", ["write", "flush"])
def test_an_opening_goes_on_where_the_disk_stopped_it(shim: Path, kind: str) -> None:
    with made_site(SQLITE) as site:
        told = handed_in(site, 6)

        report = suffer(site, shim, "opening", kind, folder=site.home)

        assert report["faults"] == []
        assert report["failures"] > 3
        assert judge(site, "R1", told) == []


@pytest.mark.parametrize("broken", [(errno.ENOSPC, 0), (0, errno.EIO)], ids=["full", "flush"])
def test_a_database_that_cannot_write_acknowledges_nothing(
    shim: Path, broken: tuple[int, int]
) -> None:
    full, failing = broken
    with made_site(POSTGRESQL) as site:
        assert site.database
        control = site.home.with_name("control")
        control.write_bytes(bytes(16))
        control.chmod(0o666)
        library = shutil.copy(shim, site.home.with_name("faults.so"))
        Path(library).chmod(0o755)
        place = site.open_round("R1")[0]
        site.database.stop("fast")
        site.database.environ = {
            "LD_PRELOAD": str(library),
            "FAULT_CONTROL": str(control),
            "FAULT_FOLDER": str(site.database.data),
        }
        site.database.start()
        app = create_app(site.config)
        client = app.test_client()
        pages = [Page("R1", place, f"{n:022d}", f"意见{n}") for n in range(2)]
        statuses = []
        for page in pages:
            with control.open("r+b") as file:
                file.write(struct.pack("iiii", full, 0, failing, 0))
            statuses.append(post(client, page))
            control.write_bytes(bytes(16))
            site.database.wait()
            statuses.append(post(client, page))

        app.extensions[EXTENSION].engine.dispose()
        assert set(statuses[::2]) == {503}
        assert set(statuses[1::2]) == {303}
        assert sum(site.inbox.counts(1).values()) == len(pages)
