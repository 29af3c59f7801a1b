# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""teardown.yml removes exactly what site.yml made, from whatever state it finds, and nothing of anybody else."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from scenario.accounts import Account, new_account
from scenario.emulator import realistic, refusing_writes
from scenario.owner import Owner, make_owner, trust
from scenario.playbook import SITE, TEARDOWN, converge, run_playbook
from scenario.snapshot import differences, snapshot


def add_things_of_others(account: Account, vpc_id: str, table: str, group: str) -> None:
    """Make by hand what a teardown must not touch: a route, two rules, a role, a profile, a VPC with a peering."""
    ec2, iam = account.ec2, account.iam
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc_id)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    other = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    peering = ec2.create_vpc_peering_connection(VpcId=other, PeerVpcId=vpc_id)["VpcPeeringConnection"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering["VpcPeeringConnectionId"])
    ec2.create_route(
        RouteTableId=table,
        DestinationCidrBlock="10.99.0.0/16",
        VpcPeeringConnectionId=peering["VpcPeeringConnectionId"],
    )
    ranges = [{"CidrIp": "10.99.0.0/16", "Description": "by hand"}]
    rules = [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": ranges} for port in (8111, 443)]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rules)
    iam.create_role(RoleName="ByHand", AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))
    iam.put_role_policy(RoleName="ByHand", PolicyName="ByHand", PolicyDocument=trust_nobody())
    iam.create_instance_profile(InstanceProfileName="ByHand")
    iam.add_role_to_instance_profile(InstanceProfileName="ByHand", RoleName="ByHand")


def trust_nobody() -> str:
    statement = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_it_removes_exactly_what_site_made() -> None:
    a, b = new_account(), new_account()
    owner = make_owner(a)
    add_things_of_others(a, owner.vpc_id, owner.custom_tables[0], owner.group_id)
    consumers = make_owner(b, "10.98.0.0/16")
    add_things_of_others(b, consumers.vpc_id, consumers.main_table, consumers.group_id)
    before = {"A": snapshot(a), "B": snapshot(b)}
    with realistic():
        converge(SITE, a, b)
    assert len(differences(before, {"A": snapshot(a), "B": snapshot(b)})) > 15
    with realistic():
        first = converge(TEARDOWN, a, b)
    assert first.changed > 0
    left = differences(before, {"A": snapshot(a), "B": snapshot(b)})
    assert not left, "\n".join(left)
    second = converge(TEARDOWN, a, b)
    assert second.changed == 0
    assert second.write_attempts() == []


# How many writes of account B's side get through before it is stopped, and what that leaves.
STOPPED = {"profile_without_role": 3, "detached_gateway": 9, "request": 13, "instance": 15}


@pytest.fixture(scope="module")
def owner() -> Owner:
    return make_owner(new_account())


def consumers_inventory(owner: Owner, consumers: dict[str, Account], folder: Path) -> Path:
    """Return an inventory with a host for each consumer, each with a block of its own."""
    common = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    a = {"dax_account_a_cluster_name": "orders", "dax_account_a_connection": owner.account.connection()}
    hosts = {
        name: {
            "dax_account_b_connection": account.connection(),
            "dax_account_b_vpc_cidr": f"10.20.{number}.0/24",
            **common,
        }
        for number, (name, account) in enumerate(consumers.items())
    }
    groups: dict[str, Any] = {
        "dax_account_a": {"hosts": {"account_a": {**a, **common}}},
        "dax_account_b": {"hosts": hosts},
    }
    path = folder / "inventory.json"
    path.write_text(json.dumps(groups))
    return path


def test_it_completes_from_half_built_states(owner: Owner, tmp_path: Path) -> None:
    consumers = {name: new_account() for name in [*STOPPED, "whole"]}
    accounts = {**consumers, "A": owner.account}
    inventory = consumers_inventory(owner, consumers, tmp_path)
    before = {name: snapshot(account) for name, account in accounts.items()}
    with ExitStack() as stack:
        for name, writes in STOPPED.items():
            stack.enter_context(refusing_writes(consumers[name].id, after=writes))
        # Account A is stopped when it has accepted the connection of the consumer that is whole.
        stack.enter_context(refusing_writes(owner.account.id, after=3))
        site = run_playbook(SITE, owner.account, owner.account, inventory=inventory)
    assert site.rc != 0
    assert len(site.writes(owner.account)) == 3
    for name, writes in STOPPED.items():
        assert len(site.writes(consumers[name])) == writes, name
    first = converge(TEARDOWN, owner.account, owner.account, inventory=inventory)
    left = differences(before, {name: snapshot(account) for name, account in accounts.items()})
    assert not left, "\n".join(left)
    assert first.changed > 0
    second = converge(TEARDOWN, owner.account, owner.account, inventory=inventory)
    assert second.changed == 0
    assert second.write_attempts() == []


def test_it_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    a, b = new_account(), new_account()
    make_owner(a)
    before = {"A": snapshot(a), "B": snapshot(b)}
    converge(SITE, a, b)
    for account, writes in ((a, 4), (b, 4)):
        with refusing_writes(account.id, after=writes):
            run = run_playbook(TEARDOWN, a, b)
        assert run.rc != 0
        assert len(run.writes(account)) == writes
    converge(TEARDOWN, a, b)
    left = differences(before, {"A": snapshot(a), "B": snapshot(b)})
    assert not left, "\n".join(left)


def add_guardduty(account: Account, vpc_id: str, subnet_id: str) -> None:
    """Make by hand what GuardDuty's Runtime Monitoring makes in every VPC of an account."""
    tags = [{"Key": "GuardDutyManaged", "Value": "true"}]
    group = account.ec2.create_security_group(
        GroupName=f"GuardDutyManagedSecurityGroup-{vpc_id}",
        Description="Associated with VPC endpoint",
        VpcId=vpc_id,
        TagSpecifications=[{"ResourceType": "security-group", "Tags": tags}],
    )["GroupId"]
    account.ec2.create_vpc_endpoint(
        VpcId=vpc_id,
        VpcEndpointType="Interface",
        ServiceName=f"com.amazonaws.{account.region}.guardduty-data",
        SubnetIds=[subnet_id],
        SecurityGroupIds=[group],
        TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": tags}],
    )


def test_it_sees_what_others_have_in_the_vpc_before_the_first_removal() -> None:
    a, b = new_account(), new_account()
    make_owner(a)
    before = {"A": snapshot(a), "B": snapshot(b)}
    # An instance for arm64 gets an image for arm64.
    converge(SITE, a, b, variables={"dax_account_b_instance_type": "t4g.micro"})
    (reservation,) = b.ec2.describe_instances()["Reservations"]
    (instance,) = reservation["Instances"]
    (image,) = b.ec2.describe_images(ImageIds=[instance["ImageId"]])["Images"]
    assert image["Architecture"] == "arm64"
    vpc_id, subnet_id = instance["VpcId"], instance["SubnetId"]
    add_guardduty(b, vpc_id, subnet_id)
    interface = b.ec2.create_network_interface(SubnetId=subnet_id, Description="RDSNetworkInterface")
    interface_id = interface["NetworkInterface"]["NetworkInterfaceId"]
    refused = run_playbook(TEARDOWN, a, b)
    assert refused.rc != 0
    assert refused.write_attempts() == []
    (failure,) = refused.failures
    assert f"{interface_id} (RDSNetworkInterface" in failure
    assert "guardduty" not in failure.lower()
    b.ec2.delete_network_interface(NetworkInterfaceId=interface_id)
    converge(TEARDOWN, a, b)
    left = differences(before, {"A": snapshot(a), "B": snapshot(b)})
    assert not left, "\n".join(left)
