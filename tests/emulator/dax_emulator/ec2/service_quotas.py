# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service Quotas, which LocalStack lacks: what the setting `quotas` enforces is what it tells, and AWS's defaults else.

Source: Service Quotas API reference, GetServiceQuota; the codes: "Amazon VPC endpoints and quotas" and "Amazon EC2
endpoints and quotas", AWS general reference.
"""

from __future__ import annotations

from typing import Any

from localstack.aws.api import RequestContext
from localstack.aws.skeleton import Skeleton
from localstack.aws.spec import load_service
from localstack.services.plugins import Service

from dax_emulator.base.errors import aws_error
from dax_emulator.base.settings import SETTINGS

# Of what has no limit here.
_WITHOUT_LIMIT = 100_000

# By service and code: the name, and the name of the setting or AWS's default.
_QUOTAS: dict[tuple[str, str], tuple[str, str | int]] = {
    ("vpc", "L-7E9ECCDB"): ("Active VPC peering connections per VPC", "peerings_per_vpc"),
    ("vpc", "L-DC9F7029"): ("Outstanding VPC peering connection requests", "peering_requests_per_region"),
    ("vpc", "L-93826ACB"): ("Routes per route table", "routes_per_table"),
    ("vpc", "L-0EA8095F"): ("Inbound or outbound rules per security group", "rules_per_group"),
    ("vpc", "L-F678F1CE"): ("VPCs per Region", "vpcs_per_region"),
    ("vpc", "L-E79EC296"): ("VPC security groups per Region", "groups_per_region"),
    # An internet gateway for each VPC: AWS raises both together.
    ("vpc", "L-A4707A72"): ("Internet gateways per Region", "vpcs_per_region"),
    ("vpc", "L-2AFB9258"): ("Security groups per network interface", 5),
    ("vpc", "L-29B6F2EB"): ("Interface VPC endpoints per VPC", 50),
    ("vpc", "L-407747CB"): ("Subnets per VPC", 200),
    ("ec2", "L-1216C47A"): ("Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 32),
}


def service() -> Service:
    return Service(name="service-quotas", skeleton=Skeleton(load_service("service-quotas"), {"GetServiceQuota": _get}))


def _get(context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
    service_code, code = str(request["ServiceCode"]), str(request["QuotaCode"])
    if (service_code, code) not in _QUOTAS:
        raise aws_error("NoSuchResourceException", "The request failed because the specified quota does not exist.")
    name, of = _QUOTAS[service_code, code]
    value = of if isinstance(of, int) else SETTINGS.quotas[of] or _WITHOUT_LIMIT
    arn = f"arn:{context.partition}:servicequotas:{context.region}:{context.account_id}:{service_code}/{code}"
    return {
        "Quota": {
            "ServiceCode": service_code,
            "QuotaArn": arn,
            "QuotaCode": code,
            "QuotaName": name,
            "Value": float(value),
            "Unit": "None",
            "Adjustable": True,
            "GlobalQuota": False,
        }
    }
