# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers as bytes whose order is the numbers' order: the sort key of a DAX key.

Layout: one header byte (sign and decimal exponent, or a marker and the exponent in four more bytes), then base-1000
digits, ten bits each, then a terminator that says how many decimal digits of the last group count. A negative number
is the complement of its absolute value.
"""

from __future__ import annotations

from decimal import Decimal

_ZERO = 0x80
_DIGIT_OFFSET = 12
_MARKER_SMALL, _MARKER_LARGE = 0x81, 0xFE
_EXPONENT_BIAS, _EXPONENT_LIMIT = 0xC0, 0x3E
_SIGN_BIT = 0x80000000


def encode(number: Decimal) -> bytes:
    """Encode a finite number."""
    if number == 0:
        return bytes([_ZERO])
    digits = "".join(map(str, number.as_tuple().digits)).lstrip("0")
    exponent = len(digits) + int(number.as_tuple().exponent)
    # The bits that fill the last byte are zero for either sign: a negative number fills with ones, which then turn.
    return _complement(_encode_magnitude(digits, exponent, 1)) if number < 0 else _encode_magnitude(digits, exponent, 0)


def decode(data: bytes) -> Decimal:
    """Decode what `encode` made. Raises ValueError for anything else."""
    if not data:
        raise ValueError("a number in a key is empty")
    if data[0] in (0x7F, _ZERO):
        return Decimal(0)
    negative = data[0] < _ZERO
    digits, exponent = _decode_magnitude(_complement(data) if negative else data)
    return Decimal((int(negative), tuple(map(int, digits)), exponent - len(digits)))


def _complement(data: bytes) -> bytes:
    return bytes(byte ^ 0xFF for byte in data)


def _encode_magnitude(digits: str, exponent: int, fill: int) -> bytes:
    if -_EXPONENT_LIMIT <= exponent < _EXPONENT_LIMIT:
        header = bytes([exponent + _EXPONENT_BIAS])
    else:
        marker = _MARKER_SMALL if exponent < 0 else _MARKER_LARGE
        header = bytes([marker]) + ((exponent & 0xFFFFFFFF) ^ _SIGN_BIT).to_bytes(4, "big")
    terminator = (len(digits) - 1) % 3
    padded = digits.ljust(-(-len(digits) // 3) * 3, "0")
    groups = [int(padded[i : i + 3]) + _DIGIT_OFFSET for i in range(0, len(padded), 3)] + [terminator]
    bits = 0
    for group in groups:
        bits = bits << 10 | group
    length = 10 * len(groups)
    padding = -length % 8
    filled = bits << padding | ((1 << padding) - 1) * fill
    return header + filled.to_bytes((length + padding) // 8, "big")


def _decode_magnitude(data: bytes) -> tuple[str, int]:
    """Return (decimal digits, exponent) so that the number is 0.digits * 10**exponent."""
    if data[0] in (_MARKER_SMALL, _MARKER_LARGE):
        raw = int.from_bytes(data[1:5], "big") ^ _SIGN_BIT
        exponent, body = raw - (1 << 32) if raw & _SIGN_BIT else raw, data[5:]
    else:
        exponent, body = data[0] - _EXPONENT_BIAS, data[1:]
    bits, length = int.from_bytes(body, "big"), 8 * len(body)
    digits = ""
    for shift in range(length - 10, -1, -10):
        group = bits >> shift & 0x3FF
        if group <= 2:
            kept = digits[: len(digits) - 2 + group]
            if not kept:
                break
            return kept, exponent
        if not _DIGIT_OFFSET <= group <= _DIGIT_OFFSET + 999:
            break
        digits += f"{group - _DIGIT_OFFSET:03d}"
    raise ValueError(f"not a number in a key: {data.hex()}")
