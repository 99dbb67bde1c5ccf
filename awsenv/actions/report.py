"""doctor --report: all that helps to help somebody, and nothing that tells who it is or what they hold.

Names are hashed, with a salt of this report's own: the same name is the same hash in it, and in no other.
"""

import hashlib
import os
import platform
import secrets
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec

from awsenv import __version__
from awsenv.actions.checks.findings import Finding
from awsenv.actions.checks.programs import Program, ask_versions
from awsenv.environ import OWNED_VARIABLES
from awsenv.errors import AwsenvError
from awsenv.files.ini import IniFile, load_ini
from awsenv.files.owned import id_of, parse_mark
from awsenv.files.paths import config_path, credentials_path
from awsenv.files.settings import settings_path
from awsenv.runtime import Runtime

# What AWS tools and awsenv call their keys tells nothing; any other key may be a name.
_KEYS = frozenset(
    {
        *("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token", "ca_bundle"),
        *("cli_pager", "credential_process", "credential_source", "duration_seconds", "endpoint_url", "external_id"),
        *("login_session", "mfa_serial", "output", "region", "role_arn", "role_session_name", "s3", "services"),
        *("source_profile", "sso_account_id", "sso_region", "sso_registration_scopes", "sso_role_name", "sso_session"),
        *("sso_start_url", "sts_regional_endpoints", "use_dualstack_endpoint", "use_fips_endpoint", "expiration"),
        *("web_identity_token_file", "aws_expiration", "x_security_token_expires"),
    }
)
# Their values are among a handful that everybody uses.
_PLAIN_VALUES = {"output": {"json", "yaml", "text", "table"}, "sso_registration_scopes": {"sso:account:access"}}
_VARIABLES = ("AWS", "AWSENV")
_NAMES = {
    *OWNED_VARIABLES,
    *("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE", "AWS_PAGER", "AWS_EC2_METADATA_DISABLED"),
    *("AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC", "AWS_ENDPOINT_URL_STS", "AWS_SDK_LOAD_CONFIG"),
    *("AWS_ENDPOINT_URL", "AWSENV_SEGMENT", "AWSENV_DEBUG", "AWS_STS_REGIONAL_ENDPOINTS", "AWS_USE_FIPS_ENDPOINT"),
}


def make_report(findings: Sequence[Finding], shell: str | None, runtime: Runtime) -> str:
    """Return the report, in lines of ASCII."""
    salt = secrets.token_bytes(16)
    versions = ask_versions(runtime, [shell] if shell else [])()

    def hashed(text: str) -> str:
        return hashlib.sha256(salt + text.encode("utf-8", "surrogateescape")).hexdigest()[:8]

    lines = [
        f"awsenv {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}",
        f"botocore {_version_of_botocore()}, shell {shell or 'unknown'} {_text(versions)}".rstrip(),
        *_variables(runtime, hashed),
        *_file("config", config_path(runtime), hashed, is_config=True),
        *_file("credentials", credentials_path(runtime), hashed, is_config=False),
        f"settings: {'there' if os.path.exists(settings_path(runtime)) else 'none'}",  # noqa: PTH110 - odd bytes
        f"findings: {len(findings)}",
        *(f"  {finding.severity} {finding.check} {_place(finding, runtime, hashed)}" for finding in findings),
    ]
    return "\n".join(lines) + "\n"


def _text(programs: Sequence[Program]) -> str:
    return ".".join(str(part) for program in programs for part in program.version or ())


def _version_of_botocore() -> str:
    # To ask botocore itself would take half a second.
    package = find_spec("botocore")
    if package is None or package.origin is None:
        return "missing"
    with open(package.origin, encoding="utf-8") as file:  # noqa: PTH123 - one line of a module
        told = (line.partition("=")[2].strip(" '\"\n") for line in file if line.startswith("__version__"))
        return next(told, "unknown")


def _variables(runtime: Runtime, hashed: Callable[[str], str]) -> Iterator[str]:
    yield "variables:"
    for name, value in sorted(runtime.environment.items()):
        if name.partition("_")[0] in _VARIABLES:
            yield f"  {name if name in _NAMES else hashed(name)} {'is empty' if not value else hashed(value)}"


def _file(what: str, path: str, hashed: Callable[[str], str], *, is_config: bool) -> Iterator[str]:
    try:
        ini = load_ini(path)
    except AwsenvError as error:
        yield f"{what}: {type(error).__name__}"
        return
    yield f"{what}: {len(ini.text)} characters, {len(ini.sections)} sections, {len(ini.notices)} notices"
    marked = {number for number, line in enumerate(ini.raw_lines(), start=1) if parse_mark(line)}
    for name, section in ini.sections.items():
        section_id = id_of(name, is_config=is_config)
        kind = section_id.kind if section_id else "passed over"
        own = section_id.name if section_id else name
        own = own if own == "default" else hashed(own)
        is_marked = any(start <= number <= end for start, end in ini.spans(section) for number in marked)
        yield f"  line {section.line}: {kind} {own}{', marked' if is_marked else ''}"
        yield from _entries(ini, name, hashed)


def _entries(ini: IniFile, name: str, hashed: Callable[[str], str]) -> Iterator[str]:
    for key, (value, line) in ini.sections[name].entries.items():
        told = value if value in _PLAIN_VALUES.get(key, ()) else hashed(value) if value else "empty"
        yield f"    line {line}: {key if key in _KEYS else hashed(key)} = {told}"


def _place(finding: Finding, runtime: Runtime, hashed: Callable[[str], str]) -> str:
    if finding.place is None:
        return "in the environment"
    known = {config_path(runtime): "config", credentials_path(runtime): "credentials"}
    known[settings_path(runtime)] = "settings"
    path = finding.place.path
    return f"in {known.get(path) or hashed(path)}, line {finding.place.line}"
