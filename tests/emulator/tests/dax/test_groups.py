# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Subnet groups and parameter groups of DAX."""

from __future__ import annotations

from conftest import Account, code_of
from test_dax import cluster, network, shown

__all__ = ["network"]


def test_subnet_groups(account: Account, network: tuple[str, list[str]]) -> None:
    vpc, subnets = network
    dax = account.dax
    dax.create_subnet_group(SubnetGroupName="Group", SubnetIds=subnets[:1], Description="one")
    [found] = dax.describe_subnet_groups(SubnetGroupNames=["group"])["SubnetGroups"]
    assert (found["SubnetGroupName"], found["VpcId"], found["Description"]) == ("group", vpc, "one")
    assert [(one["SubnetIdentifier"], one["SubnetAvailabilityZone"]) for one in found["Subnets"]] == [
        (subnets[0], "us-east-1a")
    ]
    create = {"SubnetGroupName": "group", "SubnetIds": subnets}
    assert code_of(dax.create_subnet_group, **create) == "SubnetGroupAlreadyExistsFault"
    _, [elsewhere] = account.vpc("10.9.0.0/16", 1)
    for wrong in (["subnet-00000000000000000"], [*subnets, elsewhere]):
        assert code_of(dax.create_subnet_group, SubnetGroupName="bad", SubnetIds=wrong) == "InvalidSubnet"
    dax.update_subnet_group(SubnetGroupName="group", SubnetIds=subnets, Description="two")
    cluster(account, None, SubnetGroupName="group", ReplicationFactor=2)
    shrink = {"SubnetGroupName": "group", "SubnetIds": subnets[:1]}
    assert code_of(dax.update_subnet_group, **shrink) == "SubnetInUse"
    assert code_of(account.ec2.delete_subnet, SubnetId=subnets[0]) == "DependencyViolation"
    assert code_of(dax.delete_subnet_group, SubnetGroupName="group") == "SubnetGroupInUseFault"
    dax.delete_cluster(ClusterName="orders")
    dax.delete_subnet_group(SubnetGroupName="group")
    assert code_of(dax.delete_subnet_group, SubnetGroupName="group") == "SubnetGroupNotFoundFault"
    names = [group["SubnetGroupName"] for group in dax.describe_subnet_groups()["SubnetGroups"]]
    assert names == ["default"]


def test_pages(account: Account, network: tuple[str, list[str]]) -> None:
    for number in range(21):
        account.dax.create_subnet_group(SubnetGroupName=f"group-{number}", SubnetIds=network[1])
    first = account.dax.describe_subnet_groups(MaxResults=20)
    assert len(first["SubnetGroups"]) == 20
    second = account.dax.describe_subnet_groups(MaxResults=20, NextToken=first["NextToken"])
    assert len(second["SubnetGroups"]) == 2  # the default group is the 22nd
    assert "NextToken" not in second
    for wrong in ({"MaxResults": 5}, {"NextToken": "?"}):
        assert code_of(account.dax.describe_clusters, **wrong) == "InvalidParameterValueException"


def test_parameter_groups(account: Account, network: tuple[str, list[str]]) -> None:
    dax = account.dax
    dax.create_parameter_group(ParameterGroupName="ttl", Description="short")
    change = [{"ParameterName": "record-ttl-millis", "ParameterValue": "1000"}]
    cluster(account, network[1], ParameterGroupName="ttl")
    dax.update_parameter_group(ParameterGroupName="ttl", ParameterNameValues=change)
    found = {one["ParameterName"]: one for one in dax.describe_parameters(ParameterGroupName="ttl")["Parameters"]}
    assert found["record-ttl-millis"]["ParameterValue"] == "1000"
    assert shown(account)["ParameterGroup"]["ParameterApplyStatus"] == "pending-reboot"
    dax.reboot_node(ClusterName="orders", NodeId="orders-a")
    assert shown(account)["ParameterGroup"]["ParameterApplyStatus"] == "in-sync"
    assert code_of(dax.delete_parameter_group, ParameterGroupName="ttl") == "InvalidParameterGroupStateFault"
    dax.delete_cluster(ClusterName="orders")
    dax.delete_parameter_group(ParameterGroupName="ttl")
    names = [group["ParameterGroupName"] for group in dax.describe_parameter_groups()["ParameterGroups"]]
    assert names == ["default.dax1.0"]
    assert len(dax.describe_default_parameters()["Parameters"]) == 2
