# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of DAX clusters."""

from __future__ import annotations

import re
from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator.base.errors import aws_error
from dax_emulator.dax import store as dax_store
from dax_emulator.dax.records import ClusterRecord

MOST_TAGS = 50


def tag(context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
    record = _record(context, request)
    record.tags = checked(request["Tags"], record.tags)
    return {"Tags": listed(record.tags)}


def untag(context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
    record = _record(context, request)
    if missing := [key for key in request["TagKeys"] if key not in record.tags]:
        raise aws_error("TagNotFoundFault", f"Tag not found: {missing[0]}.")
    for key in request["TagKeys"]:
        record.tags.pop(key, None)
    return {"Tags": listed(record.tags)}


def show(context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
    return {"Tags": listed(_record(context, request).tags)}


def checked(wanted: list[dict[str, str]], present: dict[str, str] | None = None) -> dict[str, str]:
    """The present tags with the wanted ones added, within the quota."""
    merged = dict(present or {})
    for item in wanted:
        if item["Key"].lower().startswith("aws:"):
            raise aws_error("InvalidParameterValueException", f"Tag keys must not start with aws: ({item['Key']}).")
        merged[item["Key"]] = item.get("Value", "")
    if len(merged) > MOST_TAGS:
        raise aws_error("TagQuotaPerResourceExceeded", f"A resource has at most {MOST_TAGS} tags.")
    return merged


def listed(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _record(context: RequestContext, request: dict[str, Any]) -> ClusterRecord:
    arn = request["ResourceName"]
    prefix = f"arn:{context.partition}:dax:{context.region}:{context.account_id}:cache/"
    if not arn.startswith(prefix) or not re.fullmatch(r"[A-Za-z0-9-]+", arn[len(prefix) :]):
        raise aws_error("InvalidARNFault", f"The ARN is not valid: {arn}.")
    assert context.account_id and context.region
    return dax_store.of(context.account_id, context.region).require_available(arn[len(prefix) :])
