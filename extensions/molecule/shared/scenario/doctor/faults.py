# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All faults of the matrix, and the checks for which this emulator has none, with the reason."""

from __future__ import annotations

from . import faults_filters, faults_iam, faults_network, faults_other, faults_sts
from .fault import Fault

FAULTS: dict[str, Fault] = {
    **faults_iam.FAULTS,
    **faults_sts.FAULTS,
    **faults_other.FAULTS,
    **faults_network.FAULTS,
    **faults_filters.FAULTS,
}

# Broken in the unit tests alone.
NOT_HERE = {
    "cluster.node_count": "the emulator counts the nodes that it shows",
    "routes.family": "in the test of the pair of IPv6, which has no instance",
    "dns.resolves": "the emulator has no name servers that a client's host could ask",
    "tls.client": "AWS does not know what a client was given",
    "tls.certificate": "in the test of the encrypted pair",
    "limits.routes": "400 routes are 400 calls",
    "limits.peerings": "40 connections are 80 calls",
    "live.connect": "its hosts are on loopback, where no network stands in the way",
    "live.identity": "the same",
    "live.assume": "the same",
    "live.items": "the same",
}
# Say what there is, and never that it is broken.
INFORMATION = ("peering.dns", "cluster.subnet_group")
