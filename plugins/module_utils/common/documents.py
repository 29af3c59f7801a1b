# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two documents that cross the border between the accounts, and nothing else does. Pure, no AWS.

The ``cluster document`` goes from account A to account B, the ``consumer document`` the other way. Both are plain
dictionaries of strings, numbers, lists and nulls, so that they can be read, mailed and committed as YAML or JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast
from uuid import NAMESPACE_URL, uuid5

from .addresses import is_ipv6, normalise, problem_of_vpc_block
from .ownership import TAG_VALUE_LENGTH, problem_of_tag_text
from .shapes import ClusterDocument, ConsumerDocument
from .text import printable, shown

CLUSTER_KIND = "dax.cross_account/cluster"
CONSUMER_KIND = "dax.cross_account/consumer"
VERSION = 1

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
    "external_id_per_consumer": False,
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

_ID = r"[0-9a-f]{1,17}"
# IAM takes other characters in a path too; without them an ARN is safe in every file and message.
ROLE_PATH = r"(?=[^ ]{1,512}$)/([A-Za-z0-9_+=,.@-]{1,128}/){0,8}"
ROLE_PATH_RULE = "a path of up to 8 parts that begins and ends with /, of letters, digits and _+=,.@-"
ROLE_ARN = r"arn:aws[a-z-]{0,20}:iam::[0-9]{12}:role/([A-Za-z0-9_+=,.@-]{1,128}/){0,8}[A-Za-z0-9_+=,.@-]{1,128}"
ROLE_ARN_RULE = "the ARN of an IAM role"
REGION = r"[a-z]{2}(-[a-z]{1,16}){1,3}-[0-9]{1,2}"
REGION_RULE = "a region such as us-east-1"
_CLUSTER_ARN = r"arn:aws[a-z-]{0,20}:dax:[a-z0-9-]{1,32}:[0-9]{12}:cache/[a-z](-?[a-z0-9]){0,19}"

# A document comes from another team, and what it says ends up in policies, in files and on the screen. So every text
# has a format, which leaves no room for line breaks, templates and control characters. The sources: DAX's
# CreateCluster, STS's AssumeRole (external id) and IAM's reference of names and ARNs.
_FORMATS: dict[str, tuple[re.Pattern[str], str]] = {
    key: (re.compile(pattern), rule)
    for key, (pattern, rule) in {
        "account_id": (r"[0-9]{12}", "a quoted string of 12 digits"),
        "partition": (r"aws(-[a-z]{1,8}){0,3}", "a partition such as aws or aws-cn"),
        "region": (REGION, REGION_RULE),
        "cluster_name": (r"(?=.{1,20}$)[a-z](-?[a-z0-9])*", "1 to 20 letters, digits and single hyphens"),
        "cluster_arn": (_CLUSTER_ARN, "the ARN of a DAX cluster"),
        "vpc_id": (f"vpc-{_ID}", "the id of a VPC"),
        "security_group_id": (f"sg-{_ID}", "the id of a security group"),
        "peering_connection_id": (f"pcx-{_ID}", "the id of a VPC peering connection"),
        "role_arn": (ROLE_ARN, ROLE_ARN_RULE),
        "assumed_role_arn": (ROLE_ARN, ROLE_ARN_RULE),
        "external_id": (r"[A-Za-z0-9_+=,.@:/-]{2,1224}", "2 to 1224 letters, digits and _+=,.@:/-"),
        "name": (CONSUMER_NAME.pattern, CONSUMER_NAME_RULE),
        "network_type": (r"ipv4|ipv6|dual_stack", "ipv4, ipv6 or dual_stack"),
        "encryption_type": (r"NONE|TLS", "NONE or TLS"),
    }.items()
}
# A VPC may have 5 blocks, 50 on request, and a route table 1000 routes.
# https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
_MOST_BLOCKS, _MOST_ROUTED = 50, 1000

# So many of the unknown keys are named.
_KEYS_NAMED = 10

_HOST = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,62})(\.[A-Za-z0-9][A-Za-z0-9-]{0,62})*|[0-9a-f:]{2,39}")


class DocumentError(ValueError):
    """A document that cannot be used; the message is one line that says what is wrong with it."""


def check_cluster_document(document: Any, complete: bool = True) -> ClusterDocument:
    """Return a complete, normalised copy of a cluster document, or raise DocumentError.

    :param complete: False takes the document of a cluster that no longer exists, which says only which one it was.
    """
    optional = () if complete else ("endpoint", "vpc_id", "cidr_blocks", "role_arn")
    checked = _check(document, CLUSTER_KIND, {**_CLUSTER_KEYS, **dict.fromkeys(optional)})
    expected = "arn:{partition}:dax:{region}:{account_id}:cache/{cluster_name}".format(**checked)
    if checked["cluster_arn"] != expected:
        raise DocumentError(
            f"cluster_arn is '{checked['cluster_arn']}', and account_id, partition, region and cluster_name say "
            f"{expected}"
        )
    if checked["endpoint"] is not None or complete:
        checked["endpoint"] = _endpoint(checked["endpoint"])
    return cast(ClusterDocument, checked)


def check_consumer_document(document: Any) -> ConsumerDocument:
    """Return a complete, normalised copy of a consumer document, or raise DocumentError."""
    checked = _check(document, CONSUMER_KIND, _CONSUMER_KEYS)
    if problem := problem_of_consumer_role(checked["role_arn"]):
        raise DocumentError(f"role_arn is {shown(checked['role_arn'])}, which {problem}")
    return cast(ConsumerDocument, checked)


def problem_of_consumer_role(arn: str) -> str:
    """Return why account A cannot take a consumer's role, or "": its ARN becomes the value of a tag there."""
    if len(arn) > TAG_VALUE_LENGTH:
        return f"has {len(arn)} characters, and account A notes it in a tag, which holds {TAG_VALUE_LENGTH}"
    if not re.fullmatch(ROLE_ARN, arn):
        return "has characters in its path that no document takes"
    if problem := problem_of_tag_text(arn):
        return f"has the character {shown(problem)}, and account A notes it in a tag, which does not take it"
    return ""


def consumer_key(consumer: Mapping[str, object]) -> str:
    """Return the consumer's identity, ``<account id>/<name>``: it marks what account A made for this consumer."""
    return f"{consumer['account_id']}/{consumer['name']}"


def key_or_nothing(document: object) -> str:
    """Return the identity of a consumer, or "" for a document that the plan is going to refuse."""
    try:
        return consumer_key(check_consumer_document(document))
    except DocumentError:
        return ""


def consumer_role_name(role_name: str, key: str) -> str:
    """Return the name of a consumer's own role in account A, see ``dax_account_a_role_per_consumer``."""
    return f"{role_name}-{key.replace('/', '-')}"


def assumed_role_arn(cluster: ClusterDocument, account_id: str, name: str) -> str | None:
    """Return the ARN of the role in account A that this consumer assumes; None when the document names no role."""
    role_arn = cluster["role_arn"]
    if role_arn is None or not cluster["role_per_consumer"]:
        return role_arn
    return consumer_role_name(role_arn, f"{account_id}/{name}")


def consumer_external_id(external_id: str | None, per_consumer: bool, cluster_arn: str, key: str) -> str | None:
    """Return the external id that a consumer gives when it assumes the role; None when none is asked for.

    One of its own follows from its key, so that both sides know it and no document has to go to and fro.

    :param external_id, per_consumer: what the owner wants.
    """
    if not per_consumer:
        return external_id or None
    return str(uuid5(NAMESPACE_URL, f"{external_id or cluster_arn}/{key}"))


def _check(document: Any, kind: str, keys: dict[str, Any]) -> dict[str, Any]:
    if isinstance(document, str):  # what the reader of a file says of one that it could not read
        raise DocumentError(document)
    if not isinstance(document, dict):
        raise DocumentError(f"expected a mapping with 'kind: {kind}', got {type(document).__name__}")
    if document.get("kind") != kind:
        raise DocumentError(f"kind is {shown(document.get('kind'))}, expected '{kind}'")
    version = document.get("version")
    if version != VERSION or isinstance(version, (bool, float)):  # True and 1.0 equal 1
        raise DocumentError(f"version is {shown(version)}, this release reads version {VERSION}")
    missing = sorted(key for key, default in keys.items() if default is ... and not document.get(key))
    if missing:
        raise DocumentError(f"{', '.join(missing)} missing or empty")
    unknown = sorted(map(str, set(document) - set(keys) - {"kind", "version"}))
    if unknown:
        named = ", ".join(shown(key, quoted=False) for key in unknown[:_KEYS_NAMED])
        more = len(unknown) - _KEYS_NAMED
        raise DocumentError(f"unknown keys {named}" + (f" and {more} more" if more > 0 else ""))
    result = {"kind": kind, "version": VERSION}
    for key, default in keys.items():
        value = document.get(key)
        result[key] = value if value is not None or default is ... else default
        if key.endswith("cidr_blocks"):
            result[key] = _blocks(key, result[key] or [])
        elif key in _FORMATS and result[key] is not None:
            _check_format(key, result[key])
        elif isinstance(default, bool) and not isinstance(result[key], bool):
            raise DocumentError(f"{key} is {shown(result[key])}, expected true or false")
    _check_role(result)
    return result


def _check_format(key: str, value: Any) -> None:
    pattern, rule = _FORMATS[key]
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise DocumentError(f"{key} is {shown(value)}, expected {rule}")


def _endpoint(endpoint: Any) -> dict[str, Any]:
    """Return the endpoint with its port as a number, or raise DocumentError unless address, port and URL agree."""
    if not isinstance(endpoint, dict) or not {"address", "port", "url"} <= set(endpoint):
        raise DocumentError("endpoint needs the keys address, port and url")
    if set(endpoint) - {"address", "port", "url"}:
        raise DocumentError("endpoint has other keys than address, port and url")
    address, port, url = endpoint["address"], endpoint["port"], endpoint["url"]
    if not isinstance(address, str) or not _HOST.fullmatch(address):
        raise DocumentError(f"endpoint: address {shown(address)} is no host name")
    if isinstance(port, bool) or not re.fullmatch("[0-9]{1,5}", str(port)) or not 0 < int(port) < 65536:
        raise DocumentError(f"endpoint: port {shown(port)} is no number from 1 to 65535")
    host = f"[{address}]" if ":" in address else address
    fitting = [f"{scheme}://{host}{end}" for scheme in ("dax", "daxs") for end in ("", f":{int(port)}")]
    if url not in fitting:
        raise DocumentError(f"endpoint: url {shown(url)} does not fit its address and port, expected {fitting[0]}")
    return {"address": address, "port": int(port), "url": url}


def _check_role(document: dict[str, Any]) -> None:
    """Refuse a role that is not of the document's own account: it would be trusted, whoever it is."""
    arn, account = document["role_arn"], document["account_id"]
    if arn and not arn.startswith(f"arn:{document['partition']}:iam::{account}:role/"):
        raise DocumentError(f"role_arn is '{arn}', which is no role of account {account}")


def _blocks(key: str, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise DocumentError(f"{key} is not a list")
    most = _MOST_ROUTED if key == "routed_cidr_blocks" else _MOST_BLOCKS
    if len(value) > most:
        raise DocumentError(f"{key} has {len(value)} entries, at most {most} are taken")
    blocks = []
    for item in value:
        try:
            blocks.append(normalise(item) if isinstance(item, str) else normalise(f"{shown(item)} is no text"))
        except ValueError as error:
            raise DocumentError(printable(f"{key}: {str(error)[:200]}")) from error
    if key == "routed_cidr_blocks":
        return blocks
    strange = [block for block in blocks if is_ipv6(block) != key.startswith("ipv6")]
    if strange:
        raise DocumentError(f"{key}: {', '.join(strange)} is of the other family")
    for block in blocks:
        problem = problem_of_vpc_block(block)
        if problem:
            raise DocumentError(f"{key}: {block} is {problem}, which no VPC has")
    return list(dict.fromkeys(blocks))
