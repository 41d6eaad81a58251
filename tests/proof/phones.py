"""Phones in a process of their own: they send, send again, and write down what they were told.

    python -m tests.proof.phones PORT LEDGER [THREADS]

reads commands, one line of JSON each: `{"round": CODE, "places": [...]}` sends pages to that round
from now on, `{"settle": true}` sends nothing new and answers `settled` once every page sent has
its outcome, `{"again": true}` sends every page once more and answers `again`.

A line of the ledger is written before a page is first sent and after each outcome.
"""

import http.client
import itertools
import json
import queue
import random
import secrets
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

THREADS = 4
PAUSE = 0.02
"""Seconds between two pages of a phone: load, but the machine is wanted for the kills too."""
TIMEOUT = 20.0
TAPPED_TWICE = 0.05
LEFT_FOR_LATER = 0.5
"""Share of pages sent twice though they arrived, and of lost ones that are not sent again soon."""


@dataclass(frozen=True)
class Place:
    """A form to answer: its code, the open question, and fields that fit."""

    code: str
    text_item: str
    fields: dict[str, str]


@dataclass(frozen=True)
class Page:
    """One page that a phone has filled in."""

    round_code: str
    place: Place
    key: str
    text: str

    def body(self) -> str:
        """Return what the phone posts."""
        return urlencode({**self.place.fields, "ik": self.key, self.place.text_item: self.text})


@dataclass
class Phones:
    """All phones together; `ledger` says what became of each page."""

    port: int
    ledger: Path
    places: list[Place] = field(default_factory=list)
    round_code: str = ""
    lost: "queue.SimpleQueue[Page]" = field(default_factory=queue.SimpleQueue)
    sent: list[Page] = field(default_factory=list)
    busy: int = 0
    is_settling: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.written = self.ledger.open("a", buffering=1)

    def note(self, kind: str, page: Page, **more: Any) -> None:
        """Add a line to the ledger, with the moment."""
        line = {"kind": kind, "round": page.round_code, "key": page.key, "at": time.time(), **more}
        with self.lock:
            self.written.write(json.dumps(line) + "\n")

    def next_page(self) -> Page | None:
        """Return what a phone does now: a new page, a lost one, or nothing."""
        with self.lock:
            self.busy += 1
            if self.is_settling or not self.places or random.random() < 0.2:
                try:
                    return self.lost.get_nowait()
                except queue.Empty:
                    if self.is_settling or not self.places:
                        self.busy -= 1
                        return None
            number = next(self.numbers)
            place = self.places[number % len(self.places)]
            page = Page(self.round_code, place, secrets.token_urlsafe(18), f"意见{number:07d}")
            self.sent.append(page)
        self.note("sent", page, place=page.place.code, text=page.text)
        return page

    def run(self) -> None:
        """Be a phone that never stops."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        while True:
            page = self.next_page()
            if page is None:
                time.sleep(PAUSE)
                continue
            while not self.send(connection, page):
                time.sleep(PAUSE * 3)
                if random.random() < LEFT_FOR_LATER:
                    self.lost.put(page)
                    break
            with self.lock:
                self.busy -= 1
            time.sleep(PAUSE)

    def send(self, connection: http.client.HTTPConnection, page: Page) -> bool:
        """Send a page, and now and then once more; return whether it has its outcome."""
        status, retry_after = self.post(connection, page)
        if status == 303:
            self.note("acknowledged", page)
            if random.random() < TAPPED_TWICE:
                self.again(connection, page)
            return True
        if status == 410:
            self.note("late", page)
            return True
        self.note("lost", page, status=status, retry_after=retry_after)
        return False

    def again(self, connection: http.client.HTTPConnection, page: Page) -> int:
        """Send a page that has its outcome once more, whatever the network does meanwhile."""
        while True:
            status, retry_after = self.post(connection, page)
            if status in (303, 410):
                self.note("again", page, status=status)
                return status
            self.note("lost", page, status=status, retry_after=retry_after)
            time.sleep(PAUSE * 3)

    def post(self, connection: http.client.HTTPConnection, page: Page) -> tuple[int, str]:
        """Return the status and Retry-After of one try; 0 where no answer came."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            connection.request("POST", f"/q/{page.place.code}", page.body(), headers)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            return 0, ""
        if response.will_close:
            connection.close()
        return response.status, response.headers.get("Retry-After", "")

    def settle(self) -> None:
        """Return once every page sent has its outcome."""
        self.is_settling = True
        while True:
            with self.lock:
                if self.busy == 0 and self.lost.empty():
                    return
            time.sleep(PAUSE)

    def send_all_again(self, most: int) -> None:
        """Send up to `most` of the pages so far once more, and forget them all."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        pages, self.sent = self.sent, []
        for page in random.sample(pages, min(most, len(pages))):
            self.again(connection, page)
        connection.close()


def main() -> None:
    """Obey the commands on standard input until it ends."""
    phones = Phones(int(sys.argv[1]), Path(sys.argv[2]))
    for _ in range(int(sys.argv[3]) if len(sys.argv) > 3 else THREADS):
        threading.Thread(target=phones.run, daemon=True).start()
    for line in sys.stdin:
        command = json.loads(line)
        if "round" in command:
            with phones.lock:
                phones.round_code = command["round"]
                phones.places = [Place(**place) for place in command["places"]]
                phones.is_settling = False
        elif "settle" in command:
            phones.settle()
            print("settled", flush=True)
        else:
            phones.send_all_again(command["again"])
            print("again", flush=True)


def as_data(places: list[Place]) -> list[dict[str, Any]]:
    """Return places as a command names them."""
    return [asdict(place) for place in places]


if __name__ == "__main__":
    main()
