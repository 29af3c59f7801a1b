# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each role is to do: its variables, typed and checked once. Pure, no AWS, no Ansible.

A field of a class is a variable of the role, without its prefix. Its annotation says what the variable may be given
as, since ``-e prune=false``, AWX surveys and YAML give text, numbers and nulls for the same thing; ``option()`` says
what else has to be true. To add a variable: a field here, an option in ``meta/argument_specs.yml``, ``make generate``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from ..common.documents import REGION, REGION_RULE, ROLE_ARN, ROLE_ARN_RULE, ROLE_PATH, ROLE_PATH_RULE
from ..common.shapes import BlockRequest
from .option_types import Options, option, rule
from .tools import Host

State = Literal["present", "absent"]

_IAM_NAME = r"[A-Za-z0-9_+=,.@-]"
_IAM_RULE = "letters, digits and _+=,.@-"
_ARN_OF_POLICY = r"arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[\x21-\x7e]{1,512}"
_HOST_ACCOUNT = r"[^\s:/-]([^:/]{0,254}[^\s:/])?"
_ZONE = r"[a-z]{2}(-[a-z0-9]{1,16}){1,4}-[0-9]{1,2}[a-z]"

ACCOUNT_ID = rule(r"([0-9]{12})?", "12 digits, or empty for any")
ROLE_NAME = rule(rf"{_IAM_NAME}{{1,64}}", f"1 to 64 {_IAM_RULE}")
PATH = rule(ROLE_PATH, ROLE_PATH_RULE)
POLICY_NAME = rule(rf"{_IAM_NAME}{{1,128}}", f"1 to 128 {_IAM_RULE}")
BOUNDARY = rule(rf"({_ARN_OF_POLICY})?", "the ARN of a policy, or empty")
EXTERNAL_ID = rule(r"([A-Za-z0-9_+=,.@:/-]{2,1224})?", "2 to 1224 letters, digits and _+=,.@:/-, or empty")
SESSION_SECONDS = rule(low=3600, high=43200)
GROUP_ID = rule(r"(sg-[0-9a-f]{1,17})?", "the id of a security group, or empty")
# More than a day is a mistake of units.
WAIT_SECONDS = rule(low=0, high=86400)


@dataclass(frozen=True, kw_only=True)
class OwnerOptions(Options):
    """What role ``dax_account_a`` is to bring account A to."""

    PREFIX = "dax_account_a_"
    OUTPUTS = ("check", "cluster_document", "doctor", "plan", "result", "summary")

    state: State
    cluster_name: str = option(r"(?=.{1,20}$)[A-Za-z](-?[A-Za-z0-9])*", "the name of a DAX cluster")
    connection: dict[str, Any]
    account_id: str = option(ACCOUNT_ID)
    consumers: list[Any]
    allowed_accounts: list[str] = option(r"[0-9]{12}", "accounts, each of 12 digits")
    prune: bool
    role_name: str = option(ROLE_NAME)
    role_path: str = option(PATH)
    role_per_consumer: bool
    policy_name: str = option(POLICY_NAME)
    access: Literal["read_write", "read_only"]
    external_id: str = option(EXTERNAL_ID)
    external_id_per_consumer: bool
    session_name_pattern: str = option(r"[A-Za-z0-9_+=,.@*?-]{0,64}", "up to 64 letters, digits and _+=,.@-*?")
    allow_session_tags: bool
    max_session_duration: int = option(SESSION_SECONDS)
    permissions_boundary: str = option(BOUNDARY)
    trust_policy_quota: int = option(low=2048, high=8192)
    security_group_id: str = option(GROUP_ID)
    dns_resolution: bool | None
    force_routes: bool
    wait_timeout: int = option(WAIT_SECONDS)
    tags: dict[str, str] = option(tags=True)
    document_path: str
    plan_path: str
    plan_file: str

    # Of this run, not variables.
    missing_documents: list[str] = field(default_factory=list, metadata={"run": True})
    # How many consumers a run of both sides has, before their documents are there.
    expected: int = field(default=0, metadata={"run": True})
    check_mode: bool = field(default=False, metadata={"run": True})


@dataclass(frozen=True, kw_only=True)
class ConsumerOptions(Options):
    """What role ``dax_account_b`` is to bring account B to."""

    PREFIX = "dax_account_b_"
    OUTPUTS = ("check", "consumer_document", "consumers", "doctor", "plan", "result", "summary")

    state: State
    cluster: Any
    connection: dict[str, Any]
    account_id: str = option(ACCOUNT_ID)
    owner_account_id: str = option(ACCOUNT_ID)
    # Its format is checked with the plan, which names it as it stands in the consumer document.
    name: str
    # Its ARN becomes the value of a tag in account A, which takes no comma.
    role_name: str = option(r"[A-Za-z0-9_+=.@-]{1,64}", "1 to 64 letters, digits and _+=.@-")
    role_path: str = option(PATH)
    policy_name: str = option(POLICY_NAME)
    instance_profile_name: str = option(rf"{_IAM_NAME}{{1,128}}", f"1 to 128 {_IAM_RULE}")
    external_id: str = option(EXTERNAL_ID)
    allow_session_tags: bool
    max_session_duration: int = option(SESSION_SECONDS)
    permissions_boundary: str = option(BOUNDARY)
    vpc_id: str = option(r"(vpc-[0-9a-f]{1,17})?", "the id of a VPC, or empty")
    vpc_tags: dict[str, str]
    vpc_cidr: str
    vpc_prefix: int
    vpc_pools: list[str]
    subnet_count: int = option(low=1, high=200)
    subnet_ids: list[str] = option(r"subnet-[0-9a-f]{1,17}", "ids of subnets")
    availability_zones: list[str] = option(_ZONE, "names of availability zones")
    sts_access: Literal["internet_gateway", "vpc_endpoint", "existing"]
    ssm_access: bool
    security_group_name: str = option(
        r"(?!sg-)[A-Za-z0-9 ._:/()#,@\[\]+=&;{}!$*-]{1,255}",
        "the name of a security group, which never begins with sg-",
    )
    security_group_id: str = option(GROUP_ID)
    instance: bool
    instance_type: str = option(r"[a-z0-9-]{2,20}\.[a-z0-9-]{2,20}", "an instance type such as t3.micro")
    image_id: str = option(
        r"(ami-[0-9a-f]{1,17}|resolve:ssm:[A-Za-z0-9_./:-]{1,1024})?", "an image, as ami-… or resolve:ssm:…, or empty"
    )
    key_name: str = option(r"[\x20-\x7e]{0,255}", "up to 255 characters")
    dns_resolution: bool | None
    force_routes: bool
    wait_timeout: int = option(WAIT_SECONDS)
    tags: dict[str, str] = option(tags=True)
    document_path: str
    plan_path: str
    plan_file: str

    # Of this run, not variables: the instances that had ended when it began, None at that time; and what the other
    # consumers of the run have or want.
    ended_before: list[str] | None = field(default=None, metadata={"run": True})
    earlier_requests: list[BlockRequest] = field(default_factory=list, metadata={"run": True})
    later_requests: list[BlockRequest] = field(default_factory=list, metadata={"run": True})
    check_mode: bool = field(default=False, metadata={"run": True})


@dataclass(frozen=True, kw_only=True)
class ClientNode:
    """A node that entry point ``verify`` tries."""

    address: str = option(r"[A-Za-z0-9:][A-Za-z0-9.:_-]{0,252}", "a host name or an address")
    port: int = option(low=1, high=65535)
    url: str | None


@dataclass(frozen=True, kw_only=True)
class ClientOptions(Options):
    """What role ``dax_client`` is to install, write and try."""

    PREFIX = "dax_client_"
    OUTPUTS = ("results", "verified")

    cluster: Any
    languages: list[Literal["python", "nodejs", "go", "java", "dotnet"]]
    dest: str = option(r".+", "the path of a directory")
    owner: str | None = option(_HOST_ACCOUNT, "the name of a user on the target")
    group: str | None = option(_HOST_ACCOUNT, "the name of a group on the target")
    directory_mode: str = option(r"0?[0-7]{3,4}", "an octal mode such as 0755")
    backup: bool
    role_arn: str | None = option(ROLE_ARN, ROLE_ARN_RULE)
    external_id: str | None = option(EXTERNAL_ID)
    session_name: str = option(rf"{_IAM_NAME}{{2,64}}", f"2 to 64 {_IAM_RULE}")
    # botocore renews 15 minutes before the end, and a role that assumes another one gets an hour.
    session_duration: int = option(low=1800, high=3600)
    sts_region: str | None = option(REGION, REGION_RULE)
    ip_family: Literal["ipv4", "ipv6"] | None
    aws_config_path: str
    profile_name: str | None = option(r"[A-Za-z0-9_+=,.@:/-]{1,128}", "1 to 128 letters, digits and _+=,.@:/-")
    install: bool
    install_packages: bool
    # One word of a shell's command; a path may have spaces.
    python: str | None = option(r"[^\s-](.*\S)?", "the name or path of a Python")
    run: bool
    table: str | None = option(r"[A-Za-z0-9_.-]{3,255}", "3 to 255 letters, digits and _.-")
    key: dict[str, Any] | None
    verify_nodes: list[ClientNode]
    verify_write: bool

    # Of this run, not variables: whether it is the entry point verify, the text of the AWS config file, and what the
    # target was asked, see tools.py.
    verify: bool = field(default=False, metadata={"run": True})
    aws_config: str = field(default="", metadata={"run": True})
    host: Host | None = field(default=None, metadata={"run": True})

    @property
    def builds(self) -> bool:
        """Whether programs are built, for which the target needs tools."""
        return self.install or self.verify


@dataclass(frozen=True, kw_only=True)
class DoctorOptions(Options):
    """What role ``dax_doctor`` is to write, and when it fails."""

    PREFIX = "dax_doctor_"
    OUTPUTS = ("result", "tried")

    fail_on: Literal["broken", "warning", "never"]
    live: bool
    json_path: str
    junit_path: str
    report_path: str
    svg_path: str
    instance_id: str = option(r"(i-[0-9a-f]{1,17})?", "the id of an instance, or empty")
    playbook: str = option(r"[A-Za-z0-9_./ -]{1,255}", "the name or path of a playbook")
