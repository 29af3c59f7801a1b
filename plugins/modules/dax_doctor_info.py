#!/usr/bin/python
# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: dax_doctor_info
version_added: 1.1.0
short_description: What decides on whether a call to a DAX cluster of another account arrives
description:
  - Reads, in one process, all that a call from a client in one account to a DAX cluster of another one depends on, in
    one of the two accounts, and writes nothing.
  - Each reading stands alone. One that fails, for instance since the credentials lack the right, has a C(problem), and
    the rest is read all the same.
  - The role P(dax.cross_account.dax_doctor#role) judges it.
author:
  - dax.cross_account contributors (!UNKNOWN)
options:
  side:
    description: The account, V(a) of the cluster or V(b) of the client.
    type: str
    choices: [a, b]
    required: true
  cluster_name:
    description: The cluster, for O(side=a).
    type: str
  role_per_consumer:
    description: For O(side=a), whether each consumer has a role of its own, whose name begins with O(role_name).
    type: bool
    default: false
  name:
    description: The name of the consumer, for O(side=b). With O(cluster_arn) it is in the tags of what was made for it.
    type: str
  cluster_arn:
    description: The ARN of the cluster, for O(side=b).
    type: str
  cluster_vpc_id:
    description: The VPC of the cluster, for O(side=b).
    type: str
  vpc_id:
    description: The client's VPC. Without it, the one of the instance, or the one that was made or is peered.
    type: str
  vpc_tags:
    description: Tags that name the client's VPC.
    type: dict
    default: {}
  subnet_ids:
    description: The client's subnets. Without them, those of the instance, those that were made, or all of the VPC.
    type: list
    elements: str
    default: []
  instance:
    description: Whether the consumer has to have an instance.
    type: bool
    default: true
  instance_id:
    description: The client's instance, where it is not one that was made.
    type: str
  role_name:
    description:
      - For O(side=a), the role that consumers assume.
      - For O(side=b), the role of the client. With O(instance_id), the one of the instance counts.
    type: str
  instance_profile_name:
    description: The instance profile of the client. With O(instance_id), the one of the instance counts.
    type: str
    default: ""
  security_group_id:
    description: The client's security group.
    type: str
  security_group_name:
    description: The name of the client's security group.
    type: str
    default: ""
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - dax.cross_account.attributes
  - dax.cross_account.attributes.actiongroup
"""

EXAMPLES = r"""
- name: Read the client's side
  dax.cross_account.dax_doctor_info:
    region: us-east-1
    side: b
    name: payments
    cluster_arn: arn:aws:dax:us-east-1:111111111111:cache/orders
    instance_id: i-0123456789abcdef0
"""

RETURN = r"""
facts:
  description: What was read.
  returned: success
  type: dict
  contains:
    side:
      description: The account.
      type: str
      sample: a
    identity:
      description: Who was asked as, with C(account_id), C(arn) and C(partition).
      type: dict
    region:
      description: The region.
      type: str
      sample: us-east-1
    read_at:
      description: When it was read, in UTC.
      type: str
      sample: "2026-01-31T12:00:00+00:00"
    roles:
      description: For O(side=a), readings by name of the role that consumers assume, or of those of their own.
      type: dict
      returned: with O(side=a)
    name:
      description: For O(side=b), the consumer.
      type: str
      returned: with O(side=b)
    wants_instance:
      description: For O(side=b), O(instance).
      type: bool
      returned: with O(side=b)
    security_group_id:
      description: For O(side=b), the client's security group; V(null) if there is none.
      type: str
      returned: with O(side=b)
    subnet_ids:
      description: For O(side=b), the client's subnets; all of its VPC, if nothing tells which they are.
      type: list
      elements: str
      returned: with O(side=b)
    any_subnet:
      description: For O(side=b), whether nothing tells in which of these the client is.
      type: bool
      returned: with O(side=b)
    readings:
      description:
        - The readings by name, each with its C(value) and its C(problem), one of which is V(null); both are where there
          is nothing of that name.
        - For O(side=a) C(cluster), C(subnet_group), C(role), C(service_role), C(vpc), C(subnets), C(route_tables),
          C(network_acls), C(security_groups), C(peerings), C(prefix_lists), C(nodes_subnets).
        - For O(side=b) C(instance), C(instance_profile), C(role), C(vpc), C(subnets), C(route_tables), C(network_acls),
          C(security_groups), C(internet_gateways), C(nat_gateways), C(vpc_endpoints), C(endpoint_groups), C(peerings),
          C(prefix_lists), C(private_zones).
      type: dict
      sample: {role: {value: null, problem: "AccessDenied: not allowed, the credentials may not iam:GetRole"}}
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.dax.cross_account.plugins.module_utils.facts.doctor import DoctorQuery
from ansible_collections.dax.cross_account.plugins.module_utils.facts.doctor_a import gather_doctor_a
from ansible_collections.dax.cross_account.plugins.module_utils.facts.doctor_b import gather_doctor_b
from ansible_collections.dax.cross_account.plugins.module_utils.facts.session import run_facts

TEXT = {"type": "str", "default": ""}
TEXTS = {"type": "list", "elements": "str", "default": []}


def main(module_class: Any = AnsibleAWSModule) -> None:
    options = {
        "cluster_name": {"type": "str"},
        "role_per_consumer": {"type": "bool", "default": False},
        "name": {"type": "str"},
        "cluster_arn": {"type": "str"},
        "cluster_vpc_id": {"type": "str"},
        "vpc_id": {"type": "str"},
        "vpc_tags": {"type": "dict", "default": {}},
        "subnet_ids": TEXTS,
        "instance": {"type": "bool", "default": True},
        "instance_id": {"type": "str"},
        "role_name": {"type": "str"},
        "instance_profile_name": TEXT,
        "security_group_id": {"type": "str"},
        "security_group_name": TEXT,
    }
    spec = {"side": {"type": "str", "choices": ["a", "b"], "required": True}, **options}
    required = [("side", "a", ["cluster_name", "role_name"]), ("side", "b", ["name", "cluster_arn"])]
    module = module_class(argument_spec=spec, supports_check_mode=True, required_if=required)
    query = DoctorQuery(**{name: module.params[name] for name in options if module.params[name] is not None})
    gather = gather_doctor_a if module.params["side"] == "a" else gather_doctor_b
    run_facts(module, lambda clients, identity, region: gather(clients, identity, region, query))


if __name__ == "__main__":
    main()
