# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ipaddress
import random

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common import addresses


@pytest.mark.parametrize(
    ("ours", "theirs", "pairs"),
    [
        pytest.param(["10.0.0.0/16"], ["10.1.0.0/16"], [], id="apart"),
        pytest.param(["10.0.0.0/16"], ["10.0.0.0/16"], [("10.0.0.0/16", "10.0.0.0/16")], id="the same"),
        pytest.param(["10.0.0.0/16"], ["10.0.9.0/24"], [("10.0.0.0/16", "10.0.9.0/24")], id="inside"),
        pytest.param(["10.0.9.0/24"], ["10.0.0.0/16"], [("10.0.9.0/24", "10.0.0.0/16")], id="around"),
        pytest.param(
            ["10.0.0.0/16", "100.64.0.0/16"],
            ["10.1.0.0/16", "100.64.1.0/24"],
            [("100.64.0.0/16", "100.64.1.0/24")],
            id="secondary",
        ),
        pytest.param(["2001:db8::/56"], ["2001:DB8::/64"], [("2001:db8::/56", "2001:db8::/64")], id="IPv6"),
        pytest.param(["0.0.0.0/0"], ["::/0"], [], id="families do not meet"),
        pytest.param([], ["10.0.0.0/16"], [], id="nothing"),
    ],
)
def test_overlapping(ours: list[str], theirs: list[str], pairs: list[tuple[str, str]]) -> None:
    assert addresses.overlapping(ours, theirs) == pairs


@pytest.mark.parametrize(
    ("block", "within", "answer"),
    [
        ("10.0.1.0/24", "10.0.0.0/16", True),
        ("10.0.0.0/16", "10.0.0.0/16", False),
        ("10.0.0.0/8", "10.0.0.0/16", False),
        ("10.1.1.0/24", "10.0.0.0/16", False),
        ("2001:db8::/64", "2001:db8::/56", True),
        ("2001:db8::/64", "0.0.0.0/0", False),
    ],
)
def test_more_specific(block: str, within: str, answer: bool) -> None:
    assert addresses.more_specific(block, within) is answer


@pytest.mark.parametrize(
    ("family", "blocks"),
    [("ipv4", ["v4"]), ("ipv6", ["v6"]), ("dual_stack", ["v4", "v6"])],
)
def test_only_blocks_of_the_clusters_family(family: str, blocks: list[str]) -> None:
    assert addresses.blocks_of_family(["v4"], ["v6"], family) == blocks


def test_normalise() -> None:
    assert addresses.normalise("2001:DB8:0:0::/56") == "2001:db8::/56"
    with pytest.raises(ValueError, match="host bits"):
        addresses.normalise("10.0.0.1/16")


@pytest.mark.parametrize(
    ("prefix", "taken", "pools", "block"),
    [
        pytest.param(24, [], ["10.0.0.0/8"], "10.0.0.0/24", id="nothing taken"),
        pytest.param(24, ["10.0.0.0/16"], ["10.0.0.0/8"], "10.1.0.0/24", id="after the first"),
        pytest.param(24, ["10.0.0.128/25"], ["10.0.0.0/8"], "10.0.1.0/24", id="a part taken"),
        pytest.param(16, ["10.0.0.0/24", "10.1.0.0/16"], ["10.0.0.0/8"], "10.2.0.0/16", id="aligned"),
        pytest.param(24, ["10.0.1.0/24"], ["10.0.0.0/8"], "10.0.0.0/24", id="the gap before"),
        pytest.param(24, ["10.0.0.0/24", "10.0.2.0/24"], ["10.0.0.0/8"], "10.0.1.0/24", id="the gap between"),
        pytest.param(24, ["10.0.0.0/8"], ["10.0.0.0/8", "172.16.0.0/12"], "172.16.0.0/24", id="the next pool"),
        pytest.param(24, ["10.0.0.0/24"], ["10.0.0.0/24"], None, id="full"),
        pytest.param(23, [], ["10.0.0.0/24"], None, id="larger than the pool"),
        pytest.param(24, ["0.0.0.0/0", "2001:db8::/32"], ["10.0.0.0/8"], "10.0.0.0/24", id="what does not count"),
        pytest.param(24, ["10.0.0.0/16", "10.0.5.0/24"], ["10.0.0.0/8"], "10.1.0.0/24", id="nested"),
        pytest.param(28, ["10.0.0.0/28"], ["10.0.0.0/8"], "10.0.0.16/28", id="the smallest"),
        pytest.param(24, ["192.168.255.0/24"], ["192.168.255.0/24"], None, id="the end of a pool"),
    ],
)
def test_first_free(prefix: int, taken: list[str], pools: list[str], block: str | None) -> None:
    assert addresses.first_free(prefix, taken, pools) == block
    assert addresses.first_free(prefix, list(reversed(taken)), pools) == block


@pytest.mark.parametrize("seed", range(60))
def test_first_free_is_free_and_the_first(seed: int) -> None:
    dice = random.Random(seed)
    pool = ipaddress.IPv4Network("10.9.0.0/20")
    taken = []
    for _block in range(dice.randrange(40)):
        length = dice.randint(22, 28)
        start = int(pool.network_address) + dice.randrange(1 << (length - 20)) * (1 << (32 - length))
        taken.append(f"{ipaddress.IPv4Address(start)}/{length}")
    prefix = dice.randint(22, 28)
    expected = next(
        (str(part) for part in pool.subnets(new_prefix=prefix) if not addresses.overlapping([str(part)], taken)), None
    )
    assert addresses.first_free(prefix, taken, [str(pool)]) == expected


@pytest.mark.parametrize(
    ("block", "count", "parts"),
    [
        ("10.1.0.0/24", 1, ["10.1.0.0/24"]),
        ("10.1.0.0/24", 2, ["10.1.0.0/25", "10.1.0.128/25"]),
        ("10.1.0.0/24", 3, ["10.1.0.0/26", "10.1.0.64/26", "10.1.0.128/26"]),
        ("10.1.0.0/28", 1, ["10.1.0.0/28"]),
    ],
)
def test_subnet_blocks(block: str, count: int, parts: list[str]) -> None:
    assert addresses.subnet_blocks(block, count) == parts


def test_subnets_smaller_than_awss_smallest_are_refused() -> None:
    with pytest.raises(ValueError, match=r"10\.1\.0\.0/28 is too small for 2 subnets"):
        addresses.subnet_blocks("10.1.0.0/28", 2)
