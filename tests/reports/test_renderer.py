"""Workers: what breaks a limit fails alone, and the next document is fine."""

import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime

import pypdfium2
import pytest

from reports import renderer as module
from reports.pdf_variants import Attached, Variant
from reports.renderer import Renderer, RenderFailed

GOOD = "<html lang='zh-CN'><p>好</p></html>"
# Boxes as wide as what is in them, one in the other: every level doubles the work.
ENDLESS = "<div style='display:inline-flex'>" * 60 + "字"


@pytest.fixture(scope="module")
def renderer():
    with Renderer(2, time_limit=4) as made:
        made.render(GOOD)
        yield made


def pages(data):
    with pypdfium2.PdfDocument(data) as document:
        return len(document)


def test_a_worker_makes_the_same_bytes_as_this_process(renderer):
    from reports.pdf import render_pdf

    assert renderer.render(GOOD) == render_pdf(GOOD)


def test_files_and_variant_reach_the_worker_whole(renderer):
    from reports.pdf import render_pdf

    files = [
        Attached("figures.json", b'{"a": 1}\n\x00', "数据", datetime(2026, 9, 16, tzinfo=UTC)),
        Attached("空.txt", b""),
    ]

    for variant in (Variant.ISSUED, Variant.PLAIN):
        made = renderer.render(GOOD, variant=variant, attachments=files)
        assert made == render_pdf(GOOD, variant=variant, attachments=files)


def test_a_document_without_end_is_stopped_and_the_next_one_is_fine(renderer):
    with pytest.raises(RenderFailed) as failed:
        renderer.render(ENDLESS)

    assert failed.value.reason == "timeout"
    assert pages(renderer.render(GOOD)) == 1


def test_a_document_that_takes_all_memory_fails_alone():
    huge = "<p hidden>" + "a" * 90_000_000
    with Renderer(1, time_limit=60, memory_limit=400 * 1024 * 1024) as small:
        with pytest.raises(RenderFailed) as failed:
            small.render(huge)

        assert failed.value.reason in ("memory", "crashed")
        assert pages(small.render(GOOD)) == 1


def test_one_poisoned_document_fails_alone(renderer):
    documents = [(number, GOOD) for number in range(5)]
    documents.insert(2, ("poisoned", ENDLESS))

    made = dict(renderer.render_many(documents))

    assert isinstance(made.pop("poisoned"), RenderFailed)
    assert sorted(made) == [0, 1, 2, 3, 4]
    assert {pages(data) for data in made.values()} == {1}


def test_a_dead_worker_is_replaced(renderer):
    for worker in renderer._all:
        if worker.process is not None:
            worker.process.kill()
            worker.process.wait()

    assert [pages(renderer.render(GOOD)) for _ in range(4)] == [1, 1, 1, 1]


def test_threads_share_the_workers(renderer):
    made = []
    threads = [
        threading.Thread(target=lambda: made.append(renderer.render(GOOD))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(made) == 6
    assert len(set(made)) == 1


def test_a_worker_knows_nothing_of_this_process(renderer, monkeypatch):
    assert "PINGYI_SECRET_KEY_FILE" not in module._INHERITED
    assert "HOME" not in module._INHERITED


@pytest.mark.parametrize(
    "event",
    ["socket.connect", "socket.__new__", "subprocess.Popen", "os.exec", "os.system", "os.fork"],
)
def test_network_and_programs_are_refused_in_a_worker(event):
    with pytest.raises(PermissionError):
        module._refuse(event, ())


def test_a_process_that_was_cut_off_reaches_nobody():
    script = (
        "import socket, sys; from reports.renderer import cut_off; done = cut_off()\n"
        "try: socket.create_connection(('127.0.0.1', int(sys.argv[1]))); print(done, 'reached')\n"
        "except OSError: print(done, 'alone')"
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        said = subprocess.run(
            [sys.executable, "-c", script, str(server.getsockname()[1])],
            cwd=module._PROJECT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    # Not every kernel allows it to everybody; then the connection shows that the test can tell.
    assert said in ("True alone", "False reached")


def test_reading_a_file_is_not_refused_in_a_worker():
    module._refuse("open", ("x",))


def test_workers_start_only_when_they_are_needed():
    with Renderer(2) as made:
        assert all(worker.process is None for worker in made._all)
