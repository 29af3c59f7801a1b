# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Link 12: encryption in transit. Cluster, document and client have to agree on it. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from ...common.addresses import is_address
from .model import HOST, A, B, Finding, Fix, check
from .pair import Pair
from .symptoms import OTHER_CERTIFICATE, REFUSED

_SCHEMES = {"NONE": "dax", "TLS": "daxs"}


@check("tls.document", "The cluster document says what the cluster is", *REFUSED)
def document(pair: Pair) -> Iterator[Finding]:
    """A document of an older cluster of the same name leads clients to the wrong port, scheme or name."""
    told = pair.cluster_document
    if told is None or pair.a is None:
        return
    cluster, subject = pair.cluster(), "cluster document"
    endpoint = told["endpoint"] or {"address": None, "port": 0, "url": None}
    pairs = {
        "encryption_type": (told["encryption_type"], cluster["encryption_type"]),
        "address": (endpoint["address"], cluster["endpoint"]["address"]),
        "port": (endpoint["port"], cluster["endpoint"]["port"]),
    }
    wrong = {name: values for name, values in pairs.items() if values[0] != values[1]}
    evidence = {name: {"document": one, "cluster": two} for name, (one, two) in pairs.items()}
    if not cluster["endpoint"]["address"]:
        return  # the check of the endpoint says so
    if not wrong:
        said = f"{cluster['encryption_type']}, {cluster['endpoint']['address']}:{cluster['endpoint']['port']}"
        yield Finding("tls.document", "ok", A, subject, said, evidence=evidence)
        return
    fix = pair.run("write the document anew and hand it to account B, which writes the clients anew", True, A)
    found = ", ".join(f"{name} {one}" for name, (one, _two) in wrong.items())
    expected = ", ".join(f"{name} {two}" for name, (_one, two) in wrong.items())
    yield Finding("tls.document", "broken", A, subject, found, expected, fix, evidence)


@check("tls.client", "The client uses the cluster's scheme and port", *REFUSED)
def client(pair: Pair) -> Iterator[Finding]:
    if not pair.wanted.client_endpoint or not pair.endpoint()["address"]:
        return
    given, port = _parts(pair.wanted.client_endpoint)[0], _parts(pair.wanted.client_endpoint)[2]
    scheme = _SCHEMES.get(_encryption(pair), "dax")
    endpoint, subject = pair.endpoint(), f"endpoint {pair.wanted.client_endpoint}"
    # Without a port each client takes the one that is usual for the scheme.
    usual = port or {"dax": 8111, "daxs": 9111}.get(given, 0)
    evidence = {"scheme": given, "port": port, "encryption_type": _encryption(pair)}
    if (given, usual) == (scheme, endpoint["port"]):
        yield Finding("tls.client", "ok", HOST, subject, f"{scheme}, port {usual}", evidence=evidence)
        return
    expected = f"{scheme}://{endpoint['address']}:{endpoint['port']}"
    if pair.cluster_document and not list(_stale(pair)):
        fix = pair.run("write the client anew (role dax_client), or give it the cluster's endpoint", True, B)
        yield Finding("tls.client", "broken", HOST, subject, f"{given}, port {usual}", expected, fix, evidence)
    elif pair.cluster_document:
        why = "it was written by a cluster document that is not the cluster's any more"
        yield Finding("tls.client", "unknown", HOST, subject, why, expected, evidence=evidence)
    else:
        fix = Fix("manual", HOST, f"give the client {expected}")
        yield Finding("tls.client", "broken", HOST, subject, f"{given}, port {usual}", expected, fix, evidence)


@check("tls.certificate", "The client calls the cluster by the name in its certificate", *OTHER_CERTIFICATE)
def certificate(pair: Pair) -> Iterator[Finding]:
    """Clients hold the certificate against the name that they were given. It is for DAX's own names, for no address."""
    if _encryption(pair) != "TLS" or not pair.endpoint()["address"]:
        return
    name = str(pair.endpoint()["address"])
    host = _parts(pair.wanted.client_endpoint)[1] if pair.wanted.client_endpoint else name
    nodes = pair.cluster().get("nodes", []) if pair.a else []
    names = [name, *(str(node["endpoint"]["address"]) for node in nodes)]
    subject, evidence = f"name {host}", {"names": names}
    if host.lower() in [item.lower() for item in names] and not is_address(host):
        yield Finding("tls.certificate", "ok", HOST, subject, "one of the cluster's own", evidence=evidence)
        return
    if pair.cluster_document and list(_stale(pair)):
        why = "it was written by a cluster document that is not the cluster's any more"
        yield Finding("tls.certificate", "unknown", HOST, subject, why, name, evidence=evidence)
        return
    told = "an address, and the certificate is for names" if is_address(host) else "no name of the cluster"
    fix = Fix("manual", HOST, f"give the client the cluster's own name, {name}")
    yield Finding("tls.certificate", "broken", HOST, subject, told, name, fix, evidence)


def _stale(pair: Pair) -> Iterator[Finding]:
    return (item for item in document(pair) if item.verdict == "broken")


def _encryption(pair: Pair) -> str:
    if pair.a:
        return pair.cluster()["encryption_type"]
    return pair.cluster_document["encryption_type"] if pair.cluster_document else "NONE"


def _parts(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port of an endpoint; 0 for a port that is not named or none."""
    try:
        found = urlsplit(url if "://" in url else f"dax://{url}")
        return found.scheme, found.hostname or "", found.port or 0
    except ValueError:
        return "", url, 0
