"""awsenv login: what it leaves behind serves every AWS tool of this home, and what they left serves it."""

import io
import json
import stat
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pexpect
import pyte
import pytest
from aws.keyboard import INTERRUPT, sit_down, without_escapes
from aws.person import Person, port_in, seat
from cli.real_shells import wait_until
from stage import AWS_V1, AWS_V2, AWSENV, BIN, TIME_LIMIT, environment_of, furnish, miss, run

from awsenv.demo.household import Household, SignedIn
from awsenv.demo.server import PracticeServer
from awsenv.demo.story import MARKETING, UNICORN

FLOWS = {"pkce": (), "device-code": ("--device-code",)}
NOBODY = SignedIn(sso_sessions=(), legacy=False)
BY_BOTO3 = """
import sys
import boto3
print(boto3.Session(profile_name=sys.argv[1]).client("sts").get_caller_identity()["Account"])
"""
# The very code with which version 2 of the AWS CLI signs in; only the address of the service is the practice server's.
BY_VERSION_2 = """
import os
import sys
import awscli.botocore.session
from awscli.botocore.utils import JSONFileCache, SSOTokenFetcher
from awscli.customizations.sso.utils import SSO_TOKEN_DIR, _sso_json_dumps

start_url, region, name = sys.argv[1:]
session = awscli.botocore.session.Session()
address = os.environ["AWS_ENDPOINT_URL_SSO_OIDC"]
fetcher = SSOTokenFetcher(
    sso_region=region,
    client_creator=lambda service, config: session.create_client(service, config=config, endpoint_url=address),
    cache=JSONFileCache(SSO_TOKEN_DIR, dumps_func=_sso_json_dumps),
)
fetcher.fetch_token(
    start_url, force_refresh=True, registration_scopes=["sso:account:access"], session_name=name
)
"""
LEGACY_URL = "https://practice.awsapps.com/start"


@pytest.fixture
def person(tmp_path: Path) -> Person:
    """Seat a person who allows what is asked."""
    return seat(tmp_path / "person")


@pytest.fixture
def stranger(tmp_path: Path, practice: PracticeServer) -> Household:
    """Write a home in which nobody has ever signed in."""
    return furnish(tmp_path / "home", practice, NOBODY)


def awsenv(
    household: Household,
    person: Person,
    *arguments: str,
    status: int = 0,
    variables: Mapping[str, str] | None = None,
) -> tuple[list[str], list[str]]:
    """Run awsenv, demand a status, and return the lines of stdout and stderr."""
    finished = run([AWSENV, *arguments], environment_of(household, {"BROWSER": person.browser, **(variables or {})}))
    assert finished.returncode == status, finished.stderr
    return finished.stdout.decode().splitlines(), finished.stderr.decode().splitlines()


def account_by(command: Sequence[str], household: Household) -> str:
    """Return the account that another tool says it is in."""
    finished = run(command, environment_of(household))
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.decode().strip()


def by_boto3(profile_name: str, household: Household) -> str:
    """Return boto3's account."""
    return account_by([sys.executable, "-c", BY_BOTO3, profile_name], household)


def by_aws(profile_name: str, household: Household) -> str:
    """Return the AWS CLI's account."""
    query = ["--query", "Account", "--output", "text"]
    return account_by([AWS_V1, "sts", "get-caller-identity", "--profile", profile_name, *query], household)


def expire(household: Household, key: str = "company") -> None:
    """Let the access token in the file be over since an hour."""
    path = household.token_path(key)
    over = (datetime.now(timezone.utc) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"expiresAt": over}))


def grants(practice: PracticeServer) -> list[str]:
    """Return the grant types by which tokens were given out, in order."""
    given = [call for call in practice.journal.calls("CreateToken") if call.status == 200]
    return [call.parameters["grantType"].rpartition(":")[2] for call in given]


@pytest.mark.parametrize("flow", FLOWS)
def test_others_work_after_a_login_and_refresh_by_themselves(
    flow: str, stranger: Household, person: Person, practice: PracticeServer
) -> None:
    """One login serves boto3 and the AWS CLI; they refresh with our registration, and awsenv with what they left."""
    awsenv(stranger, person, "login", *FLOWS[flow], "unicorn")
    practice.journal.clear()

    assert (by_boto3("unicorn", stranger), by_aws("marketing", stranger)) == (UNICORN, MARKETING)
    assert practice.journal.count("CreateToken") == 0
    expire(stranger)
    assert by_aws("unicorn", stranger) == UNICORN
    assert grants(practice) == ["refresh_token"]
    expire(stranger)
    _, said = awsenv(stranger, person, "use", "--shell", "sh", "marketing")
    assert (said, grants(practice)) == ([], ["refresh_token"] * 2)
    expire(stranger)
    assert by_boto3("unicorn", stranger) == UNICORN
    assert grants(practice) == ["refresh_token"] * 3
    assert len(person.opened()) == 1


def test_one_login_serves_every_profile_and_is_not_made_twice(
    stranger: Household, person: Person, practice: PracticeServer
) -> None:
    """After a login to one profile, all of its sso-session switch without a question; a second login opens nothing."""
    _, first = awsenv(stranger, person, "login", "unicorn")
    for name in ("awesome", "devops", "deploy", "audit"):
        assert awsenv(stranger, person, "use", "--shell", "sh", name)[1] == []
    _, second = awsenv(stranger, person, "login", "audit")

    assert first[-1].startswith("awsenv: signed in to company, 4 accounts, until ")
    assert second == [first[-1].replace("signed in", "already signed in")]
    assert (len(person.opened()), practice.journal.count("RegisterClient")) == (1, 1)


def test_force_signs_in_anew(household: Household, person: Person) -> None:
    """With --force a good sign-in is replaced."""
    before = household.token_path("company").read_text()

    awsenv(household, person, "login", "--force", "unicorn")

    assert len(person.opened()) == 1
    assert json.loads(household.token_path("company").read_text())["accessToken"] not in before


def test_all_signs_in_to_each_session_once(stranger: Household, person: Person) -> None:
    """--all signs in to every sso-session and legacy start URL; those that are good are left alone."""
    awsenv(stranger, person, "login", "--sso-session", "partner")
    _, said = awsenv(stranger, person, "login", "--all")

    told = [line.partition(",")[0] for line in said if "signed in to" in line]
    assert told == [
        "awsenv: signed in to company",
        "awsenv: already signed in to partner",
        f"awsenv: signed in to {LEGACY_URL}",
    ]
    assert ["/authorize?" in page for page in person.opened()] == [True, True, False]


@pytest.mark.parametrize("who", ["use", "login"])
def test_a_sign_in_that_was_withdrawn_is_made_anew(
    who: str, household: Household, person: Person, practice: PracticeServer, tmp_path: Path
) -> None:
    """A sign-in that an administrator ended is dead, however good its file looks: the next login opens the browser."""
    practice.grants.withdraw("company")

    if who == "login":
        awsenv(household, person, "login", "unicorn")
    else:
        _, said = awsenv(household, person, "use", "--shell", "sh", "unicorn", status=4)
        assert said[-1] == "hint: awsenv login --sso-session company"
        with sit_down("bash", environment_of(household, {"BROWSER": person.browser}), tmp_path / "desk") as keyboard:
            keyboard.type('eval "$(awsenv use unicorn)"')
            keyboard.sees("Sign in to company now? [Y/n] ")
            keyboard.press("\r")
            keyboard.sees(f"awsenv: unicorn · {UNICORN}")
            assert keyboard.status() == 0

    assert len(person.opened()) == 1
    assert by_boto3("unicorn", household) == UNICORN


def test_the_question_comes_once_and_its_answer_is_not_kept_waiting(
    tmp_path: Path, practice: PracticeServer, person: Person
) -> None:
    """A refresh that AWS refused is tried before the question, and not again between the answer and the browser."""
    household = furnish(tmp_path / "home", practice, SignedIn(access_lifetime=timedelta(hours=-1)))
    practice.grants.withdraw("company")
    with sit_down("bash", environment_of(household, {"BROWSER": person.browser}), tmp_path / "desk") as keyboard:
        keyboard.type('eval "$(awsenv use unicorn)"')
        keyboard.sees("the sign-in to company is over and cannot be renewed. Sign in to company now? [Y/n] ")
        keyboard.press("\r")
        keyboard.sees(f"awsenv: unicorn · {UNICORN}")

    tried = [(call.parameters["grantType"], call.status) for call in practice.journal.calls("CreateToken")]
    assert tried == [("refresh_token", 400), ("authorization_code", 200)]


@pytest.mark.parametrize("flow", FLOWS)
def test_a_denied_login_changes_nothing(
    flow: str, household: Household, person: Person, practice: PracticeServer
) -> None:
    """Denied in the browser: status 4, one clear line, and the sign-in of before stays in its file."""
    person.will("deny")
    before = household.token_path("company").read_bytes()

    _, said = awsenv(household, person, "login", "--force", *FLOWS[flow], "unicorn", status=4)

    assert said[-1].startswith("awsenv: the sign-in to company was declined (")
    assert household.token_path("company").read_bytes() == before
    assert grants(practice) == []


def test_a_registration_of_the_aws_cli_is_used(household: Household, person: Person, practice: PracticeServer) -> None:
    """A registration in the AWS CLI's form, under its name for it, spares a login to register anew."""
    household.token_path("company").unlink()
    awsenv(household, person, "login", "unicorn")

    assert practice.journal.count("RegisterClient") == 0
    assert grants(practice) == ["authorization_code"]


def sign_in_by_version_2(household: Household) -> None:
    """Sign in to the company with the AWS CLI's own code, by device code, approved at once."""
    if not Path(AWS_V2).exists():
        reason = f"no {AWS_V2} here: apt-get install awscli"
        miss(reason)
    company = household.practice.world.companies[0]
    words = ["/usr/bin/python3", "-c", BY_VERSION_2, company.start_url, company.sso_region, company.sso_session_name]
    finished = run(words, environment_of(household))
    assert finished.returncode == 0, finished.stderr


@pytest.mark.parametrize("first", ["awsenv", "aws"])
def test_registrations_are_shared_with_version_2(
    first: str, stranger: Household, person: Person, practice: PracticeServer
) -> None:
    """Whichever of awsenv and the AWS CLI's version 2 signs in first by a code, the other uses its registration."""
    practice.rules.approves_by_itself = True
    deeds: list[Callable[[], object]] = [
        lambda: awsenv(stranger, person, "login", "--device-code", "unicorn"),
        lambda: sign_in_by_version_2(stranger),
    ]
    for deed in deeds if first == "awsenv" else reversed(deeds):
        stranger.token_path("company").unlink(missing_ok=True)
        deed()
        # Whose token it is now, the other reads it.
        assert awsenv(stranger, person, "status", "--check", "--sso-session", "company")[1] == []
        assert by_boto3("unicorn", stranger) == UNICORN

    assert practice.journal.count("RegisterClient") == 1
    assert grants(practice) == ["device_code"] * 2


@pytest.mark.parametrize("flow", FLOWS)
def test_files_of_a_login_are_private_and_in_the_aws_clis_form(flow: str, stranger: Household, person: Person) -> None:
    """A login leaves a token and a registration with the AWS CLI's fields in its order, 0600, and no half file."""
    before = set(stranger.home.rglob("*"))

    awsenv(stranger, person, "login", *FLOWS[flow], "unicorn")

    made = {path for path in set(stranger.home.rglob("*")) - before if path.is_file()}
    token = json.loads(stranger.token_path("company").read_text())
    assert list(token) == [
        "startUrl",
        "region",
        "accessToken",
        "expiresAt",
        "clientId",
        "clientSecret",
        "registrationExpiresAt",
        "refreshToken",
    ]
    caches = {path for path in made if path.parent.name == "cache"}
    (registration,) = caches - {stranger.token_path("company")}
    fields = json.loads(registration.read_text())
    assert fields["clientId"] == token["clientId"]
    assert fields.get("grantTypes") == (["authorization_code", "refresh_token"] if flow == "pkce" else None)
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o600}
    assert {path.suffix for path in made - caches} <= {".lock", ".json"}


def test_without_browser_the_page_is_shown(stranger: Household, person: Person, tmp_path: Path) -> None:
    """--no-browser starts nothing; the page that it shows can be opened by hand, and the login goes on."""
    with sit_down("bash", environment_of(stranger, {"BROWSER": person.browser}), tmp_path / "desk") as keyboard:
        keyboard.type("awsenv login --no-browser unicorn")
        keyboard.sees("awsenv: sign in at this page:")
        page = keyboard.reads(r"(http\S+)\r\n")
        assert person.opened() == []
        keyboard.sees("waiting for the browser")
        run([person.browser, page], environment_of(stranger))
        keyboard.sees("awsenv: signed in to company")
        assert keyboard.status() == 0


@pytest.mark.parametrize("place", ["SSH_CONNECTION", "CODESPACES", "no browser"])
def test_a_code_is_shown_where_the_browser_is_elsewhere(
    place: str, stranger: Household, person: Person, practice: PracticeServer
) -> None:
    """Over ssh, in a codespace and without any browser, a login falls back to the code, and shows page and code."""
    practice.rules.approves_by_itself = True
    nowhere = {"PATH": str(BIN), "BROWSER": ""}
    variables = nowhere if place == "no browser" else {place: "1"}

    _, said = awsenv(stranger, person, "login", "unicorn", variables=variables)

    assert said[0] == "awsenv: sign in at this page:"
    code = said[2].removeprefix("awsenv: it must show this code: ")
    assert said[1].endswith(f"user_code={code}")
    assert said[3] == "awsenv: never approve a code that somebody sent you"
    assert grants(practice) == ["device_code"]


def test_ctrl_c_in_a_login_ends_it(stranger: Household, person: Person, tmp_path: Path) -> None:
    """Ctrl-C while `login` waits: 130, the counting line gone, modes as before, no token, and the port closed."""
    person.will("nothing")
    environment = environment_of(stranger, {"BROWSER": person.browser})
    with sit_down("bash", environment, tmp_path / "desk") as keyboard:
        before = keyboard.dump()
        # A terminal that can rewrite a line gets the time left counted down in place.
        keyboard.type("TERM=xterm awsenv login unicorn")
        keyboard.sees("9:59 left")
        (page,) = wait_until(person.opened, "the browser")
        keyboard.press(INTERRUPT)
        keyboard.sees("awsenv: interrupted\r\n")
        line = without_escapes(keyboard.screen.before).rpartition("\r")[2]

        assert line == ""
        assert keyboard.status() == 130
        assert keyboard.dump() == before
        assert not stranger.token_path("company").exists()
        keyboard.type(f"(: </dev/tcp/127.0.0.1/{port_in(page)})")
        keyboard.sees("Connection refused")
        person.will("allow")
        keyboard.type("awsenv login unicorn")
        keyboard.sees("signed in to company, 4 accounts")
        assert keyboard.status() == 0


def test_a_browser_that_stays_open_is_no_child_of_the_command(
    stranger: Household, person: Person, tmp_path: Path
) -> None:
    """A login in `exec` leaves the command without children, and without a word from a browser that ends later."""
    (person.folder / "stays").touch()
    script = (
        "import os; children = open(f'/proc/{os.getpid()}/task/{os.getpid()}/children').read(); "
        "print('children', repr(children))"
    )
    with sit_down("bash", environment_of(stranger, {"BROWSER": person.browser}), tmp_path / "desk") as keyboard:
        keyboard.type(f'awsenv exec unicorn -- {sys.executable} -c "{script}"')
        keyboard.sees("Sign in to company now? [Y/n] ")
        keyboard.press("\r")
        children = keyboard.reads(r"\nchildren '([^']*)'\r\n")
        (person.folder / "stays").unlink()

    assert children == ""


def test_a_narrow_terminal_counts_down_in_one_line(stranger: Household, person: Person) -> None:
    """Where the terminal is narrower than the counting line, the line is cut and not drawn below itself each second."""
    person.will("nothing")
    environment = environment_of(stranger, {"BROWSER": person.browser, "TERM": "xterm"})
    drawn = io.StringIO()
    command = pexpect.spawn(
        AWSENV, ["login", "unicorn"], env=environment, encoding="utf-8", timeout=TIME_LIMIT, dimensions=(40, 40)
    )
    command.logfile_read = drawn
    command.expect_exact("9:57")
    screen = pyte.Screen(40, 40)
    pyte.Stream(screen).feed(drawn.getvalue())
    command.close(force=True)

    assert sum("waiting, 9:5" in line for line in screen.display) == 1
