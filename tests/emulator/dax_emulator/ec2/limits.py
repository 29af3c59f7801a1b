# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of requests: filters, tags, names and descriptions.

Sources: "Filtering considerations" and "Tag restrictions", Amazon EC2 user guide; CreateSecurityGroup and IpRange, EC2
API reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator.base import ec2_state
from dax_emulator.base.errors import aws_error

FILTERS, FILTER_VALUES = 50, 200
TAGS, TAG_KEY, TAG_VALUE = 50, 128, 256
_TEXT = re.compile(r"[a-zA-Z0-9. _:/()#,@\[\]+=&;{}!$*-]{0,255}", re.ASCII)
_SET = "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"


def check(context: RequestContext, request: dict[str, Any]) -> None:
    """Refuse a request that goes beyond a limit."""
    assert context.operation is not None
    _check_filters(request)
    for specification in request.get("TagSpecifications") or []:
        _check_tags(specification.get("Tags") or [], {})
    if context.operation.name == "CreateTags":
        assert context.account_id and context.region
        present = ec2_state.backend(context.account_id, context.region).tags
        for resource in request.get("Resources") or []:
            _check_tags(request.get("Tags") or [], present.get(resource, {}))
    if context.operation.name == "CreateSecurityGroup":
        _check_group(context, request)
    for description in _rule_descriptions(request):
        if not _TEXT.fullmatch(description):
            raise _invalid(
                "Invalid rule description. Valid descriptions are strings less than 256 characters from the following "
                f"set: {_SET}"
            )


def _check_filters(request: dict[str, Any]) -> None:
    filters = request.get("Filters") or []
    if len(filters) > FILTERS:
        message = f"The maximum number of filters specified on a single call is {FILTERS}"
        raise aws_error("FilterLimitExceeded", message)
    if any(len(one.get("Values") or []) > FILTER_VALUES for one in filters):
        message = f"The maximum number of filter values specified on a single call is {FILTER_VALUES}"
        raise aws_error("FilterLimitExceeded", message)


def _check_tags(wanted: list[dict[str, str]], present: dict[str, str]) -> None:
    keys = [tag.get("Key") or "" for tag in wanted]
    for key in keys:
        if key.lower().startswith("aws:"):
            raise _invalid("Tag keys starting with 'aws:' are reserved for internal use")
        if not 0 < len(key) <= TAG_KEY:
            raise _invalid(f"Tag key must be between 1 and {TAG_KEY} Unicode characters long.")
        if keys.count(key) > 1:
            raise _invalid(f"Duplicate tag key '{key}' specified.")
    if any(len(tag.get("Value") or "") > TAG_VALUE for tag in wanted):
        raise _invalid(f"Tag value exceeds the maximum length of {TAG_VALUE} characters.")
    if len({*keys, *(key for key in present if not key.startswith("aws:"))}) > TAGS:
        raise aws_error("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.")


def _check_group(context: RequestContext, request: dict[str, Any]) -> None:
    assert context.account_id and context.region
    name, description = request.get("GroupName") or "", request.get("Description") or ""
    for parameter, value in (("GroupName", name), ("GroupDescription", description)):
        if not value.isascii():
            message = (
                f"Value ({value}) for parameter {parameter} is invalid. Character sets beyond ASCII are not supported."
            )
            raise _invalid(message)
    if name.startswith("sg-"):
        message = f"Value ({name}) for parameter GroupName is invalid. Group names may not be in the format sg-*."
        raise _invalid(message)
    for what, value in (("name", name), ("description", description)):
        if not _TEXT.fullmatch(value) or not value:
            raise _invalid(
                f"Invalid security group {what}. Valid {what}s are strings less than 256 characters from the following "
                f"set:  {_SET}"
            )
    groups = ec2_state.backend(context.account_id, context.region).groups.get(request.get("VpcId"), {})
    if any(group.name.lower() == name.lower() for group in groups.values()):
        message = f"The security group '{name}' already exists for VPC '{request.get('VpcId')}'"
        raise aws_error("InvalidGroup.Duplicate", message)


def _rule_descriptions(request: dict[str, Any]) -> Iterator[str]:
    for permission in request.get("IpPermissions") or []:
        for sources in permission.values():
            if isinstance(sources, list):
                yield from (source.get("Description") or "" for source in sources)
    for name in ("SecurityGroupRuleDescriptions", "SecurityGroupRules"):
        for one in request.get(name) or []:
            yield (one.get("SecurityGroupRule") or one).get("Description") or ""


def _invalid(message: str) -> Exception:
    return aws_error("InvalidParameterValue", message)
