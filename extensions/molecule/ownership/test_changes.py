# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an earlier run made is found by its marks, whatever its name is now and wherever the cluster is now."""

from __future__ import annotations

import json
from typing import Any

from scenario.accounts import Account, new_account
from scenario.network import missing
from scenario.owner import Owner, make_owner, move_cluster
from scenario.playbook import SITE, TEARDOWN, Run, converge
from scenario.snapshot import differences, snapshot

MARK = "dax.cross_account:"
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "ConditionCheckItem")
ROLES = {"role_a": "DaxCrossAccountRole", "role_b": "AssumeDaxRole"}
NO_INSTANCE = {"dax_account_b_instance": False}
RENAMED = {
    **NO_INSTANCE,
    "dax_account_a_role_name": "OrdersRole",
    "dax_account_a_policy_name": "OrdersPolicy",
    "dax_account_a_access": "read_only",
    "dax_account_b_role_name": "PaymentsRole",
    "dax_account_b_policy_name": "PaymentsPolicy",
    "dax_account_b_instance_profile_name": "PaymentsProfile",
}


def both(a: Account, b: Account) -> dict[str, Any]:
    return {"A": snapshot(a), "B": snapshot(b)}


def our_vpc(b: Account) -> str:
    (found,) = [key for key, vpc in snapshot(b)["vpcs"].items() if f"{MARK}cluster" in vpc["tags"]]
    return str(found)


def converged(a: Account, b: Account, variables: dict[str, Any]) -> Run:
    run = converge(SITE, a, b, variables=variables)
    assert (run.changed, run.write_attempts()) == (0, [])
    return run


def take_off_tags(account: Account, but: str) -> None:
    """Take our tags off everything of EC2 but one type, which the rest is linked to, as somebody would by hand."""
    for page in account.ec2.get_paginator("describe_tags").paginate():
        for tag in page["Tags"]:
            if tag["Key"].startswith(MARK) and tag["ResourceType"] != but:
                account.ec2.delete_tags(Resources=[tag["ResourceId"]], Tags=[{"Key": tag["Key"]}])


def test_tags_are_corrected_and_what_is_renamed_leaves_nothing_of_its_old_name() -> None:
    a, b = new_account(), new_account()
    owner = make_owner(a)
    before = both(a, b)
    converge(SITE, a, b, variables=NO_INSTANCE)
    made = both(a, b)
    # The rule knows the connection, the VPC has the rest in it.
    take_off_tags(a, but="security-group-rule")
    take_off_tags(b, but="vpc")
    corrected = converge(SITE, a, b, variables=NO_INSTANCE)
    assert set(corrected.writes()) == {"CreateTags"}
    assert differences(made, both(a, b)) == []
    narrowed = {**NO_INSTANCE, "dax_account_a_policy_name": "Reading", "dax_account_a_access": "read_only"}
    converge(SITE, a, b, variables=narrowed)
    inline = snapshot(a)["roles"][ROLES["role_a"]]["inline"]
    assert inline.keys() == {"Reading"}
    assert not any(f"dax:{action}" in json.dumps(inline) for action in WRITES)
    converge(SITE, a, b, variables=RENAMED)
    assert missing(owner, b, our_vpc(b), "OrdersRole", "PaymentsRole") == []
    now = both(a, b)
    for side in ("A", "B"):
        ours = {name for name in now[side]["roles"] if name not in before[side]["roles"]}
        assert ours == {"A": {"OrdersRole"}, "B": {"PaymentsRole"}}[side]
    assert now["B"]["instance_profiles"].keys() == {"PaymentsProfile"}
    role_a, role_b = now["A"]["roles"]["OrdersRole"], now["B"]["roles"]["PaymentsRole"]
    assert (role_a["inline"].keys(), role_b["inline"].keys()) == ({"OrdersPolicy"}, {"PaymentsPolicy"})
    assert not any(f"dax:{action}" in json.dumps(role_a["inline"]) for action in WRITES)
    converged(a, b, RENAMED)
    # By the first names: what has another name now is removed all the same.
    converge(TEARDOWN, a, b, variables=NO_INSTANCE)
    assert differences(before, both(a, b)) == []


def test_a_cluster_made_anew_in_another_vpc_takes_everything_with_it() -> None:
    """First to a VPC with another block, then to one with the block of the first one."""
    a, b = new_account(), new_account()
    owner = make_owner(a)
    before_b = snapshot(b)
    left_behind: list[tuple[Owner, dict[str, Any]]] = []
    converge(SITE, a, b, variables=NO_INSTANCE)
    for block in ("10.9.0.0/16", "10.0.0.0/16"):
        moved = move_cluster(owner, block)
        unused = parts_of(a, moved)
        left_behind.append((owner, {"routes": {}, "rules": []}))
        converge(SITE, a, b, variables=NO_INSTANCE)
        for old, parts in left_behind:
            assert parts_of(a, old) == parts
        owner = moved
        assert missing(owner, b, our_vpc(b), **ROLES) == []
        for account in (a, b):
            assert len(snapshot(account)["peerings"]) == 1
        tables = snapshot(b)["route_tables"].values()
        leading = {key: str(route["target"]) for table in tables for key, route in table["routes"].items()}
        assert [key for key, target in leading.items() if target.startswith("pcx-")] == [block]
    converged(a, b, NO_INSTANCE)
    converge(TEARDOWN, a, b, variables=NO_INSTANCE)
    assert differences(before_b, snapshot(b)) == []
    assert parts_of(a, owner) == unused
    after = snapshot(a)
    assert after["peerings"] == {}
    assert ROLES["role_a"] not in after["roles"]


def parts_of(a: Account, owner: Owner) -> dict[str, Any]:
    """Return what is not AWS's own of the routes and rules of one of the owner's VPCs."""
    found = snapshot(a)
    routes = {
        f"{block} in {table}": route
        for table in owner.tables
        for block, route in found["route_tables"][table]["routes"].items()
        if route["target"] != "local"
    }
    return {"routes": routes, "rules": [key for key in found["rules"] if key.startswith(f"{owner.group_id} in ")]}


def test_copied_tags_are_not_ownership() -> None:
    """An instance launched "like this one" and a VPC with the same tags are somebody's own."""
    a, b = new_account(), new_account()
    make_owner(a)
    before = both(a, b)
    converge(SITE, a, b)
    ec2 = b.ec2
    (key,) = snapshot(b)["instances"]
    (reservation,) = ec2.describe_instances(InstanceIds=[key])["Reservations"]
    (like,) = reservation["Instances"]
    subnet = ec2.create_subnet(VpcId=(copied := copy_vpc(b)), CidrBlock="10.88.1.0/24")["Subnet"]["SubnetId"]
    launched = ec2.run_instances(
        ImageId=like["ImageId"],
        InstanceType=like["InstanceType"],
        SubnetId=subnet,
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[{"ResourceType": "instance", "Tags": like["Tags"]}],
    )["Instances"][0]["InstanceId"]
    with_copies = both(a, b)
    run = converged(a, b, {})
    lines = "\n".join(line for plan in run.plans for line in plan["lines"])
    for copy in (copied, launched):
        assert copy in lines, lines
    assert differences(with_copies, both(a, b)) == []
    converge(TEARDOWN, a, b)
    after = both(a, b)
    assert after["B"]["vpcs"][copied] == with_copies["B"]["vpcs"][copied]
    assert after["B"]["instances"][launched] == with_copies["B"]["instances"][launched]
    ec2.terminate_instances(InstanceIds=[launched])
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=copied)
    assert differences(before, both(a, b)) == []


def copy_vpc(b: Account) -> str:
    """Make a VPC with all tags of ours."""
    (ours,) = b.ec2.describe_vpcs(VpcIds=[our_vpc(b)])["Vpcs"]
    tags = [{"ResourceType": "vpc", "Tags": ours["Tags"]}]
    return str(b.ec2.create_vpc(CidrBlock="10.88.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"])
