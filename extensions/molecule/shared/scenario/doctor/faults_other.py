# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the cluster, of names and documents, and what is close to its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from ..emulator import patch_cluster
from ..owner import CLUSTER
from .fault import Fault, Happen, run
from .world import ROLE_A, World, show_as_aws

WAITING = "it passes by itself, or a person does something else"


# The cluster.


def _patch(world: World, **fields: Any) -> None:
    patch_cluster(world.a.id, world.a.region, CLUSTER, fields)


@contextmanager
def another_name(world: World) -> Iterator[None]:
    world.variables_a["dax_account_a_cluster_name"] = "stock"
    yield
    del world.variables_a["dax_account_a_cluster_name"]


def status(found: str) -> Happen:
    @contextmanager
    def happen(world: World) -> Iterator[None]:
        _patch(world, status=found)
        yield
        _patch(world, status="available")

    return happen


@contextmanager
def no_endpoint(world: World) -> Iterator[None]:
    _patch(world, endpoint={"address": "", "port": 8111, "url": ""})
    yield
    show_as_aws(world.owner)


def _nodes(world: World, **first: str) -> list[dict[str, Any]]:
    """Return the nodes as the emulator keeps them, the first one with other fields."""
    (cluster,) = world.a.dax.describe_clusters(ClusterNames=[CLUSTER])["Clusters"]
    found = [
        {
            "node_id": node["NodeId"],
            "availability_zone": node["AvailabilityZone"],
            "endpoint": {"address": node["Endpoint"]["Address"], "port": node["Endpoint"]["Port"]},
        }
        for node in cluster["Nodes"]
    ]
    return [{**found[0], **first}, *found[1:]]


@contextmanager
def node_restarts(world: World) -> Iterator[None]:
    _patch(world, nodes=_nodes(world, status="rebooting"))
    yield
    show_as_aws(world.owner)


@contextmanager
def parameters_wait(world: World) -> Iterator[None]:
    _patch(world, nodes_to_reboot=[f"{CLUSTER}-a"])
    yield
    show_as_aws(world.owner)


# Names and documents.


@contextmanager
def no_name_servers(world: World) -> Iterator[None]:
    world.b.ec2.modify_vpc_attribute(VpcId=world.pair.vpc, EnableDnsSupport={"Value": False})
    yield
    world.b.ec2.modify_vpc_attribute(VpcId=world.pair.vpc, EnableDnsSupport={"Value": True})


@contextmanager
def private_zone(world: World) -> Iterator[None]:
    """Let a private zone of Amazon's own name hold for the VPC, and for another one, which keeps it afterwards."""
    route53, region = world.b.route53, world.b.region
    other = world.b.ec2.create_vpc(CidrBlock="10.78.0.0/16")["Vpc"]["VpcId"]
    made = route53.create_hosted_zone(
        Name=f"{region}.amazonaws.com",
        CallerReference=other,
        HostedZoneConfig={"Comment": "", "PrivateZone": True},
        VPC={"VPCRegion": region, "VPCId": other},
    )["HostedZone"]["Id"]
    here = {"HostedZoneId": made, "VPC": {"VPCRegion": region, "VPCId": world.pair.vpc}}
    route53.associate_vpc_with_hosted_zone(**here)
    yield
    with suppress(ClientError):
        route53.disassociate_vpc_from_hosted_zone(**here)
    route53.delete_hosted_zone(Id=made)
    world.b.ec2.delete_vpc(VpcId=other)


@contextmanager
def old_document(world: World) -> Iterator[None]:
    """Let account B have the document of the cluster that had its name before, encrypted as this one is not."""
    address = "orders.old123.dax-clusters.us-east-1.amazonaws.com"
    endpoint = {"address": address, "port": 9111, "url": f"daxs://{address}"}
    world.client["saved"] = {**world.pair.cluster, "encryption_type": "TLS", "endpoint": endpoint}
    yield
    del world.client["saved"]


# What is close to its end.


@contextmanager
def many_rules(world: World) -> Iterator[None]:
    blocks = {"IpRanges": [{"CidrIp": f"10.90.{number}.0/24"} for number in range(50)]}
    permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, **blocks}
    world.a.ec2.authorize_security_group_ingress(GroupId=world.owner.group_id, IpPermissions=[permission])
    yield
    world.a.ec2.revoke_security_group_ingress(GroupId=world.owner.group_id, IpPermissions=[permission])


@contextmanager
def many_tags(world: World) -> Iterator[None]:
    keys = [f"team-{number}" for number in range(42)]
    world.a.iam.tag_role(RoleName=ROLE_A, Tags=[{"Key": key, "Value": "x"} for key in keys])
    yield
    world.a.iam.untag_role(RoleName=ROLE_A, TagKeys=keys)


@contextmanager
def maintenance_soon(world: World) -> Iterator[None]:
    dax, name = world.a.dax, "PreferredMaintenanceWindow"
    before = dax.describe_clusters(ClusterNames=[CLUSTER])["Clusters"][0][name]
    soon = datetime.now(UTC) + timedelta(hours=12)
    day, later = (moment.strftime("%a:%H:00").lower() for moment in (soon, soon + timedelta(hours=1)))
    _patch(world, maintenance_window=f"{day}-{later}")
    yield
    _patch(world, maintenance_window=before)
    show_as_aws(world.owner)


FAULTS: dict[str, Fault] = {
    "another cluster's name": Fault(
        "cluster.exists", another_name, fix="variable", heals="none", why="it is the owner's variable", says="none in"
    ),
    "creating": Fault("cluster.status", status("creating"), heals="none", why=WAITING),
    "deleting": Fault("cluster.status", status("deleting"), fix="manual", heals="none", why=WAITING),
    "no endpoint": Fault("cluster.endpoint", no_endpoint, heals="none", why=WAITING),
    "node restarts": Fault("cluster.nodes", node_restarts, says="rebooting"),
    "parameters wait": Fault("cluster.parameter_group", parameters_wait, verdict="warning"),
    "no name servers": run("dns.support", no_name_servers),
    "private zone": Fault("dns.shadow", private_zone, says="us-east-1.amazonaws.com."),
    "old document": Fault("tls.document", old_document, fix="run", heals="none", why="the lead of B takes the new one"),
    "many rules": Fault(
        "limits.rules", many_rules, fix="manual", heals="none", why="AWS raises a quota", verdict="warning"
    ),
    "many tags": Fault(
        "limits.tags", many_tags, fix="manual", heals="none", why="AWS raises no such limit", verdict="warning"
    ),
    "maintenance soon": Fault("limits.maintenance", maintenance_soon, verdict="warning"),
}
