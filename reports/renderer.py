"""Documents made in processes of their own, which can be killed.

A layout engine is pure Python over text that strangers wrote: one document may take for ever or
all memory. Each worker is a fresh interpreter (never a fork of a threaded web server) without
network, with limits of time and memory. A document that breaks a limit fails alone; its worker is
replaced and the next document finds a clean one.

`python -m reports.renderer` is the worker: it reads requests from standard input and writes
answers to standard output, each with its length before it.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import queue
import resource
import struct
import subprocess
import sys
import threading
from collections.abc import Hashable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, TypeVar

from reports.pdf_variants import Attached, Variant
from reports.typefaces import PLACE, office_place

TIME_LIMIT = 60.0
MEMORY_LIMIT = 1536 * 1024 * 1024
DOCUMENTS_PER_WORKER = 500

_LENGTH = struct.Struct(">I")
_DONE, _FAILED = b"+", b"-"
# From linux/sched.h; Python 3.11 has no os.unshare.
_NEW_IDS, _NEW_NET = 0x10000000, 0x40000000
_PROJECT = Path(__file__).resolve().parent.parent
_INHERITED = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "LANG", "LC_ALL")

Key = TypeVar("Key", bound=Hashable)


class RenderFailed(RuntimeError):
    """One document could not be made.

    `reason` is "timeout", "memory", "crashed", "refused" (the document itself is at fault) or
    "engine" (this machine cannot make any; the message says what to install).
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


class Renderer:
    """Makes PDFs in `workers` processes, which start when they are first needed.

    `time_limit` is in seconds, for one document; `memory_limit` in bytes of address space; `home`
    the data folder whose `fonts`, an office's own, come before the bundled ones. Any number of
    threads may use one renderer; a document waits for a free worker.
    """

    def __init__(
        self,
        workers: int = 2,
        *,
        time_limit: float = TIME_LIMIT,
        memory_limit: int = MEMORY_LIMIT,
        home: Path | None = None,
    ) -> None:
        self.workers = workers
        self._free: queue.LifoQueue[_Worker] = queue.LifoQueue()
        self._all = [_Worker(time_limit, memory_limit, home) for _ in range(workers)]
        for worker in self._all:
            self._free.put(worker)

    def __enter__(self) -> Renderer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every worker; one that is at work is killed."""
        for worker in self._all:
            worker.stop()

    def render(
        self,
        html: str,
        *,
        variant: Variant = Variant.ISSUED,
        attachments: Sequence[Attached] = (),
    ) -> bytes:
        """Return `html` as a PDF, as `reports.pdf.render_pdf` does.

        Raises:
            RenderFailed: the document broke a limit or its worker.
        """
        worker = self._free.get()
        try:
            return worker.render(_request(html, variant, attachments))
        finally:
            self._free.put(worker)

    def render_many(
        self, documents: Iterable[tuple[Key, str]], *, variant: Variant = Variant.ISSUED
    ) -> Iterator[tuple[Key, bytes | RenderFailed]]:
        """Yield (key, PDF or failure) for each (key, HTML), in the order they are finished.

        `documents` is read only a little ahead of what is yielded.
        """
        pending: dict[Future[bytes], Key] = {}
        with ThreadPoolExecutor(self.workers) as threads:
            for key, html in documents:
                pending[threads.submit(self.render, html, variant=variant)] = key
                if len(pending) >= 2 * self.workers:
                    yield from _finished(pending)
            while pending:
                yield from _finished(pending)


def _finished(
    pending: dict[Future[bytes], Key],
) -> Iterator[tuple[Key, bytes | RenderFailed]]:
    """Wait for one document at least, and yield those that are finished."""
    done, _ = wait(pending, return_when=FIRST_COMPLETED)
    for future in done:
        key = pending.pop(future)
        error = future.exception()
        if error is None:
            yield key, future.result()
        elif isinstance(error, RenderFailed):
            yield key, error
        else:
            raise error


class _Worker:
    """One worker process and the conversation with it; used by one thread at a time."""

    def __init__(self, time_limit: float, memory_limit: int, home: Path | None) -> None:
        self.time_limit, self.memory_limit, self.home = time_limit, memory_limit, home
        self.made = 0
        self.process: subprocess.Popen[bytes] | None = None

    def render(self, request: bytes) -> bytes:
        """Return the PDF asked for; raises RenderFailed, and is then ready for the next one."""
        if self.process is None or self.process.poll() is not None:
            self._start()
        answer = self._ask(request, limit=self.time_limit)
        self.made += 1
        if self.made >= DOCUMENTS_PER_WORKER:
            self.stop()
        return answer

    def stop(self) -> None:
        """End the process, if there is one; the next document gets a new one."""
        process, self.process, self.made = self.process, None, 0
        if process is None:
            return
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                # The rest of a request is of no use to a dead process.
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        process.wait()

    def _start(self) -> None:
        """Start a fresh interpreter that gets nothing of this process but where things are."""
        self.stop()
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        environment[PLACE] = office_place(self.home)
        command = [sys.executable, "-m", "reports.renderer", str(self.memory_limit)]
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command,
            cwd=_PROJECT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._ask(b"", limit=max(TIME_LIMIT, self.time_limit))

    def _ask(self, request: bytes, *, limit: float) -> bytes:
        """Send a request and return the answer; the process does not outlive a failure."""
        process = self.process
        if process is None or process.stdin is None or process.stdout is None:
            raise RenderFailed("crashed")
        overdue = threading.Event()
        timer = threading.Timer(limit, _kill, (process, overdue))
        timer.start()
        try:
            _write(process.stdin, request)
            answer = _read(process.stdout)
        except BrokenPipeError:
            answer = None
        finally:
            timer.cancel()
        if answer is not None and answer[:1] == _DONE:
            return answer[1:]
        # What is left in a process after a failure is not to be trusted.
        self.stop()
        if answer is None:
            raise RenderFailed("timeout" if overdue.is_set() else "crashed")
        reason, _, detail = answer[1:].decode("utf-8", "replace").partition(":")
        raise RenderFailed(reason, detail)


def _kill(process: subprocess.Popen[bytes], overdue: threading.Event) -> None:
    overdue.set()
    process.kill()


def _write(stream: IO[bytes], frame: bytes) -> None:
    stream.write(_LENGTH.pack(len(frame)) + frame)
    stream.flush()


def _read(stream: IO[bytes]) -> bytes | None:
    """Return the next frame; None when the other side has ended."""
    header = stream.read(_LENGTH.size)
    if len(header) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(header)
    frame = stream.read(length)
    return frame if len(frame) == length else None


def _request(html: str, variant: Variant, attachments: Sequence[Attached]) -> bytes:
    """Return what a worker is sent: a line that says what follows, the document, the files."""
    document = html.encode("utf-8")
    head = {
        "variant": variant.value,
        "length": len(document),
        "attachments": [
            (each.name, each.described, each.as_of.isoformat(), len(each.content))
            for each in attachments
        ],
    }
    parts = (json.dumps(head).encode("ascii"), b"\n", document, *(a.content for a in attachments))
    return b"".join(parts)


def _read_request(request: bytes) -> tuple[str, Variant, list[Attached]]:
    """Return what `_request` was made of."""
    line, _, rest = request.partition(b"\n")
    head = json.loads(line)
    document, start, attached = rest[: head["length"]], head["length"], []
    for name, described, as_of, length in head["attachments"]:
        content = rest[start : start + length]
        attached.append(Attached(name, content, described, datetime.fromisoformat(as_of)))
        start += length
    return document.decode("utf-8"), Variant(head["variant"]), attached


def _serve(requests: IO[bytes], answers: IO[bytes], memory_limit: int) -> None:
    """Answer requests until there are no more: the life of a worker."""
    from reports import pdf

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    cut_off()
    ready = _DONE
    try:
        # Renders a proof, which loads what is loaded lazily, before the doors are shut.
        pdf.check_engine()
    except pdf.PdfNotPossible as error:
        ready = _FAILED + f"engine:{error}".encode()
    resource.setrlimit(resource.RLIMIT_AS, (memory_limit, memory_limit))
    sys.addaudithook(_refuse)
    while (request := _read(requests)) is not None:
        _write(answers, _answer(request) if request else ready)


def cut_off() -> bool:
    """Leave this process without any network, its own machine's included; False if not allowed.

    Where the kernel refuses it, the audit hook still does.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    return any(libc.unshare(flags) == 0 for flags in (_NEW_NET, _NEW_IDS | _NEW_NET))


def _answer(request: bytes) -> bytes:
    """Return the document asked for, or why there is none."""
    from reports import pdf

    try:
        html, variant, attached = _read_request(request)
        return _DONE + pdf.render_pdf(html, variant=variant, attachments=attached)
    except MemoryError:
        return _FAILED + b"memory:"
    except Exception as error:
        # Whatever it is, it concerns this document only.
        return _FAILED + f"refused:{type(error).__name__}".encode()


def _refuse(event: str, _: tuple[object, ...]) -> None:
    """Allow no network and no other program to a process that lays out strangers' text."""
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn")):
        raise PermissionError(event)
    if event == "os.system":
        raise PermissionError(event)


if __name__ == "__main__":
    _serve(sys.stdin.buffer, sys.stdout.buffer, int(sys.argv[1]))
