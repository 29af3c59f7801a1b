# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which regions an account has enabled, as EC2 tells it."""

from __future__ import annotations

from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator.base.overrides import Proceed, override
from dax_emulator.base.settings import SETTINGS


@override("ec2", "DescribeRegions")
def describe(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    """Answer by the settings; without AllRegions, those that the account has not enabled are left out."""
    assert context.account_id
    # LocalStack leaves regions out by a list of its own, so it is asked for all.
    answer = dict(proceed({**request, "AllRegions": True}))
    shown = [{**item, "OptInStatus": _status(context.account_id, item["RegionName"])} for item in answer["Regions"]]
    if not request.get("AllRegions"):
        shown = [item for item in shown if item["OptInStatus"] != "not-opted-in"]
    return {**answer, "Regions": shown}


def _status(account: str, region: str) -> str:
    if region not in SETTINGS.opt_in_regions:
        return "opt-in-not-required"
    return "opted-in" if SETTINGS.enabled(account, region) else "not-opted-in"
