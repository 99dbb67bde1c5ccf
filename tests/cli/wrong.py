"""A set-up that is well, and one that is wrong for each of doctor's checks."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from unit.files.fakes import NOW

from awsenv.files.digests import sha1_of

OLD = NOW - timedelta(days=1)
START_URL = "https://company.awsapps.com/start"
SESSION = f"""[sso-session company]
sso_start_url = {START_URL}
sso_region = eu-west-1
sso_registration_scopes = sso:account:access
"""
UNICORN = """
[profile unicorn]
sso_session = company
sso_account_id = 123456789012
sso_role_name = Admin
region = eu-west-1
"""
WELL = f"# mine\n{SESSION}{UNICORN}"
KEYS = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
TEMPORARY = KEYS.replace("AKIA", "ASIA") + "aws_session_token = t0k3n\n"
OVER = f"{TEMPORARY}expiration = {OLD.isoformat()}\n"
CONFIG, CREDENTIALS, BASHRC = ".aws/config", ".aws/credentials", ".bashrc"
HOOK = 'eval "$(awsenv init bash)"\n'
TOKEN = {"startUrl": START_URL, "region": "eu-west-1", "accessToken": "a", "expiresAt": "2026-07-14T18:00:00Z"}


@dataclass(frozen=True)
class Case:
    """What makes a set-up wrong: files, variables, more; and where it is found, by the text of the line."""

    files: Mapping[str, str | bytes] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    at: str = ""
    place: str | None = CONFIG
    modes: Mapping[str, int] = field(default_factory=dict)
    is_mended: bool = True
    arrange: Callable[[Path], object] = lambda _: None

    def set_up(self, home: Path) -> None:
        """Write it all into a home that is well."""
        well_set_up(home)
        for name, content in self.files.items():
            write(home / name, content)
        for name, mode in self.modes.items():
            (home / name).chmod(mode)
        self.arrange(home)


def well_set_up(home: Path) -> None:
    """Write what doctor has nothing to say to."""
    (home / ".aws").mkdir(mode=0o700, parents=True)
    write(home / CONFIG, WELL)
    write(home / BASHRC, f"alias ll='ls -l'\n{HOOK}")


def write(path: Path, content: str | bytes) -> None:
    """Write a file for its owner alone, as of yesterday."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape"))
    path.chmod(0o600)
    os.utime(path, (OLD.timestamp(), OLD.timestamp()))


def more(text: str, at: str, *, is_mended: bool = False) -> Case:
    """Return a config file with more in it."""
    return Case({CONFIG: f"{WELL}\n{text}"}, at=at, is_mended=is_mended)


def instead(old: str, new: str, at: str = "", *, is_mended: bool = False) -> Case:
    """Return a config file with something else in it."""
    assert old in WELL
    return Case({CONFIG: WELL.replace(old, new)}, at=at or new, is_mended=is_mended)


def keys(text: str, at: str, config: str = WELL, *, is_mended: bool = False) -> Case:
    """Return a credentials file."""
    return Case({CONFIG: config, CREDENTIALS: text}, at=at, place=CREDENTIALS, is_mended=is_mended)


def variables(**given: str) -> Case:
    """Return variables."""
    return Case(variables=given, place=None, is_mended=False)


def start(text: str, at: str) -> Case:
    """Return a start file of bash."""
    return Case({BASHRC: text}, at=at, place=BASHRC, is_mended=False)


def cached(folder: str, content: str | bytes, *, name: str = "x", mode: int = 0o600, is_mended: bool = True) -> Case:
    """Return a file of a cache."""
    path = f".aws/{folder}/cache/{name}.json"
    return Case({path: content}, place=path, modes={path: mode}, is_mended=is_mended)


def given_away(home: Path) -> None:
    """Give the config file to somebody else."""
    os.chown(home / CONFIG, 12345, 12345)


def a_folder(home: Path) -> None:
    """Put a folder in the place of the config file."""
    (home / CONFIG).unlink()
    (home / CONFIG).mkdir()


def in_future(home: Path) -> None:
    """Let a cache file be of tomorrow."""
    tomorrow = (NOW + timedelta(days=1)).timestamp()
    os.utime(home / ".aws/sso/cache/x.json", (tomorrow, tomorrow))


def program(home: Path, name: str, text: str) -> None:
    """Put a program on the PATH."""
    path = home / "bin" / name
    write(path, text)
    path.chmod(0o700)


ROLE = "[profile r]\nregion = eu-west-1\nrole_arn = arn:aws:iam::123456789012:role/X\n"
OTHER = "[profile o]\nregion = eu-west-1\n"
TOKEN_NAME = sha1_of("company")
CASES: dict[str, Case] = {
    "file-unreadable": Case(arrange=a_folder, is_mended=False),
    "file-encoding": Case({CONFIG: b"\xef\xbb\xbf" + WELL.encode()}, at="# mine"),
    "file-nul": instead("Admin", "Ad\0min", is_mended=False),
    "duplicate-section": Case(
        {CONFIG: f"{WELL}{OTHER}[profile unicorn]\noutput = json\n"}, at="LAST [profile unicorn]"
    ),
    "duplicate-key": Case({CONFIG: WELL + "output = json\noutput = text\n"}, at="output = text"),
    "file-syntax": more("[profile b]\nregion eu-west-1\n", "region eu"),
    "file-variable": variables(AWS_CONFIG_FILE="/nowhere/config"),
    "one-file": Case(
        {CONFIG: WELL},
        place=CREDENTIALS,
        is_mended=False,
        arrange=lambda home: (home / CREDENTIALS).symlink_to(home / CONFIG),
    ),
    "misplaced-file": Case(
        {".aws/config.txt": WELL},
        place=".aws/config.txt",
        is_mended=False,
        arrange=lambda home: (home / CONFIG).unlink(),
    ),
    "stray-mark": more(
        OTHER + "# awsenv 00000000 wrote region; without this line the section is yours\n", "# awsenv 0"
    ),
    "profile-header": instead("[profile unicorn]", "[unicorn]", is_mended=True),
    "misspelt-header": instead("[sso-session company]", "[sso_session company]", is_mended=True),
    "header-name": more("[profile my team]\nregion = eu-west-1\n", "[profile my", is_mended=True),
    "credentials-header": keys(f"[profile k]\n{KEYS}", "[profile k]", is_mended=True),
    "profile-twice": more(
        "[default]\nregion = eu-west-1\n[profile default]\nregion = us-east-1\n", "[profile default]"
    ),
    "default-capitals": more("[DEFAULT]\nregion = eu-west-1\n", "[DEFAULT]"),
    "quoted-value": instead("= Admin", '= "Admin"', is_mended=True),
    "inline-comment": instead("= Admin", "= Admin # mine", is_mended=True),
    "mistyped-key": instead("sso_session = company", "sso-session = company", is_mended=True),
    "region-form": more("[profile o]\nregion = eu-west-1a\n", "eu-west-1a", is_mended=True),
    "unknown-region": more("[profile o]\nregion = eu-wst-1\n", "eu-wst-1"),
    "account-form": instead("123456789012", "1234-5678-9012", is_mended=True),
    "role-arn-form": more(ROLE.replace("role/X", "user/X") + "source_profile = unicorn\n", "user/X"),
    "key-form": keys("[k]\naws_access_key_id = wJalr/x\naws_secret_access_key = AKIAIOSFODNN7EXAMPLE\n", "wJalr/x"),
    "duration-form": more(f"{ROLE}source_profile = unicorn\nduration_seconds = 1h\n", "duration_seconds"),
    "missing-session": instead("sso_session = company", "sso_session = compny"),
    "missing-source": more(f"{ROLE}source_profile = unicon\n", "unicon\n"),
    "source-loop": more(
        f"{ROLE}source_profile = q\n{ROLE.replace('profile r', 'profile q')}source_profile = r\n", "source_profile = q"
    ),
    "role-source": more(ROLE, "role_arn"),
    "incomplete-sso": instead("sso_role_name = Admin\n", "", "[profile unicorn]"),
    "session-differs": instead("= Admin\n", "= Admin\nsso_region = us-east-1\n", "sso_region = us-east-1"),
    "legacy-sso": more(
        f"[profile l]\nregion = eu-west-1\nsso_start_url = {START_URL}\nsso_region = eu-west-1\n"
        "sso_account_id = 123456789012\nsso_role_name = A\n",
        "[profile l]\nregion = eu-west-1\nsso_start_url",
    ),
    "key-mixture": keys(f"[unicorn]\n{KEYS}", "aws_access_key_id"),
    "process-beside-sso": instead("= Admin\n", "= Admin\ncredential_process = /bin/true\n", "credential_process"),
    "missing-region": instead("Admin\nregion = eu-west-1\n", "Admin\n", "[profile unicorn]"),
    "sso-region-alone": more(
        f"[profile l]\nsso_start_url = {START_URL}\nsso_region = us-west-2\nsso_account_id = 123456789012\n"
        "sso_role_name = A\n",
        "sso_region = us-west-2",
    ),
    "mfa-with-sso": more(
        f"{ROLE}source_profile = unicorn\nmfa_serial = arn:aws:iam::123456789012:mfa/e\n", "mfa_serial"
    ),
    "process-command": more(f"{OTHER}credential_process = ~/bin/keys\n", "credential_process"),
    "web-identity-file": more(f"{ROLE}web_identity_token_file = /nowhere/token\n", "web_identity"),
    "missing-services": more(f"{OTHER}services = mine\n", "services = mine"),
    "session-incomplete": instead(f"sso_start_url = {START_URL}\n", "", "[sso-session company]"),
    "session-region": instead("sso_region = eu-west-1", "region = eu-central-1", is_mended=True),
    "session-scopes": instead("sso_registration_scopes = sso:account:access\n", "", "[sso-session", is_mended=True),
    "start-url": instead(START_URL, f"{START_URL}#/", "sso_start_url", is_mended=True),
    "session-same": more(SESSION.replace("company", "other", 1), "[sso-session other]"),
    "session-unused": instead("sso_session = company", "# none", "[sso-session company]"),
    "incomplete-keys": keys("[k]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n", "aws_access_key_id"),
    "expired-leftover": keys(f"[unicorn]\n{OVER}[k]\n{KEYS}", "aws_access_key_id", is_mended=True),
    "expired-keys": keys(f"[k]\n{OVER}", "aws_access_key_id"),
    "default-keys": keys(f"[default]\n{KEYS}", "aws_access_key_id"),
    "token-missing": keys(f"[k]\n{KEYS.replace('AKIA', 'ASIA')}", "aws_access_key_id"),
    "profile-variables": variables(AWS_PROFILE="unicorn", AWS_DEFAULT_PROFILE="default"),
    "one-profile-variable": variables(AWS_DEFAULT_PROFILE="unicorn"),
    "region-variables": variables(AWS_REGION="eu-west-1", AWS_DEFAULT_REGION="us-east-1"),
    "blank-variable": variables(AWS_PROFILE=""),
    "profile-variable-unknown": variables(AWS_PROFILE="unicon", AWS_DEFAULT_PROFILE="unicon"),
    "keys-beside-profile": variables(AWS_PROFILE="unicorn", AWS_ACCESS_KEY_ID="AKIA", AWS_SECRET_ACCESS_KEY="s"),
    "expired-variables": variables(AWS_ACCESS_KEY_ID="ASIA", AWS_CREDENTIAL_EXPIRATION="2026-01-01T00:00:00Z"),
    "lone-key-variable": variables(AWS_ACCESS_KEY_ID="AKIA"),
    "security-token-variable": variables(AWS_SECURITY_TOKEN="old", AWS_SESSION_TOKEN="new"),
    "conflicting-variable": variables(AWS_PROFILE="unicorn", AWS_CONTAINER_CREDENTIALS_FULL_URI="http://127.0.0.1/"),
    "load-config-variable": variables(AWS_SDK_LOAD_CONFIG="0"),
    "metadata-variable": Case(
        {CONFIG: f"{WELL}\n{ROLE}credential_source = Ec2InstanceMetadata\n"},
        {"AWS_EC2_METADATA_DISABLED": "true"},
        at="credential_source",
        is_mended=False,
    ),
    "endpoint-override": variables(AWS_ENDPOINT_URL="https://evil.example.com"),
    "configured-endpoint": more(
        "[services mine]\ns3 =\n  endpoint_url = https://s3.eu-west-1.amazonaws.com\nsso =\n"
        "  endpoint_url = https://amazonaws.com.example.com\n",
        "sso =",
    ),
    "awsenv-variables": variables(AWSENV_SAVED="junk"),
    "file-mode": Case(modes={CONFIG: 0o622}),
    "copy-mode": Case(
        {".aws/credentials.bak": f"[k]\n{KEYS}"}, place=".aws/credentials.bak", modes={".aws/credentials.bak": 0o644}
    ),
    "folder-mode": Case(place=".aws", modes={".aws": 0o777}),
    "prepared-mode": Case(
        {".cache/awsenv/prepared/x": ""}, place=".cache/awsenv/prepared", modes={".cache/awsenv/prepared": 0o750}
    ),
    "cache-mode": cached("sso", json.dumps(TOKEN), mode=0o644),
    "foreign-owner": Case(arrange=given_away, is_mended=False),
    "broken-cache": cached("cli", "{", name="0" * 40),
    "lock-mode": Case(
        {".aws/awsenv/locks/x.lock": ""},
        place=".aws/awsenv/locks/x.lock",
        modes={".aws/awsenv/locks/x.lock": 0o400},
    ),
    "leftover": Case({".aws/sso/cache/.awsenv-999999999-ab.tmp": "x"}, place=".aws/sso/cache/.awsenv-999999999-ab.tmp"),
    "other-token": cached(
        "sso", json.dumps(TOKEN | {"startUrl": "https://other.awsapps.com/start"}), name=TOKEN_NAME, is_mended=False
    ),
    "clock-ahead": Case(
        {".aws/sso/cache/x.json": json.dumps(TOKEN)}, place=".aws/sso/cache/x.json", arrange=in_future, is_mended=False
    ),
    "hook-missing": Case({BASHRC: "# nothing\n"}, place=None, is_mended=False),
    "hook-twice": start(f"{HOOK}# again\n  {HOOK}", f"  {HOOK}"),
    "hook-early": start(f"{HOOK}source ~/.oh-my-bash/oh-my-bash.sh\n", HOOK),
    "hook-other-shell": start(HOOK.replace("bash", "zsh"), "awsenv init"),
    "hook-unread": start("# here\nawsenv init bash\n", "awsenv init"),
    "keys-in-start-file": start(f"{HOOK}export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\n", "export AWS"),
    "settings": Case(
        {".config/awsenv/config.toml": "# mine\nexprt = 1\n"}, place=".config/awsenv/config.toml", is_mended=False
    ),
    "settings-names": Case(
        {".config/awsenv/config.toml": '[aliases]\nuni = "unicon"\n'},
        place=".config/awsenv/config.toml",
        is_mended=False,
    ),
    "other-program": Case(
        place="bin/awsenv", is_mended=False, arrange=lambda home: program(home, "awsenv", "#!/opt/other/python3\n")
    ),
    "aws-version": Case(
        place="bin/aws", is_mended=False, arrange=lambda home: program(home, "aws", "#!/bin/sh\necho aws-cli/2.4.1\n")
    ),
    "terraform-version": Case(
        place="bin/terraform",
        is_mended=False,
        arrange=lambda home: program(home, "terraform", "#!/bin/sh\necho Terraform v1.5.7\n"),
    ),
}
# They look at what no home of a test has: the practice Identity Center, and the user's other home.
ELSEWHERE = {"clock-skew", "other-home"}
