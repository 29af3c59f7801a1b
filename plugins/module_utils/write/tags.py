# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single tags of many EC2 resources, some of which are shared with others; all other tags stay."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list

from ..common.aws import aws_errors, patiently, retried
from ..common.compare import changed_tags, text_tags
from ..common.shapes import Tags
from ..facts.ec2_query import batches
from ..facts.tagged import tags_of_resources

# CreateTags and DeleteTags take so many resources in one call.
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTags.html
_RESOURCES = 1000


def ensure_tags(client: Any, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Do what the module ec2_resource_tags is asked for, and return its result.

    :raises AnsibleAWSError: for a resource that is given twice, and for AWS's refusal.
    """
    given: list[dict[str, Any]] = params["resources"]
    ids = [item["id"] for item in given]
    twice = sorted({item for item in ids if ids.count(item) > 1})
    if twice:
        raise AnsibleAWSError(message=f"resources: {', '.join(twice)} given more than once")
    current = _describe(client, ids)
    setting: dict[frozenset[tuple[str, str]], list[str]] = {}
    removing: dict[frozenset[str], list[str]] = {}
    changes = []
    for item in given:
        there = current.get(item["id"], {})
        tags = changed_tags(there, text_tags(item.get("tags") or {}))
        keys = [key for key in item.get("absent") or [] if key in there and key not in tags]
        if tags:
            setting.setdefault(frozenset(tags.items()), []).append(item["id"])
        if keys:
            removing.setdefault(frozenset(keys), []).append(item["id"])
        if tags or keys:
            changes.append({"id": item["id"], "set": tags, "removed": keys})
    if not check_mode:
        for tags_to_set, resources in setting.items():
            patiently(partial(_create, client, resources, dict(tags_to_set)), params["retry_not_found_seconds"])
        for keys_to_remove, resources in removing.items():
            _delete(client, resources, keys_to_remove)
    return {"changed": bool(changes), "changes": changes}


@aws_errors("describe the tags")
@retried()
def _describe(client: Any, ids: list[str]) -> dict[str, Tags]:
    return tags_of_resources(client, {"resource-id": ids})


@aws_errors("create the tags")
@retried()
def _create(client: Any, ids: list[str], tags: Tags) -> None:
    listed = ansible_dict_to_boto3_tag_list(dict(sorted(tags.items())))
    for part in batches(ids, _RESOURCES):
        client.create_tags(Resources=part, Tags=listed)


@aws_errors("delete the tags")
@retried()
def _delete(client: Any, ids: list[str], keys: Iterable[str]) -> None:
    for part in batches(ids, _RESOURCES):
        client.delete_tags(Resources=part, Tags=[{"Key": key} for key in sorted(keys)])
