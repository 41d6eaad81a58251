"""Work spread over processes: all of it done, nothing inherited, nobody left behind."""

import os
import signal
import time
from pathlib import Path

import pytest

from survey.collection.processes import WorkStopped, spread


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_every_task_is_done_once(workers: int) -> None:
    done = list(spread(lambda number: number * number, range(50), workers=workers))
    assert sorted(done) == [number * number for number in range(50)]


def test_large_tasks_and_results_hold_up_nobody() -> None:
    parts = [bytes([number]) * 3_000_000 for number in range(6)]
    doubled = spread(lambda part: part + part, iter(parts), workers=2)
    assert sorted(doubled) == [part * 2 for part in parts]


def test_a_worker_has_no_file_of_its_parent(tmp_path: Path) -> None:
    with open(tmp_path / "lock", "wb") as opened:
        (names,) = spread(_open_files, [opened.fileno()], workers=1)
    assert str(tmp_path / "lock") not in names


def _open_files(_: int) -> list[str]:
    places = Path("/proc/self/fd").iterdir()
    return [os.readlink(place) for place in places if place.is_symlink() and place.exists()]


def test_a_failure_is_named_without_what_it_was_about() -> None:
    def fail(text: str) -> None:
        raise ValueError(text)

    with pytest.raises(WorkStopped) as refusal:
        list(spread(fail, ["这是一句独一无二的话"], workers=1))
    assert "ValueError" in refusal.value.en
    assert "独一无二" not in refusal.value.zh + refusal.value.en


def test_nobody_is_left_when_work_is_given_up() -> None:
    working = spread(lambda _: os.getpid(), range(10), workers=2)
    pid = next(working)
    working.close()  # type: ignore[attr-defined]
    assert not _is_there(pid)


def test_workers_end_when_their_parent_is_killed() -> None:
    reader, writer = os.pipe()
    parent = os.fork()
    if not parent:
        working = spread(lambda _: os.getpid(), range(10), workers=2)
        os.write(writer, str(next(working)).encode())
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(parent, 0)
    pid = int(os.read(reader, 20))
    os.close(reader)
    os.close(writer)
    deadline = time.monotonic() + 120
    while _is_there(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _is_there(pid)


def _is_there(pid: int) -> bool:
    """Whether a process runs still; one that has ended may wait to be noticed."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state not in "ZX"
