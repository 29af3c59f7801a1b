# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules that write a VPC and what is in it, on account B in memory; see ``fake_modules.py``."""

from __future__ import annotations

from typing import Any

from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.fake_iam_modules import FakeIamModules
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.fake_modules import (
    FakeModules,
    Record,
    is_over,
    of_id,
)

IN_VPC = (
    "subnets",
    "route_tables",
    "effective_route_tables",
    "security_groups",
    "internet_gateways",
    "vpc_endpoints",
    "instances",
)
Tags = dict[str, str]


class FakeVpcModules(FakeIamModules, FakeModules):
    """All modules with account B's connection."""

    def ec2_vpc_net_present(
        self,
        *,
        name: str,
        cidr_block: str,
        dns_support: bool,
        dns_hostnames: bool,
        tags: Tags,
        purge_tags: bool,
        multi_ok: bool,
        vpc_id: str | None = None,
        ipv6_cidr: bool = False,
    ) -> None:
        assert tags["Name"] == name and purge_tags is False and multi_ok is (vpc_id is None)
        vpc = of_id(self.own["vpcs"], "vpc_id", vpc_id) if vpc_id else self._new_vpc(cidr_block)
        assert cidr_block in vpc["cidr_blocks"]
        vpc.update(dns_support=dns_support, dns_hostnames=dns_hostnames, tags={**vpc["tags"], **tags})
        if ipv6_cidr and not vpc["ipv6_cidr_blocks"]:
            vpc["ipv6_cidr_blocks"] = ["2001:db8:b::/56"]

    def _new_vpc(self, block: str) -> Record:
        vpc = build.vpc(self.world.new_id("vpc"), block)
        self.own["vpcs"].append(vpc)
        self.world.inside[vpc["vpc_id"]] = {
            **{key: [] for key in IN_VPC},
            "route_tables": [build.table(self.world.new_id("rtb"), build.route(block, "local"), main=True)],
            "security_groups": [build.group(self.world.new_id("sg"), name="default")],
        }
        return vpc

    def ec2_vpc_net_absent(self, *, vpc_id: str) -> None:
        here = self.world.inside.pop(vpc_id)
        left = [key for key in ("subnets", "instances", "internet_gateways", "vpc_endpoints") if here[key]]
        assert left == [], "EC2 refuses to delete a VPC that holds anything"
        self.own["vpcs"].remove(of_id(self.own["vpcs"], "vpc_id", vpc_id))

    def ec2_vpc_subnet_present(
        self,
        *,
        vpc_id: str,
        cidr: str,
        az: str,
        assign_instances_ipv6: bool,
        map_public: bool,
        tags: Tags,
        purge_tags: bool,
        ipv6_cidr: str | None = None,
    ) -> None:
        assert purge_tags is False and assign_instances_ipv6 is (ipv6_cidr is not None)
        subnets = self.world.inside[vpc_id]["subnets"]
        found = [item for item in subnets if item["cidr_block"] == cidr]
        if not found:
            found = [build.subnet(self.world.new_id("subnet"), cidr, az)]
            subnets += found
        found[0].update(map_public_ip=map_public, tags={**found[0]["tags"], **tags})
        if ipv6_cidr:
            found[0]["ipv6_cidr_blocks"] = [ipv6_cidr]

    def ec2_vpc_subnet_absent(self, *, vpc_id: str, cidr: str) -> None:
        here = self.world.inside[vpc_id]
        subnet = of_id(here["subnets"], "cidr_block", cidr)
        assert all(item["subnet_id"] != subnet["subnet_id"] for item in here["instances"])
        here["subnets"].remove(subnet)

    def ec2_vpc_igw_present(
        self, *, vpc_id: str, tags: Tags, purge_tags: bool, internet_gateway_id: str | None = None
    ) -> None:
        assert purge_tags is False
        gateways = self.world.inside[vpc_id]["internet_gateways"]
        if internet_gateway_id is None:
            assert gateways == [], "a VPC takes one internet gateway"
            internet_gateway_id = self.world.new_id("igw")
            gateways.append({"internet_gateway_id": internet_gateway_id, "tags": {}})
        gateway = of_id(gateways, "internet_gateway_id", internet_gateway_id)
        gateway.update(attached=True, tags={**gateway["tags"], **tags})

    def ec2_vpc_igw_absent(self, *, internet_gateway_id: str) -> None:
        self._remove("internet_gateways", "internet_gateway_id", internet_gateway_id)

    def ec2_security_group_present(
        self,
        *,
        name: str,
        description: str,
        vpc_id: str,
        tags: Tags,
        purge_tags: bool,
        purge_rules: bool,
        purge_rules_egress: bool,
        group_id: str | None = None,
    ) -> None:
        assert (purge_tags, purge_rules, purge_rules_egress) == (False, False, False) and description
        groups = self.world.inside[vpc_id]["security_groups"]
        if group_id is None:
            assert all(item["group_name"] != name for item in groups)
            group_id = self.world.new_id("sg")
            groups.append(build.group(group_id, name=name))
        group = of_id(groups, "group_id", group_id)
        assert group["group_name"] == name
        group["tags"] = {**group["tags"], **tags}

    def ec2_security_group_absent(self, *, group_id: str) -> None:
        users = [item for item in self._everywhere("instances") if group_id in item["security_group_ids"]]
        assert users == [], "EC2 refuses to delete a group that is in use"
        self._remove("security_groups", "group_id", group_id)

    def ec2_vpc_endpoint_present(
        self,
        *,
        vpc_id: str,
        vpc_endpoint_type: str,
        service: str,
        vpc_endpoint_subnets: list[str],
        vpc_endpoint_security_groups: list[str],
        tags: Tags,
        wait: bool,
        wait_timeout: int,
    ) -> None:
        here = self.world.inside[vpc_id]
        assert (vpc_endpoint_type, wait) == ("Interface", True) and wait_timeout >= 320
        vpc = of_id(self.own["vpcs"], "vpc_id", vpc_id)
        assert vpc["dns_support"] and vpc["dns_hostnames"], "private names need both attributes"
        (offered,) = [item for item in self.own["endpoint_services"] if item["service_name"] == service]
        names = [item["service_name"] for item in here["vpc_endpoints"]]
        assert service not in names, "the module takes one that is there for the right one, whatever its state"
        for subnet_id in vpc_endpoint_subnets:
            zone = of_id(here["subnets"], "subnet_id", subnet_id)["availability_zone"]
            assert zone in offered["availability_zones"], "the service is not in this zone"
        for group_id in vpc_endpoint_security_groups:
            of_id(here["security_groups"], "group_id", group_id)
        made = {"vpc_endpoint_id": self.world.new_id("vpce"), "service_name": service, "tags": tags}
        here["vpc_endpoints"].append(build.endpoint("", **made))

    def ec2_vpc_endpoint_absent(self, *, vpc_endpoint_id: str, wait: bool) -> None:
        assert wait is True
        self._remove("vpc_endpoints", "vpc_endpoint_id", vpc_endpoint_id)

    def ec2_vpc_peering_present(
        self,
        *,
        vpc_id: str,
        peer_vpc_id: str,
        peer_owner_id: str,
        peer_region: str,
        tags: dict[str, str],
        purge_tags: bool,
    ) -> Record:
        vpc = of_id(self.own["vpcs"], "vpc_id", vpc_id)
        assert peer_owner_id == build.A and purge_tags is False
        for found in self.world.peerings:
            if not is_over(found) and {found["requester"]["vpc_id"], found["accepter"]["vpc_id"]} == {
                vpc_id,
                peer_vpc_id,
            }:
                assert not self.world.weather.calm, "a second request beside an open one"
                return {"peering_id": found["id"]}
        ends: dict[str, Any] = {
            "requester": build.end(self.account, vpc_id, *vpc["cidr_blocks"]),
            "accepter": build.end(
                peer_owner_id, peer_vpc_id, *self.world.cluster_blocks(peer_vpc_id), region=peer_region
            ),
        }
        made = build.peering(self.world.new_id("pcx"), "initiating-request", **ends)
        made["tags"] = {self.account: tags}
        self.world.peerings.append(made)
        return {"peering_id": made["id"]}

    def ec2_instance_present(self, *, instance_ids: list[str], **args: Any) -> None:
        (instance_id,) = instance_ids
        self._correct(of_id(self._everywhere("instances"), "instance_id", instance_id), **args)

    def ec2_instance_running(
        self,
        *,
        name: str,
        filters: Record,
        image_id: str,
        instance_type: str,
        metadata_options: Record,
        vpc_subnet_id: str,
        wait: bool,
        iam_instance_profile: str,
        key_name: str | None = None,
        **args: Any,
    ) -> None:
        assert args["tags"]["Name"] == name and wait is True and image_id and instance_type
        assert key_name != "" and metadata_options == {"http_tokens": "required"}
        tags = {key.removeprefix("tag:"): value for key, value in filters.items() if key.startswith("tag:")}
        assert tags.items() < args["tags"].items()
        assert filters.keys() - {f"tag:{key}" for key in tags} == {"instance-state-name"}
        assert [item for item in self._everywhere("instances") if tags.items() <= item["tags"].items()] == []
        made = {"instance_id": self.world.new_id("i"), "state": "running", "subnet_id": vpc_subnet_id, "tags": {}}
        made |= {"instance_type": instance_type, "image_id": "ami-1", "key_name": key_name}
        if self.world.fate:
            self.world.ended.append({"instance_id": made["instance_id"], **self.world.fate})
            return
        self._correct(made, vpc_subnet_id=vpc_subnet_id, **args)
        self.ec2_instance_profile_association_present(
            instance_id="", instance_profile_name=iam_instance_profile, wait_timeout=0, instance=made
        )
        (here,) = [
            here
            for here in self.world.inside.values()
            if vpc_subnet_id in [subnet["subnet_id"] for subnet in here["subnets"]]
        ]
        here["instances"].append(made)

    def _correct(
        self,
        instance: Record,
        *,
        vpc_subnet_id: str,
        security_groups: list[str],
        tags: Tags,
        purge_tags: bool,
    ) -> None:
        assert purge_tags is False and instance["subnet_id"] == vpc_subnet_id
        instance["security_group_ids"] = security_groups
        instance["tags"] = {**instance["tags"], **tags}

    def ec2_instance_profile_association_present(
        self, *, instance_id: str, instance_profile_name: str, wait_timeout: int, instance: Record | None = None
    ) -> None:
        profile = self.own["profiles"][instance_profile_name]
        assert wait_timeout >= 0
        instance = instance or of_id(self._everywhere("instances"), "instance_id", instance_id)
        instance.update(instance_profile_arn=profile["arn"], instance_profile_id=profile["instance_profile_id"])

    def ec2_instance_absent(self, *, instance_ids: list[str], wait: bool) -> None:
        assert wait is True
        for instance_id in instance_ids:
            self._remove("instances", "instance_id", instance_id)
