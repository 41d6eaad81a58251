"""Work spread over processes of their own, which hold nothing but a way to talk to their parent."""

from __future__ import annotations

import gc
import os
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any, NoReturn, TypeVar

from survey.errors import SurveyError

SPREAD_FROM = 2_000
"""Answers from which on other processes are worth starting."""

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


class WorkStopped(SurveyError):
    """A process that worked for this one failed, or ended before it had answered."""

    code = "WORK_STOPPED"
    status = 500

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"后台计算中断（{reason}），什么也没有改动，请再试一次；反复出现时请检查内存是否够用",
            f"The work was cut off ({reason}) and nothing was changed; try again, and see whether "
            "there is enough memory if it happens again",
        )


def workers_for(answers: int) -> int:
    """Return how many processes should share the work on so many answers; 0 for none at all."""
    return len(os.sched_getaffinity(0)) if answers >= SPREAD_FROM else 0


def spread(
    work: Callable[[_Task], _Result], tasks: Iterable[_Task], *, workers: int
) -> Iterator[_Result]:
    """Yield `work(task)` of every task, in any order; without workers, here and in turn.

    Workers are forked when the first result is asked for, so `work` may know anything that this
    process knows by then. Before they begin they close every file they inherited, and with those
    their hold on locks and databases. They end when this process ends, however it does.

    Raises:
        WorkStopped: a worker failed or was killed. It names the kind of failure and its place, no
            more: a message could hold an answer.
    """
    if not workers:
        yield from map(work, tasks)
        return
    crew: list[_Worker] = []
    try:
        while len(crew) < workers:
            crew.append(_hire(work))
        yield from _share(list(crew), iter(tasks))
    finally:
        for worker in crew:
            _dismiss(worker)


@dataclass(frozen=True)
class _Worker:
    """A process and the way to talk to it."""

    pid: int
    line: Connection


def _share(idle: list[_Worker], tasks: Iterator[Any]) -> Iterator[Any]:
    """Give a task to whoever is idle; nobody has two, so that two never write to each other."""
    busy: dict[Any, _Worker] = {}
    ahead = list(_next_of(tasks))
    while ahead or busy:
        if ahead and idle:
            worker = idle.pop()
            _tell(worker, ahead.pop())
            busy[worker.line] = worker
            # The next task is made ready while everybody works on the last ones.
            ahead += _next_of(tasks)
            continue
        for line in wait(list(busy)):
            worker = busy.pop(line)
            result = _hear(worker)
            idle.append(worker)
            yield result


def _next_of(tasks: Iterator[Any]) -> Iterator[Any]:
    for task in tasks:
        yield task
        return


def _hire(work: Callable[[Any], Any]) -> _Worker:
    ours, theirs = Pipe()
    pid = os.fork()
    if not pid:
        _serve(work, theirs)
    theirs.close()
    return _Worker(pid, ours)


def _dismiss(worker: _Worker) -> None:
    worker.line.close()
    with suppress(ProcessLookupError):
        os.kill(worker.pid, signal.SIGKILL)
    with suppress(ChildProcessError):
        os.waitpid(worker.pid, 0)


def _tell(worker: _Worker, task: Any) -> None:
    try:
        worker.line.send(task)
    except OSError as error:
        raise WorkStopped("process ended") from error


def _hear(worker: _Worker) -> Any:
    try:
        failure, result = worker.line.recv()
    except (EOFError, OSError) as error:
        raise WorkStopped("process ended") from error
    if failure:
        raise WorkStopped(failure)
    return result


def _serve(work: Callable[[Any], Any], line: Connection) -> NoReturn:
    """Work until nobody is there any more; whatever happens, never return into the caller's code.

    What the parent had open is closed by number: its owners must not say goodbye in its name.
    """
    try:
        # Nothing of the parent's is looked at again, so its pages stay shared; and answers hold
        # no cycles, so looking for those among them would be time lost.
        gc.freeze()
        gc.disable()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        for number in map(int, os.listdir("/proc/self/fd")):
            if number > 2 and number != line.fileno():
                with suppress(OSError):
                    os.close(number)
        while True:
            line.send(_outcome(work, line.recv()))
    finally:
        os._exit(0)


def _outcome(work: Callable[[Any], Any], task: Any) -> tuple[str, Any]:
    try:
        return "", work(task)
    except Exception as error:
        *_, (frame, number) = traceback.walk_tb(error.__traceback__)
        place = f"{os.path.basename(frame.f_code.co_filename)}:{number}"
        return f"{type(error).__name__}, {place}", None
