#!/usr/bin/python
# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: dax_client_config
version_added: 1.0.0
short_description: Check the variables of role dax_client, and return what stands in its programs
description:
  - The first task of the role P(dax.cross_account.dax_client#role). It takes the role's variables, not options of its
    own, and the cluster document from a dictionary or from a file on the controller.
  - Refuses, with a line for each reason that names the variable, what the programs would not work with, and an AWS
    profile of the same name that the role did not write. It reads the AWS config file on the target and writes
    nothing.
  - Asks the target for its region and, where programs are built, for the versions of its tools and whether pip reaches
    a package index, with M(dax.cross_account.dax_client_host_info).
author:
  - dax.cross_account contributors (!UNKNOWN)
options:
  verify:
    description: Whether the nodes of the cluster are tried, for which a table, a key and a language are needed.
    type: bool
    default: false
  packages:
    description: Whether packages of the system may still be installed, if C(dax_client_install_packages) says so.
    type: bool
    default: true
  pip_package:
    description: A small package with its version. Where the Python program is not built yet, pip tries to get it.
    type: str
attributes:
  check_mode:
    description: Reports what would change, and changes nothing.
    support: full
  diff_mode:
    description: Returns what changed, or what would change in check mode, when in diff mode.
    support: N/A
    details:
      - It changes nothing.
  idempotent:
    description: A second run with the same options, in outwardly the same circumstances, changes nothing.
    support: full
seealso:
  - module: dax.cross_account.dax_client_files
  - module: dax.cross_account.dax_client_host_info
"""

EXAMPLES = r"""
- name: Install the client programs
  ansible.builtin.import_role:
    name: dax.cross_account.dax_client
  vars:
    dax_client_cluster: cluster.yml
"""

RETURN = r"""
config:
  description: What stands in the programs and the AWS profile.
  returned: success
  type: dict
  contains:
    account_id:
      description: The account of the cluster.
      type: str
      returned: always
      sample: "111111111111"
    cluster_name:
      description: The cluster.
      type: str
      returned: always
      sample: orders
    scheme:
      description: V(daxs) for a cluster with TLS, V(dax) for another.
      type: str
      returned: always
      sample: dax
    endpoint:
      description: The URL of the discovery endpoint.
      type: str
      returned: always
      sample: dax://orders.abc123.dax-clusters.us-east-1.amazonaws.com:8111
    region:
      description: The region of the cluster.
      type: str
      returned: always
      sample: us-east-1
    sts_region:
      description: The region whose STS endpoint is used.
      type: str
      returned: always
      sample: us-east-1
    ip_family:
      description: The IP family of the nodes' addresses, V(ipv4) or V(ipv6).
      type: str
      returned: always
      sample: ipv4
    role_arn:
      description: The role that the programs assume.
      type: str
      returned: always
      sample: arn:aws:iam::111111111111:role/DaxCrossAccountRole
    external_id:
      description: The external id to assume it with, empty for none.
      type: str
      returned: always
      sample: ""
    session_name:
      description: The name of the role's session.
      type: str
      returned: always
      sample: dax-client
    session_duration:
      description: How long a session lasts, in seconds.
      type: int
      returned: always
      sample: 3600
    profile_name:
      description: The name of the AWS profile.
      type: str
      returned: always
      sample: dax-orders
    profile_marker:
      description: What the lines around the profile in the AWS config file say.
      type: str
      returned: always
      sample: "dax.cross_account: profile dax-orders"
    aws_config_path:
      description: The AWS config file, empty where the AWS SDKs find it by themselves.
      type: str
      returned: always
      sample: ""
    needs:
      description: What each language needs, in words.
      type: dict
      returned: always
      sample: {go: Go 1.24 or newer}
    python:
      description: The Python that makes the Python program's environment, empty where none is made.
      type: str
      returned: always
      sample: python3.11
    packages:
      description: The packages of the system that have to be installed first.
      type: list
      elements: str
      returned: always
      sample: [python3.11]
    root:
      description: Whether the user in effect on the target is root.
      type: bool
      returned: always
      sample: false
options:
  description: The role's variables without C(dax_client_), each of its type, and null for one that is not given.
  returned: success
  type: dict
  sample:
    languages: [python]
    dest: ~/dax-client
    install: false
"""
