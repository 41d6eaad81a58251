"""Evidence on its way over a bad line: in pieces, looked at by the scanner, faces covered."""

import io
import sys
from dataclasses import replace

import pytest
from PIL import Image

from survey.rectification.models import Evidence
from survey.web.platform import EXTENSION
from tests.journeys.conftest import browser_type_launch_args  # noqa: F401 - a fixture
from tests.web.console.test_in_browser import address, open_  # noqa: F401 - fixtures
from tests.web.console.test_items import item, photo, take, upload  # noqa: F401 - fixtures

NAME = "the-phones-own-name-1"


@pytest.fixture
def accepted(item, take):  # noqa: F811
    """The number of an item that its owner has begun to work on."""
    take(item, "danwei", "assigned")
    take(item, "chuangkou", "accepted")
    return item


def piece(browser, name, offset, data):
    fields = {"offset": str(offset), "piece": (io.BytesIO(data), "piece")}
    return browser.post(f"/console/uploads/{name}", fields)


def test_pieces_that_were_lost_or_came_twice_make_one_file(held, as_, accepted):
    owner, data = as_("chuangkou"), photo()
    half = len(data) // 2
    assert piece(owner, NAME, 0, data[:half]).json == {"offset": half}
    again = piece(owner, NAME, 0, data[:half])
    assert (again.status_code, again.json["offset"]) == (409, half)
    assert owner.get(f"/console/uploads/{NAME}").json == {"offset": half}
    assert as_("danwei").get(f"/console/uploads/{NAME}").json == {"offset": 0}
    assert piece(owner, NAME, half, data[half:]).json == {"offset": len(data)}

    for _ in range(2):
        done = owner.post(
            f"/console/rectification/{accepted}/evidence",
            {"kind": "after", "upload": NAME, "name": "现场.jpg"},
        )
        # Whoever did not hear the first answer asks again, and hears the same.
        assert done.status_code == 303
    with held.sessions() as session:
        (stored,) = session.query(Evidence).all()
        assert stored.file_name == "现场.jpg"


def test_what_the_scanner_finds_is_not_kept(app, as_, accepted, held):
    platform = app.extensions[EXTENSION]
    looks = f"{sys.executable} -c \"import sys; sys.exit(b'%PDF' in sys.stdin.buffer.read())\""
    app.extensions[EXTENSION] = replace(platform, config=replace(platform.config, scanner=looks))

    refused = upload(as_("chuangkou"), accepted, b"%PDF-1.7 xx", name="a.pdf")
    taken = upload(as_("chuangkou"), accepted, photo())

    assert refused.status_code == 422
    assert "病毒检查" in refused.get_data(as_text=True)
    assert taken.status_code == 303
    with held.sessions() as session:
        assert session.query(Evidence).count() == 1


def test_before_and_after_stand_side_by_side(as_, accepted):
    def taken_at(north):
        exif, out = Image.Exif(), io.BytesIO()
        exif.get_ifd(0x8769)[0x9003] = "2026:11:03 09:12:44"
        exif.get_ifd(0x8825).update({1: "N", 2: (north, 3.0, 0.0), 3: "E", 4: (121.0, 4.0, 0.0)})
        Image.new("RGB", (64, 48), "white").save(out, "JPEG", exif=exif)
        return out.getvalue()

    owner = as_("chuangkou")
    upload(owner, accepted, taken_at(33.0), kind="after")
    alone = owner.get(f"/console/rectification/{accepted}").get_data(as_text=True)
    upload(owner, accepted, taken_at(32.0) + b"x", kind="before", name="前.jpg")
    both = owner.get(f"/console/rectification/{accepted}").get_data(as_text=True)

    assert "没有整改前的照片" in alone
    assert "没有整改前的照片" not in both
    assert both.index("整改前：大厅东侧") < both.index("整改后：大厅东侧")
    assert "2026-11-03 09:12" in both
    assert "相距约" in both


def test_a_face_is_covered_and_the_line_breaks(open_, address, accepted, held):  # noqa: F811
    page = open_(f"/console/rectification/{accepted}")
    broken = []

    def flaky(route):
        # Every other piece is lost on its way there or on its way back.
        broken.append(route)
        if len(broken) % 4 == 1:
            route.abort()
        elif len(broken) % 4 == 3:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/console/uploads/*", flaky)
    noise = Image.effect_noise((1200, 900), 90).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=95)
    page.get_by_text("加一份材料").click()
    form = page.locator("details form.sends-evidence")
    form.locator("input[type=file]").set_input_files(
        {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}
    )
    canvas = form.locator("canvas")
    canvas.wait_for()
    before = canvas.evaluate("c => c.toDataURL()")
    canvas.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    covered = canvas.evaluate("c => c.toDataURL()")
    form.locator(".cover button").click()
    assert canvas.evaluate("c => c.toDataURL()") == before != covered
    page.keyboard.press("Tab")
    canvas.click()

    form.get_by_role("button", name="上传").click()

    page.locator("#evidence .files img").first.wait_for()
    assert len(broken) > 4
    with held.sessions() as session:
        assert session.query(Evidence).count() == 1
