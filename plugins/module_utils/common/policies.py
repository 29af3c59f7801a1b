# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy documents: the trust policy, which may hold statements of others, and the policies that are wholly owned.

Pure, no AWS. Unmanaged statements stay as they are; owned ones are those whose ``Sid`` is ``SID_PREFIX``, with a
number where there are several, or with ``Tags``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Iterable
from typing import Any

from .ownership import SID_PREFIX

# A policy document or a part of one: JSON as its author wrote it.
Policy = dict[str, Any]

POLICY_VERSION = "2012-10-17"
# What IAM takes for the version of a document that names none.
_DEFAULT_VERSION = "2008-10-17"

# The role's default quota, in characters without white space. It can be raised to 4096 on request.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
TRUST_QUOTA = 2048

READ_ACTIONS = ("dax:GetItem", "dax:BatchGetItem", "dax:Query", "dax:Scan")
WRITE_ACTIONS = ("dax:PutItem", "dax:UpdateItem", "dax:DeleteItem", "dax:BatchWriteItem", "dax:ConditionCheckItem")

# IAM shows the unique id of a role or user that was deleted in place of its ARN. Nobody can ever be that principal.
_DELETED_PRINCIPAL = re.compile(r"A(ROA|IDA)[A-Z0-9]+")

# Only these: an unmanaged Sid may well begin with the name of this job, or of the tutorial's role.
_OWNED_SID = re.compile(rf"{SID_PREFIX}(\d*|Tags)")
# The owned statement that lets consumers hand on session tags. It names all of them, and asks for no external id: that
# is a condition of sts:AssumeRole. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
_TAGS_SID = f"{SID_PREFIX}Tags"

_ASSUMING = frozenset({"sts:AssumeRole", "sts:*", "*"})

_ROOT = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}):root")


def same_policy(current: Policy | None, desired: Policy | None) -> bool:
    """Return whether two policy documents mean the same, however they are written: see :func:`_canonical`."""
    if not current or not desired:
        return not current and not desired
    documents = [{"Version": _DEFAULT_VERSION, **document} for document in (current, desired)]
    return _canonical(documents[0]) == _canonical(documents[1])


def _canonical(value: Any) -> Hashable:
    """Return a part of a policy in a form in which parts that mean the same are equal.

    Neither order nor doubles in a list count, nor whether one element stands in a list. A number or boolean is its
    text, the ARN of an account's root is the account's id, and anybody is ``{"AWS": "*"}``.
    """
    if isinstance(value, dict):
        return frozenset((key, _elements(_spelt_out(key, item))) for key, item in value.items())
    if isinstance(value, list):
        return _elements(value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    root = _ROOT.fullmatch(text)
    return root[1] if root else text


def _elements(value: Any) -> frozenset[Hashable]:
    return frozenset(map(_canonical, value if isinstance(value, list) else [value]))


def _spelt_out(key: str, value: Any) -> Any:
    return {"AWS": "*"} if key in ("Principal", "NotPrincipal") and value == "*" else value


def dax_policy(cluster_arn: str, access: str) -> Policy:
    """Return what the role may do on the cluster. DAX has no rights for a single table, so the cluster is all."""
    actions = list(READ_ACTIONS + (WRITE_ACTIONS if access == "read_write" else ()))
    return _policy({"Effect": "Allow", "Action": actions, "Resource": cluster_arn})


def is_dax_policy(document: Policy | None, cluster_arn: str) -> bool:
    """Tell whether a policy grants actions of DAX on one cluster and nothing else, as :func:`dax_policy` does."""
    found = statements(document)
    return bool(found) and all(_is_dax_statement(statement, cluster_arn) for statement in found)


def _is_dax_statement(statement: Any, cluster_arn: str) -> bool:
    if not isinstance(statement, dict) or not set(statement) <= {"Sid", "Effect", "Action", "Resource"}:
        return False
    actions = _as_list(statement.get("Action"))
    dax_only = bool(actions) and all(str(action).lower().startswith("dax:") for action in actions)
    return dax_only and statement.get("Effect") == "Allow" and _as_list(statement.get("Resource")) == [cluster_arn]


def assume_role_policy(role_arn: str, session_tags: bool = False, sid: str = "") -> Policy:
    """Return what the consumer's role may do: assume account A's role, with session tags if wanted; nothing else."""
    action = ["sts:AssumeRole", "sts:TagSession"] if session_tags else "sts:AssumeRole"
    marked = {"Sid": sid} if sid else {}
    return _policy({**marked, "Effect": "Allow", "Action": action, "Resource": role_arn})


def only_assumes(document: Policy, account_id: str) -> bool:
    """Tell whether a policy does nothing but let its holder assume roles of one account."""
    own = re.compile(rf"arn:[a-z-]+:iam::{account_id}:role/.+")
    for statement in statements(document):
        actions, resources = ([str(item) for item in _as_list(statement.get(key))] for key in ("Action", "Resource"))
        if statement.get("Effect") != "Allow" or not actions or not resources:
            return False
        if not {action.lower() for action in actions} <= {"sts:assumerole", "sts:tagsession"}:
            return False
        if not all(own.fullmatch(arn) for arn in resources):
            return False
    return bool(statements(document))


def without_sids(document: Policy) -> Policy:
    """Return a policy without the names of its statements, which decide on nothing."""
    plain = [{key: value for key, value in item.items() if key != "Sid"} for item in statements(document)]
    return {**document, "Statement": plain}


def sids(document: Policy) -> set[str]:
    return {str(statement["Sid"]) for statement in statements(document) if "Sid" in statement}


def service_trust(service: str) -> Policy:
    """Return a trust policy for an AWS service such as ``ec2.amazonaws.com``."""
    return _policy({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})


def trusts_service(trust: Policy, service: str) -> bool:
    """Return whether a trust policy lets the service assume the role, without looking at conditions."""
    for statement in statements(trust):
        principal = statement.get("Principal")
        services = _as_list(principal.get("Service")) if isinstance(principal, dict) else []
        actions = _as_list(statement.get("Action"))
        if statement.get("Effect") == "Allow" and service in services and not _ASSUMING.isdisjoint(actions):
            return True
    return False


def statements(document: Policy | None) -> list[Policy]:
    return _as_list((document or {}).get("Statement"))


def foreign_statements(document: Policy | None) -> list[Policy]:
    """Return the unmanaged statements."""
    return [statement for statement in statements(document) if not _is_owned(statement)]


def trusted_principals(document: Policy | None) -> dict[str, str | None]:
    """Return whom the owned statements name: {principal: external id or None}."""
    found: dict[str, str | None] = {}
    for statement in filter(_is_owned, statements(document)):
        if statement["Sid"] == _TAGS_SID:
            continue
        principal = statement.get("Principal")
        named = _as_list(principal.get("AWS")) if isinstance(principal, dict) else _as_list(principal)
        external_ids = _as_list(((statement.get("Condition") or {}).get("StringEquals") or {}).get("sts:ExternalId"))
        found.update(dict.fromkeys(named, external_ids[0] if external_ids else None))
    return found


def dead_principals(principals: Iterable[str]) -> list[str]:
    """Return the principals that are ids of roles or users that were deleted."""
    return [principal for principal in principals if _DELETED_PRINCIPAL.fullmatch(str(principal))]


def dead_statements(document: Policy | None) -> dict[str, list[str]]:
    """Return the unmanaged statements that name deleted roles or users: {Sid, or number from 1: their ids}.

    IAM shows such a policy, and refuses to save it ("Invalid principal in policy").
    """
    found: dict[str, list[str]] = {}
    for number, statement in enumerate(statements(document), start=1):
        if _is_owned(statement):
            continue
        named = [
            principal
            for element in ("Principal", "NotPrincipal")
            if isinstance(statement.get(element), dict)
            for principal in _as_list(statement[element].get("AWS"))
        ]
        if dead := dead_principals(named):
            found[str(statement.get("Sid") or number)] = list(dict.fromkeys(dead))
    return found


def merged_trust(
    document: Policy | None,
    principals: dict[str, str | None],
    session_name_pattern: str = "",
    session_tags: bool = False,
) -> Policy | None:
    """Return the trust policy with unmanaged statements as they are and owned ones for exactly ``principals``.

    :param principals: whom to trust, {ARN: external id or None}.
    :param session_name_pattern: what the name of a session has to look like, ``*`` and ``?`` for any; "" for any name.
    :param session_tags: whether they may set session tags; those of a chained session that are transitive come along.

    One statement holds all consumers with the same external id, which keeps the policy far from its size limit.
    None when nothing is left: IAM has no empty trust policy.
    """
    by_external_id: dict[str | None, list[str]] = {}
    for arn, external_id in sorted(principals.items()):
        by_external_id.setdefault(external_id, []).append(arn)
    owned = [
        _trust_statement(f"{SID_PREFIX}{index or ''}", by_external_id[external_id], external_id, session_name_pattern)
        for index, external_id in enumerate(sorted(by_external_id, key=lambda value: value or ""))
    ]
    if session_tags and principals:
        owned.append(_statement(_TAGS_SID, sorted(principals), "sts:TagSession"))
    merged = foreign_statements(document) + owned
    return {**(document or {}), "Version": POLICY_VERSION, "Statement": merged} if merged else None


def _trust_statement(sid: str, arns: list[str], external_id: str | None, session_name_pattern: str) -> Policy:
    condition: Policy = {}
    if external_id:
        condition["StringEquals"] = {"sts:ExternalId": external_id}
    if session_name_pattern:
        condition["StringLike"] = {"sts:RoleSessionName": session_name_pattern}
    statement = _statement(sid, arns, "sts:AssumeRole")
    return {**statement, "Condition": condition} if condition else statement


def _statement(sid: str, arns: list[str], action: str) -> Policy:
    principal = {"AWS": arns if len(arns) > 1 else arns[0]}
    return {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": action}


def policy_size(document: Policy) -> int:
    """Return the size that counts against IAM's quotas: characters without white space."""
    return len(json.dumps(document, separators=(",", ":")))


def _policy(statement: Policy) -> Policy:
    return {"Version": POLICY_VERSION, "Statement": [statement]}


def _is_owned(statement: Policy) -> bool:
    return _OWNED_SID.fullmatch(str(statement.get("Sid", ""))) is not None


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
