"""Three hundred phones behind one address in a minute: all get through, nobody is blocked."""

import http.client
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from urllib.parse import urlencode

import pytest
from werkzeug.serving import make_server

from survey import clock
from tests.conftest import NOW
from tests.residents import FORM_TYPE, Clock, hidden, open_home, serve

PHONES, SECONDS, AT_ONCE = 300, 60.0, 30


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_whole_village_answers_at_once(
    sqlite_template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Proof of work is on; these phones run no script, so that waiting stands for it."""
    open_home(sqlite_template, tmp_path, asks_proof=True)
    time = Clock(NOW)
    monkeypatch.setattr(clock, "now", lambda: time.now)
    residents = serve(tmp_path, time)
    server = make_server("127.0.0.1", 0, residents.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def ask(method: str, body: str = "") -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=60)
        headers = {"Content-Type": FORM_TYPE} if body else {}
        connection.request(method, residents.path(), body or None, headers)
        response = connection.getresponse()
        page = response.read().decode()
        connection.close()
        return response.status, page

    begin = perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as phones:
        pages = list(phones.map(lambda _: ask("GET"), range(PHONES)))
        keys = [hidden(page, "ik") for _, page in pages]
        time.now += timedelta(seconds=25)
        bodies = [urlencode(residents.fields(key=key)) for key in keys]
        answers = list(phones.map(lambda body: ask("POST", body), bodies))
    took = perf_counter() - begin
    server.shutdown()
    thread.join()
    server.server_close()

    assert Counter(status for status, _ in pages) == {200: PHONES}
    assert Counter(status for status, _ in answers) == {303: PHONES}
    assert residents.stored() == PHONES
    assert took < SECONDS
    print(f"{PHONES} phones behind one address in {took:.1f} s")
