# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Regions, DNS, and where and as what an instance can be launched. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ...common.prerequisites import Prerequisites
from ...common.shapes import FactsB, Vpc
from ..options import ConsumerOptions
from .findings import Findings

_ASK = "allow docs/permissions_check.json, or look it up"


def judge_identity(findings: Findings, found: Prerequisites) -> None:
    """Add whose credentials they are."""
    identity = found["identity"]
    findings.ok("credentials", f"account {identity['account_id']}, {identity['arn']}, {found['region']}")


def judge_regions(findings: Findings, found: Prerequisites, regions: Iterable[str]) -> None:
    """Add whether the regions of both sides are enabled: STS and peering need either account to have them.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html
    """
    reading = found["regions"]
    for region in dict.fromkeys(regions):
        point = f"region {region}"
        if reading["problem"]:
            findings.unknown(point, f"whether it is enabled could not be read: {reading['problem']}", _ASK)
            continue
        status = reading["value"].get(region)
        if status is None:
            findings.missing(
                point,
                f"partition {found['identity']['partition']} has no such region",
                "correct the region in dax_account_a_connection or dax_account_b_connection",
            )
        elif status == "not-opted-in":
            findings.missing(
                point,
                f"account {found['identity']['account_id']} has not enabled it",
                f"aws account enable-region --region-name {region}, which takes minutes, at times hours",
            )
        else:
            findings.ok(point, {"opted-in": "enabled"}.get(status, "enabled for every account"))


def judge_dns(findings: Findings, vpc: Vpc | None, options: ConsumerOptions | None = None) -> None:
    """Add whether names are resolved in a side's VPC.

    :param options: of account B, whose instance has to resolve the names of the cluster's nodes and of endpoints.
    """
    if vpc is None:
        if options is not None:
            findings.ok("dns", "the new VPC gets DNS support and DNS hostnames")
        return
    if "dns_support" not in vpc:
        return
    support, hostnames, vpc_id = vpc["dns_support"], vpc["dns_hostnames"], vpc["vpc_id"]
    told = f"{vpc_id} has DNS support {_on(support)}, DNS hostnames {_on(hostnames)}"
    change = f"aws ec2 modify-vpc-attribute --vpc-id {vpc_id}"
    needs_hostnames = options is not None and options.sts_access == "vpc_endpoint"
    if options is not None and not support:
        findings.missing("dns", f"{told}, so no name of the cluster is resolved", f"{change} --enable-dns-support")
    elif needs_hostnames and not hostnames:
        findings.missing(
            "dns",
            f"{told}, and dax_account_b_sts_access is vpc_endpoint, whose private names need both",
            f"{change} --enable-dns-hostnames",
        )
    else:
        findings.ok("dns", told)


def _on(value: bool) -> str:
    return "on" if value else "off"


def judge_launch(findings: Findings, facts: FactsB, options: ConsumerOptions) -> None:
    """Add where the instance can be and what it is launched from; what cannot be, the plan refuses."""
    launch = facts["launch"]
    if launch is None or not options.instance:
        return
    if launch["availability_zones"]:
        findings.ok(f"instance type {options.instance_type}", f"in {', '.join(launch['availability_zones'])}")
    image = launch["image"]
    if image:
        findings.ok("image", f"{image['image_id']}, {image['architecture']}, {image['state']}")
