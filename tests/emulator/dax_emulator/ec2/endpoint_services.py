# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services that have VPC endpoints: their names by region, their zones."""

from __future__ import annotations

import hashlib
from typing import Any

from localstack.aws.api import RequestContext
from moto.ec2.models.vpcs import AWS_ENDPOINT_SERVICES

from dax_emulator.base import ec2_state
from dax_emulator.base.errors import aws_error
from dax_emulator.base.overrides import Proceed, override
from dax_emulator.base.settings import SETTINGS
from dax_emulator.ec2.filters import Values, matching, page

_GATEWAYS = ("dynamodb", "s3")  # the services with gateway endpoints
# Services whose names begin with "cn." in China; the others are named as elsewhere. Source: the answer of
# DescribeVpcEndpointServices in aws/aws-cdk issue 25329, and its table of exceptions.
# fmt: off
_CN_PREFIX = frozenset({
    "application-autoscaling", "appmesh-envoy-management", "athena", "autoscaling", "awsconnector", "backup",
    "batch", "cassandra", "cloudcontrolapi", "cloudformation", "codedeploy-commands-secure", "databrew", "dms",
    "ebs", "ec2", "ecr.api", "ecr.dkr", "eks", "elasticache", "elasticbeanstalk", "elasticfilesystem",
    "elasticfilesystem-fips", "emr-containers", "execute-api", "fsx", "imagebuilder", "iot.data", "iotsitewise.api",
    "iotsitewise.data", "kinesis-streams", "lambda", "license-manager", "monitoring", "rds", "redshift",
    "redshift-data", "sagemaker.api", "sagemaker.featurestore-runtime", "sagemaker.runtime", "securityhub",
    "servicecatalog", "sqs", "states", "sts", "sync-states", "synthetics", "transcribe", "transcribestreaming",
    "transfer", "xray",
})
# fmt: on
# Regions of 2024 and later. Source: "Reference: ec2messages, ssmmessages, and other API operations", AWS Systems
# Manager user guide.
_WITHOUT_EC2MESSAGES = frozenset({"ap-east-2", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "mx-central-1"})


def services(account: str, region: str) -> list[dict[str, Any]]:
    """Every service of the region, in the shape of DescribeVpcEndpointServices."""
    zones = [zone.name for zone in ec2_state.backend(account, region).describe_availability_zones()]
    names = sorted(set(AWS_ENDPOINT_SERVICES))
    found = [_service(region, name, "Interface", zones) for name in names if _offered(region, name)]
    return found + [_service(region, name, "Gateway", zones) for name in _GATEWAYS]


def find(account: str, region: str, name: str) -> list[dict[str, Any]]:
    """The services of this name (S3 and DynamoDB have one of each type); raises InvalidServiceName if there is none."""
    found = [one for one in services(account, region) if one["ServiceName"] == name]
    if not found:
        raise aws_error("InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist")
    return found


@override("ec2", "DescribeVpcEndpointServices")
def describe(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    assert context.account_id and context.region
    found = services(context.account_id, context.region)
    if wanted := request.get("ServiceNames"):
        found = [one for name in wanted for one in find(context.account_id, context.region, name)]
    known: dict[str, Values] = {
        "owner": lambda one: [one["Owner"]],
        "service-name": lambda one: [one["ServiceName"]],
        "service-type": lambda one: [kind["ServiceType"] for kind in one["ServiceType"]],
    }
    found = matching(found, request.get("Filters"), known, lambda one: [])
    shown, token = page(found, request)
    names = list(dict.fromkeys(one["ServiceName"] for one in shown))
    answer: dict[str, Any] = {"ServiceNames": names, "ServiceDetails": shown}
    return answer | ({"NextToken": token} if token else {})


def _offered(region: str, name: str) -> bool:
    return name != "ec2messages" or region not in _WITHOUT_EC2MESSAGES


def _service(region: str, name: str, kind: str, zones: list[str]) -> dict[str, Any]:
    china = region.startswith("cn-")
    prefix = "cn.com.amazonaws" if china and name in _CN_PREFIX and kind == "Interface" else "com.amazonaws"
    domain = "amazonaws.com.cn" if china else "amazonaws.com"
    number = hashlib.sha256(f"{region}{name}{kind}".encode()).hexdigest()[:17]
    found = {
        "ServiceName": f"{prefix}.{region}.{name}",
        "ServiceId": f"vpce-svc-{number}",
        "ServiceType": [{"ServiceType": kind}],
        "AvailabilityZones": [zone for zone in zones if name not in SETTINGS.zones_without_services.get(zone, [])],
        "Owner": "amazon",
        "BaseEndpointDnsNames": [f"{name}.{region}.vpce.{domain}"],
        "VpcEndpointPolicySupported": True,
        "AcceptanceRequired": False,
        "ManagesVpcEndpoints": False,
        "Tags": [],
    }
    if kind == "Interface":
        private = f"{name}.{region}.{domain}"
        found |= {
            "PrivateDnsName": private,
            "PrivateDnsNames": [{"PrivateDnsName": private}],
            "PrivateDnsNameVerificationState": "verified",
        }
    return found
