import random
from collections.abc import Callable

import pytest
from stage import SOAK

from awsenv.errors import MalformedConfig, UnusableName
from awsenv.files.ini import parse_ini
from awsenv.files.lossless import SharedText, parse_shared
from awsenv.files.owned import SectionId

FILES = 5_000 if SOAK else 300
X = SectionId("profile", "x")
OLD = b"""\
# mine
[profile x]
; why
ROLE_ARN: arn:aws:iam::123456789012:role/A
s3 =
  addressing_style = path

  # deep
region = eu-west-1

# of y
[profile y]
region = a
"""


def amended(old: bytes, change: Callable[[SharedText], None], *, is_config: bool = True) -> bytes:
    """Return what a change of foreign sections makes of a file."""
    text = parse_shared(old, "config", is_config=is_config)
    change(text)
    return text.content()


def test_only_the_keys_named_change() -> None:
    """A key is set where it stands, another goes with all its value, a new one stands last; all else stays."""
    new = amended(OLD, lambda text: text.amend(X, {"role_arn": "b", "output": "json"}, ["s3", "nothing"]))

    assert new == OLD.replace(b"ROLE_ARN: arn:aws:iam::123456789012:role/A", b"role_arn = b").replace(
        b"s3 =\n  addressing_style = path\n\n  # deep\nregion = eu-west-1\n",
        b"\n  # deep\nregion = eu-west-1\noutput = json\n",
    )


def test_what_says_so_already_keeps_its_spelling() -> None:
    """A key that has the value wanted is not rewritten."""
    assert amended(OLD, lambda text: text.amend(X, {"role_arn": "arn:aws:iam::123456789012:role/A"})) == OLD


def test_a_key_that_stands_twice_is_set_once() -> None:
    """Of several lines for one key, and of several sections of one name, one is left that says what was wanted."""
    old = b"[profile x]\nregion = a\nregion = b\n[profile y]\n[profile x]\nregion = c\nregion = d\n"

    assert amended(old, lambda text: text.amend(X, {"region": "e"})) == (
        b"[profile x]\n[profile y]\n[profile x]\nregion = e\n"
    )
    assert amended(old, lambda text: text.amend(X, {}, ["region"])) == b"[profile x]\n[profile y]\n[profile x]\n"


def test_a_stray_gets_its_header() -> None:
    """A section that AWS tools pass over becomes a profile; what stands behind its header stays there."""
    old = b"\xef\xbb\xbf[x] ; mine\r\nregion = a\r\n[x]\r\n[toolkit]\r\na = b"

    assert amended(old, lambda text: text.rename("x", X)) == old.replace(b"[x]", b"[profile x]")
    assert [header for header, _, _ in parse_shared(old, "config", is_config=True).strays()] == ["x", "toolkit"]


def test_one_change_sees_the_other() -> None:
    """What is renamed can be amended, what is amended can be struck, and the differences are those of the file."""
    text = parse_shared(OLD.replace(b"[profile x]", b"[x]"), "config", is_config=True)
    text.rename("x", X)
    text.amend(X, {"output": "json"})
    text.amend(X, {"output": "text"}, ["role_arn"])
    text.strike(SectionId("profile", "y"))
    text.put(SectionId("profile", "z"), {"region": "b"})

    assert text.content().startswith(b"# mine\n[profile x]\n; why\ns3 =\n")
    assert text.content().count(b"output = text\n") == 1
    assert b"profile y" not in text.content()
    assert replayed(text, OLD.replace(b"[profile x]", b"[x]")) == text.content()


def replayed(text: SharedText, old: bytes) -> bytes:
    """Return the old file with the differences in it that are shown."""
    lines = old.decode().split("\n")
    for edit in reversed(text.edits()):
        lines[edit.start : edit.start + len(edit.old)] = edit.new
    return "\n".join(lines).encode()


def test_what_cannot_stand_there_is_refused() -> None:
    """A value of two lines is refused, and the file is as it was."""
    text = parse_shared(OLD, "config", is_config=True)
    with pytest.raises(UnusableName):
        text.amend(X, {"region": "a\n[profile z]"})

    assert text.content() == OLD


def test_generated_files_change_in_nothing_else() -> None:
    """Whatever a file is like: the key has its new value, all other keys of all sections have theirs, comments stay."""
    for seed in range(FILES):
        chance = random.Random(seed)  # noqa: S311 - test data
        old = generated(chance)
        name = chance.choice("xyz")
        values = {chance.choice(["region", "new"]): "changed"}
        without = [chance.choice(["output", "s3", "absent"])]
        if not parse_ini(old, "c").sections.get(f"profile {name}"):
            continue
        new = amended(old, lambda text: text.amend(SectionId("profile", name), values, without))  # noqa: B023 - called at once
        before, after = (
            {header: section.values() for header, section in parse_ini(content, "c").sections.items()}
            for content in (old, new)
        )
        mine = before[f"profile {name}"]
        before[f"profile {name}"] = {key: value for key, value in mine.items() if key not in without} | values

        assert after == before, seed
        comments = [line for line in old.splitlines() if line.startswith(b"#")]
        assert [line for line in new.splitlines() if line.startswith(b"#")] == comments, seed


def generated(chance: random.Random) -> bytes:
    """Return a config file of a few sections, some twice, with comments, long values and odd spaces."""
    eol = chance.choice(["\n", "\r\n"])
    lines = []
    for _ in range(chance.randrange(1, 6)):
        indent = chance.choice(["", "", " "])
        lines += [f"[profile {chance.choice('xyz')}]"]
        for _ in range(chance.randrange(5)):
            key = chance.choice(["region", "output", "REGION", "s3", "role_arn"])
            value = f"{eol}{indent}  a = b{eol}{indent}  c = d" if key == "s3" else chance.choice(["v", "w w", ""])
            lines += [f"{indent}{key} {chance.choice('=:')} {value}", *chance.choice([[], [""], ["# c"]])]
    return (eol.join(lines) + chance.choice(["", eol])).encode()


def test_a_first_key_leaves_the_next_header_one() -> None:
    """In a section without keys the first one is indented as the header below, which else went on with its value."""
    old = b"[profile x]\r\n# mine\r\n  [profile y]\r\n  region = a\r\n"
    new = amended(old, lambda text: text.amend(X, {"region": "b"}))

    assert new == b"[profile x]\r\n  region = b\r\n# mine\r\n  [profile y]\r\n  region = a\r\n"
    assert [dict(section.values()) for section in parse_ini(new, "config").sections.values()] == [
        {"region": "b"},
        {"region": "a"},
    ]


def test_no_section_is_struck_that_would_draw_the_next_one_in() -> None:
    """Where an indented header would become a value of the section before, nothing is struck, and that is said."""
    content = b"[b]\nregion = c\n[gone]\n  region = x\n [other]\n  region = d\n"
    text = parse_shared(content, "credentials", is_config=False)

    with pytest.raises(MalformedConfig, match=r"indented in such a way that \[b\] would change"):
        text.strike(SectionId("credentials", "gone"))
