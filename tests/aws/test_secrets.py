import json
import os
import subprocess
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aws.person import Person, seat
from botocore.loaders import Loader
from stage import AWSENV, SOAK, TIME_LIMIT, environment_of, furnish, run

from awsenv.demo.faults import Kind
from awsenv.demo.household import Household, SignedIn
from awsenv.demo.rules import Rules
from awsenv.demo.server import PracticeServer

NOBODY = SignedIn(sso_sessions=(), legacy=False)
EXPIRED = SignedIn(access_lifetime=timedelta(hours=-1))
# Where secrets may stand: the AWS CLI's own caches, and the files of the story that hold the robot's keys.
DOCUMENTED = (".aws/sso/cache/", ".aws/cli/cache/", ".aws/credentials", ".aws/practice-web-identity-token")
PKCE = ("login", "--sso-session", "company")
DEVICE = ("login", "--device-code", "--sso-session", "partner")


@dataclass
class Witness:
    """A practice server that remembers the verifiers too, and every command line that was seen."""

    practice: PracticeServer
    household: Household
    environment: dict[str, str]
    verifiers: set[str] = field(default_factory=set)
    command_lines: set[bytes] = field(default_factory=set)

    def secrets(self) -> set[bytes]:
        """Return every secret so far, in clear."""
        return {secret.encode() for secret in self.practice.secrets() | self.verifiers if len(secret) > 8}

    def run(self, *arguments: str, debug: bool, **more: str) -> subprocess.CompletedProcess[bytes]:
        """Run awsenv while all command lines of the machine are looked at."""
        more |= {"AWSENV_DEBUG": "1"} if debug else {}
        process = subprocess.Popen(
            [AWSENV, *arguments],
            env=self.environment | more,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        ended = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(ended,))
        watcher.start()
        try:
            out, err = process.communicate(timeout=TIME_LIMIT)
        finally:
            ended.set()
            watcher.join()
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def _watch(self, ended: threading.Event) -> None:
        while not ended.wait(0.005):
            for entry in Path("/proc").iterdir():
                if entry.name.isdigit():
                    try:
                        self.command_lines.add((entry / "cmdline").read_bytes())
                    except OSError:
                        continue

    def leaks(self, *texts: bytes) -> list[bytes]:
        """Return the secrets that stand in these texts or in a command line."""
        everything = b"\0".join([*texts, *self.command_lines])
        return [secret for secret in self.secrets() if secret in everything]

    def stray_files(self) -> list[str]:
        """Return the files of the home, and of temporary folders, that hold a secret and should not."""
        found = []
        for folder in (self.household.home, Path(self.environment["TMPDIR"])):
            for root, _, names in os.walk(folder):
                for name in names:
                    path = Path(root) / name
                    content = path.read_bytes() if path.is_file() else b""
                    own = str(path.relative_to(folder))
                    if not own.startswith(DOCUMENTED) and any(secret in content for secret in self.secrets()):
                        found.append(own)
        return found


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    """Return a home in which nobody is signed in, with a browser that agrees."""
    with PracticeServer(rules=Rules(approves_by_itself=True)) as practice:
        household = furnish(tmp_path / "home", practice, NOBODY)
        temporary = tmp_path / "tmp"
        temporary.mkdir()
        # The browser's own folder is outside: it holds what a browser's history would.
        person = seat(tmp_path / "person")
        environment = environment_of(household, {"BROWSER": person.browser, "TMPDIR": str(temporary)})
        made = Witness(practice, household, environment)
        redeem = practice.grants.redeem_code

        def remembering(text: str, client_id: str, redirect_uri: str, verifier: str) -> Any:
            made.verifiers.add(verifier)
            return redeem(text, client_id, redirect_uri, verifier)

        practice.grants.redeem_code = remembering  # type: ignore[method-assign]
        yield made
        assert practice.failures == []


@pytest.mark.parametrize("debug", [False, True])
def test_a_day_of_work_tells_no_secret(witness: Witness, *, debug: bool) -> None:
    """Logins, use, exec, listings, logout: no secret in what is printed, on a command line, or in a stray file."""
    said: list[bytes] = []

    def awsenv(*arguments: str, prints_keys: bool = False) -> None:
        finished = witness.run(*arguments, debug=debug)
        assert finished.returncode == 0, (arguments, finished.stderr)
        said.extend([finished.stderr, b"" if prints_keys else finished.stdout])

    awsenv(*PKCE)
    assert witness.verifiers
    awsenv(*DEVICE)
    awsenv("login", "--force", "--device-code", "--no-browser", "--sso-session", "company")
    awsenv("login", "legacy")
    for name in ("unicorn", "deploy", "audit", "partner", "legacy", "build", "process", "web"):
        awsenv("use", "--shell", "bash", name, prints_keys=True)
        awsenv("use", "--shell", "fish", "--only", "profile", name)
        awsenv("exec", name, "--", "true")
    for arguments in (("list",), ("list", "--json"), ("status",), ("status", "--json"), ("whoami",), PKCE):
        awsenv(*arguments)
    # A logout takes the prepared answers along.
    assert [path for path in witness.stray_files() if not path.startswith(".cache/awsenv/prepared/")] == []
    for arguments in (("logout", "audit"), ("logout", "--all")):
        awsenv(*arguments)
    assert len(witness.secrets()) > 20
    assert witness.leaks(*said) == []
    assert witness.stray_files() == []


FAULTS: tuple[Kind | int, ...] = ("reset", "truncated", "html", "empty", "wrong-types", 400, 401, 403, 500)


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("fault", FAULTS if SOAK else FAULTS[1::3])
def test_no_failure_tells_a_secret(witness: Witness, fault: Kind | int, *, debug: bool) -> None:
    """Whatever fails, and with tracebacks asked for: no secret in words, on a command line, or in a stray file."""
    said: list[bytes] = []

    def awsenv(*arguments: str, **more: str) -> None:
        finished = witness.run(*arguments, debug=debug, **more)
        said.extend([finished.stderr, finished.stdout if arguments[0] != "use" or finished.returncode else b""])

    witness.practice.rules.device_code_lifetime = timedelta(seconds=2)
    for operation in ("RegisterClient", "StartDeviceAuthorization", "CreateToken", "ListAccounts"):
        witness.practice.faults.set(operation, fault)
        awsenv(*(PKCE if operation != "StartDeviceAuthorization" else DEVICE))
        witness.practice.faults.clear()
    furnish(witness.household.home, witness.practice, EXPIRED)
    for operation, command in (
        ("CreateToken", ("use", "--shell", "sh", "unicorn")),
        ("GetRoleCredentials", ("exec", "unicorn", "--", "true")),
        ("AssumeRole", ("use", "--shell", "sh", "build")),
        ("Logout", ("logout", "unicorn")),
    ):
        witness.practice.faults.set(operation, fault)
        awsenv(*command)
        witness.practice.faults.clear()
    awsenv("use", "--shell", "sh", "unicorn", AWS_ENDPOINT_URL="https://evil.example")
    awsenv("use", "--shell", "sh", "nobody")
    assert witness.leaks(*said) == []
    assert witness.stray_files() == []


# Sees every attempt to look a name up or to connect, in awsenv and in whatever Python it starts.
WITNESS = """
import os, sys
def look(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        where = arguments[1] if event in ("socket.connect", "socket.sendto") else arguments[0]
        with open(os.environ["WITNESS"], "a") as seen:
            seen.write(f"{event} {where!r}\\n")
sys.addaudithook(look)
"""
EVIL = "evil.example"
OVERRIDES = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC", "AWS_ENDPOINT_URL_STS")
FORMS = (
    "https://{evil}",
    "http://{evil}:8080/",
    "https://oidc.eu-west-1.amazonaws.com@{evil}/",
    "https://oidc.eu-west-1.amazonaws.com.{evil}",
    "https://{evil}\\@oidc.eu-west-1.amazonaws.com/",
    "https://127.0.0.1@{evil}/",
)
VARIABLES = [
    *({name: form.format(evil=EVIL)} for name in OVERRIDES for form in FORMS),
    {"AWS_REGION": f"{EVIL}#"},
    {"AWS_DEFAULT_REGION": f"x.{EVIL}/"},
    {"AWS_DATA_PATH": "{home}/models"},
]
CONFIGS = (
    "[profile {name}]\nendpoint_url = https://evil.example\n",
    (
        "[profile {name}]\nservices = evil\n[services evil]\nsso =\n  endpoint_url = https://evil.example\n"
        "sso_oidc =\n  endpoint_url = http://evil.example:8080\nsts =\n  endpoint_url = https://evil.example\n"
    ),
    "[profile {name}]\nca_bundle = /nonexistent\nendpoint_url = https://sts.amazonaws.com.evil.example\n",
)
COMMANDS: Sequence[tuple[str, ...]] = (
    ("use", "--shell", "sh", "unicorn"),
    ("use", "--shell", "sh", "deploy"),
    ("login", "--device-code", "--no-browser", "--force", "unicorn"),
    ("login", "--force", "unicorn"),
    ("login", "--force", "--sso-session", "company"),
    ("logout", "unicorn"),
)


def _opened(folder: Path) -> Person:
    folder.mkdir()
    return seat(folder / "person")


def _connections(household: Household, command: Sequence[str], variables: dict[str, str], folder: Path) -> list[str]:
    browser = folder / "person" / "browser" if folder.exists() else Path(_opened(folder).browser)
    household.practice.rules.approves_by_itself = True
    (folder / "sitecustomize.py").write_text(WITNESS)
    seen = folder / "seen"
    seen.write_text("")
    more = {"PYTHONPATH": str(folder), "WITNESS": str(seen), "BROWSER": str(browser), **variables}
    base = environment_of(household)
    # Only what the case sets stands in the way: the practice's own overrides would be asked first.
    kept = {name: value for name, value in base.items() if not name.startswith("AWS_ENDPOINT_URL")}
    run([AWSENV, *command], kept | more)
    return seen.read_text().splitlines()


def test_the_witness_sees(tmp_path: Path, practice: PracticeServer) -> None:
    """Where an override is allowed, the attempt is recorded: the other tests look at something."""
    household = furnish(tmp_path / "home", practice, EXPIRED)
    seen = _connections(household, COMMANDS[0], {"AWS_ENDPOINT_URL": practice.url}, tmp_path / "hook")
    assert any(str(practice.port) in line for line in seen)
    settings = household.home / ".config" / "awsenv" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'allowed_endpoints = ["{EVIL}"]\n')
    seen = _connections(
        household, (*COMMANDS[0][:-1], "marketing"), {"AWS_ENDPOINT_URL": f"https://{EVIL}"}, tmp_path / "hook"
    )
    assert any(EVIL in line for line in seen)


@pytest.mark.parametrize("number", range(len(VARIABLES)))
def test_a_hostile_variable_sends_nothing_there(tmp_path: Path, practice: PracticeServer, number: int) -> None:
    """No name of the other host is looked up and no connection to it tried, whatever a variable says."""
    household = furnish(tmp_path / "home", practice, EXPIRED)
    variables = {name: value.replace("{home}", str(household.home)) for name, value in VARIABLES[number].items()}
    if "AWS_DATA_PATH" in variables:
        _write_models(household.home / "models")
    if "AWS_ENDPOINT_URL" not in variables:
        # Every other service is the practice server's: nothing here asks the real AWS.
        variables = practice.environment() | variables
    for command in COMMANDS if SOAK else (COMMANDS[number % 2], COMMANDS[2 + number % 4]):
        seen = _connections(household, command, variables, tmp_path / "hook")
        assert [line for line in seen if EVIL in line] == [], command


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("command", COMMANDS if SOAK else COMMANDS[::2])
def test_a_hostile_config_sends_nothing_there(
    tmp_path: Path, practice: PracticeServer, config: str, command: Sequence[str]
) -> None:
    """A config that somebody handed over, by a profile, the default or a services section, sends nothing either."""
    # A login by the session's name goes by the first profile that uses it.
    name = "deploy" if "deploy" in command else "awesome" if "--sso-session" in command else "unicorn"
    household = furnish(tmp_path / "home", practice, EXPIRED)
    text = household.config_path.read_text()
    for part in config.format(name=name).split("[")[1:]:
        head, _, body = part.partition("]\n")
        title = f"[{head}]\n"
        text = text.replace(title, title + body, 1) if title in text else f"{text}\n{title}{body}"
    household.config_path.write_text(text)
    before = practice.journal.count()
    seen = _connections(household, command, {}, tmp_path / "hook")
    assert [line for line in seen if EVIL in line] == []
    assert practice.journal.count() == before


@pytest.mark.parametrize("start_url", ["https://evil.example@acme.awsapps.com/start", "http://evil.example/start"])
def test_a_hostile_start_url_gets_nothing(tmp_path: Path, practice: PracticeServer, start_url: str) -> None:
    """A start URL that is not plainly https at a name is not looked at, and the token of the real one not sent."""
    household = furnish(tmp_path / "home", practice)
    text = household.config_path.read_text()
    household.config_path.write_text(text.replace("https://practice.awsapps.com/start", start_url))
    for command in COMMANDS:
        seen = _connections(household, command, practice.environment(), tmp_path / "hook")
        assert [line for line in seen if EVIL in line] == []
    assert practice.journal.count("GetRoleCredentials") == 0
    assert practice.journal.count("Logout") == 0


def _write_models(folder: Path) -> None:
    """Write models that send every service of a botocore that believes them to the other host."""
    loader = Loader()
    for service in ("sso", "sso-oidc", "sts"):
        version = loader.determine_latest_version(service, "service-2")
        target = folder / service / version
        target.mkdir(parents=True)
        model = loader.load_service_model(service, "service-2")
        (target / "service-2.json").write_text(json.dumps(model))
        rules = {
            "version": "1.0",
            "parameters": {"Region": {"type": "String", "required": False, "builtIn": "AWS::Region"}},
            "rules": [{"conditions": [], "endpoint": {"url": f"https://{EVIL}"}, "type": "endpoint"}],
        }
        (target / "endpoint-rule-set-1.json").write_text(json.dumps(rules))
