# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only some clients do on the wire, byte by byte."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import cbor2
import pytest
from amazondax import SigV4Gen
from botocore.credentials import Credentials

from dax_emulator.dataplane import auth, cbor
from dax_emulator.dataplane.cbor import MalformedError
from dax_emulator.dataplane.constants import MAGIC, Method
from dax_emulator.dataplane.session import ClusterContext, Environment, Session
from dax_emulator.dataplane.transactions import AllOperations
from dax_emulator.dataplane.wire import AttributeLists

from .conftest import ACCOUNT, REGION

_ARN = f"arn:aws:dax:{REGION}:{ACCOUNT}:cache/plain"


class Wire:
    """A session, and the client's end of it."""

    def __init__(self, environment: Environment, *, layering: int = 0, session: Any = None) -> None:
        operations = AllOperations(environment.store, ACCOUNT, REGION, AttributeLists())
        self.session = Session(environment, ClusterContext(_ARN, ACCOUNT, REGION, operations, list), "node")
        self.send(cbor.encode_all(MAGIC, layering, session, {"UserAgent": "test"}, 0))

    def send(self, raw: bytes) -> bytes:
        return b"".join(self.session.receive(raw))

    def call(self, method: Method, *arguments: Any) -> bytes:
        return self.send(cbor.encode_all(1, int(method), *arguments))

    def authorize(self, host: str = "https://dax.amazonaws.com") -> bytes:
        signed = SigV4Gen.generate_signature(
            Credentials("ASIAWRITER", "secret-writer"), host, REGION, b"", datetime.now(UTC)
        )
        to_sign = signed.string_to_sign.encode()
        return self.call(Method.AUTHORIZE_CONNECTION, "ASIAWRITER", signed.signature, to_sign, "token-writer", None)


def values(raw: bytes) -> list[Any]:
    return cbor.decode_all(raw)


def test_authorization_has_no_reply(environment: Environment) -> None:
    wire = Wire(environment)
    assert wire.authorize() == b""
    assert values(wire.call(Method.DEFINE_KEY_SCHEMA, b"sorted")) == [[], {"pk": "S", "sk": "N"}]


def test_the_host_may_be_signed_with_its_scheme(environment: Environment) -> None:
    """As the Go clients do."""
    wire = Wire(environment, session="12345")
    key = Credentials("ASIAWRITER", "secret-writer")
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{REGION}/dax/aws4_request"
    request_hash = auth._request_hash("https://dax.amazonaws.com", stamp)
    to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{request_hash}"
    signature = auth._sign(key.secret_key, stamp[:8], REGION, to_sign)
    wire.call(Method.AUTHORIZE_CONNECTION, "ASIAWRITER", signature, to_sign.encode(), "token-writer", None)
    assert values(wire.call(Method.ENDPOINTS)) == [[], []]


def test_framed_replies(environment: Environment) -> None:
    """The Java client asks for frames: length with the header's eight bytes, end-of-message flag, three zeros."""
    wire = Wire(environment, layering=1)
    assert wire.authorize() == b""
    for reply in (wire.call(Method.DEFINE_KEY_SCHEMA, b"numbers"), wire.call(Method.DEFINE_KEY_SCHEMA, b"none")):
        assert int.from_bytes(reply[:4], "big") == len(reply)
        assert reply[4:8] == b"\x01\0\0\0"
        assert cbor.end_of_value(reply, 8) is not None


def test_attribute_names_may_come_as_a_set(environment: Environment) -> None:
    """As the Java client sends them."""
    wire = Wire(environment)
    wire.authorize()
    ((_, from_array), (_, from_set)) = (
        values(wire.call(Method.DEFINE_ATTRIBUTE_LIST_ID, names))
        for names in (["b", "a"], cbor2.CBORTag(3321, ["b", "a"]))
    )
    assert from_array == from_set
    assert values(wire.call(Method.DEFINE_ATTRIBUTE_LIST, from_set)) == [[], ["b", "a"]]
    assert values(wire.call(Method.DEFINE_ATTRIBUTE_LIST_ID, [])) == [[], 1]


def test_replies_are_maps_of_indefinite_length(environment: Environment) -> None:
    """The Java client takes nothing else."""
    wire = Wire(environment)
    wire.authorize()
    assert wire.call(Method.GET_ITEM, b"plain-table", b"x", None) == b"\x80\xbf\xff"


def test_the_last_of_two_equal_parameters_counts(environment: Environment) -> None:
    """The Python client sends a condition as text and then encoded, both under one number."""
    wire = Wire(environment)
    wire.authorize()
    encoded = cbor.encode([1, [12, [18, "pk"]], []])
    request = cbor.encode_all(1, int(Method.PUT_ITEM), b"plain-table", b"twice", cbor.encode_all(1))
    params = b"\xbf" + cbor.encode_all(4, b"attribute_not_exists(pk)", 4, encoded) + b"\xff"
    assert values(wire.send(request + params)) == [[], {}]
    codes, message, _ = values(wire.send(request + params))
    assert (codes, message) == ([4, 37, 38, 39, 43], "The conditional request failed")


def test_many_requests_in_one_piece_and_one_in_many(environment: Environment) -> None:
    wire = Wire(environment)
    wire.authorize()
    request = cbor.encode_all(1, int(Method.DEFINE_KEY_SCHEMA), b"numbers")
    assert values(wire.send(request * 3)) == [[], {"pk": "N"}] * 3
    assert values(b"".join(wire.send(bytes([byte])) for byte in request * 2)) == [[], {"pk": "N"}] * 2


@pytest.mark.parametrize(
    "arguments",
    [
        (Method.GET_ITEM, 5, b"x", None),
        (Method.GET_ITEM, b"plain-table", "text", None),
        (Method.GET_ITEM, b"plain-table", b"x", []),
        (Method.PUT_ITEM, b"plain-table", b"x", b"", None),
        (Method.PUT_ITEM, b"plain-table", b"x", cbor.encode_all(1, 2), None),
        (Method.UPDATE_ITEM, b"plain-table", b"x", {8: cbor.encode([1, [[77, [18, "a"]]], []])}),
        (Method.QUERY, b"plain-table", cbor.encode([1, [0, [18, "pk"], [17, 3]], []]), None),
        (Method.TRANSACT_GET_ITEMS, [b"plain-table"], [], None, None),
    ],
)
def test_what_no_client_sends_ends_the_connection(environment: Environment, arguments: tuple[Any, ...]) -> None:
    wire = Wire(environment)
    wire.authorize()
    with pytest.raises(MalformedError):
        wire.call(*arguments)
    assert environment.log.since(0)["requests"][-1]["outcome"] == "malformed"
