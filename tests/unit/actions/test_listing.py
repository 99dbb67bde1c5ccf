"""The listing of long files is kept; whatever is wrong with what was kept, the files themselves are read."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from unit.files.fakes import NOW, make_runtime

from awsenv.actions.listing import ListedProfile, list_profiles
from awsenv.files import role_cache
from awsenv.files.profiles import Profiles, load_profiles
from awsenv.files.summaries import summaries_path
from awsenv.model import Credentials, Notice, Profile
from awsenv.runtime import Runtime

OLD = int(NOW.timestamp()) - 3600
FILLER = "\n".join(f"[profile filler-{number}]\nregion = eu-west-1\noutput = json" for number in range(400))
CONFIG = f"""
[sso-session company]
sso_start_url = https://company.awsapps.com/start
sso_region = eu-west-1
[profile unicorn]
sso_session = company
sso_account_id = 123456789012
sso_role_name = Admin
region = eu-central-1
[profile assumed]
role_arn = arn:aws:iam::222222222222:role/path/Deploy
source_profile = unicorn
[profile "w\udce4ird \u6f22"]
region = us-east-1
[profile web]
role_arn = arn:aws:iam::333333333333:role/Web
web_identity_token_file = /nowhere
[profile console]
login_session = arn:aws:iam::444444444444:user/erika
[profile process]
credential_process = echo
[x]
region = eu-west-1
{FILLER}
"""


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    """Return a runtime in a home with long shared files, written an hour ago."""
    write(tmp_path / ".aws" / "config", CONFIG)
    write(tmp_path / ".aws" / "credentials", "[keys]\naws_access_key_id = AKIA\naws_secret_access_key = s3cret\n")
    return make_runtime(tmp_path)


def write(path: Path, text: str, written_at: int = OLD) -> None:
    """Write a shared file as it was at a moment."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    os.utime(path, (written_at, written_at))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the profiles that were made of the files."""
    names: list[str] = []
    iterate = Profiles.__iter__

    def remembering(profiles: Profiles) -> Iterator[Profile]:
        for profile in iterate(profiles):
            names.append(profile.name)
            yield profile

    monkeypatch.setattr(Profiles, "__iter__", remembering)
    return names


def listed(runtime: Runtime) -> tuple[list[ListedProfile], list[Notice]]:
    """Return a listing and what was told beside it."""
    heard: list[Notice] = []
    return list_profiles(runtime=runtime, notify=heard.append), heard


def test_the_second_listing_says_the_same(runtime: Runtime, made: list[str]) -> None:
    """What is kept gives the same rows and warnings as the files, and they are not taken apart for it."""
    first = listed(runtime)
    count = len(made)
    second = listed(runtime)

    assert count == len(first[0]) > 400
    assert len(made) == count
    assert second == first
    assert [notice.text.partition(":")[0] for notice in first[1]][1:] == ["AWS tools pass over [x]"]
    assert Path(summaries_path(runtime)).stat().st_mode & 0o777 == 0o600
    assert "s3cret" not in Path(summaries_path(runtime)).read_text()


def test_the_end_of_credentials_is_never_kept(runtime: Runtime, made: list[str]) -> None:
    """Credentials that came after the listing was kept are in the next one."""
    listed(runtime)
    count = len(made)
    profile = load_profiles(runtime).find("unicorn")
    assert profile is not None
    source: Any = profile.source
    end = NOW.replace(year=NOW.year + 1)
    role_cache.write_credentials(runtime, source, Credentials("ASIA", "s", "t", end, "123456789012"))
    rows, _ = listed(runtime)

    assert {row.name: row.expires_at for row in rows if row.expires_at} == {"unicorn": end}
    assert len(made) == count


def other_size(runtime: Runtime) -> Runtime:
    """Change the config file, and set its time back."""
    write(runtime.home / ".aws" / "config", CONFIG.replace("eu-central-1", "eu-west-22"))
    return runtime


def other_time(runtime: Runtime) -> Runtime:
    """Change the config file and not its size."""
    write(runtime.home / ".aws" / "config", CONFIG.replace("eu-central-1", "eu-central-2"), OLD + 1)
    return runtime


def older(runtime: Runtime) -> Runtime:
    """Put an older file in the place of the config file."""
    write(runtime.home / ".aws" / "config", CONFIG.replace("eu-central-1", "eu-central-2"), OLD - 1)
    return runtime


def without_keys(runtime: Runtime) -> Runtime:
    """Remove the credentials file."""
    (runtime.home / ".aws" / "credentials").unlink()
    return runtime


def elsewhere(runtime: Runtime) -> Runtime:
    """Return a runtime with another config file of the same time and size."""
    write(runtime.home / ".aws" / "other", CONFIG.replace("eu-central-1", "eu-central-2"))
    return make_runtime(runtime.home, {"AWS_CONFIG_FILE": str(runtime.home / ".aws" / "other")})


@pytest.mark.parametrize("change", [other_size, other_time, older, without_keys, elsewhere])
def test_a_change_is_seen(runtime: Runtime, made: list[str], change: Callable[[Runtime], Runtime]) -> None:
    """Whatever becomes of the files, the next listing is of what they then are."""
    before = listed(runtime)[0]
    made.clear()
    after = listed(change(runtime))[0]

    assert made
    assert after != before


def test_nothing_is_kept_of_a_file_that_was_just_written(runtime: Runtime, made: list[str]) -> None:
    """A file that was written a moment ago may be written again without a trace, so it is read every time."""
    write(runtime.home / ".aws" / "config", CONFIG, int(NOW.timestamp()) - 1)
    listed(runtime)
    made.clear()
    listed(runtime)

    assert made


def test_nothing_is_kept_of_short_files(runtime: Runtime) -> None:
    """A file that is read in no time leaves no second one behind."""
    write(runtime.home / ".aws" / "config", "[profile x]\nregion = eu-west-1\n")
    listed(runtime)

    assert not Path(summaries_path(runtime)).exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda _: b"\xff\xfe",
        lambda _: b"[" * 100_000,
        lambda _: b'{"made": 1}',
        lambda kept: kept[: len(kept) // 2],
        lambda kept: changed(kept, profiles=[]),
        lambda kept: changed(kept, profiles=[["x"]] * 7),
        lambda kept: changed(kept, profiles=[["x"]] * 9),
        lambda kept: changed(kept, profiles=[["x", "y"], *[["x"]] * 7]),
        lambda kept: changed(kept, profiles=[[None]] * 8),
        lambda kept: changed(kept, profiles=[[1]] * 8),
        lambda kept: changed(kept, notices=[1]),
        lambda kept: changed(kept, notices=[["text", "path"]]),
        lambda kept: changed(kept, made=[0]),
    ],
)
def test_damage_is_no_answer(runtime: Runtime, damage: Callable[[bytes], bytes]) -> None:
    """Whatever stands where the listing was kept, the next one is made from the files, and kept again."""
    first = listed(runtime)
    path = Path(summaries_path(runtime))
    kept = path.read_bytes()
    path.write_bytes(damage(kept))

    assert listed(runtime) == first
    assert path.read_bytes() == kept


def changed(kept: bytes, **fields: object) -> bytes:
    """Return what was kept with other fields."""
    return json.dumps(json.loads(kept) | fields).encode()


def test_a_folder_that_takes_nothing_is_no_error(runtime: Runtime) -> None:
    """Where nothing can be kept, the listing is the same."""
    first = listed(runtime)
    path = Path(summaries_path(runtime))
    path.unlink()
    path.mkdir()

    assert listed(runtime) == first
