# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a first run makes, each of it once."""

from __future__ import annotations

from collections import Counter

from .accounts import Account
from .owner import Owner
from .snapshot import snapshot

ROLE_A = "DaxCrossAccountRole"
MARK = "dax.cross_account:cluster"


def assert_one_of_each(owner: Owner, a: Account, b: Account, gateways: int = 1) -> None:
    """Compare with what a run makes with the default variables, apart from the number of internet gateways."""
    found_a, found_b = snapshot(a), snapshot(b)
    ours = [key for key, vpc in found_b["vpcs"].items() if MARK in vpc["tags"]]
    counts = {
        "roles": len(found_b["roles"]),
        "instance profiles": len(found_b["instance_profiles"]),
        "VPCs": len(ours),
        "subnets": len([subnet for subnet in found_b["subnets"].values() if subnet["vpc"] in ours]),
        "groups": len([group for group in found_b["security_groups"].values() if MARK in group["tags"]]),
        "gateways": len(found_b["internet_gateways"]),
        "peerings": len(found_b["peerings"]),
        "peerings of A": len(found_a["peerings"]),
        "instances": len(found_b["instances"]),
        "roles of A": len([name for name in found_a["roles"] if name == ROLE_A]),
    }
    assert counts == {**dict.fromkeys(counts, 1), "gateways": gateways}
    rules = a.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [owner.group_id]}])
    assert len([rule for rule in rules["SecurityGroupRules"] if not rule["IsEgress"]]) == 1
    peering = next(iter(found_a["peerings"]))
    tables = a.ec2.describe_route_tables(RouteTableIds=owner.tables)["RouteTables"]
    tables += b.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": ours}])["RouteTables"]
    leading = Counter(
        table["RouteTableId"]
        for table in tables
        for route in table["Routes"]
        if route.get("VpcPeeringConnectionId") == peering
    )
    assert leading == {table["RouteTableId"]: 1 for table in tables}
