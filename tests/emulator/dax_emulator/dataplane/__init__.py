# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A DAX data plane: a server for unmodified DAX client libraries. See README.md.

`integration` and `moto_store` tie it to the emulator; all the rest runs by itself, without LocalStack.
"""
