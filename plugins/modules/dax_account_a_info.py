#!/usr/bin/python
# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: dax_account_a_info
version_added: 1.0.0
short_description: Facts of the account that owns a DAX cluster
description:
  - Reads, in one process, everything that decides how other accounts reach a DAX cluster, and writes nothing.
  - That is the cluster with its subnets, the route tables that these follow, network ACLs, security groups with their
    rules, the VPC peering connections of its VPC, and the IAM role that consumers assume.
  - The role P(dax.cross_account.dax_account_a#role) plans on these facts.
author:
  - dax.cross_account contributors (!UNKNOWN)
options:
  cluster_name:
    description:
      - The name of the DAX cluster.
      - What earlier runs of the role made for it is found by its tags wherever it is, even if there is no such cluster.
    type: str
    required: true
  role_name:
    description: The IAM role that consumers assume. It need not exist.
    type: str
    default: DaxCrossAccountRole
  role_per_consumer:
    description: Whether each consumer has a role of its own, whose name begins with O(role_name). These are read too.
    type: bool
    default: false
  consumers:
    description:
      - The consumers whose marks are looked for and, with O(role_per_consumer), whose roles are read. Each is given as
        C(account id/name).
      - Those of earlier runs are found by the tags of their VPC peering connections and roles.
    type: list
    elements: str
    default: []
  dns:
    description: Whether to read the VPC's DNS attributes too.
    type: bool
    default: false
  to_come:
    description:
      - How many of anything the run may add, its consumers or their blocks, which decides on the quotas to read.
      - With V(0) none is read.
    type: int
    default: 0
  wait_timeout:
    description: How many seconds to wait at the most until AWS shows all of what was made seconds ago.
    type: int
    default: 120
seealso:
  - module: dax.cross_account.dax_account_b_info
  - module: dax.cross_account.dax_cluster_info
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - dax.cross_account.attributes
  - dax.cross_account.attributes.actiongroup
  - dax.cross_account.attributes.info_module
"""

EXAMPLES = r"""
- name: Read what decides on access to the cluster
  dax.cross_account.dax_account_a_info:
    region: us-east-1
    cluster_name: orders
  register: owner

- name: Show the route tables that the cluster's subnets follow
  ansible.builtin.debug:
    var: owner.facts.effective_route_tables
"""

RETURN = r"""
facts:
  description: The facts.
  returned: success
  type: dict
  contains:
    identity:
      description: Who the credentials are, as C(account_id), C(arn) and C(partition).
      type: dict
      returned: always
      sample: {account_id: "111111111111", arn: "arn:aws:iam::111111111111:user/ops", partition: aws}
    region:
      description: The region that was read.
      type: str
      returned: always
      sample: us-east-1
    cluster:
      description:
        - The cluster as M(dax.cross_account.dax_cluster_info) returns it, without its tags.
        - V(null) if there is none.
      type: dict
      returned: always
    cluster_arn:
      description: The ARN of the cluster, or the one that it would have.
      type: str
      returned: always
      sample: arn:aws:dax:us-east-1:111111111111:cache/orders
    cluster_names:
      description: The clusters that there are instead, when there is none of that name.
      type: list
      elements: str
      returned: always
      sample: []
    role:
      description: The IAM role with its trust policy, its policies, settings and tags; or V(null).
      type: dict
      returned: always
    consumer_roles:
      description: The consumers' own roles by name, with O(role_per_consumer), each like C(role).
      type: dict
      returned: always
      sample: {}
    other_roles:
      description: The roles that serve the cluster under names that are not wanted now, each like C(role).
      type: list
      elements: dict
      returned: always
      sample: []
    role_names_alike:
      description: The names of roles that differ from a wanted one in case only, which IAM takes for the same.
      type: list
      elements: str
      returned: always
      sample: []
    vpc:
      description: The cluster's VPC, its id, blocks and tags, and its DNS attributes with O(dns).
      type: dict
      returned: always
      sample: {vpc_id: vpc-0aaaaaaaaaaaaaaaa, cidr_blocks: [10.0.0.0/16], ipv6_cidr_blocks: [], tags: {}}
    cluster_subnet_ids:
      description: The subnets of the cluster's subnet group.
      type: list
      elements: str
      returned: always
      sample: [subnet-0aaaaaaaaaaaaaaaa]
    subnets:
      description: These subnets.
      type: list
      elements: dict
      returned: always
    route_tables:
      description:
        - Every route table of the VPC with its routes.
        - So are those of the VPCs where C(peerings) that lie elsewhere end in this account.
      type: list
      elements: dict
      returned: always
    effective_route_tables:
      description: The route table that each of the cluster's subnets follows, its own or the VPC's main one.
      type: dict
      returned: always
      sample: {subnet-0aaaaaaaaaaaaaaaa: rtb-0aaaaaaaaaaaaaaaa}
    network_acls:
      description: The network ACLs of the VPC, entries in the order of their evaluation.
      type: list
      elements: dict
      returned: always
    security_groups:
      description: The cluster's security groups with their rules.
      type: list
      elements: dict
      returned: always
    other_security_groups:
      description: Security groups that are not the cluster's and hold rules with its ownership tags.
      type: list
      elements: dict
      returned: always
      sample: []
    peerings:
      description:
        - Every VPC peering connection of the VPC, also those in a terminal state.
        - So are those of other VPCs that carry the cluster's ownership tags, or the mark of one of O(consumers).
      type: list
      elements: dict
      returned: always
    prefix_lists:
      description:
        - The managed prefix lists that the VPC's route tables and inbound rules of the cluster's groups name.
        - Each has C(prefix_list_id), C(name), C(owner_id), C(ipv6), C(max_entries), C(blocks) and C(problem), which
          says why it could not be read.
        - Those of AWS have no C(blocks), and neither has one that only rules name.
      type: list
      elements: dict
      returned: always
      sample: []
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
from ansible_collections.dax.cross_account.plugins.module_utils.facts.account_a import OwnerQuery, gather_a
from ansible_collections.dax.cross_account.plugins.module_utils.facts.session import run_facts


def main(module_class: Any = AnsibleAWSModule) -> None:
    options = {
        "cluster_name": {"type": "str", "required": True},
        "role_name": {"type": "str", "default": "DaxCrossAccountRole"},
        "role_per_consumer": {"type": "bool", "default": False},
        "consumers": {"type": "list", "elements": "str", "default": []},
        "dns": {"type": "bool", "default": False},
        "to_come": {"type": "int", "default": 0},
    }
    argument_spec = {**options, "wait_timeout": {"type": "int", "default": 120}}
    module = module_class(argument_spec=argument_spec, supports_check_mode=True)
    query = OwnerQuery(**{name: module.params[name] for name in options})
    run_facts(module, lambda clients, identity, region: gather_a(clients, identity, region, query))


if __name__ == "__main__":
    main()
