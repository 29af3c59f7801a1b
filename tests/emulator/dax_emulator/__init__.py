# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""LocalStack with a DAX service, and as strict as AWS where two accounts are joined.

The modules live in rooms, and imports run one way: a room imports only rooms that stand above it in `ROOMS`, and of
these only the ones that it names there. At the top level are `plugins`, which puts the rooms together, and `cli`; both
may import everything, and nothing imports them. tests/test_rooms.py holds the modules to it.
"""

__version__ = "0.1.0"

# Each room, and the rooms that it may import.
ROOMS = {
    "base": (),  # errors, settings, overrides of operations, reads of moto's EC2 state
    "dax": ("base",),  # DAX's control plane, and the state of its clusters
    "ec2": ("base", "dax"),  # EC2; what a DAX cluster uses is not deleted
    "access": ("base", "ec2"),  # who calls and what they may do; permissions depend on the tags of EC2's resources
    "iam": ("base", "access"),  # IAM and STS
    "front": ("base", "dax", "ec2", "access"),  # what happens to every request; the control API
    "metadata": ("base", "access", "front"),  # the instance metadata service
    "dataplane": (
        "base",
        "dax",
        "access",
        "front",
    ),  # what DAX clients connect to; by itself it needs only access.policy
}
