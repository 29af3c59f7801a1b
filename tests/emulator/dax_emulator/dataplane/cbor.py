# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CBOR as a stream without length prefixes: where a value ends, and what it says.

cbor2 reads and writes the values; only the question "is a whole value there yet?" is answered here, since cbor2 can
read from a file that blocks, or fail, but not wait.
"""

from __future__ import annotations

import io
from typing import Any

import cbor2

_BREAK = 0xFF
_INDEFINITE = 31
# Major types 2 to 5: byte string, text string, array, map.
_BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = 2, 3, 4, 5, 6, 7
_UNTIL_BREAK = -1


class MalformedError(ValueError):
    """The peer sent something that is no CBOR, or not what the protocol has at this place."""


def end_of_value(buffer: bytes | bytearray, start: int) -> int | None:
    """Return the offset just after the CBOR value at `start`, or None while part of it has not arrived."""
    position = start
    # One entry for each open container: how many values it still lacks.
    open_counts = [1]
    while open_counts:
        if open_counts[-1] == 0:
            open_counts.pop()
            continue
        if position >= len(buffer):
            return None
        initial = buffer[position]
        if initial == _BREAK:
            if open_counts[-1] != _UNTIL_BREAK:
                raise MalformedError("a CBOR break outside of an indefinite-length value")
            open_counts.pop()
            position += 1
            continue
        if open_counts[-1] != _UNTIL_BREAK:
            open_counts[-1] -= 1
        header = _header(buffer, position)
        if header is None:
            return None
        major, argument, position = header
        if argument is None:
            if major not in (_BYTES, _TEXT, _ARRAY, _MAP):
                raise MalformedError(f"CBOR major type {major} has no indefinite length")
            open_counts.append(_UNTIL_BREAK)
        elif major in (_BYTES, _TEXT):
            position += argument
            if position > len(buffer):
                return None
        elif major == _ARRAY:
            open_counts.append(argument)
        elif major == _MAP:
            open_counts.append(2 * argument)
        elif major == _TAG:
            open_counts.append(1)
    return position


def _header(buffer: bytes | bytearray, position: int) -> tuple[int, int | None, int] | None:
    """Return (major type, argument or None for indefinite, offset after the header), or None if it is cut off."""
    major, low = buffer[position] >> 5, buffer[position] & 0x1F
    position += 1
    if low < 24:
        return major, low, position
    if low == _INDEFINITE:
        return major, None, position
    if low > 27:
        raise MalformedError(f"CBOR additional information {low} is reserved")
    width = 1 << (low - 24)
    if position + width > len(buffer):
        return None
    return major, int.from_bytes(buffer[position : position + width], "big"), position + width


def decode(raw: bytes) -> Any:
    """Decode one CBOR value."""
    try:
        return cbor2.loads(raw)
    except (cbor2.CBORDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedError(f"unreadable CBOR: {error}") from error


def decode_first(raw: bytes) -> tuple[Any, bytes]:
    """Decode the first CBOR value of `raw`; return it and the bytes after it."""
    end = end_of_value(raw, 0)
    if end is None:
        raise MalformedError("a CBOR value is cut off")
    return decode(raw[:end]), raw[end:]


def decode_all(raw: bytes) -> list[Any]:
    """Decode CBOR values that stand one after another until `raw` ends."""
    stream = io.BytesIO(raw)
    decoder = cbor2.CBORDecoder(stream)
    values = []
    try:
        while stream.tell() < len(raw):
            values.append(decoder.decode())
    except (cbor2.CBORDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedError(f"unreadable CBOR: {error}") from error
    return values


def encode(value: Any) -> bytes:
    """Encode one value."""
    return cbor2.dumps(value)


def encode_all(*values: Any) -> bytes:
    """Encode values one after another, without anything around them."""
    return b"".join(cbor2.dumps(value) for value in values)


def array_header(length: int) -> bytes:
    """Encode the header of an array of `length` values; the values follow separately."""
    if length < 24:
        return bytes([_ARRAY << 5 | length])
    return bytes([_ARRAY << 5 | 26]) + length.to_bytes(4, "big")


def indefinite_map(pairs: dict[Any, Any]) -> bytes:
    """Encode a map of indefinite length, the form that DAX gives the key of an index page."""
    return bytes([_MAP << 5 | _INDEFINITE]) + b"".join(encode_all(*pair) for pair in pairs.items()) + bytes([_BREAK])
