# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Managed prefix lists keep the entries that they are made with, and no more of them than they have room for.

Source: EC2 API reference, CreateManagedPrefixList, GetManagedPrefixListEntries; "Error codes for the Amazon EC2 API".
"""

from __future__ import annotations

from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator.base import ec2_state
from dax_emulator.base.errors import aws_error
from dax_emulator.base.overrides import Proceed, override


@override("ec2", "CreateManagedPrefixList")
def create(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    entries, most = request.get("Entries") or [], int(request["MaxEntries"])
    if len(entries) > most:
        raise aws_error("PrefixListMaxEntriesExceeded", f"The prefix list takes {most} entries, not {len(entries)}.")
    response = proceed()
    found = _lists(context)[response["PrefixList"]["PrefixListId"]]
    kept = [{"Cidr": entry["Cidr"], "Description": entry.get("Description", "")} for entry in entries]
    found.entries = {found.version: kept}
    return response


@override("ec2", "GetManagedPrefixListEntries")
def entries_of(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    list_id = str(request["PrefixListId"])
    found = _lists(context).get(list_id)
    if found is None:
        raise aws_error("InvalidPrefixListID.NotFound", f"The prefix list ID '{list_id}' does not exist")
    versions = list(found.entries.values())
    return {"Entries": [dict(entry) for entry in versions[-1]] if versions else []}


def _lists(context: RequestContext) -> dict[str, Any]:
    assert context.account_id and context.region
    return dict(ec2_state.backend(context.account_id, context.region).managed_prefix_lists)
