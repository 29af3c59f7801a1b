# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is new is not seen for a while: left out of answers, not found by id."""

from __future__ import annotations

import time
from threading import Thread

import pytest
from conftest import Account, Control, Pair, code_of, message_of
from new_things import CASES, Surroundings, an_endpoint, of_vpc

from dax_emulator.ec2 import resources


@pytest.fixture(scope="module")
def prepared(control: Control) -> Surroundings:
    return Surroundings(control)


@pytest.mark.parametrize("kind", CASES)
def test_what_is_new_is_not_seen(prepared: Surroundings, kind: str) -> None:
    account, vpc, subnet = prepared, prepared.vpc_id, prepared.subnet_id
    make, code = CASES[kind]
    made = make(account, vpc, subnet)
    account.unseen()
    assert made.id not in made.listed()
    assert code_of(made.read) == code
    assert code_of(made.write) == code
    account.seen()
    assert made.id in made.listed()
    made.read()
    made.write()


def test_every_kind_has_a_code() -> None:
    for prefix, kind in resources.KINDS.items():
        error = resources.not_found(f"{prefix}-0")
        assert (error.code, f"{prefix}-0" in str(error)) == (kind.code, True)  # type: ignore[attr-defined]


def test_what_is_no_id_is_said_so(account: Account, control: Control) -> None:
    control.settings(replica_seconds=600)
    account.ec2.create_vpc(CidrBlock="10.0.0.0/16")
    for _ in range(2):
        assert code_of(account.ec2.describe_network_interfaces, NetworkInterfaceIds=["none"]) == "InvalidParameterValue"
    wanted = {"InternetGatewayId": "none", "VpcId": "none"}
    assert code_of(account.ec2.attach_internet_gateway, **wanted) == "InvalidParameterValue"


def test_a_route_names_its_target_by_other_codes(prepared: Surroundings) -> None:
    account, vpc = prepared, prepared.vpc_id
    filters = [*of_vpc(vpc), {"Name": "association.main", "Values": ["true"]}]
    table = account.ec2.describe_route_tables(Filters=filters)["RouteTables"][0]["RouteTableId"]
    gateway = account.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    account.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    wanted = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway}
    account.unseen()
    assert code_of(account.ec2.create_route, **wanted) == "InvalidGatewayID.NotFound"
    account.seen()
    account.ec2.create_route(**wanted)


def test_a_route_needs_an_attachment_that_is_seen(prepared: Surroundings) -> None:
    ec2 = prepared.ec2
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    time.sleep(3)  # more than a call takes
    attached = time.monotonic()
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    wanted = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway}
    prepared.control.settings(ec2_visibility_seconds=time.monotonic() - attached + 2)
    message = f"route table {table} and network gateway {gateway} belong to different networks"
    assert message_of(ec2.create_route, **wanted) == message
    prepared.seen()
    ec2.create_route(**wanted)


def test_an_account_s_own_things_were_always_there(account: Account, control: Control) -> None:
    control.settings(ec2_visibility_seconds=600)
    [vpc] = account.ec2.describe_vpcs()["Vpcs"]
    assert vpc["IsDefault"]
    assert account.ec2.describe_security_groups(Filters=of_vpc(vpc["VpcId"]))["SecurityGroups"]
    vpc_id = account.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    assert [one["VpcId"] for one in account.ec2.describe_vpcs()["Vpcs"]] == [vpc["VpcId"]]
    assert code_of(account.ec2.describe_vpcs, VpcIds=[vpc_id]) == "InvalidVpcID.NotFound"


def test_a_new_group_of_another_account_is_not_found(prepared: Surroundings, other: Account) -> None:
    vpc, _ = other.vpc("10.2.0.0/16")
    wanted = {"VpcId": vpc, "PeerVpcId": prepared.vpc_id, "PeerOwnerId": prepared.id}
    answer = other.ec2.create_vpc_peering_connection(**wanted)
    peering = answer["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    prepared.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    pair = {"UserId": other.id, "GroupId": other.group(vpc)}
    rule = {"IpProtocol": "tcp", "FromPort": 8111, "ToPort": 8111, "UserIdGroupPairs": [pair]}
    authorize = prepared.ec2.authorize_security_group_ingress
    prepared.unseen()
    assert code_of(authorize, GroupId=prepared.old_group, IpPermissions=[rule]) == "InvalidGroup.NotFound"
    prepared.seen()
    authorize(GroupId=prepared.old_group, IpPermissions=[rule])


def test_the_accepter_s_view_has_a_setting_of_its_own(pair: Pair, control: Control) -> None:
    peering = pair.request()
    control.settings(ec2_visibility_seconds=600)
    find = {"VpcPeeringConnectionIds": [peering]}
    assert code_of(pair.b.ec2.describe_vpc_peering_connections, **find) == "InvalidVpcPeeringConnectionID.NotFound"
    assert pair.a.ec2.describe_vpc_peering_connections(**find)["VpcPeeringConnections"]


def test_an_endpoint_that_is_too_new_is_told_of_when_it_is_deleted(prepared: Surroundings) -> None:
    account, vpc, subnet = prepared, prepared.vpc_id, prepared.subnet_id
    made = an_endpoint(account, vpc, subnet)
    account.unseen()
    [failed] = account.ec2.delete_vpc_endpoints(VpcEndpointIds=[made.id])["Unsuccessful"]
    assert (failed["ResourceId"], failed["Error"]["Code"]) == (made.id, "InvalidVpcEndpoint.NotFound")
    account.seen()
    assert account.ec2.delete_vpc_endpoints(VpcEndpointIds=[made.id])["Unsuccessful"] == []


def test_calls_at_the_same_time_do_not_confuse_the_register(account: Account, control: Control) -> None:
    account.ec2.describe_vpcs()
    control.settings(ec2_visibility_seconds=600, quotas={"vpcs_per_region": 0})
    made: list[str] = []

    def make(number: int) -> None:
        answer = account.client("ec2").create_vpc(CidrBlock=f"10.{number}.0.0/16")
        made.append(answer["Vpc"]["VpcId"])

    threads = [Thread(target=make, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(account.ec2.describe_vpcs()["Vpcs"]) == 1
    for each in made:
        assert code_of(account.ec2.describe_vpcs, VpcIds=[each]) == "InvalidVpcID.NotFound"
