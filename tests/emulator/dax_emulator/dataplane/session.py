# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One client connection: the preamble, then requests and replies."""

from __future__ import annotations

import logging
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from dax_emulator.dataplane import access, auth, cbor
from dax_emulator.dataplane.auth import Authorization, Credential, CredentialStore, PolicySource
from dax_emulator.dataplane.cbor import MalformedError
from dax_emulator.dataplane.constants import ARGUMENTS, MAGIC, OPERATIONS, SERVICE, Method
from dax_emulator.dataplane.errors import CODES, DaxError, not_authenticated
from dax_emulator.dataplane.log import RequestLog
from dax_emulator.dataplane.operations import Operations
from dax_emulator.dataplane.requests import text
from dax_emulator.dataplane.store import Store

LOG = logging.getLogger(__name__)

DROP = "drop"
# An empty array of codes: the request succeeded.
_SUCCESS = cbor.array_header(0)
_PREAMBLE_VALUES = 5
# How replies are laid out on the connection; the Java client wants frames, all others a plain stream.
_PLAIN, _FRAMED = 0, 1
_FRAME_HEADER = struct.Struct(">IBxxx")
_END_OF_MESSAGE = 1
_MAX_REQUEST = 64 * 1024 * 1024


class ConnectionDrop(Exception):
    """The connection must be closed without a reply."""


class FaultSource(Protocol):
    """Errors to inject: returns the name of one for this operation, DROP to close the connection, or None."""

    def take(self, operation: str, account: str) -> str | None: ...


class NoFaults:
    def take(self, operation: str, account: str) -> str | None:
        return None


@dataclass
class Environment:
    """What a data plane works with."""

    credentials: CredentialStore
    policies: PolicySource
    store: Store
    log: RequestLog = field(default_factory=RequestLog)
    faults: FaultSource = field(default_factory=NoFaults)
    # Whether credentials that expire end what they authorized. AWS keeps a connection for its five minutes.
    strict_expiry: Callable[[], bool] = lambda: False
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True)
class ClusterContext:
    """The cluster that a connection belongs to."""

    arn: str
    account: str
    region: str
    operations: Operations
    endpoints: Callable[[], list[dict[int, Any]]]


class Session:
    """The state of one connection. Bytes go in, replies come out; nothing here knows of sockets."""

    def __init__(self, environment: Environment, cluster: ClusterContext, node: str) -> None:
        self._environment = environment
        self._cluster = cluster
        self._node = node
        self._buffer = bytearray()
        self._values: list[Any] = []
        self._greeted = False
        self._framed = False
        self._user_agent: str | None = None
        self._credential: Credential | None = None
        self._authorized_at: datetime | None = None
        self._refusal: DaxError | None = None

    def receive(self, data: bytes) -> Iterator[bytes]:
        """Take what arrived and yield a reply for each request that is now complete.

        Raises ConnectionDrop when the connection must be closed, MalformedError when the peer speaks no DAX.
        """
        self._buffer += data
        if len(self._buffer) > _MAX_REQUEST:
            raise MalformedError("a request is larger than 64 MiB")
        position = 0
        try:
            while (end := cbor.end_of_value(self._buffer, position)) is not None:
                self._values.append(cbor.decode(bytes(self._buffer[position:end])))
                position = end
                if self._complete():
                    values, self._values = self._values, []
                    reply = self._handle(values)
                    if reply is not None:
                        yield _framed(reply) if self._framed else reply
        finally:
            del self._buffer[:position]

    def _complete(self) -> bool:
        if not self._greeted:
            if self._values[0] != MAGIC:
                raise MalformedError(f"the peer is no DAX client: it says {self._values[0]!r:.100}")
            return len(self._values) == _PREAMBLE_VALUES
        return len(self._values) >= 2 and len(self._values) == 2 + ARGUMENTS[self._method(self._values)]

    @staticmethod
    def _method(values: list[Any]) -> Method:
        if values[0] != SERVICE:
            raise MalformedError(f"unknown service {values[0]!r}")
        try:
            return Method(values[1])
        except ValueError:
            raise MalformedError(f"unknown method {values[1]!r}") from None

    def _handle(self, values: list[Any]) -> bytes | None:
        if not self._greeted:
            self._greet(values)
            return None
        method, arguments = self._method(values), values[2:]
        if method == Method.AUTHORIZE_CONNECTION:
            self._authorize(arguments)
            return None
        try:
            self._inject(method)
            reply = _SUCCESS + self._run(method, arguments)
        except DaxError as error:
            self._record(method, arguments, error.name, error.message)
            return error.encode()
        except ConnectionDrop:
            self._record(method, arguments, DROP)
            raise
        except MalformedError as error:
            self._record(method, arguments, "malformed", str(error))
            raise
        except Exception as error:
            LOG.exception("%s failed", OPERATIONS[method])
            self._record(method, arguments, "InternalServerError", repr(error))
            return DaxError("InternalServerError", f"{OPERATIONS[method]} failed: {error!r}").encode()
        self._record(method, arguments, "ok")
        return reply

    def _greet(self, values: list[Any]) -> None:
        _, layering, _, options, mode = values
        if layering not in (_PLAIN, _FRAMED) or mode != 0 or not isinstance(options, dict):
            raise MalformedError(f"the preamble is not that of a DAX client: {values!r:.200}")
        self._user_agent = options.get("UserAgent")
        self._framed = layering == _FRAMED
        self._greeted = True

    def _authorize(self, arguments: list[Any]) -> None:
        """Verify; a refusal is told when the next request asks for an answer, since this one gets none."""
        access_key, signature, string_to_sign, token, user_agent = arguments
        self._user_agent = user_agent or self._user_agent
        self._credential, self._refusal = None, None
        environment = self._environment
        try:
            sent = Authorization(text(access_key), text(signature), text(string_to_sign), token, user_agent)
            now = environment.clock()
            self._credential = auth.verify(sent, environment.credentials, self._cluster.region, now)
            self._authorized_at = now
            self._record(Method.AUTHORIZE_CONNECTION, arguments, "ok")
        except DaxError as error:
            self._refusal = error
            self._record(Method.AUTHORIZE_CONNECTION, arguments, error.name, error.message, str(access_key))

    def _inject(self, method: Method) -> None:
        name = self._environment.faults.take(OPERATIONS[method], self._cluster.account)
        if name == DROP:
            raise ConnectionDrop
        if name in auth.REFUSALS:
            raise not_authenticated(name, f"{name} injected into {OPERATIONS[method]}")
        if name is not None:
            known = name if name in CODES else "InternalServerError"
            raise DaxError(known, f"{name} injected into {OPERATIONS[method]}")

    def _run(self, method: Method, arguments: list[Any]) -> bytes:
        credential = self._authenticated()
        access.require(
            access.actions_of(method, arguments), method, self._cluster.arn, credential, self._environment.policies
        )
        if method == Method.ENDPOINTS:
            return cbor.encode(self._cluster.endpoints())
        return self._cluster.operations.run(method, arguments)

    def _authenticated(self) -> Credential:
        now = self._environment.clock()
        if self._refusal is not None:
            raise self._refusal
        if self._credential is None or self._authorized_at is None:
            raise not_authenticated("MissingAuthenticationTokenException", "The connection is not authorized.")
        if now - self._authorized_at > auth.AUTHORIZATION_TIME:
            raise not_authenticated("MissingAuthenticationTokenException", "The connection's authorization is over.")
        if self._environment.strict_expiry() and self._credential.expired(now):
            raise auth.expired()
        return self._credential

    def _record(
        self,
        method: Method,
        arguments: list[Any],
        outcome: str,
        message: str | None = None,
        access_key: str | None = None,
    ) -> None:
        credential = self._credential
        self._environment.log.add(
            cluster=self._cluster.arn,
            node=self._node,
            operation=OPERATIONS[method],
            table=_table_of(method, arguments),
            outcome=outcome,
            message=message,
            principal=credential.principal.arn if credential else None,
            access_key=credential.access_key if credential else access_key,
            user_agent=self._user_agent,
        )


def _framed(reply: bytes) -> bytes:
    """Put a reply into one frame: its length (the header's eight bytes included), flags, the reply."""
    return _FRAME_HEADER.pack(_FRAME_HEADER.size + len(reply), _END_OF_MESSAGE) + reply


def _table_of(method: Method, arguments: list[Any]) -> str | None:
    """Return the table's name, or several with commas between them."""
    first = arguments[0] if arguments else None
    if method in (Method.BATCH_GET_ITEM, Method.BATCH_WRITE_ITEM) and isinstance(first, dict):
        names = list(first)
    elif method == Method.TRANSACT_GET_ITEMS and isinstance(first, list):
        names = first
    elif method == Method.TRANSACT_WRITE_ITEMS and isinstance(arguments[1], list):
        names = arguments[1]
    elif method not in (Method.AUTHORIZE_CONNECTION, Method.DEFINE_ATTRIBUTE_LIST, Method.DEFINE_ATTRIBUTE_LIST_ID):
        names = [first] if isinstance(first, bytes | str) else []
    else:
        names = []
    return ",".join(dict.fromkeys(text(name) for name in names)) or None
