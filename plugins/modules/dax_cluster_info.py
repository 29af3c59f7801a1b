#!/usr/bin/python
# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: dax_cluster_info
version_added: 1.0.0
short_description: Read Amazon DynamoDB Accelerator (DAX) clusters
description:
  - Returns DAX clusters with their nodes, endpoints and tags.
author:
  - dax.cross_account contributors (!UNKNOWN)
options:
  names:
    description:
      - The names of the clusters. Those that do not exist are left out of the result.
      - Without names, all clusters of the account and region are returned.
    type: list
    elements: str
    aliases: [name, cluster_name]
seealso:
  - module: dax.cross_account.dax_cluster
  - module: dax.cross_account.dax_subnet_group_info
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - dax.cross_account.attributes.info_module
  - dax.cross_account.attributes.actiongroup
"""

EXAMPLES = r"""
- name: Read all clusters
  dax.cross_account.dax_cluster_info:
    region: us-east-1
  register: result

- name: Read one cluster
  dax.cross_account.dax_cluster_info:
    name: orders
  register: result

- name: Show where clients begin
  ansible.builtin.debug:
    msg: "{{ result.clusters[0].endpoint.url }}"
"""

RETURN = r"""
clusters:
  description: The clusters.
  returned: success
  type: list
  elements: dict
  contains:
    cluster_name:
      description: The name.
      type: str
      returned: always
      sample: orders
    cluster_arn:
      description: The ARN.
      type: str
      returned: always
      sample: arn:aws:dax:us-east-1:111111111111:cache/orders
    description:
      description: The description.
      type: str
      returned: when the cluster has one
      sample: Orders
    status:
      description: The status, such as V(creating), V(available), V(modifying) or V(deleting).
      type: str
      returned: always
      sample: available
    node_type:
      description: The node type.
      type: str
      returned: always
      sample: dax.r5.large
    total_nodes:
      description: The number of nodes.
      type: int
      returned: always
      sample: 3
    active_nodes:
      description: The number of nodes that take requests.
      type: int
      returned: always
      sample: 3
    endpoint:
      description: The discovery endpoint, where clients begin.
      type: dict
      returned: always
      contains: &endpoint
        address:
          description: The host name, V(null) while there is none yet.
          type: str
          returned: always
          sample: orders.abc123.dax-clusters.us-east-1.amazonaws.com
        port:
          description: The port. Clusters that encrypt in transit listen on 9111, others on 8111.
          type: int
          returned: always
          sample: 8111
        url:
          description: The URL, V(dax://) or V(daxs://), V(null) while there is none yet.
          type: str
          returned: always
          sample: dax://orders.abc123.dax-clusters.us-east-1.amazonaws.com
    encryption_type:
      description: The encryption in transit, V(NONE) or V(TLS).
      type: str
      returned: always
      sample: NONE
    network_type:
      description: The IP families that the cluster serves, V(ipv4), V(ipv6) or V(dual_stack).
      type: str
      returned: always
      sample: ipv4
    nodes:
      description: The nodes. Clients connect to every one of them.
      type: list
      elements: dict
      returned: always
      contains:
        node_id:
          description: The id of the node.
          type: str
          returned: always
          sample: orders-a
        node_status:
          description: The status of the node.
          type: str
          returned: always
          sample: available
        availability_zone:
          description: The availability zone of the node.
          type: str
          returned: always
          sample: us-east-1a
        node_create_time:
          description: When the node was made, in ISO 8601.
          type: str
          returned: always
          sample: "2026-01-01T00:00:00+00:00"
        parameter_group_status:
          description: Whether the node has taken its parameters.
          type: str
          returned: always
          sample: in-sync
        endpoint:
          description: Where the node listens.
          type: dict
          returned: always
          contains: *endpoint
    iam_role_arn:
      description: The role with which the cluster itself reads and writes DynamoDB.
      type: str
      returned: always
      sample: arn:aws:iam::111111111111:role/DAXServiceRole
    subnet_group:
      description: The name of the subnet group.
      type: str
      returned: always
      sample: orders
    security_groups:
      description: The security groups.
      type: list
      elements: dict
      returned: always
      contains:
        security_group_identifier:
          description: The id of the security group.
          type: str
          returned: always
          sample: sg-0123456789abcdef0
        status:
          description: Whether it is in use.
          type: str
          returned: always
          sample: active
    parameter_group:
      description: The parameter group.
      type: dict
      returned: always
      contains:
        parameter_group_name:
          description: The name of the parameter group.
          type: str
          returned: always
          sample: default.dax1.0
        parameter_apply_status:
          description: Whether the nodes have taken it.
          type: str
          returned: always
          sample: in-sync
        node_ids_to_reboot:
          description: The nodes that take it when they are rebooted.
          type: list
          elements: str
          returned: always
          sample: []
    preferred_maintenance_window:
      description: The weekly maintenance window.
      type: str
      returned: always
      sample: sun:05:00-sun:06:00
    notification_configuration:
      description: The topic for notifications.
      type: dict
      returned: when the cluster has one
      contains:
        topic_arn:
          description: The ARN of the SNS topic.
          type: str
          returned: always
          sample: arn:aws:sns:us-east-1:111111111111:dax
        topic_status:
          description: Whether it is used, V(active) or V(inactive).
          type: str
          returned: always
          sample: active
    sse_description:
      description: The encryption at rest.
      type: dict
      returned: always
      contains:
        status:
          description: V(ENABLED), V(DISABLED), or on the way to one of them.
          type: str
          returned: always
          sample: DISABLED
    tags:
      description: The tags. Empty while DAX does not tell, because it creates or changes the cluster.
      type: dict
      returned: always
      sample: {team: orders}
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.dax.cross_account.plugins.module_utils.common.aws import run_module
from ansible_collections.dax.cross_account.plugins.module_utils.facts.dax import describe_clusters


def main() -> None:
    module = AnsibleAWSModule(
        argument_spec={"names": {"type": "list", "elements": "str", "aliases": ["name", "cluster_name"]}},
        supports_check_mode=True,
    )
    run_module(
        module,
        lambda: {"changed": False, "clusters": describe_clusters(module.client("dax"), module.params["names"])},
    )


if __name__ == "__main__":
    main()
