# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the check before the first run reads beside the facts of a side. Reads only.

Each reading stands alone: one that the credentials may not make, or that AWS has no answer to, leaves the others whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..common.prerequisites import Prerequisites, Probe, QuotaQuery, Usage, is_standard
from ..common.shapes import Identity
from .ec2_query import query as ask
from .quotas import count_internet_gateways, count_peering_requests
from .reading import read_quota, reading
from .rights import principal_of, simulate


@dataclass(frozen=True)
class CheckQuery:
    """What to read, by the options of the module ``dax_account_check_info``."""

    regions: bool = False
    usage: bool = False
    probes: Sequence[Probe] = ()
    quotas: Sequence[QuotaQuery] = ()
    instance_type: str | None = None


def gather_check(clients: Mapping[str, Any], identity: Identity, region: str, query: CheckQuery) -> Prerequisites:
    """Return what was read; the shape is documented in the RETURN block of ``dax_account_check_info``."""
    quotas = {
        item["name"]: reading(
            lambda item=item: read_quota(clients["service-quotas"], item["service"], item["code"])  # type: ignore[misc]
        )
        for item in query.quotas
    }
    found: Prerequisites = {
        "identity": identity,
        "region": region,
        "regions": reading(lambda: _regions(clients["ec2"]) if query.regions else {}),
        "quotas": quotas,
    }
    if query.usage:
        found["usage"] = _usage(clients["ec2"], identity["account_id"])
        found["iam"] = reading(lambda: clients["iam"].get_account_summary()["SummaryMap"])
    if query.instance_type:
        found["vcpus"] = reading(lambda: _vcpus_of_type(clients["ec2"], str(query.instance_type)))
    if query.probes:
        found.update(_rights(clients, identity, list(query.probes)))
    return found


def _rights(clients: Mapping[str, Any], identity: Identity, probes: list[Probe]) -> Any:
    """Return what the caller may do: nothing is asked of the root user, whom no policy of its own limits."""
    principal = reading(lambda: principal_of(clients["iam"], identity))
    if principal["problem"]:
        return {"principal": identity["arn"], "rights": principal}
    if principal["value"] is None:
        return {"principal": identity["arn"], "rights": {"value": [], "problem": None}}
    arn = principal["value"]
    return {"principal": arn, "rights": reading(lambda: simulate(clients["iam"], arn, probes))}


def _regions(ec2: Any) -> dict[str, str]:
    answer = ec2.describe_regions(AllRegions=True)["Regions"]
    return {item["RegionName"]: item.get("OptInStatus", "opt-in-not-required") for item in answer}


def _usage(ec2: Any, account: str) -> Usage:
    running: dict[str, str | list[str]] = {"instance-state-name": ["pending", "running"]}
    return {
        "internet_gateways": reading(lambda: count_internet_gateways(ec2)),
        "peering_requests": reading(lambda: count_peering_requests(ec2, account)),
        "standard_vcpus": reading(
            lambda: sum(
                _vcpus(item)
                for reservation in ask(ec2, "describe_instances", "Reservations", running)
                for item in reservation["Instances"]
            ),
        ),
    }


def _vcpus(instance: Mapping[str, Any]) -> int:
    """Return what an instance takes of the quota of standard instances; spot instances have one of their own."""
    if instance.get("InstanceLifecycle") or not is_standard(instance["InstanceType"]):
        return 0
    options = instance.get("CpuOptions") or {}
    return int(options.get("CoreCount") or 1) * int(options.get("ThreadsPerCore") or 1)


def _vcpus_of_type(ec2: Any, instance_type: str) -> int:
    # Asked for by a filter, since an unknown type is an error otherwise.
    found = ask(ec2, "describe_instance_types", "InstanceTypes", {"instance-type": instance_type})
    return sum(int((item.get("VCpuInfo") or {}).get("DefaultVCpus") or 0) for item in found)
