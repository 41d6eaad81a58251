"""Bodies with a picture, read as strictly as others: what is not exactly such a body is refused."""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import (
    Data,
    Epilogue,
    Field,
    File,
    MultipartDecoder,
    NeedData,
    Preamble,
)

from forms.parsing import (
    MAX_BYTES,
    MAX_KEYS,
    BodyRefused,
    BodyShape,
    check_name,
    malformed,
    too_large,
)

MEDIA_TYPE = "multipart/form-data"
MAX_PICTURE_BYTES = 12 * 1024 * 1024


@dataclass(frozen=True)
class Sent:
    """What a body held: its fields, and the picture by the name of its field, if there was one."""

    fields: MultiDict[str, str]
    pictures: dict[str, bytes]


def is_multipart(content_type: str) -> bool:
    """Whether a body says that it may hold a picture."""
    return parse_options_header(content_type)[0].lower() == MEDIA_TYPE


def parse_multipart(content_type: str, body: bytes, shape: BodyShape) -> Sent:
    """Return the fields and the picture of a multipart body.

    A file field that was left empty, as browsers send it, is no picture and no field.

    Raises:
        BodyRefused: anything at all is wrong with it.
    """
    options = parse_options_header(content_type)[1]
    boundary = options.get("boundary", "").encode("latin-1", "replace")
    if not 0 < len(boundary) <= 70:
        raise malformed("no boundary")
    if len(body) > MAX_PICTURE_BYTES + MAX_BYTES:
        raise too_large()
    decoder = MultipartDecoder(boundary, MAX_PICTURE_BYTES, max_parts=MAX_KEYS)
    reader = _Reader(shape)
    try:
        decoder.receive_data(body)
        decoder.receive_data(None)
        while True:
            event = decoder.next_event()
            if isinstance(event, Epilogue):
                return reader.sent()
            if isinstance(event, NeedData):
                raise malformed("it breaks off")
            if isinstance(event, Field | File):
                reader.start(event)
            elif isinstance(event, Data):
                reader.add(event)
            elif not isinstance(event, Preamble):
                raise malformed("an unknown part")
    except RequestEntityTooLarge:
        raise too_large() from None
    except (ValueError, KeyError, LookupError):
        raise malformed("no parts that can be read") from None


class _Reader:
    """Collects the parts of a body, one after the other."""

    def __init__(self, shape: BodyShape) -> None:
        self.shape = shape
        self.fields: MultiDict[str, str] = MultiDict()
        self.pictures: dict[str, bytes] = {}
        self.part: Field | File | None = None
        self.content = bytearray()
        self.text_bytes = 0

    def start(self, part: Field | File) -> None:
        name = part.name
        is_picture = name in self.shape.pictures
        if isinstance(part, File) != is_picture or name in self.pictures:
            raise malformed("a file where none belongs, or none where one does")
        if not is_picture:
            check_name(name, name in self.fields, self.shape)
        self.part, self.content = part, bytearray()

    def add(self, event: Data) -> None:
        self.content += event.data
        if event.more_data or self.part is None:
            return
        data = bytes(self.content)
        if isinstance(self.part, File):
            self.pictures[self.part.name] = data
            return
        self.text_bytes += len(data)
        if self.text_bytes > MAX_BYTES:
            raise too_large()
        try:
            self.fields.add(self.part.name, data.decode())
        except UnicodeDecodeError:
            raise malformed("text that is not UTF-8") from None

    def sent(self) -> Sent:
        if not self.fields:
            raise malformed("empty")
        return Sent(self.fields, {name: data for name, data in self.pictures.items() if data})


__all__ = ["BodyRefused", "Sent", "is_multipart", "parse_multipart"]
