# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may stand in a transcript: the shape of requests and answers, in an alphabet that is closed. Pure.

Nothing is taken out of a text; the other way round, a text is only kept if it is a word that AWS's own service model
or a list below knows. Everything else becomes the name of its kind, such as ``vpc`` or ``text``. So a secret cannot
survive for want of a pattern that recognises it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any

Shape = Any  # a dictionary by member, a list of one, or a leaf: text, true, false, a small number


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# The states of DAX, which its model calls plain text, and other words of AWS's that decide on something.
WORDS = _set(
    """
    active associated associating available backup-restore blackhole creating default deleted deleting disabled enabled
    failed in-sync inactive incompatible-parameters local modifying pending rebooting running terminated update
    NONE TLS DISABLED DISABLING ENABLED ENABLING ipv4 ipv6 dual_stack dax.t3.small t3.micro tcp udp icmp -1 2012-10-17
    allowed explicitDeny implicitDeny opt-in-not-required opted-in not-opted-in
    """
)
# The names of EC2's filters that a run uses; of tag:KEY only that it is one.
FILTERS = _set(
    """
    accepter-vpc-info.vpc-id association.main attachment.vpc-id cidr cidr-block group-id group-name instance-id
    instance-state-name instance-type internet-gateway-id key requester-vpc-info.owner-id requester-vpc-info.vpc-id
    resource-id resource-type route-table-id service-name state status-code subnet-id tag-key vpc-endpoint-id vpc-id
    vpc-peering-connection-id zone-type
    """
)
SERVICES = _set("dax dynamodb ec2 iam kms route53 service-quotas servicequotas ssm sts")
_IDS = _set(
    """
    acl ami dopt eipalloc eipassoc eni i igw key nat pcx pl r rtb rtbassoc sg sgr snap subnet vol vpc vpce vpce-svc
    eni-attach subnet-cidr-assoc vpc-cidr-assoc iip-assoc
    """
)
_OCTETS = r"(?:\d{1,3}\.){3}\d{1,3}"
_HEX6 = r"[0-9a-fA-F:]*:[0-9a-fA-F:]*(?::" + _OCTETS + ")?"
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("account", r"\d{12}"),
        ("key-id", r"A[A-Z]{2}A[A-Z0-9]{12,124}"),
        ("ip", _OCTETS),
        ("cidr", _OCTETS + r"/\d{1,2}"),
        ("ipv6", _HEX6),
        ("ipv6-cidr", _HEX6 + r"/\d{1,3}"),
        ("mac", r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}"),
        ("time", r"\d{4}-\d\d-\d\d(?:T[0-9:.+Z-]*)?"),
        ("e-mail", r"[^@\s]+@[^@\s]+"),
        ("url", r"[a-z][a-z0-9+]{1,9}://\S*"),
        ("region", r"[a-z]{2}(?:-[a-z]+){1,3}-\d"),
        ("zone", r"[a-z]{2}(?:-[a-z]+){1,3}-\d[a-z]"),
        ("zone-id", r"[a-z]{3,5}\d-az\d"),
        ("uuid", r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ("number", r"-?\d+(?:\.\d+)?"),
        ("host", r"(?:[A-Za-z0-9-]+\.){2,}[A-Za-z]{2,}"),
    )
)
_LARGEST = 65535


def kind_of(text: str) -> str:
    """Return the name of a text's kind, one of a closed set."""
    if not text:
        return "empty"
    if text.startswith("arn:"):
        service = text.split(":")[2:3]
        return f"arn:{service[0]}" if service and service[0] in SERVICES else "arn"
    prefix, _dash, rest = text.rpartition("-")
    if prefix in _IDS and re.fullmatch(r"[0-9a-f]{4,17}", rest):
        return prefix
    return next((kind for kind, pattern in _KINDS if pattern.fullmatch(text)), "text")


class Masker:
    """Makes shapes of values. The same text becomes the same mark all over a recording, for whoever holds the key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def mark(self, text: str) -> str:
        """Return the kind of a text, with a mark that stands for it."""
        kind = kind_of(text)
        if kind == "empty":
            return kind
        digest = hmac.new(self._key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
        return f"{kind}#{digest[:16]}"

    def shape(self, value: Any, model: Any, marked: bool = True) -> Shape:
        """Return the shape of a value.

        :param model: botocore's shape of it.
        :param marked: whether a masked text gets its mark; what lies in a list gets none, as its elements are merged.
        """
        if value is None:
            return None
        kind = getattr(model, "type_name", "")
        if kind == "structure" and isinstance(value, dict):
            members = model.members
            return {name: self.shape(value[name], members[name], marked) for name in sorted(members) if name in value}
        if kind == "list" and isinstance(value, (list, tuple)):
            merged: Shape = _NOTHING
            for item in value:
                merged = merge(merged, self.shape(item, model.member, False))
            return [] if merged is _NOTHING else [merged]
        if kind == "map" and isinstance(value, dict):
            merged = _NOTHING
            for item in value.values():
                merged = merge(merged, self.shape(item, model.value, False))
            return {} if merged is _NOTHING else {"*": merged}
        return self._leaf(value, model, marked)

    def _leaf(self, value: Any, model: Any, marked: bool) -> Shape:
        if isinstance(value, bool):
            return value
        if isinstance(value, int):
            return value if abs(value) <= _LARGEST else "number"
        if isinstance(value, float):
            return "number"
        if not isinstance(value, str):
            # A policy that botocore has parsed, a date, bytes.
            return "document" if isinstance(value, (dict, list)) else "time" if hasattr(value, "year") else "bytes"
        if value in WORDS or value in FILTERS or value in (getattr(model, "enum", None) or ()):
            return f"={value}"
        if value.startswith("tag:"):
            return "=tag"
        return self.mark(value) if marked else kind_of(value)


_NOTHING: Any = object()


def merge(left: Shape, right: Shape) -> Shape:
    """Return the shape that covers both; of leaves that differ, all, as ``=active|=pending``."""
    if left is _NOTHING or (left == right and type(left) is type(right)):
        return right
    if right is _NOTHING:
        return left
    if isinstance(left, dict) and isinstance(right, dict):
        return {name: merge(left.get(name, _NOTHING), right.get(name, _NOTHING)) for name in sorted({*left, *right})}
    if isinstance(left, list) and isinstance(right, list):
        return [merge(left[0], right[0])] if left and right else left or right
    return "|".join(sorted({*leaf_words(left), *leaf_words(right)}))


def leaf_words(leaf: Shape) -> list[str]:
    """Return what a leaf consists of, a number or a truth value like a word of AWS's: ``=8111``, ``=true``."""
    if isinstance(leaf, str):
        return leaf.split("|")
    if isinstance(leaf, (dict, list)):
        return ["document"]
    return [f"={str(leaf).lower()}"]


_PLAIN = re.compile(r"[A-Za-z]{1,20}")
_ACTION = re.compile(r"([a-z0-9-]{2,20}):([A-Z][A-Za-z]{2,50})")
_EDGE = "'\"()[]{}<>,.:;!?`"
# What a name comes after in AWS's messages.
_NAMES = _set("called entity group name named policy principal profile role table user")
_NO_NAMES = _set(
    "already and an are because been by can cannot could does exists for from has have in is must named not of on or "
    "so specified that the this to was which with you your"
)


def error_message(text: str, hidden: frozenset[str] = frozenset()) -> str:
    """Return AWS's words with all that is no plain word put as its kind.

    :param hidden: words, in lower case, that are not to be shown, such as the caller's own name.
    """
    told, after_name = [], False
    for token in text.split():
        core = token.strip(_EDGE)
        action = _ACTION.fullmatch(core)
        plain = bool(_PLAIN.fullmatch(core)) and core.lower() not in hidden
        named = after_name and core.lower() not in _NO_NAMES
        if (plain and not named) or (action and action[1] in SERVICES):
            told.append(token)
        elif core:
            told.append(f"<{kind_of(core)}>")
        after_name = core.lower() in _NAMES
    return " ".join(told)


def error_code(text: str) -> str:
    """Return AWS's code of an error, which is made of capitalised words with a dot between."""
    return text if re.fullmatch(r"[A-Z][A-Za-z]{1,59}(\.[A-Z][A-Za-z]{1,59})?", text) else "unknown"
