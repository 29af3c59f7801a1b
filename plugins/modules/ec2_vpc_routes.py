#!/usr/bin/python
# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: ec2_vpc_routes
version_added: 1.0.0
short_description: Routes to VPC peering connections and gateways in route tables that belong to others
description:
  - Puts routes to VPC peering connections or gateways into any number of route tables, or takes them out.
  - All tables are read in one call, and only what differs is written.
  - Touches only the routes that are listed. Nothing else in the tables is changed, and nothing is purged.
  - To own a whole route table, use M(amazon.aws.ec2_vpc_route_table) instead.
author:
  - dax.cross_account contributors (!UNKNOWN)
options:
  routes:
    description:
      - The routes.
    type: list
    elements: dict
    required: true
    suboptions:
      route_table_id:
        description: The route table.
        type: str
        required: true
      destination:
        description:
          - The destination, an IPv4 or IPv6 CIDR block.
          - Bits of the host part are cleared, as EC2 itself does.
        type: str
        required: true
      vpc_peering_connection_id:
        description:
          - The VPC peering connection that the route leads to. It may still be pending.
          - Exactly one of this and O(routes[].gateway_id) is needed.
        type: str
      gateway_id:
        description: The internet gateway or virtual private gateway that the route leads to.
        type: str
  state:
    description:
      - V(present) makes sure that every route is there.
      - V(absent) removes the routes whose target still is the given one. A route to the same
        destination through another target stays, and a table that is gone is no error.
    type: str
    choices: [present, absent]
    default: present
  replace:
    description:
      - What to do with a route to the same destination through another target.
      - By default the module fails, before anything is written, and names table, destination and present target.
      - With V(true) the route is replaced. The VPC's own local route never is.
    type: bool
    default: false
  replace_connections:
    description:
      - VPC peering connections whose routes are replaced even without O(replace), such as those that the caller is
        about to delete.
    type: list
    elements: str
    default: []
  replace_blackhole:
    description:
      - Whether a blackhole route to another VPC peering connection is replaced even without O(replace), when that
        connection is in a terminal state (failed, expired, rejected or deleted) or no longer shown.
      - A blackhole route to a peering connection that still waits for its acceptance is not replaced.
    type: bool
    default: true
  retry_not_found_seconds:
    description:
      - How long to go on when EC2 does not find a route table, a peering connection or a gateway.
      - New ones take a moment to be seen everywhere.
    type: int
    default: 120
seealso:
  - module: amazon.aws.ec2_vpc_route_table
  - module: dax.cross_account.ec2_vpc_peering_connections
  - name: Update your route tables for a VPC peering connection
    description: AWS's guide to the routes of both sides.
    link: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-routing.html
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - dax.cross_account.attributes
  - dax.cross_account.attributes.actiongroup
"""

EXAMPLES = r"""
- name: Route both blocks of the peer in two tables
  dax.cross_account.ec2_vpc_routes:
    region: us-east-1
    routes:
      - route_table_id: rtb-0aaaaaaaaaaaaaaaa
        destination: 10.1.0.0/16
        vpc_peering_connection_id: pcx-0123456789abcdef0
      - route_table_id: rtb-0bbbbbbbbbbbbbbbb
        destination: 2001:db8:1::/56
        vpc_peering_connection_id: pcx-0123456789abcdef0

- name: Let two subnets out to the internet
  dax.cross_account.ec2_vpc_routes:
    routes:
      - route_table_id: rtb-0aaaaaaaaaaaaaaaa
        destination: 0.0.0.0/0
        gateway_id: igw-0123456789abcdef0
      - route_table_id: rtb-0bbbbbbbbbbbbbbbb
        destination: 0.0.0.0/0
        gateway_id: igw-0123456789abcdef0

- name: Take a route over from whatever has it now
  dax.cross_account.ec2_vpc_routes:
    routes:
      - route_table_id: rtb-0aaaaaaaaaaaaaaaa
        destination: 10.1.0.0/16
        vpc_peering_connection_id: pcx-0123456789abcdef0
    replace: true

- name: Remove the route, unless it leads elsewhere by now
  dax.cross_account.ec2_vpc_routes:
    routes:
      - route_table_id: rtb-0aaaaaaaaaaaaaaaa
        destination: 10.1.0.0/16
        vpc_peering_connection_id: pcx-0123456789abcdef0
    state: absent
"""

RETURN = r"""
routes:
  description: The routes in the order of O(routes), doubles merged, each with what became of it.
  returned: success
  type: list
  elements: dict
  contains:
    route_table_id:
      description: The route table.
      type: str
      returned: always
      sample: rtb-0aaaaaaaaaaaaaaaa
    destination:
      description: The destination in its canonical form.
      type: str
      returned: always
      sample: 10.1.0.0/16
    vpc_peering_connection_id:
      description: The VPC peering connection of O(routes), V(null) for a route to a gateway.
      type: str
      returned: always
      sample: pcx-0123456789abcdef0
    gateway_id:
      description: The gateway of O(routes), V(null) for a route to a VPC peering connection.
      type: str
      returned: always
      sample: igw-0123456789abcdef0
    action:
      description: What was done, or would be in check mode. One of V(created), V(replaced), V(removed), V(unchanged).
      type: str
      returned: always
      sample: created
    previous:
      description: The route to this destination that was there before, V(null) if there was none.
      type: dict
      returned: always
      contains:
        destination:
          description: The destination.
          type: str
          returned: always
          sample: 10.1.0.0/16
        target_type:
          description: The kind of its target, such as V(vpc_peering_connection), V(nat_gateway) or V(local).
          type: str
          returned: always
          sample: vpc_peering_connection
        target_id:
          description: The id of its target.
          type: str
          returned: always
          sample: pcx-0fedcba9876543210
        state:
          description: V(active), or V(blackhole) when its target is not there or not ready.
          type: str
          returned: always
          sample: blackhole
        origin:
          description: What made the route, V(CreateRouteTable), V(CreateRoute) or V(EnableVgwRoutePropagation).
          type: str
          returned: always
          sample: CreateRoute
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.dax.cross_account.plugins.module_utils.common.aws import run_module
from ansible_collections.dax.cross_account.plugins.module_utils.write.routes import ensure_routes


def main(module_class: Any = AnsibleAWSModule) -> None:
    module = module_class(
        argument_spec={
            "routes": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {
                    "route_table_id": {"type": "str", "required": True},
                    "destination": {"type": "str", "required": True},
                    "vpc_peering_connection_id": {"type": "str"},
                    "gateway_id": {"type": "str"},
                },
                "required_one_of": [("vpc_peering_connection_id", "gateway_id")],
                "mutually_exclusive": [("vpc_peering_connection_id", "gateway_id")],
            },
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "replace": {"type": "bool", "default": False},
            "replace_connections": {"type": "list", "elements": "str", "default": []},
            "replace_blackhole": {"type": "bool", "default": True},
            "retry_not_found_seconds": {"type": "int", "default": 120},
        },
        supports_check_mode=True,
    )
    run_module(module, lambda: ensure_routes(module.client("ec2"), module.params, module.check_mode))


if __name__ == "__main__":
    main()
