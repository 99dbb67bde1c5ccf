from awsenv.demo.story import MARKETING, PROFILES, expected_identity, story


def test_same_seed_same_story() -> None:
    """A seed makes the users' keys foreseeable; without one they are new each time."""
    assert story(seed="s") == story(seed="s")
    assert story() != story()


def test_accounts_are_distinct_texts_of_twelve_digits() -> None:
    """Every account id is 12 digits, one begins with a zero, and none comes twice."""
    ids = [account.account_id for company in story(more_accounts=500).companies for account in company.accounts]

    assert len(set(ids)) == len(ids) == 505
    assert all(len(each) == 12 and each.isdecimal() for each in ids)
    assert any(each.startswith("0") for each in ids)


def test_expected_identities() -> None:
    """The story says of each profile who it must turn out to be; `default` is nobody."""
    assert expected_identity("default") is None
    assert expected_identity("deploy") == (MARKETING, f"arn:aws:sts::{MARKETING}:assumed-role/Deploy/*")
    assert expected_identity("robot") == ("444455556666", "arn:aws:iam::444455556666:user/robot")
    assert all(expected_identity(profile.name) for profile in PROFILES if profile.name != "default")
