#!/usr/bin/python
# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: ec2_vpc_peering_connections
version_added: 1.0.0
short_description: Accept, reject or end VPC peering connections by their ids
description:
  - Accepts, rejects or ends VPC peering connections, named by their ids and nothing else, and waits until it is so.
  - Also sets this account's tags on them and this side's DNS resolution.
  - To request a connection, use M(amazon.aws.ec2_vpc_peering).
author:
  - dax.cross_account contributors (!UNKNOWN)
options:
  connections:
    description: The connections. All of them are brought to O(state), one after the other.
    type: list
    elements: dict
    required: true
    suboptions:
      id:
        description: The id of the VPC peering connection.
        type: str
        required: true
      side:
        description: Which side of the connection this account is. Needed for O(connections[].dns_resolution).
        type: str
        choices: [requester, accepter]
      dns_resolution:
        description:
          - Whether public DNS names of hosts in this side's VPC resolve to private addresses when asked from the other
            side.
          - Can be set only on an active connection, and only for the side of the account that sets it.
          - Left as it is when not given.
        type: bool
      requester_owner_id:
        description:
          - The account that has to be the requester. The module fails before it changes anything if it is another one.
          - For ids that come from another team.
        type: str
      requester_vpc_id:
        description: Likewise the VPC of the requester.
        type: str
      accepter_owner_id:
        description: Likewise the account of the accepter.
        type: str
      accepter_vpc_id:
        description: Likewise the VPC of the accepter.
        type: str
      tags:
        description:
          - This account's tags on the connection. Each side has its own.
          - Left as they are when not given.
        type: dict
  state:
    description:
      - V(accepted) accepts a pending request and waits until the connection is active. It fails when the connection has
        failed, expired, or been rejected or deleted.
      - V(present) accepts nothing. It only makes sure that the connection is pending or active, and sets
        O(connections[].tags) and, once it is active, O(connections[].dns_resolution).
      - V(rejected) rejects a pending request. One in a terminal state needs no rejection.
      - V(absent) deletes the connection. One in a terminal state, or no longer shown, needs no deletion. A request
        that waits for its acceptance is rejected instead when O(connections[].side=accepter), since only its requester
        can delete it.
    type: str
    choices: [accepted, present, rejected, absent]
    default: accepted
  purge_tags:
    description: Whether to remove tags that O(connections[].tags) does not list.
    type: bool
    default: false
  wait_timeout:
    description:
      - How many seconds to wait for each connection to be seen by this account, to leave a state that EC2 itself ends,
        and to come into the wanted one. The status is polled.
    type: int
    default: 120
seealso:
  - module: amazon.aws.ec2_vpc_peering
  - module: amazon.aws.ec2_vpc_peering_info
  - name: VPC peering connection lifecycle
    description: What the states mean.
    link: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-lifecycle
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - dax.cross_account.attributes
  - dax.cross_account.attributes.actiongroup
"""

EXAMPLES = r"""
- name: Accept two requests, and let the other side of one resolve our names
  dax.cross_account.ec2_vpc_peering_connections:
    region: us-east-1
    connections:
      - id: pcx-0123456789abcdef0
        side: accepter
        dns_resolution: true
        tags:
          Name: orders from payments
      - id: pcx-0123456789abcdef1
    state: accepted

- name: Tag the request that we made, whether it is accepted yet or not
  dax.cross_account.ec2_vpc_peering_connections:
    connections:
      - id: pcx-0123456789abcdef0
        side: requester
        tags:
          Name: payments to orders
    state: present

- name: End the connection
  dax.cross_account.ec2_vpc_peering_connections:
    connections:
      - id: pcx-0123456789abcdef0
    state: absent
"""

RETURN = r"""
connections:
  description:
    - The connections in the order of O(connections), as they are, or would be in check mode.
    - Those that are no longer shown are left out with O(state=absent).
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id of the connection.
      type: str
      returned: always
      sample: pcx-0123456789abcdef0
    status:
      description: Its status.
      type: dict
      returned: always
      contains:
        code:
          description: The state, such as V(pending-acceptance), V(active) or V(deleted).
          type: str
          returned: always
          sample: active
        message:
          description: What EC2 says about it.
          type: str
          returned: always
          sample: Active
    expiration_time:
      description: When a pending request expires, in ISO 8601. V(null) for any other.
      type: str
      returned: always
      sample: "2026-01-08T00:00:00+00:00"
    requester:
      description: The side that asked.
      type: dict
      returned: always
      contains: &side
        owner_id:
          description: The account.
          type: str
          returned: always
          sample: "222222222222"
        region:
          description: The region.
          type: str
          returned: always
          sample: us-east-1
        vpc_id:
          description: The VPC.
          type: str
          returned: always
          sample: vpc-0123456789abcdef0
        cidr_blocks:
          description: The VPC's IPv4 CIDR blocks. Empty where EC2 does not tell, as of the accepter before it accepts.
          type: list
          elements: str
          returned: always
          sample: [10.1.0.0/16]
        ipv6_cidr_blocks:
          description: The VPC's IPv6 CIDR blocks. Empty where EC2 does not tell.
          type: list
          elements: str
          returned: always
          sample: []
        dns_resolution:
          description: Whether this side's names resolve for the other side. V(null) where EC2 does not tell.
          type: bool
          returned: always
          sample: false
    accepter:
      description: The side that is asked.
      type: dict
      returned: always
      contains: *side
    tags:
      description: This account's tags on the connection.
      type: dict
      returned: always
      sample: {Name: orders from payments}
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.dax.cross_account.plugins.module_utils.common.aws import run_module
from ansible_collections.dax.cross_account.plugins.module_utils.write.peerings import ensure_peerings


def main(module_class: Any = AnsibleAWSModule) -> None:
    module = module_class(
        argument_spec={
            "connections": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {
                    "id": {"type": "str", "required": True},
                    "side": {"type": "str", "choices": ["requester", "accepter"]},
                    "dns_resolution": {"type": "bool"},
                    "requester_owner_id": {"type": "str"},
                    "requester_vpc_id": {"type": "str"},
                    "accepter_owner_id": {"type": "str"},
                    "accepter_vpc_id": {"type": "str"},
                    "tags": {"type": "dict"},
                },
                "required_by": {"dns_resolution": "side"},
            },
            "state": {
                "type": "str",
                "choices": ["accepted", "present", "rejected", "absent"],
                "default": "accepted",
            },
            "purge_tags": {"type": "bool", "default": False},
            "wait_timeout": {"type": "int", "default": 120},
        },
        supports_check_mode=True,
    )
    run_module(module, lambda: ensure_peerings(module.client("ec2"), module.params, module.check_mode))


if __name__ == "__main__":
    main()
