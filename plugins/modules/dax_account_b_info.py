#!/usr/bin/python
# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: dax_account_b_info
version_added: 1.0.0
short_description: Facts of an account that uses another account's DAX cluster
description:
  - Reads, in one process, everything that decides how clients in this account reach a DAX cluster of another account,
    and writes nothing.
  - That is the client's VPC with its subnets, route tables, network ACLs, security groups, gateways, endpoints and
    instances, the VPC peering connections, and the IAM role with its instance profile.
  - The role P(dax.cross_account.dax_account_b#role) plans on these facts.
author:
  - dax.cross_account contributors (!UNKNOWN)
options:
  name:
    description: The name of the consumer. With O(cluster_arn) it is in the tags of what belongs to it.
    type: str
    required: true
  cluster_arn:
    description: The ARN of the other account's DAX cluster.
    type: str
    required: true
  cluster_vpc_id:
    description: The VPC of the cluster. VPC peering connections to it are read.
    type: str
  vpc_id:
    description: The client's VPC. Without it and O(vpc_tags), the VPC that an earlier run made is looked for.
    type: str
  vpc_tags:
    description: Tags that name the client's VPC, exactly one.
    type: dict
    default: {}
  role_name:
    description: The IAM role of the instance. It need not exist.
    type: str
    default: AssumeDaxRole
  instance_profile_name:
    description: The instance profile. It need not exist.
    type: str
    default: AssumeDaxInstanceProfile
  subnet_count:
    description: How many subnets the VPC has to have. The region's availability zones are read when it has fewer.
    type: int
    default: 1
  security_group_id:
    description: The client's security group, if it is one that exists. Its rules are read.
    type: str
  security_group_name:
    description: The name of the client's security group. Its rules are read, and those of groups with our tags.
    type: str
  endpoint_services:
    description:
      - The services that have to have a VPC endpoint, such as V(sts).
      - What AWS offers for them is read when one of them has none.
    type: list
    elements: str
    default: []
  instance:
    description:
      - Whether there has to be an instance of this consumer.
      - If there is none, what decides on a new one is read.
    type: bool
    default: false
  instance_type:
    description: The type of a new instance.
    type: str
    default: t3.micro
  image_id:
    description: The image of a new instance, as C(ami-…) or C(resolve:ssm:…).
    type: str
  key_name:
    description: The key pair of a new instance.
    type: str
  removal:
    description:
      - Whether the facts are for the removal of all that is the consumer's.
      - Then what would keep AWS from removing it is read, and nothing that is needed to make something new.
    type: bool
    default: false
  to_come:
    description: How many consumers the run may make in this account, which decides on the quotas to read.
    type: int
    default: 1
  wait_timeout:
    description: How many seconds to wait at the most until AWS shows all of what was made seconds ago.
    type: int
    default: 120
seealso:
  - module: dax.cross_account.dax_account_a_info
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - dax.cross_account.attributes
  - dax.cross_account.attributes.actiongroup
  - dax.cross_account.attributes.info_module
"""

EXAMPLES = r"""
- name: Read what decides on the way to the cluster
  dax.cross_account.dax_account_b_info:
    region: us-east-1
    name: payments
    cluster_arn: arn:aws:dax:us-east-1:111111111111:cache/orders
    cluster_vpc_id: vpc-0aaaaaaaaaaaaaaaa
  register: consumer

- name: Show the client's VPC
  ansible.builtin.debug:
    var: consumer.facts.vpc
"""

RETURN = r"""
facts:
  description: The facts. What lies in a VPC is empty when there is no VPC yet.
  returned: success
  type: dict
  contains:
    identity:
      description: Who the credentials are, as C(account_id), C(arn) and C(partition).
      type: dict
      returned: always
      sample: {account_id: "222222222222", arn: "arn:aws:iam::222222222222:user/ops", partition: aws}
    region:
      description: The region that was read.
      type: str
      returned: always
      sample: us-east-1
    availability_zones:
      description: The usable availability zones of the region, read only when there are subnets to be made.
      type: list
      elements: str
      returned: always
      sample: [us-east-1a, us-east-1b]
    local_zones:
      description: The local and Wavelength zones that the account has opted in to, read with C(availability_zones).
      type: list
      elements: str
      returned: always
      sample: [us-east-1-bos-1a]
    launch:
      description:
        - What decides on a new instance, read only when O(instance) is V(true) and there is none; else V(null).
        - C(availability_zones) that have the type, C(architectures) that it runs, the C(image) and the C(key_pairs) of
          the given name, and the consumer's C(ended_instances) of the last hour with AWS's reason.
      type: dict
      returned: always
      sample:
        availability_zones: [us-east-1a]
        architectures: [x86_64]
        image: {image_id: ami-0123456789abcdef0, architecture: x86_64, state: available}
        key_pairs: []
        ended_instances: []
    vpcs:
      description: Every VPC of the account and region, and those that others share with it; C(owner_id) tells whose.
      type: list
      elements: dict
      returned: always
    vpc:
      description: The client's VPC with its DNS attributes; V(null) if there is none yet.
      type: dict
      returned: always
    vpc_found_by:
      description:
        - How it was found, V(id) or V(tags) by what the user gave, V(ours) by its ownership tags, given or not.
        - Without them it is at the end of our peering connection, V(peering) one of ours, V(adopted) one that the user
          gave in an earlier run; or it holds subnets of ours, V(subnets).
        - V(null) if there is none yet.
      type: str
      returned: always
      sample: ours
    elsewhere:
      description:
        - Other VPCs that carry the consumer's tags or mark, or hold what does, or are at the end of its connections.
        - Each has C(vpc), C(vpc_found_by) and what lies in it, under the same names as here for the VPC in use.
      type: list
      elements: dict
      returned: always
      sample: []
    routed_cidr_blocks:
      description: The blocks that any route table of the account leads to, read only when there is no VPC yet.
      type: list
      elements: str
      returned: always
      sample: []
    role:
      description: The IAM role with its trust policy, its policies, settings and tags; or V(null).
      type: dict
      returned: always
    other_roles:
      description: The consumer's roles under other names, and one whose name differs from the wanted one in case only.
      type: list
      elements: dict
      returned: always
      sample: []
    other_instance_profiles:
      description: The consumer's instance profiles under other names, and one whose name differs in case only.
      type: list
      elements: dict
      returned: always
      sample: []
    instance_profile:
      description: The instance profile with its id and the names of its roles; or V(null).
      type: dict
      returned: always
    subnets:
      description: The subnets of the VPC.
      type: list
      elements: dict
      returned: always
    route_tables:
      description: The route tables of the VPC with their routes.
      type: list
      elements: dict
      returned: always
    effective_route_tables:
      description: The route table that each subnet follows, its own or the VPC's main one.
      type: dict
      returned: always
      sample: {subnet-0bbbbbbbbbbbbbbbb: rtb-0bbbbbbbbbbbbbbbb}
    network_acls:
      description: The network ACLs of the VPC, entries in the order of their evaluation.
      type: list
      elements: dict
      returned: always
    security_groups:
      description:
        - The security groups of the VPC.
        - C(rules) are those of the client's group only, and with O(removal) of all groups; else the list is empty.
      type: list
      elements: dict
      returned: always
    internet_gateways:
      description: The internet gateways of the VPC, and the consumer's that are attached to none.
      type: list
      elements: dict
      returned: always
    vpc_endpoints:
      description: The VPC endpoints of the VPC, those that are being deleted with them.
      type: list
      elements: dict
      returned: always
    endpoint_services:
      description:
        - What AWS offers VPC endpoints for, of O(endpoint_services), with full name, zones and private DNS names.
        - V(null) if none lacks an endpoint.
      type: list
      elements: dict
      returned: always
      sample:
        - service_name: com.amazonaws.us-east-1.sts
          availability_zones: [us-east-1a]
          private_dns_names: [sts.us-east-1.amazonaws.com]
    private_zones:
      description: The private hosted zones of a VPC that the user names, read with C(endpoint_services).
      type: list
      elements: dict
      returned: always
      sample: [{name: sts.us-east-1.amazonaws.com., owner: "333333333333"}]
    instances:
      description: The instances in the VPC that are not terminated, with type, image, key pair and profile.
      type: list
      elements: dict
      returned: always
    network_interfaces:
      description:
        - The network interfaces in a VPC of ours, or with our security group in another one.
        - Read only with O(removal).
      type: list
      elements: dict
      returned: always
    other_gateways:
      description: The VPN and egress-only internet gateways of a VPC of ours, read only with O(removal).
      type: list
      elements: str
      returned: always
      sample: []
    peerings:
      description: Every VPC peering connection of the client's VPC and to the cluster's, also in a terminal state.
      type: list
      elements: dict
      returned: always
    prefix_lists:
      description:
        - The managed prefix lists that the route tables and inbound rules name.
        - Each has C(prefix_list_id), C(name), C(owner_id), C(ipv6), C(max_entries), C(blocks) and C(problem), which
          says why it could not be read.
        - Those of AWS have no C(blocks), and neither has one that only rules name.
      type: list
      elements: dict
      returned: always
      sample: []
    hidden_networks:
      description:
        - The default routes of the account behind which there may be any private network, as to a transit gateway.
        - Read only when there is no VPC yet.
      type: list
      elements: str
      returned: always
      sample: [0.0.0.0/0 in rtb-0aaaaaaaaaaaaaaaa to tgw-0aaaaaaaaaaaaaaaa]
    nat_gateways:
      description:
        - The NAT gateways that the default routes of a VPC lead to which the user names, each with C(nat_gateway_id),
          C(state) and C(connectivity).
        - Empty if the credentials may not read them.
      type: list
      elements: dict
      returned: always
      sample: [{nat_gateway_id: nat-0aaaaaaaaaaaaaaaa, state: available, connectivity: public}]
    quotas:
      description:
        - The account's own quotas that can matter, by name.
        - A reading is a dictionary of C(value) and C(problem), one of which is V(null).
        - One is read when what is used and what is to come reach 80 percent of AWS's default.
      type: dict
      returned: always
      sample: {peerings: {value: 125, problem: null}}
    usage:
      description: By the same names, readings of what is counted for a quota and read for nothing else.
      type: dict
      returned: always
      sample: {roles: {value: 42, problem: null}}
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.dax.cross_account.plugins.module_utils.facts.account_b import gather_b
from ansible_collections.dax.cross_account.plugins.module_utils.facts.consumer import ConsumerQuery
from ansible_collections.dax.cross_account.plugins.module_utils.facts.session import run_facts


def main(module_class: Any = AnsibleAWSModule) -> None:
    options = {
        "name": {"type": "str", "required": True},
        "cluster_arn": {"type": "str", "required": True},
        "cluster_vpc_id": {"type": "str"},
        "vpc_id": {"type": "str"},
        "vpc_tags": {"type": "dict", "default": {}},
        "role_name": {"type": "str", "default": "AssumeDaxRole"},
        "instance_profile_name": {"type": "str", "default": "AssumeDaxInstanceProfile"},
        "subnet_count": {"type": "int", "default": 1},
        "security_group_id": {"type": "str"},
        "security_group_name": {"type": "str"},
        "endpoint_services": {"type": "list", "elements": "str", "default": []},
        "instance": {"type": "bool", "default": False},
        "instance_type": {"type": "str", "default": "t3.micro"},
        "image_id": {"type": "str"},
        "key_name": {"type": "str"},
        "removal": {"type": "bool", "default": False},
        "to_come": {"type": "int", "default": 1},
    }
    argument_spec = {**options, "wait_timeout": {"type": "int", "default": 120}}
    module = module_class(argument_spec=argument_spec, supports_check_mode=True)
    query = ConsumerQuery(**{name: module.params[name] for name in options})
    run_facts(module, lambda clients, identity, region: gather_b(clients, identity, region, query))


if __name__ == "__main__":
    main()
