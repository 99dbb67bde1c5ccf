"""console: which address a profile leads to, who gets to know it, and what AWS is told for it."""

import contextlib
import os
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from urllib.request import ProxyHandler, build_opener

import pexpect
import pytest
from stage import AWSENV, TIME_LIMIT, environment_of, furnish, run

from awsenv.actions import browsers, console
from awsenv.actions.login import wish_for
from awsenv.cli.app import invoke
from awsenv.demo.faults import Fault, Kind
from awsenv.demo.household import Household, SignedIn
from awsenv.demo.keyring import Bearer
from awsenv.demo.server import PracticeServer
from awsenv.demo.story import DEVOPS, MARKETING, QUOTED_NAME, UNICORN, WEB_SUBJECT, expected_identity, story
from awsenv.demo.world import Role
from awsenv.errors import AwsenvError
from awsenv.files.settings import load_settings
from awsenv.model import Credentials, Identity, SsoSession
from awsenv.runtime import from_process
from awsenv.values import replace

# One that is never started: what would be is looked at.
BROWSER = "some-browser"
NOBODY = SignedIn(sso_sessions=(), legacy=False)
PORTAL = "https://practice.awsapps.com/start/#/console?"


@dataclass
class Person:
    """Answers each question with the next of `answers`; nobody is there without any."""

    answers: list[str] = field(default_factory=list)

    def can_ask(self) -> bool:
        """Tell whether somebody is there."""
        return bool(self.answers)

    def ask(self, question: str, *, secret: bool = False) -> str:
        """Return the next answer."""
        assert question
        assert not secret
        return self.answers.pop(0)

    def ask_key(self, question: str) -> str | None:
        """Refuse."""
        raise AssertionError(question)

    def sane(self) -> AbstractContextManager[None]:
        """Hold nothing."""
        return nullcontext()


@dataclass
class Desk:
    """A household, and a browser that goes where it is sent and remembers the pages."""

    household: Household
    monkeypatch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]
    started: list[list[str]] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    person: Person = field(default_factory=Person)
    failure: OSError | None = None
    comes_for_it: bool = True
    told: str = ""
    _visitor: threading.Thread | None = None

    @property
    def practice(self) -> PracticeServer:
        """The practice Identity Center."""
        return self.household.practice

    def set(self, **variables: str | None) -> None:
        """Change the environment."""
        for name, value in variables.items():
            if value is None:
                self.monkeypatch.delenv(name, raising=False)
            else:
                self.monkeypatch.setenv(name, value)

    def write(self, text: str, path: Path | None = None) -> None:
        """Add to the config file, or to another one."""
        path = path or self.household.config_path
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.write(f"\n{text}\n")

    def console(self, *words: str, status: int = 0) -> str:
        """Run the command, check its status, and return what it printed; what it told is `self.told`."""
        runtime = replace(from_process(), start=self._start, sleep=lambda _: None, terminal=self.person)
        self.capture.readouterr()
        code, self.told = 0, ""
        try:
            code = invoke(["console", *words], runtime)
        except AwsenvError as error:
            code, self.told = error.exit_code, f"{error.problem}\n{error.hint}\n"
        if self._visitor:
            self._visitor.join(TIME_LIMIT)
        printed = self.capture.readouterr()
        self.told = printed.err + self.told
        assert code == status, self.told
        return printed.out.removesuffix("\n")

    def _start(self, command: Sequence[str]) -> None:
        if self.failure:
            raise self.failure
        self.started.append(list(command))
        if self.comes_for_it:
            self._visitor = threading.Thread(target=self._visit, args=(command[-1],))
            self._visitor.start()

    def _visit(self, url: str) -> None:
        self.pages.append(visited(url))

    def calls(self) -> list[str]:
        """Return what AWS was asked."""
        return [call.operation for call in self.practice.journal.calls()]


def visited(url: str) -> str:
    """Return the page behind an address, as a browser on this machine sees it."""
    with build_opener(ProxyHandler({})).open(url, timeout=TIME_LIMIT) as answer:
        return str(answer.read().decode())


def fields_of(url: str) -> dict[str, str]:
    """Return what an address says, of which each field stands once."""
    query = url.partition("#/console")[2] or url
    found = parse_qs(urlsplit(query).query, strict_parsing=True)
    assert all(len(values) == 1 for values in found.values())
    return {name: values[0] for name, values in found.items()}


@pytest.fixture
def desk(household: Household, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Desk:
    """Sit down in the story's household, signed in."""
    return seated(household, monkeypatch, capfd)


def seated(household: Household, monkeypatch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> Desk:
    """Return a desk, whose environment this process has from now on."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    bin_folder = household.home / "bin"
    bin_folder.mkdir()
    for name in (BROWSER, "firefox"):
        (bin_folder / name).write_text("#!/bin/sh\n")
        (bin_folder / name).chmod(0o700)
    more = {"BROWSER": BROWSER, "DISPLAY": ":0"}
    environment = environment_of(household, more)
    environment["PATH"] = f"{bin_folder}{os.pathsep}{environment['PATH']}"
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    return Desk(household, monkeypatch, capture)


def test_a_role_of_an_sso_session_opens_by_the_portal(desk: Desk) -> None:
    """The portal's link says which role and where, in AWS's own host; AWS is asked nothing, and no key is anywhere."""
    desk.set(AWS_ENDPOINT_URL_SSO=None)
    desk.comes_for_it = False
    desk.console("--service", "s3", "unicorn")
    (program, url) = desk.started[0]

    assert program == BROWSER
    assert url.startswith(PORTAL)
    assert fields_of(url) == {
        "account_id": UNICORN,
        "role_name": "Developer",
        "destination": "https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1",
    }
    assert desk.calls() == []
    assert desk.told == f"awsenv: the console is open in your browser: unicorn · {UNICORN} · Developer · eu-west-1\n"


def test_the_portal_needs_no_sign_in_here(
    tmp_path: Path, practice: PracticeServer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whoever is not signed in gets the link all the same; where keys are needed, the login is told, or offered."""
    desk = seated(furnish(tmp_path / "home", practice, NOBODY), monkeypatch, capfd)
    assert desk.console("--print", "unicorn").startswith(f"{practice.url}/start/#/console?")
    assert desk.console("--print", "legacy").startswith(f"{practice.url}/start/#/console?")

    desk.console("--print", "--federated", "unicorn", status=4)
    assert desk.told.endswith("awsenv login --sso-session company\n")
    desk.person.answers = ["n"]
    desk.console("--print", "--federated", "--no-login", "unicorn", status=4)
    assert desk.person.answers == ["n"]
    desk.console("--print", "--federated", "unicorn", status=4)
    assert desk.person.answers == []
    assert desk.calls() == []


def test_the_practice_world_stays_on_this_machine(desk: Desk) -> None:
    """Where the portal's endpoint is on this machine, its page is, too."""
    desk.console("unicorn")

    assert "Practice access portal" in desk.pages[0]


@pytest.mark.parametrize("name", ["unicorn", "deploy", "audit", "build", "web", "process", "partner"])
def test_keys_of_a_role_open_the_console_as_that_role(desk: Desk, name: str) -> None:
    """The practice federation endpoint takes them, and lets the browser in as the role that the profile is."""
    desk.console("--federated", name)
    expected = expected_identity(name)
    assert expected is not None
    asked = desk.practice.journal.calls("GetSigninToken")[0]

    assert expected[0] in desk.pages[0]
    assert expected[1].removesuffix("*").rpartition("assumed-role/")[2] in desk.pages[0]
    assert "console.aws.amazon.com/console/home?region=" in desk.pages[0]
    assert "SessionDuration" not in asked.parameters
    assert desk.calls()[-2:] == ["GetSigninToken", "ConsoleLogin"]


def test_a_secret_address_stands_on_no_command_line(desk: Desk) -> None:
    """The browser is started with an address that is worth nothing once it was there, and the rest is a redirect."""
    desk.console("deploy")
    (_, address) = desk.started[0]

    assert address.startswith("http://127.0.0.1:")
    assert not any(secret in address for secret in desk.practice.secrets())
    with pytest.raises(OSError, match="refused"):
        visited(address)


def test_where_the_browser_cannot_come_back(desk: Desk) -> None:
    """Over ssh a browser that somebody has named gets the address itself, and no other one is started."""
    desk.set(SSH_CONNECTION="1 2 3 4")
    desk.console("deploy")
    assert desk.started[0][1].startswith(f"{desk.practice.url}/federation?Action=login&")

    desk.set(BROWSER=None)
    assert desk.console("deploy", status=7) == ""
    assert "there is no browser here" in desk.told
    assert len(desk.started) == 1


def test_without_any_browser(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has a screen and no browser has the address printed: a secret one for a person alone."""
    monkeypatch.setattr(browsers, "_is_container", lambda: False)
    desk.set(BROWSER=None, PATH=str(desk.household.home))

    assert desk.console("deploy", status=7) == ""
    assert desk.told.endswith("awsenv console --print\n")
    assert desk.console("unicorn").startswith(f"{desk.practice.url}/start/")


def test_a_browser_that_does_not_work(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does not start, is not there, or never comes for the page: said, with what to do."""
    desk.console("--browser", "chrome:Work", "deploy", status=3)
    desk.failure = OSError(2, "No such file")
    for name in ("deploy", "unicorn"):
        desk.console(name, status=7)
        assert desk.told.endswith(f"the browser {BROWSER} did not start: No such file\nawsenv console --print\n")
    desk.failure, desk.comes_for_it = None, False
    monkeypatch.setattr(console, "FETCH_SECONDS", 0.0)
    desk.console("deploy", status=7)

    assert desk.told.endswith("the browser has not come for the page\nawsenv console --print\n")


def test_the_browser_of_the_sso_session(desk: Desk) -> None:
    """It is the one that the settings have for the session behind the profile, unless one is named here."""
    settings = desk.household.home / ".config" / "awsenv" / "config.toml"
    desk.write('[sso-session.company]\nbrowser = "container:work stuff"', settings)
    desk.comes_for_it = False
    desk.console("unicorn")
    desk.console("partner")
    desk.console("--browser", "firefox:other", "unicorn")

    assert desk.started[0][0] == "firefox"
    assert desk.started[0][1].startswith("ext+container:name=work%20stuff&url=http%3A%2F%2F127.0.0.1")
    assert desk.started[1][0] == BROWSER
    assert desk.started[2][:3] == ["firefox", "-P", "other"]


def test_a_container_for_each_profile(desk: Desk) -> None:
    """In a preset, {profile} is the profile's name, whatever that is; a login, which is for all, has the session's."""
    settings = desk.household.home / ".config" / "awsenv" / "config.toml"
    desk.write('[sso-session.company]\nbrowser = "container:{profile}"', settings)
    desk.comes_for_it = False
    for name, container in (("unicorn", "unicorn"), (QUOTED_NAME, "it%27s%20a%20%22quoted%22%20name")):
        desk.console(name)
        assert desk.started[-1][1].startswith(f"ext+container:name={container}&url=http")
    with desk.household.config_path.open("ab") as file:
        file.write(b"\n[profile caf\xe9]\nsso_session = company\nsso_account_id = 1\nsso_role_name = r\xe9\n")
    desk.console(os.fsdecode(b"caf\xe9"))
    assert desk.started[-1][1].startswith("ext+container:name=caf%E9&url=http")
    desk.write("[profile -x]\nsso_session = company\nsso_account_id = 1\nsso_role_name = r")
    desk.console("--", "-x", status=3)
    desk.console("--browser", "echo {profile} %s", "unicorn")
    assert desk.started[-1][:2] == ["echo", "{profile}"]

    company = SsoSession("company", "https://practice.awsapps.com/start", "eu-west-1")
    assert wish_for(company, load_settings(from_process())).browser == "container:company"


def test_duration(desk: Desk) -> None:
    """A wished duration is AWS's to grant, between its bounds."""
    desk.console("--print", "--duration", "1h30m", "build")
    desk.console("--print", "--federated", "--duration", "12h", "unicorn")
    assert [call.parameters["SessionDuration"] for call in desk.practice.journal.calls("GetSigninToken")] == [
        *("5400", "43200")
    ]
    for words in (("--duration", "14m"), ("--duration", "43201"), ("--duration", "soon")):
        desk.console("--federated", *words, "unicorn", status=2)


@pytest.mark.parametrize("name", ["deploy", "audit"])
def test_a_chained_role_leaves_the_duration_out(desk: Desk, name: str) -> None:
    """AWS would refuse it: a wished one is refused here before anything is asked, and none is sent otherwise."""
    desk.console("--duration", "1h", name, status=2)
    assert "assumed from another role" in desk.told
    assert desk.calls() == []

    desk.console("--print", name)
    asked = desk.practice.journal.calls("GetSigninToken")
    assert [(call.parameters, call.status) for call in asked] == [({"Action": "getSigninToken"}, 200)]


def test_keys_of_a_user_open_nothing(desk: Desk) -> None:
    """Long-lived keys are refused unasked; of temporary ones STS says whose they are, and a user's are refused."""
    desk.console("robot", status=3)
    assert "a user's" in desk.told
    assert desk.calls() == []

    arn = f"arn:aws:iam::{DEVOPS}:user/robot"
    keys = desk.practice.keyring.issue(Bearer(Identity(DEVOPS, arn, "AIDA"), arn, is_user=True), timedelta(hours=1))
    desk.write(_static("session", keys))
    desk.console("session", status=3)
    assert "a user's" in desk.told
    assert desk.calls() == ["GetCallerIdentity"]


def test_keys_of_a_federated_user(desk: Desk) -> None:
    """They open the console, and AWS takes no duration for them."""
    arn = f"arn:aws:sts::{DEVOPS}:federated-user/erika"
    keys = desk.practice.keyring.issue(Bearer(Identity(DEVOPS, arn, "1:erika"), arn), timedelta(hours=1))
    desk.write(_static("federated", keys))
    desk.console("--duration", "1h", "federated", status=2)
    assert "GetSigninToken" not in desk.calls()

    assert arn in visited(desk.console("--print", "federated"))


def _static(name: str, keys: Credentials) -> str:
    fields = f"aws_access_key_id = {keys.access_key_id}\naws_secret_access_key = {keys.secret_access_key}"
    return f"[profile {name}]\nregion = eu-west-1\n{fields}\naws_session_token = {keys.session_token}"


def test_this_shell_is_meant_without_a_name(desk: Desk) -> None:
    """The shell's profile, in the region that the shell works in; another profile keeps its own region."""
    desk.console(status=2)
    assert desk.told.endswith("awsenv console PROFILE\n")
    for name in ("AWS_DEFAULT_PROFILE", "AWS_PROFILE", "AWSENV_PROFILE"):
        desk.set(**{name: {"AWSENV_PROFILE": "unicorn"}.get(name, "devops"), "AWS_REGION": "us-west-2"})
        place = fields_of(desk.console("--print"))
        assert place["account_id"] == (UNICORN if name == "AWSENV_PROFILE" else DEVOPS)
        assert place["destination"].startswith("https://us-west-2.console.aws.amazon.com/")
    for words, region in ((("unicorn",), "eu-west-1"), (("--region", "us-east-2"), "us-east-2")):
        assert fields_of(desk.console("--print", *words))["destination"].startswith(f"https://{region}.console.")
    desk.set(AWSENV_PREVIOUS="marketing")
    assert fields_of(desk.console("--print", "-"))["account_id"] == MARKETING


@pytest.mark.parametrize(
    ("words", "word"),
    [
        (("--federated", "--portal", "unicorn"), "choose one"),
        (("--service", "s3", "--destination", "/x", "unicorn"), "choose one"),
        (("--portal", "deploy"), "no link"),
        (("--duration", "1h", "unicorn"), "takes no --duration"),
        (("--service", "//evil.example", "unicorn"), "no name of a service"),
        (("--destination", "https://evil.example/", "unicorn"), "no page of the console"),
        (("--destination", "https://evil.example/", "deploy"), "no page of the console"),
        (("--region", "cn-north-1", "unicorn"), "not in the partition"),
        (("--region", "us-gov-west-1", "deploy"), "not in the partition"),
        (("--region", "x/y", "unicorn"), "no region"),
        (("unicorn", "deploy"), "unexpected"),
    ],
)
def test_what_cannot_be_is_refused(desk: Desk, words: tuple[str, ...], word: str) -> None:
    """A wish that contradicts itself, the profile or the partition is usage, and gives no sign-in token."""
    desk.console(*words, status=2)

    assert word in desk.told
    assert "GetSigninToken" not in desk.calls()
    assert desk.started == []


def test_what_the_files_say_wrong(desk: Desk) -> None:
    """An unknown profile, one without credentials, one in two partitions, a portal that is not AWS's: configuration."""
    desk.write("[profile odd]\nsso_session = company\nsso_account_id = 1\nsso_role_name = r\nregion = cn-north-1")
    desk.write("[profile iso]\nrole_arn = arn:aws-iso:iam::1:role/WebDeploy\nweb_identity_token_file = /none")
    desk.write("[sso-session plain]\nsso_start_url = http://acme.example/start\nsso_region = eu-west-1")
    desk.write("[profile plain]\nsso_session = plain\nsso_account_id = 1\nsso_role_name = r")
    for name in ("nobody", "default", "odd"):
        desk.console(name, status=3)
    desk.set(AWS_ENDPOINT_URL_SSO=None)
    desk.console("plain", status=3)
    assert "no https address of AWS's" in desk.told
    desk.console("iso", status=3)
    assert 'no web console of the partition "aws-iso"' in desk.told

    assert desk.calls() == []


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault("error", status=400), 5),
        (Fault("error", status=403, code="AccessDenied"), 5),
        (Fault("error", status=500), 6),
        ("html", 6),
        ("wrong-types", 6),
        ("empty", 6),
        ("redirect", 6),
        ("reset", 6),
        ("truncated", 6),
    ],
)
def test_failures_of_the_endpoint(desk: Desk, fault: Fault | Kind, status: int) -> None:
    """A refusal is AWS's, all else is no answer; nothing of the keys is told, and no browser is started."""
    desk.practice.faults.set("GetSigninToken", fault)
    desk.console("deploy", status=status)

    assert desk.started == []
    assert not any(secret in desk.told for secret in desk.practice.secrets())


def test_one_failure_is_survived(desk: Desk) -> None:
    """A gateway that fails once costs a second try and nothing else."""
    desk.practice.faults.set("GetSigninToken", 502, times=1)
    page = visited(desk.console("--print", "deploy"))

    assert MARKETING in page
    assert desk.calls().count("GetSigninToken") == 2


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL_SIGNIN", "AWS_ENDPOINT_URL"])
def test_keys_go_to_aws_and_nobody_else(desk: Desk, variable: str) -> None:
    """An endpoint override that leads elsewhere is refused, with the setting that would allow it."""
    desk.set(AWS_ENDPOINT_URL_SIGNIN=None)
    desk.set(**{variable: "https://signin.evil.example"})
    desk.console("deploy", status=3)

    assert "allowed_endpoints" in desk.told
    assert "GetSigninToken" not in desk.calls()


@contextlib.contextmanager
def proxy() -> Iterator[tuple[str, list[bytes]]]:
    """Be a proxy that notes where it is asked to connect to, and never does."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with contextlib.closing(connection), contextlib.suppress(OSError):
                    asked.append(connection.recv(65_536))
                    connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


PLACES = (
    ("aws", "eu-west-1", "signin.aws.amazon.com", "eu-west-1.console.aws.amazon.com"),
    ("aws-cn", "cn-north-1", "signin.amazonaws.cn", "cn-north-1.console.amazonaws.cn"),
    ("aws-us-gov", "us-gov-west-1", "signin.amazonaws-us-gov.com", "us-gov-west-1.console.amazonaws-us-gov.com"),
    (
        *("aws-us-gov", "us-gov-east-1"),
        *("us-gov-east-1.signin.amazonaws-us-gov.com", "us-gov-east-1.console.amazonaws-us-gov.com"),
    ),
)


@pytest.fixture
def worldly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    """Sit down where a web identity has a role in each partition."""
    world = story()
    roles = tuple(Role(f"arn:{each}:iam::{MARKETING}:role/WebDeploy", (WEB_SUBJECT,)) for each, *_ in PLACES)
    with PracticeServer(replace(world, roles=(*world.roles, *roles))) as practice:
        yield seated(furnish(tmp_path / "home", practice), monkeypatch, capfd)
        assert practice.failures == []


@pytest.mark.parametrize(("partition", "region", "sign_in", "console"), PLACES)
def test_each_partition_has_its_own_hosts(
    worldly: Desk, partition: str, region: str, sign_in: str, console: str
) -> None:
    """The federated address, the host that the keys go to, and the portal's link are of the role's own partition."""
    token_file = worldly.household.home / ".aws" / "practice-web-identity-token"
    role = f"role_arn = arn:{partition}:iam::{MARKETING}:role/WebDeploy\nweb_identity_token_file = {token_file}"
    worldly.write(f"[profile there]\n{role}\nregion = {region}")
    worldly.write(f"[sso-session far]\nsso_start_url = https://practice.awsapps.com/start\nsso_region = {region}")
    worldly.write(f"[profile sso]\nsso_session = far\nsso_account_id = 1\nsso_role_name = r\nregion = {region}")
    destination = f"https://{console}/s3/home?region={region}"

    url = worldly.console("--print", "--service", "s3", "there")
    assert fields_of(url)["Destination"] == destination
    assert destination in visited(url)
    assert fields_of(worldly.console("--print", "--service", "s3", "sso"))["destination"] == destination

    worldly.set(AWS_ENDPOINT_URL_SIGNIN=None)
    with proxy() as (address, asked):
        worldly.set(HTTPS_PROXY=address)
        worldly.console("there", status=6)
    assert {head.split(b" ")[1] for head in asked} == {f"{sign_in}:443".encode()}


def test_a_companys_own_start_url_is_asked_where_it_leads(desk: Desk) -> None:
    """A portal under a name of the company's own is looked up first: the browser is sent to AWS's page alone."""
    desk.write("[sso-session own]\nsso_start_url = https://sso.acme.example/\nsso_region = eu-west-1")
    desk.write("[profile own]\nsso_session = own\nsso_account_id = 1\nsso_role_name = r")
    desk.set(AWS_ENDPOINT_URL_SSO=None)
    with proxy() as (address, asked):
        desk.set(HTTPS_PROXY=address)
        desk.console("own", status=6)

    assert asked[0].startswith(b"CONNECT sso.acme.example:443 ")
    assert desk.started == []


def test_no_secret_is_told(household: Household) -> None:
    """Not with AWSENV_DEBUG either, whether it works or not: neither keys nor the token, and no file has one."""
    environment = environment_of(household, {"AWSENV_DEBUG": "1", "BROWSER": "true", "DISPLAY": ":0"})
    said = b""
    spoilt = ((None, 0), (Fault("error", status=400), 5), (Fault("wrong-types"), 6))
    for fault, status in spoilt:
        household.practice.faults.clear()
        if fault:
            household.practice.faults.set("GetSigninToken", fault)
        finished = run([AWSENV, "console", "--print", "deploy"], environment)
        assert finished.returncode == status
        assert finished.stdout.startswith(b"http") is (status == 0)
        said += finished.stderr
    secrets = {secret.encode() for secret in household.practice.secrets()}
    sign_in_tokens = {token.encode() for token in household.practice.federation.secrets()}

    assert sign_in_tokens <= secrets
    assert len(sign_in_tokens) > 1
    assert [secret for secret in secrets if secret in said] == []
    kept = b"".join(path.read_bytes() for path in household.home.rglob("*") if path.is_file())
    assert [token for token in sign_in_tokens if token in kept] == []


@pytest.mark.parametrize(
    ("words", "is_warned"), [(("--print", "deploy"), True), (("deploy",), True), (("--print", "unicorn"), False)]
)
def test_a_terminal_is_told_what_it_shows(household: Household, words: tuple[str, ...], *, is_warned: bool) -> None:
    """A secret address on a screen comes with a warning, without any browser too; the portal's link is none."""
    environment = environment_of(household, {"SSH_CONNECTION": "1 2 3 4"})
    screen = pexpect.spawn(AWSENV, ["console", *words], env=environment, timeout=TIME_LIMIT, dimensions=(50, 500))
    screen.expect(pexpect.EOF)
    screen.close()

    assert screen.exitstatus == 0
    assert (b"whoever has this address" in screen.before) is is_warned
    assert screen.before.endswith(b"\r\n")
    assert b"\r\nhttp" in b"\r\n" + screen.before
