# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network types, which the service model of older botocore releases lacks."""

from __future__ import annotations

from localstack.aws import spec


def install() -> None:
    """Add NetworkType and SupportedNetworkTypes to LocalStack's model of DAX before it is loaded."""
    network_type = {"shape": "NetworkType"}
    supported = {"shape": "NetworkTypeList"}
    fault = {"type": "structure", "members": {}, "exception": True}
    additions = {
        "NetworkType": {"type": "string", "enum": ["ipv4", "ipv6", "dual_stack"]},
        "NetworkTypeList": {"type": "list", "member": network_type},
        "SubnetNotAllowedFault": fault,
        "SubnetInUse": fault,
        "Cluster/members/NetworkType": network_type,
        "CreateClusterRequest/members/NetworkType": network_type,
        "SubnetGroup/members/SupportedNetworkTypes": supported,
        "Subnet/members/SupportedNetworkTypes": supported,
    }
    spec.loader.patches["dax/2017-04-19/service-2"] = [
        {"op": "add", "path": f"/shapes/{path}", "value": value} for path, value in additions.items()
    ]
