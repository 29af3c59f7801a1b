# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What clients say of a network that is broken, in their own words; for the page on troubleshooting.

Sources: the client libraries, and those who met it: github.com/aws/aws-dax-go/issues/24 (Go),
github.com/awsdocs/amazon-dynamodb-developer-guide/issues/39 (Python), github.com/aws/aws-sdk-java/issues/1841 and 1780
(Java), github.com/aws/aws-sdk-js/issues/4377 (Node.js).
"""

from __future__ import annotations

Symptoms = tuple[tuple[str, str], ...]

# No library tells a node that is silent from one that is not there: each looks for nodes, and finds none.
NO_NODES: Symptoms = (
    ("python", "An error occurred (NoRouteException) …: Failed to configure cluster endpoints from [('dax', …)]"),
    ("java", "failed to configure cluster endpoints from hosts: […]"),
    ("java", "Unable to call cluster endpoint: No endpoints available"),
    ("nodejs", "NoRouteException"),
    ("go", "Service Unavailable: no routes found"),
)
SILENT: Symptoms = (*NO_NODES, ("go", "dial tcp …: i/o timeout"))
UNKNOWN_NAME: Symptoms = (*NO_NODES, ("nodejs", "ENOTFOUND"), ("go", "no such host"))
REFUSED: Symptoms = (*NO_NODES, ("nodejs", "ECONNREFUSED"), ("go", "connection refused"))
OTHER_FAMILY: Symptoms = (("python", "ip_discovery does not match the SupportedNetworkType."),)
OTHER_CERTIFICATE: Symptoms = (
    ("python", "Certificate verification failed: Hostname mismatch, certificate is not valid for …"),
    ("nodejs", "ERR_TLS_CERT_ALTNAME_INVALID"),
    ("go", "x509: certificate is valid for …, not …"),
)
