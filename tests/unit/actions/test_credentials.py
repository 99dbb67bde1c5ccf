import json
import re
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from botocore.awsrequest import AWSRequest
from stage import AWSENV, environment_of, run
from unit.aws.fakes import MORNING, Person, StoppedClock, runtime_of

from awsenv.actions.credentials import CredentialFinder
from awsenv.actions.hints import login_command
from awsenv.aws.translation import Operation
from awsenv.demo.faults import Fault
from awsenv.demo.household import Household
from awsenv.demo.rules import Rules
from awsenv.demo.server import PracticeServer
from awsenv.demo.story import DEVOPS, MFA_SERIAL, UNICORN
from awsenv.errors import (
    AssumeRoleRefused,
    AwsUnreachable,
    CacheUnreadable,
    ConfigError,
    EndpointRefused,
    IncompleteProfile,
    LoginDeclined,
    LoginRequired,
    ProfileLoop,
    RoleNotAssigned,
    TokenExpired,
    TokenMissing,
)
from awsenv.files import locks, role_cache, tokens
from awsenv.files.profiles import load_profiles
from awsenv.model import AccessToken, AssumedRole, Credentials, Notice, SsoRole, SsoSession, WebIdentity

BUILD = f"arn:aws:iam::{DEVOPS}:role/Build"
COMPANY = SsoSession("company", "https://practice.awsapps.com/start", "eu-west-1", ("sso:account:access",))
UNICORN_ROLE = SsoRole(COMPANY, UNICORN, "Developer")


@dataclass
class Stage:
    """A home with a config of the test's own, at nine o'clock, beside a practice server with the same clock."""

    home: Path
    practice: PracticeServer
    clock: StoppedClock
    person: Person = field(default_factory=Person)
    environment: dict[str, str] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)

    def write(self, config: str, credentials: str = "") -> None:
        """Write the shared files; `robot` always has the practice user's keys."""
        robot = self.practice.world.users[0]
        keys = f"aws_access_key_id = {robot.access_key_id}\naws_secret_access_key = {robot.secret_access_key}\n"
        folder = self.home / ".aws"
        folder.mkdir(exist_ok=True)
        (folder / "config").write_text(config.replace("{keys}", keys))
        (folder / "credentials").write_text(credentials.replace("{keys}", keys) + f"[robot]\n{keys}")

    def finder(self, name: str, min_ttl: timedelta | None = None) -> CredentialFinder:
        """Return a command's finder for a profile."""
        environment = self.practice.environment() | self.environment
        runtime = runtime_of(self.clock, self.home, environment, self.person)
        profiles = load_profiles(runtime)
        profile = profiles.find(name)
        assert profile is not None
        return CredentialFinder(profile, profiles, runtime, self.notices.append, (), min_ttl)

    def find(self, name: str, min_ttl: timedelta | None = None) -> Credentials:
        """Return the credentials of a profile."""
        return self.finder(name, min_ttl).find()

    def sign_in(self, *, lifetime: timedelta = timedelta(hours=1), refreshable: bool = True) -> None:
        """File a good access token of the company."""
        client = self.practice.grants.enroll("client", "company", timedelta(days=1))
        given = self.practice.grants.seed("company", client.client_id, lifetime)
        access_token = AccessToken(
            start_url=COMPANY.start_url,
            region=COMPANY.region,
            expires_at=given.expires_at,
            access_token=given.access_token,
            refresh_token=given.refresh_token if refreshable else None,
            client_id=client.client_id,
            client_secret=client.client_secret,
        )
        tokens.write_token(runtime_of(self.clock, self.home), COMPANY, access_token)

    def cache(self, source: SsoRole | AssumedRole | WebIdentity, minutes: float, text: str = "cached") -> None:
        """File an entry that has so many minutes left."""
        credentials = Credentials(text, "secret", "token", MORNING + timedelta(minutes=minutes))
        role_cache.write_credentials(runtime_of(self.clock, self.home), source, credentials)

    def calls(self) -> list[str]:
        """Return the operations that AWS was asked for."""
        return [call.operation for call in self.practice.journal.calls()]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Set the stage."""
    clock = StoppedClock()
    with PracticeServer(seed="credentials", rules=Rules(), clock=clock.now) as practice:
        # Signatures carry this machine's time, which is not the practice's: only unsigned calls are timely.
        yield Stage(tmp_path, practice, clock)
    assert practice.failures == []


SSO = f"""
[sso-session company]
sso_start_url = {COMPANY.start_url}
sso_region = {COMPANY.region}
sso_registration_scopes = sso:account:access
[profile unicorn]
sso_session = company
sso_account_id = {UNICORN}
sso_role_name = Developer
"""


def _role(name: str, *more: str, arn: str = BUILD) -> str:
    return "\n".join((f'[profile "{name}"]', f"role_arn = {arn}", *more, ""))


def test_a_loop_of_source_profiles_is_shown(stage: Stage) -> None:
    """A source profile that leads back is a loop, with every name on the way and the place to look at."""
    stage.write(
        _role("a", "source_profile = b", arn=f"{BUILD}1")
        + _role("b", "source_profile = c", arn=f"{BUILD}2")
        + _role("c", "source_profile = b", arn=f"{BUILD}3")
    )
    with pytest.raises(ProfileLoop, match="a → b → c → b") as caught:
        stage.find("a")
    assert "config:" in str(caught.value.hint)
    assert stage.calls() == []


def test_a_chain_without_an_end_is_given_up(stage: Stage) -> None:
    """A chain of more than thirty-two source profiles is configuration gone wrong, and said so before any request."""
    stage.write(
        "".join(_role(f"p{number}", f"source_profile = p{number + 1}", arn=f"{BUILD}{number}") for number in range(500))
    )
    with pytest.raises(ProfileLoop, match="more than 32 source profiles follow one another: p0 → p1 → p2 → …"):
        stage.find("p0")
    assert stage.calls() == []
    with pytest.raises(IncompleteProfile, match="p500"):
        stage.find("p469")


def test_a_loop_through_one_role_is_shown_at_once(stage: Stage) -> None:
    """Profiles of one role share a lock, which a command that holds it does not wait for."""
    stage.write(_role("a", "source_profile = b") + _role("b", "source_profile = a"))
    with pytest.raises(ProfileLoop):
        stage.find("a")
    assert stage.clock.sleeps == []


def test_a_profile_that_is_its_own_source_means_its_keys(stage: Stage) -> None:
    """A role whose source is its own profile is assumed with the keys beside it; without keys that is a loop."""
    stage.write(_role("own", "source_profile = own", "{keys}") + _role("empty", "source_profile = empty"))
    robot = stage.practice.world.users[0]
    finder = stage.finder("own")
    source = finder.profile.source
    assert isinstance(source, AssumedRole)
    assert finder._source_credentials(finder.profile, source).access_key_id == robot.access_key_id  # noqa: SLF001
    with pytest.raises(ProfileLoop, match="empty → empty"):
        stage.find("empty")


def test_keys_of_a_source_profile_win_over_its_role(stage: Stage) -> None:
    """As in botocore, a source profile with static keys and a role lends the keys."""
    stage.write(
        _role("deploy", "source_profile = both")
        + _role("both", "source_profile = nobody", "{keys}", arn=f"{BUILD}2")
        + "[profile plain]\nregion = eu-west-1\n"
    )
    finder = stage.finder("deploy")
    source = finder.profile.source
    assert isinstance(source, AssumedRole)
    robot = stage.practice.world.users[0]
    assert finder._source_credentials(finder.profile, source).access_key_id == robot.access_key_id  # noqa: SLF001


SSO_LINES = f"sso_session = company\nsso_account_id = {UNICORN}\nsso_role_name = Developer\n"
DEEPER = "role_arn = arn:aws:iam::444455556666:role/Deeper\nsource_profile = robot\n"
# Name of a source profile, what stands of it in the config file, and in the credentials file.
SHAPES = {
    "sso, stale keys in the credentials file": (SSO_LINES, "{keys}"),
    "sso and keys in the config file": (SSO_LINES + "{keys}", ""),
    "process and keys in the config file": ("{process}{keys}", ""),
    "process, keys in the credentials file": ("{process}", "{keys}"),
    "role and keys": (DEEPER + "{keys}", ""),
    "role, sso and keys": (DEEPER + SSO_LINES, "{keys}"),
    "role, process and keys in the config file": (DEEPER + "{process}{keys}", ""),
    "role, process, keys in the credentials file": (DEEPER + "{process}", "{keys}"),
    "itself, with keys": (None, "{keys}"),
    "itself, with sso and keys": (None, SSO_LINES + "{keys}"),
}
BY_BOTOCORE = "import botocore.session; botocore.session.Session(profile='outer').get_credentials().access_key"


@pytest.mark.parametrize("shape", SHAPES)
def test_a_source_profile_is_read_as_botocore_reads_it(household: Household, shape: str) -> None:
    """Keys in a source profile mean that its role is passed over, and all other sources keep botocore's order."""
    of_config, of_credentials = SHAPES[shape]
    robot = household.practice.world.users[0]
    keys = f"aws_access_key_id = {robot.access_key_id}\naws_secret_access_key = {robot.secret_access_key}\n"
    process = next(line for line in household.config_path.read_text().splitlines() if "credential_process" in line)
    name = "outer" if of_config is None else "inner"
    config = f"\n[profile outer]\nrole_arn = {BUILD}\nregion = eu-west-1\nsource_profile = {name}\n"
    if of_config is None:
        config += of_credentials
    else:
        config += f"[profile inner]\nregion = eu-west-1\n{of_config}"
        with household.credentials_path.open("a") as file:
            file.write(f"[inner]\n{of_credentials}".replace("{keys}", keys))
    with household.config_path.open("a") as file:
        file.write(config.replace("{keys}", keys).replace("{process}", f"{process}\n"))

    def caller(command: Sequence[str]) -> str:
        household.practice.journal.clear()
        run(command, environment_of(household))
        (call,) = household.practice.journal.calls("AssumeRole")
        return str(call.caller).rpartition("/")[0]

    theirs = caller([sys.executable, "-c", BY_BOTOCORE])
    assert caller([AWSENV, "use", "--json", "outer"]) == theirs


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("source_profile = nobody",), 'names a source_profile "nobody" that does not exist'),
        (("source_profile = bare",), 'profile "bare" does not say where its credentials come from'),
        ((), "has a role_arn but neither"),
        (("source_profile = robot", "credential_source = Environment"), "only one can be"),
        (("credential_source = Elsewhere",), "Elsewhere"),
        (("credential_source = Environment",), "AWS_ACCESS_KEY_ID and its secret are not set"),
    ],
)
def test_a_role_without_a_source_is_incomplete(stage: Stage, lines: tuple[str, ...], words: str) -> None:
    """What a role lacks is said with the profile that lacks it, and AWS is not asked."""
    stage.write(_role("deploy", *lines) + "[profile bare]\nregion = eu-west-1\n")
    with pytest.raises(IncompleteProfile, match=words):
        stage.find("deploy")
    assert stage.calls() == []


@pytest.mark.parametrize(
    ("name", "lines", "meant"),
    [
        ("outer", ("role_arn = arn:aws:iam::123456789012:role/x", "source_profile = robott"), "robot"),
        ("lost", ("sso_session = compny", "sso_account_id = 123456789012", "sso_role_name = Admin"), "company"),
    ],
)
def test_what_was_probably_meant_is_in_the_hint(stage: Stage, name: str, lines: Sequence[str], meant: str) -> None:
    """Of a source profile or sso-session that does not exist, the nearest that does is named, and the place to look."""
    session = ["[sso-session company]", "sso_start_url = https://company.awsapps.com/start", "sso_region = eu-west-1"]
    stage.write("\n".join([*session, f"[profile {name}]", *lines, ""]))
    with pytest.raises(IncompleteProfile) as caught:
        stage.find(name)

    assert re.fullmatch(rf'did you mean "{meant}"\? look at .*config:\d+', caught.value.hint or "")


def test_an_mfa_code_needs_somebody_to_ask(stage: Stage) -> None:
    """Without a terminal a role with MFA needs a login, and the hint is to run `use` in one."""
    stage.write(_role("mfa", "source_profile = robot", f"mfa_serial = {MFA_SERIAL}"))
    with pytest.raises(LoginRequired, match=MFA_SERIAL) as caught:
        stage.find("mfa")
    assert caught.value.hint == "run awsenv use mfa in a terminal first"
    assert stage.calls() == []


WRONG_CODES = (
    "12345",
    "1234567",
    "12345x",
    "-12345",
    "\u0967\u0968\u0969\u096a\u096b\u096c",
    "123 56",
    "\u00b2\u00b2\u00b2345",
)


@pytest.mark.parametrize("typed", WRONG_CODES)
def test_what_is_no_mfa_code_is_not_sent(stage: Stage, typed: str) -> None:
    """Six ASCII digits or nothing: AWS counts wrong codes. After three questions it is given up."""
    stage.write(_role("mfa", "source_profile = robot", f"mfa_serial = {MFA_SERIAL}"))
    stage.person.answers += [typed] * 4
    with pytest.raises(LoginDeclined, match="no MFA code"):
        stage.find("mfa")
    assert stage.calls() == []
    assert [MFA_SERIAL in question for question in stage.person.questions] == [True] * 3
    assert {notice.text for notice in stage.notices} == {"an MFA code has 6 digits"}


def test_an_empty_answer_declines(stage: Stage) -> None:
    """Enter alone, or the end of input, ends the questions."""
    stage.write(_role("two words", "source_profile = robot", f"mfa_serial = {MFA_SERIAL}"))
    stage.person.answers += [" ", "unused"]
    with pytest.raises(LoginDeclined) as caught:
        stage.find("two words")
    assert caught.value.hint == "awsenv use 'two words'"
    assert (len(stage.person.questions), stage.calls()) == (1, [])


def test_no_lock_is_held_while_a_person_is_asked(stage: Stage) -> None:
    """Wherever in a chain the MFA role stands, other commands need not wait behind its question."""
    stage.write(
        _role("outer", "source_profile = middle", arn=f"{BUILD}1")
        + _role("middle", "source_profile = mfa", arn=f"{BUILD}2")
        + _role("mfa", "source_profile = robot", f"mfa_serial = {MFA_SERIAL}")
    )
    were_free = []
    runtime = runtime_of(stage.clock, stage.home)

    class Asked(Person):
        def ask(self, question: str, *, secret: bool = False) -> str:
            for role in (AssumedRole(f"{BUILD}1"), AssumedRole(f"{BUILD}2"), AssumedRole(BUILD, mfa_serial=MFA_SERIAL)):
                with locks.locked(runtime, f"role {role_cache.key_of(role)}", 0.0) as held:
                    were_free.append(held)
            return super().ask(question, secret=secret)

    stage.person = Asked([""])
    with pytest.raises(LoginDeclined):
        stage.find("outer")
    assert were_free == [True] * 3


def test_a_good_mfa_entry_is_used_without_a_question(stage: Stage) -> None:
    """While the cached entry is good, nobody is asked for a code."""
    stage.write(_role("mfa", "source_profile = robot", f"mfa_serial = {MFA_SERIAL}"))
    stage.cache(AssumedRole(BUILD, source_profile="robot", mfa_serial=MFA_SERIAL), 30)
    assert stage.find("mfa").access_key_id == "cached"


@pytest.mark.parametrize(
    ("minutes", "min_ttl", "is_used"),
    [
        (60, None, True),
        (15, None, True),
        (14.9, None, False),
        (0, None, False),
        (14.9, 10, True),
        (10, 10, True),
        (9.9, 10, False),
        (29, 30, False),
        (0.4, 0, False),
        (0.6, 0, True),
        (14, 0, True),
    ],
)
def test_when_a_cached_entry_is_good(stage: Stage, minutes: float, min_ttl: float | None, *, is_used: bool) -> None:
    """An entry serves while it has fifteen minutes left, or what was asked for, even none; else the role is fetched."""
    stage.write(SSO)
    stage.sign_in()
    stage.cache(UNICORN_ROLE, minutes)
    wanted = None if min_ttl is None else timedelta(minutes=min_ttl)
    assert (stage.find("unicorn", wanted).access_key_id == "cached") is is_used
    assert stage.calls() == ([] if is_used else ["GetRoleCredentials"])
    assert stage.notices == []


def test_a_dead_network_leaves_what_is_still_good(stage: Stage) -> None:
    """Where AWS does not answer, an entry with more than a minute left is handed out with a notice, and only then."""
    stage.write(SSO)
    stage.sign_in()
    stage.practice.faults.set("GetRoleCredentials", 503)
    stage.cache(UNICORN_ROLE, 5)
    assert stage.find("unicorn").access_key_id == "cached"
    assert "good for a little longer" in stage.notices[0].text
    assert stage.notices[1].text == 'the credentials of "unicorn" end in 4 minutes'
    with pytest.raises(AwsUnreachable):
        stage.find("unicorn", timedelta(minutes=10))
    stage.clock.seconds = 4.5 * 60
    with pytest.raises(AwsUnreachable):
        stage.find("unicorn")


def test_credentials_that_end_soon_are_announced(stage: Stage) -> None:
    """Fresh credentials with less left than wanted come with a notice; those that are over say nought."""
    stage.write(SSO)
    stage.sign_in()
    stage.practice.rules.role_lifetime = timedelta(minutes=10)
    stage.find("unicorn")
    stage.practice.rules.role_lifetime = timedelta(hours=-2)
    (stage.home / ".aws/cli/cache").rename(stage.home / "elsewhere")
    stage.find("unicorn")
    ends = [notice.text.partition(" end in ")[2] for notice in stage.notices]
    assert ends == ["10 minutes", "0 minutes"]


def test_a_fetched_role_is_kept_and_a_second_command_asks_nobody(stage: Stage) -> None:
    """The first command fetches and files, the second reads; both have the same keys."""
    stage.write(SSO)
    stage.sign_in()
    first, second = stage.find("unicorn"), stage.find("unicorn")
    assert (first, stage.calls()) == (second, ["GetRoleCredentials"])
    assert first.account_id == UNICORN


@pytest.mark.parametrize(
    ("name", "operation"), [("unicorn", "GetRoleCredentials"), ("deploy", "AssumeRole"), ("warm", "AssumeRole")]
)
def test_a_role_that_is_fetched_during_a_logout_is_not_kept(household: Household, name: str, operation: str) -> None:
    """Credentials that arrive after a logout has looked for entries are used, but leave none behind."""
    environment = environment_of(household)
    if name == "warm":
        # The source's entry is at hand, so that no token is needed for the role that hangs on it.
        assert run([AWSENV, "exec", "unicorn", "--", "true"], environment).returncode == 0
        name = "deploy"
    household.practice.faults.set(operation, Fault("delay", seconds=2.0))
    with ThreadPoolExecutor() as pool:
        fetching = pool.submit(run, [AWSENV, "use", "--shell", "sh", name], environment)
        while not household.practice.journal.count(operation):
            assert not fetching.done(), fetching.result().stderr
        assert run([AWSENV, "logout", "unicorn"], environment).returncode == 0
        assert not fetching.done()
        assert fetching.result().returncode == 0

    assert list((household.home / ".aws" / "cli" / "cache").glob("*.json")) == []


def test_a_role_that_is_fetched_over_a_logout_is_not_kept_for_the_next_person(household: Household) -> None:
    """Where somebody has signed in since, the entry is no more theirs than the sign-in of before."""
    environment, token = environment_of(household), household.token_path("company")
    saved = token.read_bytes()
    household.practice.faults.set("GetRoleCredentials", Fault("delay", seconds=2.0))
    with ThreadPoolExecutor() as pool:
        fetching = pool.submit(run, [AWSENV, "use", "--shell", "sh", "unicorn"], environment)
        while not household.practice.journal.count("GetRoleCredentials"):
            assert not fetching.done(), fetching.result().stderr
        assert run([AWSENV, "logout", "unicorn"], environment).returncode == 0
        token.write_bytes(saved)
        assert not fetching.done()
        assert fetching.result().returncode == 0

    assert list((household.home / ".aws" / "cli" / "cache").glob("*.json")) == []


def test_a_cache_that_cannot_be_written_costs_a_notice(stage: Stage) -> None:
    """Where the entry cannot be filed, the credentials serve this command, and the person is told."""
    stage.write(SSO)
    stage.sign_in()
    (stage.home / ".aws" / "cli").write_text("a file where a folder should be")
    assert stage.find("unicorn").account_id == UNICORN
    assert ["not kept" in notice.text for notice in stage.notices if "not kept" in notice.text] == [True]


def test_a_login_that_is_missing_or_over_names_its_command(stage: Stage) -> None:
    """Each error that a login would mend has the login to type as its hint."""
    stage.write(SSO)

    def demand(expected: type[LoginRequired]) -> None:
        with pytest.raises(expected) as caught:
            stage.find("unicorn")
        assert caught.value.hint == "awsenv login --sso-session company"

    demand(TokenMissing)
    stage.sign_in(lifetime=timedelta(minutes=-1), refreshable=False)
    demand(TokenExpired)
    for lifetime in (timedelta(hours=1), timedelta(minutes=-1)):
        stage.sign_in(lifetime=lifetime)
        stage.practice.grants.withdraw("company")
        demand(TokenExpired)
    assert stage.calls() == ["GetRoleCredentials", "CreateToken"]


def test_a_login_command_is_quoted_for_the_shell(stage: Stage) -> None:
    """The names in a hint are pasted into a shell: they are quoted where they must be."""
    stage.write("[profile it's mine]\nregion = eu-west-1\n[profile x]\n")
    profile = stage.finder("x").profile
    assert login_command(SsoSession("two words", "u", "r"), profile) == "awsenv login --sso-session 'two words'"
    assert login_command(SsoSession(None, "u", "r"), profile) == "awsenv login x"


def test_a_role_that_is_not_given_is_refused(stage: Stage) -> None:
    """A mistyped role of an account is a refusal that names both."""
    stage.write(SSO.replace("Developer", "Develloper"))
    stage.sign_in()
    with pytest.raises(RoleNotAssigned, match=f"Develloper in account {UNICORN}"):
        stage.find("unicorn")


def test_a_foreign_endpoint_is_refused_before_any_request(stage: Stage) -> None:
    """An override in the profile that leads to somebody else ends before a token leaves this machine."""
    stage.write(SSO + "endpoint_url = https://sts.s3.amazonaws.com\n")
    stage.sign_in()
    finder = stage.finder("unicorn")
    finder.runtime = runtime_of(stage.clock, stage.home)
    with pytest.raises(EndpointRefused):
        finder.find()


def test_a_mistyped_region_is_not_asked(stage: Stage) -> None:
    """What is no region's name is configuration: SDKs would make a host of it."""
    stage.write(SSO.replace("eu-west-1", "s3"))
    runtime = runtime_of(stage.clock, stage.home)
    profiles = load_profiles(runtime)
    profile = profiles.find("unicorn")
    assert profile is not None
    with pytest.raises(ConfigError, match='"s3" is no region of AWS'):
        CredentialFinder(profile, profiles, runtime, stage.notices.append).clients.client("sso", "s3")


@pytest.mark.parametrize(
    ("name", "service", "host"),
    [
        ("AWS_USE_FIPS_ENDPOINT", "sts", "sts-fips.us-east-1.amazonaws.com"),
        ("AWS_USE_FIPS_ENDPOINT", "sso", "portal.sso-fips.us-east-1.amazonaws.com"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "sts", "sts.us-east-1.api.aws"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "sso_oidc", "oidc.us-east-1.api.aws"),
    ],
)
def test_the_variants_of_endpoints_are_the_sdks(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, name: str, service: str, host: str
) -> None:
    """FIPS and dual-stack endpoints that the environment asks for are used, as by every SDK."""
    monkeypatch.setenv(name, "true")
    stage.write(SSO)
    finder = stage.finder("unicorn")
    finder.runtime = runtime_of(stage.clock, stage.home)
    assert finder.clients.client(service, "us-east-1").meta.endpoint_url == f"https://{host}"


@pytest.mark.parametrize(
    ("setting", "variable", "host"),
    [
        ("use_fips_endpoint = true", None, "sts-fips.us-east-1.amazonaws.com"),
        ("use_dualstack_endpoint = True", None, "sts.us-east-1.api.aws"),
        ("use_fips_endpoint = no", None, "sts.us-east-1.amazonaws.com"),
        ("use_fips_endpoint = true", "false", "sts.us-east-1.amazonaws.com"),
    ],
)
def test_a_profile_can_ask_for_variants_too(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, setting: str, variable: str | None, host: str
) -> None:
    """A profile's use_fips_endpoint and use_dualstack_endpoint count where the environment says nothing."""
    environment = {} if variable is None else {"AWS_USE_FIPS_ENDPOINT": variable}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    stage.write(f"{SSO}{setting}\n")
    finder = stage.finder("unicorn")
    finder.runtime = runtime_of(stage.clock, stage.home, environment)
    assert finder.clients.client("sts", "us-east-1").meta.endpoint_url == f"https://{host}"


@pytest.mark.parametrize("is_override", [True, False])
def test_a_request_goes_where_was_looked_or_nowhere(stage: Stage, *, is_override: bool) -> None:
    """Whatever botocore makes of a request's address, one to another host than the checked one is not sent."""
    stage.write(SSO)
    finder = stage.finder("unicorn")
    if not is_override:
        finder.runtime = runtime_of(stage.clock, stage.home)
    client = finder.clients.client("sso", "eu-west-1")

    def divert(request: AWSRequest, **_: object) -> None:
        request.url = f"http://localhost:{stage.practice.port}/federation/credentials"

    client.meta.events.register("request-created", divert)
    with pytest.raises(EndpointRefused, match="localhost"):
        finder.clients.call(Operation("X"), lambda: client.list_accounts(accessToken="canary"))
    assert stage.calls() == []


def test_a_web_identity_token_that_cannot_be_read_is_named(stage: Stage) -> None:
    """The profile is named, and the file system's reason; a token of bytes is no token."""
    odd = stage.home / "odd"
    odd.write_bytes(b"\xff\xfe")
    for path in ("/nowhere", str(stage.home), str(odd)):
        stage.write(_role("web", f"web_identity_token_file = {path}"))
        with pytest.raises(CacheUnreadable, match='profile "web" cannot be read'):
            stage.find("web")
    assert stage.calls() == []


def test_a_web_identity_that_sts_does_not_know_is_refused(stage: Stage) -> None:
    """A token that STS does not take is a refusal that names the role, and the token is not in it."""
    (stage.home / "token").write_text("canary")
    stage.write(_role("web", f"web_identity_token_file = {stage.home}/token", "region = eu-west-1"))
    with pytest.raises(AssumeRoleRefused, match=BUILD) as caught:
        stage.find("web")
    assert "canary" not in f"{caught.value.problem}{caught.value.hint}"


def test_an_entry_that_is_garbage_is_fetched_anew(stage: Stage) -> None:
    """Whatever stands in the cache, a command gets credentials and says once what it passed over."""
    stage.write(SSO)
    stage.sign_in()
    path = Path(role_cache.credentials_path(runtime_of(stage.clock, stage.home), UNICORN_ROLE))
    for text in ("", "{", "[]", '{"Credentials": 7}', json.dumps({"Credentials": {"AccessKeyId": "a"}})):
        stage.cache(UNICORN_ROLE, 60)
        path.write_text(text)
        stage.notices.clear()
        assert stage.find("unicorn").account_id == UNICORN
        assert len(stage.notices) == 1, text
    assert stage.calls() == ["GetRoleCredentials"] * 5
