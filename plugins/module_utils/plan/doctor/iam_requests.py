# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls of the client as IAM judges them, with what is known of their condition keys. Pure, no AWS.

What is not known stays unknown: whether the caller's organization, its public address or its tags are what a condition
asks for. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from datetime import datetime

from ...common.doctor import RoleDetails
from .iam import Request
from .iam_matching import Context, OneOf, Principal, Value
from .model import A, B, Unreadable
from .pair import Pair
from .sts_ways import way_of


def expected_role_name(pair: Pair) -> str:
    """The name of the consumer's role as the variables or its document say; "" if neither does."""
    document = pair.consumer_document
    return pair.wanted.consumer_role_name or (document["role_arn"].rpartition("/")[2] if document else "")


def caller_role(pair: Pair) -> RoleDetails:
    """Return the consumer's role.

    :raises Unreadable: where it is missing, or another one was read, both of which other checks say.
    """
    role, name = pair.consumer_role(), expected_role_name(pair)
    if role is None:
        raise Unreadable(B, f"role {name}", "there is no such role")
    if name and role["role_name"] != name:
        raise Unreadable(B, f"role {name}", f"the instance profile has the role {role['role_name']} instead")
    return role


def assumed_role(pair: Pair) -> RoleDetails:
    """Return account A's role, as :func:`caller_role` returns the consumer's."""
    role = pair.role()
    if role is None:
        raise Unreadable(A, f"role {pair.wanted.role_name}", "there is no such role")
    return role


def sts_region(pair: Pair) -> str:
    """The region whose STS the client asks."""
    return pair.wanted.sts_region or pair.region_b or ""


def assume_request(pair: Pair, action: str = "sts:AssumeRole") -> Request:
    """Return the consumer's call on account A's role."""
    caller = pair.consumer_role_arn()
    role_b = pair.consumer_role() if pair.b else None
    values = _moment(pair.b["read_at"] if pair.b else pair.a["read_at"] if pair.a else "")
    values |= {
        **_principal(caller),
        "aws:RequestedRegion": sts_region(pair),
        "aws:ResourceAccount": pair.account_a,
        "sts:SourceIdentity": None,
    }
    if action == "sts:AssumeRole":
        document = pair.consumer_document
        given = pair.wanted.external_id or (document["external_id"] if document else None)
        values["sts:ExternalId"] = str(given) if given else None
        if pair.wanted.session_name:
            values["sts:RoleSessionName"] = pair.wanted.session_name
    known = []
    if not pair.wanted.session_tags:
        values |= {"aws:TagKeys": None, "sts:TransitiveTagKeys": None}
        known.append("aws:RequestTag/")
    if role_b and pair.b and pair.b["wants_instance"]:
        # The session of an instance: its name is the instance's id, its tags are the role's, and it never has MFA.
        values |= {"aws:MultiFactorAuthPresent": OneOf(("false", None)), "aws:MultiFactorAuthAge": None}
        values |= {f"aws:PrincipalTag/{key}": value for key, value in role_b["tags"].items()}
        known.append("aws:PrincipalTag/")
    role_a = pair.role() if pair.a else None
    if role_a:
        for prefix in ("aws:ResourceTag/", "iam:ResourceTag/"):
            values |= {f"{prefix}{key}": value for key, value in role_a["tags"].items()}
            known.append(prefix)
    values |= _network(pair)
    session = _instance_id(pair)
    if role_b and session:
        values["aws:userid"] = f"{role_b['role_id']}:{session}"
    return Request(action, pair.assumed_role_arn(), Context(values, known), Principal(caller, session))


def dax_request(pair: Pair, action: str) -> Request:
    """Return a call on the cluster with the session of account A's role."""
    role, cluster = assumed_role(pair), pair.cluster_arn()
    values: dict[str, Value] = {
        **_moment(pair.a["read_at"] if pair.a else ""),
        **_principal(role["arn"]),
        "aws:RequestedRegion": pair.region_a,
        "aws:ResourceAccount": pair.account_a,
        **{f"aws:PrincipalTag/{key}": value for key, value in role["tags"].items()},
    }
    known = [] if pair.wanted.session_tags else ["aws:PrincipalTag/"]
    session = pair.wanted.session_name
    if session:
        values["aws:userid"] = f"{role['role_id']}:{session}"
    return Request(action, cluster, Context(values, known), Principal(role["arn"], session))


def service_request(pair: Pair, role: RoleDetails, action: str, resource: str) -> Request:
    """Return a call of DAX itself with its service role."""
    values: dict[str, Value] = {
        **_moment(pair.a["read_at"] if pair.a else ""),
        **_principal(role["arn"]),
        **{f"aws:PrincipalTag/{key}": value for key, value in role["tags"].items()},
        "aws:RequestedRegion": pair.region_a,
    }
    return Request(action, resource, Context(values, ["aws:PrincipalTag/"]), Principal(role["arn"], ""))


def _principal(arn: str) -> dict[str, Value]:
    return {
        "aws:PrincipalArn": arn,
        "aws:PrincipalAccount": arn.split(":")[4],
        "aws:PrincipalType": "AssumedRole",
        "aws:PrincipalIsAWSService": "false",
        "aws:ViaAWSService": "false",
        "aws:SecureTransport": "true",
        "aws:username": None,
        "aws:SourceAccount": None,
        "aws:SourceArn": None,
    }


def _moment(read_at: str) -> dict[str, Value]:
    try:
        seconds = int(datetime.fromisoformat(read_at).timestamp())
    except ValueError:
        return {}
    return {"aws:CurrentTime": read_at, "aws:EpochTime": str(seconds)}


def _instance_id(pair: Pair) -> str:
    """The id of the consumer's instance, "" if there is none or it was not read."""
    if pair.b is None or not pair.b["wants_instance"]:
        return ""
    instance = pair.b["readings"]["instance"]["value"]
    return str(instance["instance_id"]) if instance else ""


def _network(pair: Pair) -> dict[str, Value]:
    """Where the call comes from, as far as all ways of the client to STS agree on it."""
    if pair.b is None:
        return {}
    instance = pair.b["readings"]["instance"]["value"]
    try:
        ways = {way_of(pair, subnet_id) for subnet_id in pair.b["subnet_ids"]}
    except Unreadable:
        return {}
    if len(ways) != 1:
        return {}
    way = ways.pop()
    if way.kind == "endpoint":
        address = instance["private_ip_address"] if instance else None
        found: dict[str, Value] = {"aws:SourceIp": None, "aws:SourceVpce": way.target, "aws:SourceVpc": pair.vpc_id_b()}
        return {**found, "aws:VpcSourceIp": address} if address else found
    if way.kind not in ("internet", "nat"):
        return {}
    found = {"aws:SourceVpce": None, "aws:SourceVpc": None, "aws:VpcSourceIp": None}
    address = instance["public_ip_address"] if instance and way.kind == "internet" else None
    return {**found, "aws:SourceIp": address} if address else found
