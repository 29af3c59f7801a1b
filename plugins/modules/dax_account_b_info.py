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
    vpcs:
      description: Every VPC of the account and region.
      type: list
      elements: dict
      returned: always
    vpc:
      description: The client's VPC with its DNS attributes; V(null) if there is none yet.
      type: dict
      returned: always
    vpc_found_by:
      description:
        - How it was found, V(id) or V(tags) by what the user gave, V(ours) by its ownership tags.
        - Without them it is at the end of our peering connection, V(peering) one of ours, V(adopted) one that the user
          gave in an earlier run.
        - V(null) if there is none yet.
      type: str
      returned: always
      sample: ours
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
    instance_profile:
      description: The instance profile with the names of its roles; or V(null).
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
      description: The security groups of the VPC with their rules.
      type: list
      elements: dict
      returned: always
    internet_gateways:
      description: The internet gateways of the VPC.
      type: list
      elements: dict
      returned: always
    vpc_endpoints:
      description: The VPC endpoints of the VPC.
      type: list
      elements: dict
      returned: always
    instances:
      description: The instances in the VPC that are not terminated.
      type: list
      elements: dict
      returned: always
    peerings:
      description: Every VPC peering connection of the client's VPC and to the cluster's, also in a terminal state.
      type: list
      elements: dict
      returned: always
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.dax.cross_account.plugins.module_utils.facts.account_b import ConsumerQuery, gather_b
from ansible_collections.dax.cross_account.plugins.module_utils.facts.session import run_facts


def main() -> None:
    options = {
        "name": {"type": "str", "required": True},
        "cluster_arn": {"type": "str", "required": True},
        "cluster_vpc_id": {"type": "str"},
        "vpc_id": {"type": "str"},
        "vpc_tags": {"type": "dict", "default": {}},
        "role_name": {"type": "str", "default": "AssumeDaxRole"},
        "instance_profile_name": {"type": "str", "default": "AssumeDaxInstanceProfile"},
        "subnet_count": {"type": "int", "default": 1},
    }
    argument_spec = {**options, "wait_timeout": {"type": "int", "default": 120}}
    module = AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)
    query = ConsumerQuery(**{name: module.params[name] for name in options})
    run_facts(module, lambda clients, identity, region: gather_b(clients, identity, region, query))


if __name__ == "__main__":
    main()
