# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Authentication of a connection: AWS Signature Version 4 as the DAX clients use it.

What is signed is an empty POST to DAX's own host name; the client sends the string to sign along, so the server
checks that the string is the one of that request before it checks the signature. The session token is not part of
what is signed and is compared by itself.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from dax_emulator.access.policy import PolicySet
from dax_emulator.dataplane.errors import DaxError, not_authenticated

_ALGORITHM = "AWS4-HMAC-SHA256"
_DATE = "%Y%m%dT%H%M%SZ"
# The Go clients sign the URL where all others sign the host name.
_HOSTS = ("dax.amazonaws.com", "https://dax.amazonaws.com")
_MAX_SKEW = timedelta(minutes=15)
AUTHORIZATION_TIME = timedelta(minutes=5)
# What a connection is refused with; all of them ask the client to authorize it anew.
REFUSALS = frozenset(
    {
        "ExpiredTokenException",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "UnrecognizedClientException",
    }
)


@dataclass(frozen=True)
class Principal:
    """Who is at the other end. `arn` is an assumed role's session or a user."""

    arn: str
    account: str
    role_arn: str | None = None


@dataclass(frozen=True)
class Credential:
    """Issued credentials. Long-lived ones have neither token nor expiry; `expiration` is aware."""

    access_key: str
    secret: str
    token: str | None
    expiration: datetime | None
    principal: Principal

    def expired(self, now: datetime) -> bool:
        return self.expiration is not None and now >= self.expiration


class CredentialStore(Protocol):
    """Where issued credentials are looked up; expired ones are still found."""

    def find(self, access_key: str) -> Credential | None: ...


class PolicySource(Protocol):
    """Where a principal's policies are looked up, as they are now."""

    def policies(self, credential: Credential) -> PolicySet: ...


@dataclass(frozen=True)
class Authorization:
    """What a client sends to authorize a connection."""

    access_key: str
    signature: str
    string_to_sign: str
    token: str | None
    user_agent: str | None = None


def verify(sent: Authorization, store: CredentialStore, region: str, now: datetime) -> Credential:
    """Return the credential that signed. Raises DaxError, with the reason, if it does not authorize the connection."""
    credential = store.find(sent.access_key)
    if credential is None:
        raise not_authenticated("UnrecognizedClientException", "The security token included in the request is invalid.")
    date = _check_string(sent.string_to_sign, region, now)
    if not hmac.compare_digest(_sign(credential.secret, date, region, sent.string_to_sign), sent.signature):
        raise _bad_signature()
    if (credential.token or "") != (sent.token or ""):
        missing = " (it is missing)" if not sent.token else ""
        raise not_authenticated(
            "UnrecognizedClientException", f"The security token included in the request is invalid{missing}."
        )
    if credential.expired(now):
        raise expired()
    return credential


def expired() -> DaxError:
    return not_authenticated("ExpiredTokenException", "The security token included in the request is expired")


def _bad_signature() -> DaxError:
    return not_authenticated(
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        "Key and signing method.",
    )


def _check_string(string_to_sign: str, region: str, now: datetime) -> str:
    """Check that the string to sign is DAX's request, of now, for this region; return its date (YYYYMMDD)."""
    lines = string_to_sign.split("\n")
    if len(lines) != 4 or lines[0] != _ALGORITHM:
        raise _bad_signature()
    _, timestamp, scope, request_hash = lines
    try:
        signed_at = datetime.strptime(timestamp, _DATE).replace(tzinfo=UTC)
    except ValueError:
        raise _bad_signature() from None
    date = timestamp[:8]
    if scope != f"{date}/{region}/dax/aws4_request":
        raise not_authenticated(
            "InvalidSignatureException",
            f"Credential should be scoped to {date}/{region}/dax/aws4_request, not to {scope}.",
        )
    if abs(now - signed_at) > _MAX_SKEW:
        raise not_authenticated(
            "InvalidSignatureException", f"Signature not yet current or expired: it is of {timestamp}"
        )
    if request_hash not in {_request_hash(host, timestamp) for host in _HOSTS}:
        raise _bad_signature()
    return date


def _request_hash(host: str, timestamp: str) -> str:
    empty = hashlib.sha256(b"").hexdigest()
    canonical = f"POST\n/\n\nhost:{host}\nx-amz-date:{timestamp}\n\nhost;x-amz-date\n{empty}"
    return hashlib.sha256(canonical.encode()).hexdigest()


def _sign(secret: str, date: str, region: str, string_to_sign: str) -> str:
    key = ("AWS4" + secret).encode()
    for part in (date, region, "dax", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, string_to_sign.encode(), "sha256").hex()
