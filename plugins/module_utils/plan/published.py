# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan as others read it: what it is about, and what it was made with. ``docs/schemas/plan.schema.json`` is its
schema. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, TypedDict

from ..common.documents import key_or_nothing
from ..common.text import without_external_ids
from .option_types import Options

KIND = "dax.cross_account/plan"
SCHEMA_VERSION = 1

# What a plan says of itself besides the actions, in this order.
ABOUT = ("kind", "schema_version", "side", "state", "account_id", "region", "cluster_arn", "consumer")
_KEYS = (
    *ABOUT,
    *("consumers", "variables", "actions", "changes", "conflicts", "warnings", "waiting_for", "lines"),
)

# Variables that decide where and how a run works, not what it writes, and the documents: what follows from them is in
# the actions.
_OF_THE_RUN = frozenset(
    {"cluster", "connection", "consumers", "document_path", "plan_file", "plan_path", "state", "wait_timeout"}
)
# Variables whose value is between the two accounts alone.
_HIDDEN = frozenset({"external_id"})
# A guess takes this many rounds, as a short external id could be found by trying all.
_ROUNDS = 200_000


class Member(TypedDict):
    """A consumer that account A's plan grants access, or takes it from."""

    consumer: str  # <account id>/<name>
    role_arn: str | None


class Header(TypedDict):
    """What a plan is about, and what it was made with."""

    kind: str
    schema_version: int
    account_id: str
    region: str
    cluster_arn: str | None
    consumer: str | None  # <account id>/<name>; None for account A
    consumers: list[Member]  # account A: of whom the run has a document; [] for account B
    variables: dict[str, Any]  # by their full names; what is hidden is {"pbkdf2_sha256": <hex>}


def header(
    facts: Mapping[str, Any],
    options: Options,
    cluster_arn: str | None,
    *,
    name: str | None = None,
    documents: Iterable[Any] = (),
) -> Header:
    """Return what the plan of these facts and options is about.

    :param name: the consumer's, for account B.
    :param documents: of consumers, for account A.
    """
    account_id = str(facts["identity"]["account_id"])
    consumer = None if name is None else f"{account_id}/{name}"
    salt = f"{KIND} {account_id} {cluster_arn} {consumer}"
    members: list[Member] = [
        {"consumer": key, "role_arn": document.get("role_arn")}
        for document in documents
        if isinstance(document, Mapping) and (key := key_or_nothing(document))
    ]
    return {
        "kind": KIND,
        "schema_version": SCHEMA_VERSION,
        "account_id": account_id,
        "region": facts["region"],
        "cluster_arn": cluster_arn,
        "consumer": consumer,
        "consumers": sorted(members, key=lambda member: member["consumer"]),
        "variables": {
            variable: _told(field.name, getattr(options, field.name), salt)
            for variable, field in sorted(options.variables().items())
            if field.name not in _OF_THE_RUN
        },
    }


def published(plan: Mapping[str, Any]) -> dict[str, Any]:
    """Return a plan with its header as it may be kept and shown: without calls, documents and external ids."""
    found: dict[str, Any] = without_external_ids({key: plan[key] for key in _KEYS})
    return found


def _told(name: str, value: Any, salt: str) -> Any:
    return {"pbkdf2_sha256": _digest(str(value), salt)} if name in _HIDDEN and value else value


@lru_cache(maxsize=32)
def _digest(value: str, salt: str) -> str:
    """Return what tells whether a value is the same, and nothing else of it."""
    return hashlib.pbkdf2_hmac("sha256", value.encode(), salt.encode(), _ROUNDS).hex()
