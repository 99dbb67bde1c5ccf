"""Which role takes the place of an older one: names that are the same, that are alike, and that are not."""

import pytest

from awsenv.actions.assignments import Listing
from awsenv.actions.migrate_roles import (
    Match,
    Wanted,
    find_wanted,
    map_argument,
    match_role,
    parse_wanted,
    partition_of,
)
from awsenv.errors import UsageError
from awsenv.model import SsoSession

GIVEN = ("AdministratorAccess", "Developer", "ReadOnly")


@pytest.mark.parametrize(
    ("old_name", "given", "role_name", "is_certain"),
    [
        ("Developer", GIVEN, "Developer", True),
        ("developer", GIVEN, "Developer", True),
        ("read-only", GIVEN, "ReadOnly", True),
        ("AWSReservedSSO_ReadOnly_0123456789abcdef", GIVEN, "ReadOnly", True),
        ("AWSReservedSSO_Read_Only_0123456789abcdef", ("Read_Only", "ReadOnly"), "Read_Only", True),
        ("Admin", GIVEN, "AdministratorAccess", False),
        ("UnicornDevRole", GIVEN, "Developer", False),
        ("team-unicorn-admin", GIVEN, "AdministratorAccess", False),
        ("ReadOnlyAccess", GIVEN, "ReadOnly", False),
        ("DeveloperReadOnly", ("Developer",), None, False),
        ("DeveloperReadOnly", GIVEN, "ReadOnly", False),
        ("OrganizationAccountAccessRole", GIVEN, None, False),
        ("Engineers", ("Developer",), None, False),
        ("Dev", ("DevOne", "DevTwo"), None, False),
        ("read only", ("ReadOnly", "Read-Only"), None, False),
        ("日本", ("日本", "Admin"), "日本", True),
        ("", GIVEN, None, False),
        (None, ("Developer",), "Developer", False),
        (None, GIVEN, None, False),
    ],
)
def test_a_name_is_matched(
    old_name: str | None, given: tuple[str, ...], role_name: str | None, *, is_certain: bool
) -> None:
    """The same name counts first, then the one that is most like it; where two are, or none is, nobody guesses."""
    found = match_role(old_name, given, "Team_Unicorn")

    assert (found.role_name, found.is_certain) == (role_name, is_certain)
    assert found.role_name is not None or set(found.candidates) == set(given)


def test_what_the_account_is_called_is_no_likeness() -> None:
    """Words of the account's name stand in all of its roles, and say nothing of what they may do."""
    assert match_role("DataLakeWriter", ("DataLakeReader",), "Data Lake").role_name is None
    assert match_role("DataLakeReading", ("DataLakeRead", "DataLakeWriter"), "Data Lake").role_name == "DataLakeRead"


def test_what_is_most_alike_is_offered_first() -> None:
    """Of the roles to choose from, those that share a word with the old name come first."""
    assert match_role("AuditReadEverything", GIVEN, "") == Match(None, ("ReadOnly", "AdministratorAccess", "Developer"))


def test_a_map_is_parted_where_names_allow() -> None:
    """A profile's name may hold an equals sign, an account's name a slash; the role is what comes last."""
    wanted = parse_wanted("a=b=R & D/Lab/Dev=Ops", ["a", "a=b"])
    assert (wanted.profile, wanted.account, wanted.role_name) == ("a", "b=R & D/Lab", "Dev=Ops")
    assert parse_wanted("a=b=Lab/Dev", ["a=b"]).account == "Lab"


def test_a_name_of_two_accounts_is_none() -> None:
    """Where two accounts are called the same, only an id says which is meant."""
    sso_session = SsoSession("company", "https://practice.awsapps.com/start", "eu-west-1")
    listing = Listing(sso_session, {"1": "Lab", "2": "LAB"}, {"1": ("Dev",), "2": ("Dev",)})

    with pytest.raises(UsageError, match='two accounts are called "lab"'):
        find_wanted(Wanted("a", "lab", "Dev"), listing)
    assert find_wanted(Wanted("a", "2", "Dev"), listing) == ("2", "Dev")


def test_a_map_can_be_pasted() -> None:
    """What is offered to be typed is quoted where a shell would take it apart."""
    assert map_argument("unicorn", "222233334444", None) == "--map unicorn=222233334444/ROLE"
    assert map_argument("it is", None, "Dev") == "--map 'it is=ACCOUNT/Dev'"


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eusc-de-east-1", "aws-eusc")],
)
def test_a_region_tells_its_partition(region: str, partition: str) -> None:
    """Roles of one partition are no choice for accounts of another."""
    assert partition_of(region) == partition
