#!/usr/bin/python
# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: ec2_security_group_rules
version_added: 1.0.0
short_description: Ingress rules on a security group that belongs to others
description:
  - Puts ingress rules on one security group, or takes them off, with one call for all of them.
  - Touches only the rules that are listed. Nothing else on the group is changed, and nothing is purged.
  - A rule may name a security group of another account, when a VPC peering connection in the same region joins the two.
  - To own a whole security group, use M(amazon.aws.ec2_security_group) instead.
author:
  - dax.cross_account contributors (!UNKNOWN)
options:
  group_id:
    description: The security group that the rules belong on.
    type: str
    required: true
  rules:
    description:
      - The ingress rules. Each names exactly one source,
        O(rules[].group_id), O(rules[].cidr_ip) or O(rules[].cidr_ipv6).
      - Two rules are the same when protocol, ports and source are. The description does not tell rules apart.
    type: list
    elements: dict
    required: true
    suboptions:
      protocol:
        description: The protocol, V(tcp), V(udp), V(icmp), V(icmpv6), the number of another, or V(-1) for all.
        type: str
        default: tcp
      from_port:
        description:
          - The port, or the first port of a range. Needed for V(tcp) and V(udp).
          - For ICMP it is the type, V(-1) for all.
        type: int
      to_port:
        description:
          - The last port of a range. Defaults to O(rules[].from_port).
          - For ICMP it is the code, V(-1) for all, which is its default.
        type: int
      group_id:
        description: The security group that the traffic comes from.
        type: str
      user_id:
        description: The account that owns O(rules[].group_id), when it is another one.
        type: str
      cidr_ip:
        description: The IPv4 CIDR block that the traffic comes from.
        type: str
      cidr_ipv6:
        description: The IPv6 CIDR block that the traffic comes from.
        type: str
      description:
        description:
          - The description of the rule. It also tells whose the rule is, see O(match_description).
        type: str
      tags:
        description: Tags of this rule, in addition to O(tags).
        type: dict
  state:
    description:
      - V(present) makes sure that every rule is there. One that is there with another description is present.
      - V(absent) removes the rules, see O(match_description).
    type: str
    choices: [present, absent]
    default: present
  update_description:
    description: Whether to set the description of a rule that is there with another one.
    type: bool
    default: false
  match_description:
    description:
      - Whether O(state=absent) removes a rule only when it bears exactly the given description,
        or none when none is given.
      - So a rule that somebody else had already made stays.
    type: bool
    default: true
  tags:
    description:
      - Tags of the rules, set when a rule is made and added to one that bears the given description but lacks them.
      - Tags are never removed.
    type: dict
    aliases: [resource_tags]
  retry_not_found_seconds:
    description:
      - How long to go on when EC2 does not find the security group that a rule names as its source.
      - A group of a peered account is seen a moment after the peering connection becomes active.
    type: int
    default: 120
seealso:
  - module: amazon.aws.ec2_security_group
  - module: dax.cross_account.ec2_vpc_peering_connections
  - name: Update your security groups to reference peer security groups
    description: AWS's guide to rules that name a group of another account.
    link: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - dax.cross_account.attributes
  - dax.cross_account.attributes.actiongroup
"""

EXAMPLES = r"""
- name: Let the clients of another account reach DAX
  dax.cross_account.ec2_security_group_rules:
    region: us-east-1
    group_id: sg-0aaaaaaaaaaaaaaaa
    rules:
      - from_port: 8111
        group_id: sg-0bbbbbbbbbbbbbbbb
        user_id: "222222222222"
        description: dax.cross_account orders

- name: Let two blocks reach an encrypted cluster
  dax.cross_account.ec2_security_group_rules:
    group_id: sg-0aaaaaaaaaaaaaaaa
    rules:
      - from_port: 9111
        cidr_ip: 10.1.0.0/16
        description: dax.cross_account orders
      - from_port: 9111
        cidr_ipv6: 2001:db8:1::/56
        description: dax.cross_account orders
    tags:
      team: payments

- name: Take the rule off again, unless it is somebody else's
  dax.cross_account.ec2_security_group_rules:
    group_id: sg-0aaaaaaaaaaaaaaaa
    rules:
      - from_port: 8111
        group_id: sg-0bbbbbbbbbbbbbbbb
        description: dax.cross_account orders
    state: absent
"""

RETURN = r"""
rules:
  description: The rules in the order of O(rules), doubles merged, each with what became of it.
  returned: success
  type: list
  elements: dict
  contains: &rule
    rule_id:
      description: The id of the rule, V(null) when it is not there.
      type: str
      returned: always
      sample: sgr-0123456789abcdef0
    protocol:
      description: The protocol, V(-1) for all.
      type: str
      returned: always
      sample: tcp
    from_port:
      description: The first port, V(-1) for all.
      type: int
      returned: always
      sample: 8111
    to_port:
      description: The last port, V(-1) for all.
      type: int
      returned: always
      sample: 8111
    cidr_ip:
      description: The IPv4 source, V(null) when the source is another.
      type: str
      returned: always
      sample: 10.1.0.0/16
    cidr_ipv6:
      description: The IPv6 source, V(null) when the source is another.
      type: str
      returned: always
      sample: 2001:db8:1::/56
    source_group_id:
      description: The security group that is the source, V(null) when the source is another.
      type: str
      returned: always
      sample: sg-0bbbbbbbbbbbbbbbb
    source_user_id:
      description: The account that owns the source group.
      type: str
      returned: always
      sample: "222222222222"
    prefix_list_id:
      description: The prefix list that is the source. Only rules that others made have one.
      type: str
      returned: always
      sample: pl-0123456789abcdef0
    description:
      description: The wanted description, V(null) for none.
      type: str
      returned: always
      sample: dax.cross_account orders
    tags:
      description: The wanted tags, those of O(tags) and those of the rule itself.
      type: dict
      returned: always
      sample: {team: payments}
    action:
      description: What was done, or would be in check mode. One of V(created), V(updated), V(removed), V(unchanged).
      type: str
      returned: always
      sample: created
    previous:
      description:
        - The same rule as it was there before, V(null) if there was none.
        - It has the keys above from RV(rules[].rule_id) to RV(rules[].tags), and C(egress).
      type: dict
      returned: always
      sample: null
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.dax.cross_account.plugins.module_utils.common.aws import run_module
from ansible_collections.dax.cross_account.plugins.module_utils.write.rules import ensure_rules


def main(module_class: Any = AnsibleAWSModule) -> None:
    sources = ["group_id", "cidr_ip", "cidr_ipv6"]
    module = module_class(
        argument_spec={
            "group_id": {"type": "str", "required": True},
            "rules": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {
                    "protocol": {"type": "str", "default": "tcp"},
                    "from_port": {"type": "int"},
                    "to_port": {"type": "int"},
                    "group_id": {"type": "str"},
                    "user_id": {"type": "str"},
                    "cidr_ip": {"type": "str"},
                    "cidr_ipv6": {"type": "str"},
                    "description": {"type": "str"},
                    "tags": {"type": "dict"},
                },
                "mutually_exclusive": [sources],
                "required_one_of": [sources],
                "required_by": {"user_id": "group_id"},
            },
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "update_description": {"type": "bool", "default": False},
            "match_description": {"type": "bool", "default": True},
            "tags": {"type": "dict", "aliases": ["resource_tags"]},
            "retry_not_found_seconds": {"type": "int", "default": 120},
        },
        supports_check_mode=True,
    )
    run_module(module, lambda: ensure_rules(module.client("ec2"), module.params, module.check_mode))


if __name__ == "__main__":
    main()
