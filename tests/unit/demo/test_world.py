from awsenv.demo.story import UNICORN, story
from awsenv.demo.world import reserved_role_name


def test_companies_are_found_by_their_start_url() -> None:
    """A start URL leads to its company with or without its last slash or fragment."""
    world = story()

    assert world.company_at("https://practice.awsapps.com/start/#/") == world.company("company")
    assert world.company_at("https://nobody.awsapps.com/start") is None


def test_accounts_and_roles_are_found_by_id() -> None:
    """An account or role that does not exist is None."""
    world = story()

    assert world.companies[0].account(UNICORN) is not None
    assert world.companies[0].account("999999999999") is None
    assert world.role("arn:aws:iam::999999999999:role/Nobody") is None


def test_reserved_role_names() -> None:
    """The role behind a role of Identity Center has the same name each time, and another in each account."""
    first, second = (reserved_role_name(account_id, "Admin") for account_id in ("111111111111", "222222222222"))

    assert first.startswith("AWSReservedSSO_Admin_")
    assert first != second
    assert first == reserved_role_name("111111111111", "Admin")
