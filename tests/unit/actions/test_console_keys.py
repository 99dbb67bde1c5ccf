from pathlib import Path

import pytest
from unit.aws.fakes import StoppedClock, runtime_of

from awsenv.actions.console_keys import can_choose_duration
from awsenv.files.profiles import load_profiles

SESSION = "aws_access_key_id = A\naws_secret_access_key = x\naws_session_token = y"
ROLE = "role_arn = arn:aws:iam::444455556666:role/Build\n"
SSO = "sso_start_url = https://acme.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 1\nsso_role_name = r"


@pytest.mark.parametrize(
    ("text", "can"),
    [
        (ROLE + "source_profile = robot", True),
        (ROLE + "source_profile = robot\nmfa_serial = x", True),
        (ROLE + "source_profile = own\naws_access_key_id = A\naws_secret_access_key = x", True),
        (ROLE + "web_identity_token_file = /none", True),
        (SSO, True),
        (SESSION, True),
        ("credential_process = true", True),
        (ROLE + "credential_source = Environment", False),
        (ROLE + "credential_source = Ec2InstanceMetadata", False),
        (ROLE + "source_profile = session", False),
        (ROLE + "source_profile = sso", False),
        (ROLE + "source_profile = chain", False),
        (ROLE + "source_profile = nobody", False),
        (ROLE + f"source_profile = own\n{SESSION}", False),
    ],
)
def test_which_keys_may_have_a_duration(tmp_path: Path, text: str, *, can: bool) -> None:
    """Of roles only those that a user's own keys assume, and those that nobody's keys do."""
    (tmp_path / ".aws").mkdir()
    robot = "[profile robot]\naws_access_key_id = A\naws_secret_access_key = x\n"
    chain = f"[profile chain]\n{ROLE}source_profile = robot\n[profile sso]\n{SSO}\n[profile session]\n{SESSION}\n"
    (tmp_path / ".aws" / "config").write_text(f"{robot}{chain}[profile own]\n{text}\n")
    profiles = load_profiles(runtime_of(StoppedClock(), tmp_path))
    own = profiles.find("own")
    assert own is not None

    assert can_choose_duration(own, profiles) is can
