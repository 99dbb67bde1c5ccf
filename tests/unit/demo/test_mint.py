import re

from awsenv.demo.mint import Mint


def test_same_seed_same_texts() -> None:
    """A seed makes every key foreseeable, so that a test can be repeated exactly."""
    first, second = Mint("seed"), Mint("seed")

    assert [first.access_key_id(), first.opaque("x-")] == [second.access_key_id(), second.opaque("x-")]


def test_no_seed_no_foresight() -> None:
    """Two mints without a seed never make the same key."""
    assert Mint().secret_access_key() != Mint().secret_access_key()


def test_texts_have_the_forms_of_aws() -> None:
    """Keys, secrets and session tokens have AWS's lengths and alphabets, with the characters that hurt."""
    mint = Mint("seed")
    secret = mint.secret_access_key()

    assert re.fullmatch(r"ASIA[A-Z2-7]{16}", mint.access_key_id())
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", mint.access_key_id("AKIA"))
    assert len(secret) == 40
    assert {"+", "/"} <= set(secret)
    assert re.fullmatch(r"[A-Za-z0-9+/]{300,}=+", mint.session_token())
    assert re.fullmatch(r"\d{6}", mint.digits(6))


def test_opaque_texts_have_the_length_asked_for() -> None:
    """Opaque texts carry their prefix and exactly so many characters."""
    assert re.fullmatch(r"client-[0-9a-f]{22}", Mint("seed").opaque("client-", 22))
