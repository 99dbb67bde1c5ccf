import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.files.fakes import make_runtime

from awsenv.files.paths import expanded, home_path, parent_of

ENVIRONMENT = {"A": "a/$B", "B": "b", "LONG_1": "~"}


@given(
    st.text(alphabet="AB$~{}/._1é\xa0", max_size=12) | st.sampled_from(["~", "~/", "~/x", "~root/x", "~nobody-here/x"])
)
def test_paths_are_expanded_as_botocore_expands_them(path: str) -> None:
    """Variables first, then the tilde, and what is not known stays."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            patch.delenv(name)
        for name, value in {**ENVIRONMENT, "HOME": "/home/me"}.items():
            patch.setenv(name, value)
        expected = os.path.expanduser(os.path.expandvars(path))  # noqa: PTH111 - what botocore calls

    assert Path(expanded(make_runtime(Path("/home/me"), ENVIRONMENT), path)) == Path(expected)


def test_a_home_of_any_bytes_is_kept(tmp_path: Path) -> None:
    """A home folder whose name is not UTF-8 leads to the same file."""
    home = Path(os.fsdecode(bytes(tmp_path) + b"/caf\xe9"))

    assert home_path(make_runtime(home), "x") == f"{tmp_path}/caf\udce9/x"
    assert home_path(make_runtime(Path("/")), "x") == "/x"


def test_the_folder_of_a_path_is_always_one() -> None:
    """A bare name is in the folder one stands in."""
    assert [parent_of(path) for path in ("a", "/a", "/a/b", "a/b")] == [".", "/", "/a", "a"]
