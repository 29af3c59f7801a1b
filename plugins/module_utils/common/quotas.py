# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS's quotas that a run can come to: one table, what counts for each, and what to say of one. Pure, no AWS.

Sources: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html (routes per route table: 500 since June
2025, 50 before), https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-connection-quotas.html,
https://docs.aws.amazon.com/general/latest/gr/vpc-service.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html,
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-on-demand-instances.html.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from .compare import is_propagated
from .shapes import Peering, PrefixList, Reading, RouteTable, SecurityGroup, Vpc, VpcEndpoint

# From this part of a quota on, a plan that adds something warns.
NEAR = 0.8


class Quota(NamedTuple):
    """A quota of AWS.

    :ivar service: Service Quotas' code of the service.
    :ivar code: Service Quotas' code of the quota, the same in every region.
    :ivar name: as AWS calls it.
    :ivar default: what every account has; None where it differs from account to account.
    :ivar highest: the most that AWS grants; None where it names none.
    """

    service: str
    code: str
    name: str
    default: int | None
    highest: int | None = None

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


QUOTAS: dict[str, Quota] = {
    "peerings": Quota("vpc", "L-7E9ECCDB", "Active VPC peering connections per VPC", 50, 125),
    "peering_requests": Quota("vpc", "L-DC9F7029", "Outstanding VPC peering connection requests", 25),
    "routes": Quota("vpc", "L-93826ACB", "Routes per route table", 500, 1000),
    # Its product with the groups of an interface is 1,000 at most.
    "rules": Quota("vpc", "L-0EA8095F", "Inbound or outbound rules per security group", 60, 1000),
    "groups_per_interface": Quota("vpc", "L-2AFB9258", "Security groups per network interface", 5, 16),
    "vpcs": Quota("vpc", "L-F678F1CE", "VPCs per Region", 5),
    "internet_gateways": Quota("vpc", "L-A4707A72", "Internet gateways per Region", 5),
    "interface_endpoints": Quota("vpc", "L-29B6F2EB", "Interface VPC endpoints per VPC", 50),
    "subnets": Quota("vpc", "L-407747CB", "Subnets per VPC", 200),
    "security_groups": Quota("vpc", "L-E79EC296", "VPC security groups per Region", 2500),
    "roles": Quota("iam", "L-FE177D64", "Roles per account", 1000),
    "instance_profiles": Quota("iam", "L-6E65F664", "Instance profiles per account", 1000),
    "trust_policy": Quota("iam", "L-C07B4B0D", "Role trust policy length", 2048, 8192),
    "standard_vcpus": Quota(
        "ec2", "L-1216C47A", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", None
    ),
}

State = Literal["fits", "near", "exceeded", "unknown"]


class Standing(NamedTuple):
    """How much of a quota is used.

    :ivar used: what there is.
    :ivar total: what there would be.
    :ivar limit: the account's quota, or AWS's default; None where neither is known.
    :ivar problem: why the account's own quota is not known; None if it is, or if nobody asked for it.
    :ivar state: ``near`` from 80 percent on; ``unknown`` without a limit, and where more is used than AWS's default:
        the account has a higher one then, which could not be read.
    """

    quota: Quota
    used: int
    total: int
    limit: int | None
    problem: str | None
    state: State

    @property
    def words(self) -> str:
        """What completes "VPC vpc-1 (…)"."""
        told = f"{self.quota}: would be {self.total}, "
        default = f"{self.quota.default} by AWS's default"
        if self.state == "unknown":
            return f"{told}more than {default}, and the account's own quota could not be read: {self.problem}"
        told += f"the quota is {self.limit}"
        if self.problem:
            told = f"{told} by AWS's default, since the account's own could not be read: {self.problem}"
        return f"{told}; {self.fix}"

    @property
    def fix(self) -> str:
        most = self.quota.highest
        if most and self.limit and self.limit >= most:
            return "AWS grants no more" + ("" if self.state == "near" else ", so remove some")
        upto = f", which AWS raises to {most} at most" if most else ""
        return f"ask for more in Service Quotas{upto}" + ("" if self.state == "near" else ", or remove some")


def judge(name: str, reading: Reading | None, used: int, count: int) -> Standing:
    """Compare what there would be with the quota.

    :param name: as in ``QUOTAS``.
    :param reading: the account's own quota; None where nobody asked for it.
    :param used: what there is, of all that would be.
    :param count: what there would be.
    """
    quota, problem = QUOTAS[name], reading["problem"] if reading else None
    own = reading is not None and problem is None
    limit = int(reading["value"]) if reading and own else quota.default
    state: State = "fits"
    if quota.highest and count > quota.highest:
        limit, problem, state = max(limit or 0, quota.highest), None, "exceeded"
    elif limit is None or (not own and used > limit):
        state = "unknown"
        problem = problem or "nobody asked for it"
    elif count > limit:
        state = "exceeded"
    elif count >= NEAR * limit:
        state = "near"
    return Standing(quota, used, count, limit, problem, state)


def may_matter(name: str, used: int, to_come: int) -> bool:
    """Tell whether the account's own quota can matter: it is asked for only where AWS's default comes near."""
    default = QUOTAS[name].default
    return default is None or used + to_come >= NEAR * default


# What counts.


def active_peerings(peerings: Iterable[Peering], vpc_id: str | None) -> set[str]:
    """Return the ids of a VPC's connections that count: those that are active or become so."""
    return {
        item["id"]
        for item in peerings
        if item["status"]["code"] in ("active", "provisioning")
        and vpc_id in (item["requester"]["vpc_id"], item["accepter"]["vpc_id"])
    }


def used_routes(table: RouteTable, lists: Iterable[PrefixList], ipv6: bool, without: Iterable[str] = ()) -> int:
    """Count the routes of a table of one address family; propagated ones do not count.

    A prefix list counts as often as it may have entries.

    :param without: destinations that do not count.
    """
    by_id, left_out = {item["prefix_list_id"]: item for item in lists}, set(without)
    count = 0
    for route in table["routes"]:
        destination = route["destination"]
        if is_propagated(route) or destination in left_out:
            continue
        found = by_id.get(destination)
        family = found["ipv6"] if found else ":" in destination
        if family is ipv6:
            count += _weight(found)
    return count


def used_rules(
    group: SecurityGroup, lists: Iterable[PrefixList], without: Iterable[str | None] = ()
) -> dict[bool, int]:
    """Count a group's inbound rules, {whether of IPv6: count}; one that names a group or a list counts with both."""
    by_id, left_out = {item["prefix_list_id"]: item for item in lists}, set(without)
    count = {False: 0, True: 0}
    for rule in group["rules"]:
        if rule["egress"] or rule["rule_id"] in left_out:
            continue
        weight = _weight(by_id.get(rule["prefix_list_id"] or ""))
        for ipv6, other in ((False, rule["cidr_ipv6"]), (True, rule["cidr_ip"])):
            count[ipv6] += 0 if other else weight
    return count


def own_vpcs(vpcs: Iterable[Vpc], account_id: str) -> int:
    """Count an account's own VPCs; those that others share with it do not count."""
    return sum(vpc["owner_id"] in (None, account_id) for vpc in vpcs)


def interface_endpoints(endpoints: Iterable[VpcEndpoint]) -> int:
    """Count the endpoints that have network interfaces; gateway endpoints have none, and a quota of their own."""
    return sum(bool(item["subnet_ids"]) for item in endpoints)


def _weight(found: PrefixList | None) -> int:
    return (found["max_entries"] if found else None) or 1
