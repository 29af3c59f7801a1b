# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Link 13: what is close to its end, or due. It breaks nothing today, so it is a warning at most. Pure, no clock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from ...common.compare import is_propagated, is_terminal
from ...common.ownership import MOST_TAGS
from ...common.quotas import QUOTAS, Quota
from .groups import groups_of_client, groups_of_cluster
from .model import A, B, Finding, Fix, Where, check
from .pair import Pair
from .path import connection, optional, reading, was_read, ways

_CLOSE = 0.8
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TAGS = Quota("", "", "Tags per resource", MOST_TAGS, MOST_TAGS)


@check("limits.routes", "The route tables have room")
def routes(pair: Pair) -> Iterator[Finding]:
    for where in (A, B):
        if not was_read(pair, where):
            continue
        for way in ways(pair, where)[0]:
            standing = [item["destination"] for item in way.table["routes"] if not is_propagated(item)]
            count = max(sum(":" in item for item in standing), sum(":" not in item for item in standing))
            yield _counted("limits.routes", where, f"routes of {way.table['route_table_id']}", count, QUOTAS["routes"])


@check("limits.rules", "The security groups have room")
def rules(pair: Pair) -> Iterator[Finding]:
    for where in (A, B):
        if not was_read(pair, where):
            continue
        ids = groups_of_cluster(pair) if where == A else groups_of_client(pair)
        for group in reading(pair, where, "security_groups"):
            for egress in (False, True):
                there = [rule for rule in group["rules"] if rule["egress"] is egress]
                four, six = (sum(not rule[key] for rule in there) for key in ("cidr_ipv6", "cidr_ip"))
                way = "outbound" if egress else "inbound"
                if group["group_id"] in ids and there:
                    subject = f"{way} rules of {group['group_id']}"
                    yield _counted("limits.rules", where, subject, max(four, six), QUOTAS["rules"])


@check("limits.peerings", "The VPCs have room for peering connections")
def peerings(pair: Pair) -> Iterator[Finding]:
    for where in (A, B):
        if was_read(pair, where):
            count = sum(not is_terminal(item) for item in reading(pair, where, "peerings"))
            vpc_id = pair.vpc_id_a() if where == A else pair.vpc_id_b()
            yield _counted("limits.peerings", where, f"peering connections of {vpc_id}", count, QUOTAS["peerings"])


@check("limits.tags", "What carries a tag for each consumer has room for more")
def tags(pair: Pair) -> Iterator[Finding]:
    role = optional(pair, A, "role")
    if role:
        yield _counted("limits.tags", A, f"tags of role {role['role_name']}", _own(role["tags"]), _TAGS)
    found = connection(pair) if pair.a or pair.b else None
    for where in (A, B):
        shown = optional(pair, where, "peerings") or []
        item = next((item for item in shown if found and item["id"] == found["id"]), None)
        if item:
            yield _counted("limits.tags", where, f"tags of {item['id']}", _own(item["tags"]), _TAGS)


@check("limits.maintenance", "No maintenance of the cluster is due within a day")
def maintenance(pair: Pair) -> Iterator[Finding]:
    if pair.a is None:
        return
    cluster = pair.read_a("cluster") or {}
    window = cluster.get("preferred_maintenance_window")
    now = datetime.fromisoformat(pair.a["read_at"].replace("Z", "+00:00")).astimezone(UTC)
    hours = _until(str(window), now)
    if hours is None:
        return
    subject, evidence = f"maintenance window {window} (UTC)", {"read_at": pair.a["read_at"], "hours": round(hours, 1)}
    nodes = len(cluster.get("nodes", []))
    if hours > 24:
        yield Finding("limits.maintenance", "ok", A, subject, f"begins in {hours / 24:.1f} days", evidence=evidence)
        return
    told = "it is open now" if hours <= 0 else f"begins in {hours:.0f} hours"
    alone = "; with one node the cluster does not answer meanwhile" if nodes == 1 else ""
    text = "if DAX has an update, it restarts the nodes then; choose another window if this one does not suit"
    command = ("aws", "dax", "update-cluster", "--cluster-name", cluster["cluster_name"])
    later = ("--preferred-maintenance-window", _shifted(str(window)), "--region", str(pair.region_a))
    fix = Fix("command", A, text, ((*command, *later),))
    yield Finding("limits.maintenance", "warning", A, subject, f"{told}{alone}", fix=fix, evidence=evidence)


def _counted(check_id: str, where: Where, subject: str, count: int, quota: Quota) -> Finding:
    """Hold a count against a quota. A default that is exceeded was raised, to what is not known: the highest counts."""
    default = quota.default or 0
    most = quota.highest if quota.highest and count > default else default
    evidence = {"count": count, "quota": quota.name, "limit": most}
    told = f"{count} of {most}"
    if count < most * _CLOSE:
        return Finding(check_id, "ok", where, subject, told, evidence=evidence)
    text = f"ask AWS for a higher quota ({quota.name}), or remove what nobody needs"
    if quota is _TAGS:
        text = "AWS does not raise this limit: let further consumers have a role of their own (dax_account_a_role_name)"
    return Finding(check_id, "warning", where, subject, told, "room for more", Fix("manual", where, text), evidence)


def _own(found: dict[str, str]) -> int:
    """Tags of AWS's own do not count."""
    return sum(not key.startswith("aws:") for key in found)


def _until(window: str, now: datetime) -> float | None:
    """Return in how many hours a weekly window such as sun:01:00-sun:09:00 opens, 0 or less while it is open."""
    times = re.fullmatch(r"([a-z]{3}):(\d\d):(\d\d)-([a-z]{3}):(\d\d):(\d\d)", window.lower())
    if not times or not {times[1], times[4]} <= set(_DAYS):
        return None
    begin, end = _minute(*times.group(1, 2, 3)), _minute(*times.group(4, 5, 6))
    here = now.weekday() * 1440 + now.hour * 60 + now.minute
    week = 7 * 1440
    if (here - begin) % week < (end - begin) % week:
        return 0.0
    return ((begin - here) % week) / 60


def _minute(day: str, hour: str, minute: str) -> int:
    return _DAYS.index(day) * 1440 + int(hour) * 60 + int(minute)


def _shifted(window: str) -> str:
    """Return the same window three days later."""
    return re.sub(r"[a-z]{3}(?=:)", lambda day: _DAYS[(_DAYS.index(day[0]) + 3) % 7], window.lower())
