# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two documents that cross the border between the accounts, and nothing else does. Pure, no AWS.

The ``cluster document`` goes from account A to account B, the ``consumer document`` the other way. Both are plain
dictionaries of strings, numbers, lists and nulls, so that they can be read, mailed and committed as YAML or JSON.
"""

from __future__ import annotations

import re
from typing import Any

from .addresses import is_ipv6, normalise

CLUSTER_KIND = "dax.cross_account/cluster"
CONSUMER_KIND = "dax.cross_account/consumer"
VERSION = 1

NETWORK_TYPES = ("ipv4", "ipv6", "dual_stack")
ENCRYPTION_TYPES = ("NONE", "TLS")

# A key with a default may be absent from a document that an older or a half-finished run wrote.
_CLUSTER_KEYS: dict[str, Any] = {
    "account_id": ...,
    "partition": ...,
    "region": ...,
    "cluster_name": ...,
    "cluster_arn": ...,
    "endpoint": ...,
    "encryption_type": "NONE",
    "network_type": "ipv4",
    "vpc_id": ...,
    "cidr_blocks": ...,
    "ipv6_cidr_blocks": [],
    "routed_cidr_blocks": [],
    "role_arn": ...,
    "role_per_consumer": False,
    "external_id": None,
}
_CONSUMER_KEYS: dict[str, Any] = {
    "name": ...,
    "cluster_arn": ...,
    "account_id": ...,
    "partition": ...,
    "region": ...,
    "role_arn": ...,
    "assumed_role_arn": None,
    "vpc_id": None,
    "cidr_blocks": [],
    "ipv6_cidr_blocks": [],
    "peering_connection_id": None,
    "peering_managed": False,
    "security_group_id": None,
    "external_id": None,
}


# What the name of a tag, a role and a rule's description all take, with room for what is put around it.
CONSUMER_NAME = re.compile(r"[A-Za-z0-9_+=.@-]{1,64}")
CONSUMER_NAME_RULE = "1 to 64 letters, digits and _+=.@-"


class DocumentError(ValueError):
    """A document that cannot be used; the message is one line that says what is wrong with it."""


def check_cluster_document(document: Any, complete: bool = True) -> dict[str, Any]:
    """Return a complete, normalised copy of a cluster document, or raise DocumentError.

    :param complete: False takes the document of a cluster that no longer exists, which says only which one it was.
    """
    optional = () if complete else ("endpoint", "vpc_id", "cidr_blocks", "role_arn")
    checked = _check(document, CLUSTER_KIND, {**_CLUSTER_KEYS, **dict.fromkeys(optional)})
    if checked["network_type"] not in NETWORK_TYPES:
        raise DocumentError(f"network_type is '{checked['network_type']}', not one of {', '.join(NETWORK_TYPES)}")
    if checked["encryption_type"] not in ENCRYPTION_TYPES:
        raise DocumentError(f"encryption_type is '{checked['encryption_type']}', not NONE or TLS")
    endpoint = checked["endpoint"]
    if endpoint is None and not complete:
        return checked
    if not isinstance(endpoint, dict) or not {"address", "port", "url"} <= set(endpoint):
        raise DocumentError("endpoint needs the keys address, port and url")
    if not str(endpoint["port"]).isdigit():
        raise DocumentError(f"endpoint: port {endpoint['port']!r} is no number")
    checked["endpoint"] = {**endpoint, "port": int(endpoint["port"])}
    return checked


def check_consumer_document(document: Any) -> dict[str, Any]:
    """Return a complete, normalised copy of a consumer document, or raise DocumentError."""
    checked = _check(document, CONSUMER_KIND, _CONSUMER_KEYS)
    if not CONSUMER_NAME.fullmatch(checked["name"]):
        raise DocumentError(f"name is '{checked['name']}', expected {CONSUMER_NAME_RULE}")
    return checked


def consumer_key(consumer: dict[str, Any]) -> str:
    """Return the consumer's identity, ``<account id>/<name>``: it marks what account A made for this consumer."""
    return f"{consumer['account_id']}/{consumer['name']}"


def consumer_role_name(role_name: str, key: str) -> str:
    """Return the name of a consumer's own role in account A, see ``dax_account_a_role_per_consumer``."""
    return f"{role_name}-{key.replace('/', '-')}"


def assumed_role_arn(cluster: dict[str, Any], account_id: str, name: str) -> str:
    """Return the ARN of the role in account A that this consumer assumes."""
    own = consumer_role_name(cluster["role_arn"], f"{account_id}/{name}")
    return own if cluster["role_per_consumer"] else str(cluster["role_arn"])


def _check(document: Any, kind: str, keys: dict[str, Any]) -> dict[str, Any]:
    if isinstance(document, str):  # what the reader of a file says of one that it could not read
        raise DocumentError(document)
    if not isinstance(document, dict):
        raise DocumentError(f"expected a mapping with 'kind: {kind}', got {type(document).__name__}")
    if document.get("kind") != kind:
        raise DocumentError(f"kind is '{document.get('kind')}', expected '{kind}'")
    if document.get("version") != VERSION:
        raise DocumentError(f"version is '{document.get('version')}', this release reads version {VERSION}")
    missing = sorted(key for key, default in keys.items() if default is ... and not document.get(key))
    if missing:
        raise DocumentError(f"{', '.join(missing)} missing or empty")
    unknown = sorted(set(document) - set(keys) - {"kind", "version"})
    if unknown:
        raise DocumentError(f"unknown keys {', '.join(map(str, unknown))}")
    result = {"kind": kind, "version": VERSION}
    for key, default in keys.items():
        value = document.get(key)
        result[key] = value if value is not None or default is ... else default
    # YAML reads an unquoted account id as a number, and one that starts with 0 as another number.
    account = result["account_id"]
    if not isinstance(account, str) or not (account.isdigit() and len(account) == 12):
        raise DocumentError(f"account_id is {account!r}, expected a quoted string of 12 digits")
    for key, default in keys.items():
        if key.endswith("cidr_blocks"):
            result[key] = _blocks(key, result[key] or [])
        elif key != "endpoint" and result[key] is not None:
            expected, words = (bool, "true or false") if isinstance(default, bool) else (str, "text")
            if not isinstance(result[key], expected):
                raise DocumentError(f"{key} is {result[key]!r}, expected {words}")
    _check_role(result)
    return result


def _check_role(document: dict[str, Any]) -> None:
    """Refuse a role that is not of the document's own account: it would be trusted, whoever it is."""
    arn, account = document["role_arn"], document["account_id"]
    if arn and not re.fullmatch(rf"arn:{re.escape(document['partition'])}:iam::{account}:role/[\w+=,.@/-]+", arn):
        raise DocumentError(f"role_arn is '{arn}', which is no role of account {account}")


def _blocks(key: str, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise DocumentError(f"{key} is not a list")
    try:
        blocks = [normalise(str(block)) for block in value]
    except ValueError as error:
        raise DocumentError(f"{key}: {error}") from error
    strange = [block for block in blocks if key != "routed_cidr_blocks" and is_ipv6(block) != key.startswith("ipv6")]
    if strange:
        raise DocumentError(f"{key}: {', '.join(strange)} is of the other family")
    return blocks
