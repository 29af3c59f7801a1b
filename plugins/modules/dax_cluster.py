#!/usr/bin/python
# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: dax_cluster
version_added: 1.0.0
short_description: Create, update and delete Amazon DynamoDB Accelerator (DAX) clusters
description:
  - Creates, updates and deletes DAX clusters, and waits until it is done.
  - Options that are not given are left as they are.
  - DAX cannot change O(node_type), O(iam_role_arn), O(subnet_group_name), O(sse), O(encryption_type) and
    O(network_type) of a cluster, nor the zone of a node that is there. The module fails, before anything is changed,
    when one of these is given and differs.
author:
  - dax.cross_account contributors (!UNKNOWN)
options:
  name:
    description: The name of the cluster. DAX keeps it in lower case.
    type: str
    required: true
    aliases: [cluster_name]
  state:
    description: Whether the cluster is to be there.
    type: str
    choices: [present, absent]
    default: present
  node_type:
    description: The node type of all nodes. Needed to create the cluster.
    type: str
  replication_factor:
    description: The number of nodes, one primary and the rest read replicas. Needed to create the cluster.
    type: int
  availability_zones:
    description:
      - The availability zones of the nodes, one for each node, the same one as often as need be.
      - When O(replication_factor) changes, this tells where nodes are added or removed.
    type: list
    elements: str
  iam_role_arn:
    description: The role with which the cluster itself reads and writes DynamoDB. Needed to create the cluster.
    type: str
  description:
    description: The description of the cluster.
    type: str
  parameter_group_name:
    description: The parameter group.
    type: str
  subnet_group_name:
    description: The subnet group. Without one, DAX uses C(default).
    type: str
  security_group_ids:
    description: The security groups, all of them. Without any, DAX uses the VPC's default group.
    type: list
    elements: str
  preferred_maintenance_window:
    description: The weekly maintenance window in UTC, such as V(sun:05:00-sun:06:00).
    type: str
  notification_topic_arn:
    description: The SNS topic that DAX notifies.
    type: str
  notification_topic_status:
    description: Whether the topic is used. A new cluster uses it.
    type: str
    choices: [active, inactive]
  sse:
    description: Whether the cluster encrypts at rest.
    type: bool
  encryption_type:
    description: The encryption in transit.
    type: str
    choices: [NONE, TLS]
  network_type:
    description: The IP families that the cluster serves. Needs a botocore that knows it.
    type: str
    choices: [ipv4, ipv6, dual_stack]
  wait:
    description:
      - Whether to wait until the cluster with each of its nodes is available, or gone.
      - Two changes that DAX takes only one after the other are waited for in between in any case.
      - DAX does not tell the tags of a cluster that it is creating or changing. Without waiting they are then left as
        they are, and compared by a later call.
    type: bool
    default: true
  wait_timeout:
    description:
      - How many seconds to wait for each step. The status is polled.
      - By default 2700 (45 minutes) for a cluster that is created or deleted, 5400 for one that is changed, which is
        what AWS may take.
    type: int
seealso:
  - module: dax.cross_account.dax_cluster_info
  - module: dax.cross_account.dax_subnet_group
  - name: DAX cluster components
    description: AWS's description of clusters, nodes and groups.
    link: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.concepts.cluster.html
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - dax.cross_account.attributes
  - dax.cross_account.attributes.actiongroup
"""

EXAMPLES = r"""
- name: Create a cluster of three nodes
  dax.cross_account.dax_cluster:
    region: us-east-1
    name: orders
    node_type: dax.r5.large
    replication_factor: 3
    iam_role_arn: arn:aws:iam::111111111111:role/DAXServiceRole
    subnet_group_name: orders
    security_group_ids:
      - sg-0123456789abcdef0
    encryption_type: TLS
    tags:
      team: orders

- name: Give it two more nodes
  dax.cross_account.dax_cluster:
    name: orders
    replication_factor: 5

- name: Delete it
  dax.cross_account.dax_cluster:
    name: orders
    state: absent
"""

RETURN = r"""
cluster:
  description:
    - The cluster.
    - V(null) when it is not there, and when it would be created in check mode.
  returned: success
  type: dict
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
from ansible_collections.dax.cross_account.plugins.module_utils.write.cluster import ensure_cluster


def main() -> None:
    module = AnsibleAWSModule(
        argument_spec={
            "name": {"type": "str", "required": True, "aliases": ["cluster_name"]},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "node_type": {"type": "str"},
            "replication_factor": {"type": "int"},
            "availability_zones": {"type": "list", "elements": "str"},
            "iam_role_arn": {"type": "str"},
            "description": {"type": "str"},
            "parameter_group_name": {"type": "str"},
            "subnet_group_name": {"type": "str"},
            "security_group_ids": {"type": "list", "elements": "str"},
            "preferred_maintenance_window": {"type": "str"},
            "notification_topic_arn": {"type": "str"},
            "notification_topic_status": {"type": "str", "choices": ["active", "inactive"]},
            "sse": {"type": "bool"},
            "encryption_type": {"type": "str", "choices": ["NONE", "TLS"]},
            "network_type": {"type": "str", "choices": ["ipv4", "ipv6", "dual_stack"]},
            "tags": {"type": "dict", "aliases": ["resource_tags"]},
            "purge_tags": {"type": "bool", "default": True},
            "wait": {"type": "bool", "default": True},
            "wait_timeout": {"type": "int"},
        },
        supports_check_mode=True,
    )
    run_module(module, lambda: ensure_cluster(module.client("dax"), module.params, module.check_mode))


if __name__ == "__main__":
    main()
