"""The practice story: two companies, their accounts and roles, one robot user, and a profile of every kind.

The same table of profiles writes the shared files and says whom each profile must turn out to be.
"""

from awsenv.demo.mint import Mint
from awsenv.demo.world import Account, Company, Role, User, World, reserved_role_name
from awsenv.values import Value

AWESOME, UNICORN, MARKETING, DEVOPS = "111122223333", "222233334444", "012345678901", "444455556666"
PARTNER = "555566667777"
QUOTED_NAME = 'it\'s a "quoted" name'
REGION = "eu-west-1"
EXTERNAL_ID = "practice-external-id"
MFA_SERIAL = f"arn:aws:iam::{DEVOPS}:mfa/robot"
WEB_SUBJECT = "repo:practice/web:ref:refs/heads/main"


class StoryProfile(Value):
    """A profile of the story: its settings, and the account and role that STS must name for it.

    `role_name` is None for a user's own keys, `account_id` is None for a profile without credentials. In settings,
    `{home}` and `{process}` stand for the household's folder and its credential_process.
    """

    name: str
    settings: tuple[tuple[str, str], ...]
    account_id: str | None
    role_name: str | None = None


def _sso(session: str, account_id: str, role_name: str, region: str = REGION) -> tuple[tuple[str, str], ...]:
    return (
        ("sso_session", session),
        ("sso_account_id", account_id),
        ("sso_role_name", role_name),
        ("region", region),
    )


def _role(account_id: str, name: str, source_profile: str, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    role_arn = f"arn:aws:iam::{account_id}:role/{name}"
    return (("role_arn", role_arn), ("source_profile", source_profile), *more, ("region", REGION))


def _reserved(account_id: str, role_name: str) -> str:
    return reserved_role_name(account_id, role_name)


COMPANY_URL, PARTNER_URL = "https://practice.awsapps.com/start", "https://partner-practice.awsapps.com/start"
PARTNER_REGION = "us-east-1"

PROFILES = (
    StoryProfile("default", (("region", REGION), ("output", "json")), None),
    StoryProfile("awesome", _sso("company", AWESOME, "Developer"), AWESOME, _reserved(AWESOME, "Developer")),
    StoryProfile("unicorn", _sso("company", UNICORN, "Developer"), UNICORN, _reserved(UNICORN, "Developer")),
    StoryProfile("marketing", _sso("company", MARKETING, "ReadOnly"), MARKETING, _reserved(MARKETING, "ReadOnly")),
    StoryProfile("devops", _sso("company", DEVOPS, "Admin", "eu-central-1"), DEVOPS, _reserved(DEVOPS, "Admin")),
    StoryProfile(
        "legacy",
        (
            ("sso_start_url", COMPANY_URL),
            ("sso_region", REGION),
            ("sso_account_id", AWESOME),
            ("sso_role_name", "ReadOnly"),
            ("region", REGION),
        ),
        AWESOME,
        _reserved(AWESOME, "ReadOnly"),
    ),
    StoryProfile("deploy", _role(MARKETING, "Deploy", "unicorn"), MARKETING, "Deploy"),
    StoryProfile("audit", _role(DEVOPS, "Audit", "deploy"), DEVOPS, "Audit"),
    StoryProfile("robot", (("region", REGION),), DEVOPS),
    StoryProfile("build", _role(DEVOPS, "Build", "robot"), DEVOPS, "Build"),
    StoryProfile("vendor", _role(UNICORN, "Vendor", "robot", ("external_id", EXTERNAL_ID)), UNICORN, "Vendor"),
    StoryProfile("mfa", _role(DEVOPS, "Sensitive", "robot", ("mfa_serial", MFA_SERIAL)), DEVOPS, "Sensitive"),
    StoryProfile("process", (("credential_process", "{process}"), ("region", REGION)), AWESOME, "Vending"),
    StoryProfile(
        "web",
        (
            ("role_arn", f"arn:aws:iam::{MARKETING}:role/WebDeploy"),
            ("web_identity_token_file", "{home}/.aws/practice-web-identity-token"),
            ("region", REGION),
        ),
        MARKETING,
        "WebDeploy",
    ),
    StoryProfile("partner", _sso("partner", PARTNER, "Guest", PARTNER_REGION), PARTNER, _reserved(PARTNER, "Guest")),
    StoryProfile(QUOTED_NAME, _sso("company", UNICORN, "ReadOnly"), UNICORN, _reserved(UNICORN, "ReadOnly")),
)


def story(*, seed: str | None = None, more_accounts: int = 0) -> World:
    """Return the world of the story; `more_accounts` adds that many to the company, for long listings."""
    mint = Mint(None if seed is None else f"{seed}/story")
    everyday = ("Developer", "ReadOnly")
    accounts = (
        Account(AWESOME, "Team_Awesome", "awesome@example.com", everyday),
        Account(UNICORN, "Team_Unicorn", "unicorn@example.com", everyday),
        Account(MARKETING, "Devs4Marketing", "marketing@example.com", everyday),
        Account(DEVOPS, "DevOps", "devops@example.com", ("Admin", *everyday)),
        *(
            Account(str(700_000_000_000 + number), f"Team {number:03}", f"team{number}@example.com", everyday)
            for number in range(more_accounts)
        ),
    )
    company = Company("company", COMPANY_URL, REGION, accounts)
    visited = Account(PARTNER, "Partner", "partner@example.com", ("Guest",))
    partner = Company("partner", PARTNER_URL, PARTNER_REGION, (visited,))
    robot = User("robot", DEVOPS, mint.access_key_id("AKIA"), mint.secret_access_key(), MFA_SERIAL)
    return World(
        companies=(company, partner),
        roles=_roles(company, robot),
        users=(robot,),
        web_identity_tokens={mint.opaque("eyJhbGciOiJSUzI1NiJ9."): WEB_SUBJECT},
        process_roles={"process": f"arn:aws:iam::{AWESOME}:role/Vending"},
    )


def expected_identity(profile_name: str) -> tuple[str, str] | None:
    """Return the account id and a glob over the ARN that STS must answer; None for a profile without credentials."""
    profile = next(each for each in PROFILES if each.name == profile_name)
    if profile.account_id is None:
        return None
    if profile.role_name is None:
        return profile.account_id, f"arn:aws:iam::{profile.account_id}:user/{profile.name}"
    return profile.account_id, f"arn:aws:sts::{profile.account_id}:assumed-role/{profile.role_name}/*"


def _roles(company: Company, robot: User) -> tuple[Role, ...]:
    deploy = f"arn:aws:iam::{MARKETING}:role/Deploy"
    return (
        Role(deploy, (company.principal(UNICORN, "Developer"),), max_duration=7200),
        Role(f"arn:aws:iam::{DEVOPS}:role/Audit", (deploy,)),
        Role(f"arn:aws:iam::{DEVOPS}:role/Build", (robot.arn,), max_duration=7200),
        Role(f"arn:aws:iam::{UNICORN}:role/Vendor", (robot.arn,), external_id=EXTERNAL_ID),
        Role(f"arn:aws:iam::{DEVOPS}:role/Sensitive", (robot.arn,), requires_mfa=True),
        Role(f"arn:aws:iam::{MARKETING}:role/WebDeploy", (WEB_SUBJECT,)),
    )
