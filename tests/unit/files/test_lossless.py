import random
import string
from collections.abc import Callable, Mapping

import pytest
from stage import SOAK

from awsenv.errors import MalformedConfig, SectionNotOwned, UnusableName
from awsenv.files.edits import Edit
from awsenv.files.lossless import SharedText, parse_shared
from awsenv.files.owned import SectionId

FILES = 10_000 if SOAK else 500
COLLISIONS = 1_000
ROLE = {"sso_session": "acme", "sso_account_id": "123456789012", "sso_role_name": "Admin"}
X = SectionId("profile", "x")


def parse(content: bytes) -> SharedText:
    """Return the text of a config file."""
    return parse_shared(content, "config", is_config=True)


def put(content: bytes, section_id: SectionId = X, values: Mapping[str, str] = ROLE) -> bytes:
    """Return the content after one section is put."""
    text = parse(content)
    text.put(section_id, values)
    return text.content()


def removed(content: bytes, section_id: SectionId = X) -> bytes:
    """Return the content after one section is removed."""
    text = parse(content)
    text.remove(section_id)
    return text.content()


OLD = {
    "nothing": b"",
    "one section": b"[default]\nregion = eu-west-1\n",
    "no final newline": b"[default]\nregion = eu-west-1",
    "crlf": b"# mine\r\n[default]\r\nregion = eu-west-1\r\n",
    "crlf without the last": b"[default]\r\nregion = eu-west-1",
    "carriage returns only": b"[default]\rregion = eu-west-1\r",
    "byte order mark": b"\xef\xbb\xbf[default]\nregion = eu-west-1\n",
    "latin-1": b"[default]\n# Universit\xe9\nregion = eu-west-1\n",
    "nul": b"[default]\nregion = eu\0west\n",
    "empty lines at the end": b"[default]\n\n\n",
    "everything twice": b"[default]\na = b\na = c\n[default]\na = d\n",
    "no section at all": b"region = eu-west-1\n",
    "only a comment": b"; nobody home",
    "a value of many lines": b"[profile y]\ns3 =\n  a = b\n\n  # c\n  d = e\n",
    "[DEFAULT]": b"[DEFAULT]\nregion = x\n[profile y]\n",
}


@pytest.mark.parametrize("old", OLD.values(), ids=OLD.keys())
def test_what_is_added_and_removed_again_leaves_every_byte(old: bytes) -> None:
    """Whatever the file is like, a new section leaves its bytes alone, and is taken away without a trace."""
    new = put(old)

    assert new.startswith(old)
    assert parse(new).find(X) is not None
    assert parse(new).is_owned(X)
    assert removed(new) == old
    assert put(new) == new
    # A missing end of the last line is still missing, an existing one is as the others are.
    assert new.endswith((b"\n", b"\r")) == (old.endswith((b"\n", b"\r")) or not old)
    assert (b"\r" in new) == (b"\r" in old)


def test_a_section_says_whose_it_is() -> None:
    """The mark stands inside the section, names the keys, and says what to do about it."""
    keys = ("region", "sso_session", "sso_account_id", "sso_role_name")

    assert put(b"", values={"region": "eu-west-1"} | ROLE).decode().splitlines() == [
        "[profile x]",
        f"# awsenv 1377ae55 wrote {' '.join(keys)}; without this line the section is yours",
        "region = eu-west-1",
        "sso_session = acme",
        "sso_account_id = 123456789012",
        "sso_role_name = Admin",
    ]


def test_only_lines_that_differ_change() -> None:
    """A new value takes the place of the old one; what a person wrote into the section stays where it is."""
    before = put(b"[default]\n", values={"region": "eu-west-1"} | ROLE)
    by_hand = (
        before.replace(b"sso_account_id", b"# my note\noutput = json\nsso_account_id", 1) + b"# below\n\n[profile y]\n"
    )
    after = put(by_hand, values={"region": "eu-west-2"} | ROLE)

    assert after == by_hand.replace(b"region = eu-west-1", b"region = eu-west-2")
    assert changes(by_hand, {"region": "eu-west-1"} | ROLE) == []


def changes(content: bytes, values: Mapping[str, str]) -> list[Edit]:
    """Return the edits of one put that changes nothing."""
    text = parse(content)
    assert not text.put(X, values)
    return text.edits()


def test_keys_come_and_go_with_their_values() -> None:
    """A key that is wanted no more goes, with the lines of its value; a new one comes behind awsenv's own."""
    before = put(b"", values={"region": "eu-west-1"} | ROLE) + b"[profile y]\n"
    spread = before.replace(b"region = eu-west-1", b"region =\n  eu-west-1\n  # odd\n  eu-west-2")
    without = put(spread)
    back = put(without, values={"output": "json"} | ROLE)

    assert without == put(b"") + b"[profile y]\n"
    assert parse(back).find(X) == ROLE | {"output": "json"}
    assert back.endswith(b"sso_role_name = Admin\noutput = json\n[profile y]\n")


def test_a_key_that_a_person_added_is_the_persons() -> None:
    """What stands in an owned section and is not in its mark is neither changed nor doubled, nor taken over."""
    by_hand = put(b"") + b"region = us-east-1\n"

    assert put(by_hand, values={"region": "eu-west-1"} | ROLE) == by_hand
    assert removed(by_hand + b"\n# about y\n[profile y]\n") == b"# about y\n[profile y]\n"


@pytest.mark.parametrize(
    "takeover",
    [
        pytest.param(lambda content: content.replace(b"[profile x]", b"[profile z]"), id="renamed"),
        pytest.param(lambda content: content.replace(b"# awsenv", b"# "), id="mark removed"),
        pytest.param(lambda content: content + content, id="copied"),
        pytest.param(lambda content: content.replace(b"[profile x]\n", b""), id="header removed"),
    ],
)
def test_who_takes_a_section_over_owns_it(takeover: Callable[[bytes], bytes]) -> None:
    """A renamed, copied or unmarked section is not awsenv's any more; nor is the one that a lost header adds to."""
    content = takeover(b"[profile y]\nregion = eu-west-1\n" + put(b""))
    text = parse(content)

    assert list(text.owned()) == []
    for section_id in list(text.ids()):
        with pytest.raises(SectionNotOwned):
            text.remove(section_id)
    assert text.content() == content


def test_a_mark_that_was_moved_still_marks() -> None:
    """Wherever in its section the mark stands, below a comment or among the lines of a value, it counts."""
    lines = put(b"").decode().splitlines(keepends=True)
    moved = "".join([lines[0], "s3 =\n", lines[1], "  a = b\n", *lines[2:]]).encode()
    after = put(moved, values={"region": "eu-west-1"} | ROLE)

    assert parse(after).find(X) == ROLE | {"s3": "\na = b", "region": "eu-west-1"}
    assert parse(after).is_owned(X)
    assert removed(moved) == b""


@pytest.mark.parametrize("content", [b"\xff\xfe[\0x\0", b"\xfe\xff\0["])
def test_utf_16_is_left_alone(content: bytes) -> None:
    """A file in UTF-16 is refused: AWS tools cannot read it, and there is no way to add to it losslessly."""
    with pytest.raises(MalformedConfig, match="UTF-16"):
        parse(content)


def test_a_file_that_would_be_too_long_is_not_written() -> None:
    """Nobody would read it again, awsenv included."""
    text = parse(b"\n" * 299_990)
    for number in range(3):
        text.put(SectionId("profile", f"p{number}"), ROLE)
    with pytest.raises(MalformedConfig, match="would become longer"):
        text.content()


@pytest.mark.parametrize(
    ("section_id", "values"),
    [
        (SectionId("profile", ""), ROLE),
        (SectionId("profile", "a\nb"), ROLE),
        (SectionId("profile", "a\udc00\ud800"), ROLE),
        (SectionId("credentials", "DEFAULT"), ROLE),
        (SectionId("credentials", "a]"), ROLE),
        (X, {"region": "eu\nx = y"}),
        (X, {"region": " eu"}),
        (X, {"region": ""}),
        (X, {"re gion": "eu"}),
        (X, {"[profile": "y]"}),
    ],
)
def test_what_would_be_read_back_as_something_else_is_refused(section_id: SectionId, values: dict[str, str]) -> None:
    """No name or value opens a section or a key of its own."""
    text = parse(b"[default]\n")
    with pytest.raises(UnusableName):
        text.put(section_id, values)
    assert text.content() == b"[default]\n"


@pytest.mark.parametrize("name", ["x", "default", "DEFAULT", "a b", "it's", 'a"b', "a\\b", "a]b", "+", "é", "a\udce9"])
@pytest.mark.parametrize("kind", ["profile", "sso-session", "services"])
def test_every_name_is_found_again(kind: str, name: str) -> None:
    """A name with spaces, quotes or any byte is quoted as AWS tools read it."""
    section_id = SectionId(kind, name)  # type: ignore[arg-type]
    content = put(b"", section_id)

    assert [each for each, _ in parse(content).owned()] == [section_id]
    assert removed(content, section_id) == b""


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *[(kind, name) for kind in ("credentials", "profile") for name in ("a #b", "a;b", "#", "__proto__")],
        ("credentials", "profile x"),
        ("credentials", "sso-session x"),
        ("credentials", "x __proto__"),
    ],
)
def test_a_header_that_an_sdk_reads_otherwise_is_refused(kind: str, name: str) -> None:
    """Where SDKs see a comment, or the name of another section, none is opened."""
    section_id = SectionId(kind, name)  # type: ignore[arg-type]
    text = parse(b"[default]\n")
    with pytest.raises(UnusableName, match="some SDKs read another name there"):
        text.put(section_id, ROLE)

    assert text.content() == b"[default]\n"


SPELLINGS = ("[profile {}]", '[profile "{}"]', "[profile  {}]", "[profile\t'{}']", "[profiles {}]", "  [profile {}]")


def test_no_foreign_section_is_touched() -> None:
    """However the header of somebody else's section is spelt, a section of its name is refused, and nothing changes."""
    chance = random.Random(6)  # noqa: S311 - test data
    for number in range(COLLISIONS):
        name = f"{chance.choice(string.ascii_letters)}{number}"
        header = chance.choice(SPELLINGS).format(name)
        others = put(b"", SectionId("profile", "other"))
        # A mark that belongs elsewhere makes nothing awsenv's.
        body = chance.choice([b"", b"region = a\n", b"# awsenv\n", others.splitlines(keepends=True)[1]])
        content = header.encode() + b"\n" + body * chance.randrange(3) + chance.choice([b"", others])
        # Below a key, an indented header would go on with that key's value.
        content = content if header.startswith(" ") else others.replace(b"other", b"first") + content
        text = parse(content)
        with pytest.raises(SectionNotOwned, match=name):
            text.put(SectionId("profile", name), ROLE)

        assert text.content() == content


def test_thousands_of_files_keep_every_foreign_byte() -> None:
    """Outside of what awsenv wrote, no byte changes, and botocore reads the same other profiles before and after."""
    read = 0
    for seed in range(FILES):
        case = Case(random.Random(seed))  # noqa: S311 - test data
        text = parse(case.content)
        case.change(text)
        after = text.content()

        assert after == case.expected, seed
        before = profiles_in(case.content)
        read += before is not None
        assert before is None or profiles_in(after) == before, seed
    assert read > FILES // 4


def profiles_in(content: bytes) -> dict[str, dict[str, object]] | None:
    """Return what botocore reads of the profiles that are not awsenv's, or None where it refuses the file."""
    import tempfile
    from pathlib import Path

    from botocore.configloader import load_config
    from botocore.exceptions import ConfigParseError

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config"
        path.write_bytes(content)
        try:
            profiles = load_config(str(path))["profiles"]
        except ConfigParseError:
            return None
    return {name: keys for name, keys in profiles.items() if not name.startswith("own-")}


class Case:
    """A file of blocks, some of them awsenv's, a change of these, and the bytes that must come of it."""

    def __init__(self, chance: random.Random) -> None:
        """Make it up."""
        self.chance = chance
        self.eol = chance.choice([b"\n", b"\n", b"\r\n", b"\r"])
        blocks = [self.foreign(number) if chance.random() < 0.6 else None for number in range(chance.randrange(8))]
        self.names = {index: f"own-{index}" for index, block in enumerate(blocks) if block is None}
        self.wanted = {name: self.values() for name in self.names.values()}
        self.fate = {name: chance.choice(["stays", "changes", "goes"]) for name in self.wanted}
        self.new = {f"own-new-{number}": self.values() for number in range(chance.randrange(3))}
        self.changed = {name: values | {"region": "changed"} for name, values in self.wanted.items()}
        head = chance.choice([b"", b"", b"\xef\xbb\xbf"])
        tail = chance.choice([b"", b"# the end" + self.eol, b"[profile last]" + self.eol + b"region = x" + self.eol])
        old = [
            self.block(self.names[index], self.wanted) if block is None else block for index, block in enumerate(blocks)
        ]
        new = [self.after(self.names[index]) if block is None else block for index, block in enumerate(blocks)]
        self.content, expected = b"".join([*old, tail]), b"".join([*new, tail])
        if not self.content:
            self.eol = b"\n"
        added = b"".join(self.block(name, self.new) for name in self.new)
        # The first line of a file has none before it.
        is_first = not self.content
        self.expected = expected + (added[len(self.eol) :] if is_first and added else added)
        # Whose only line has no end says nothing of ends.
        has_ends = self.eol in self.content.rstrip(b"\r\n") and not self.content.endswith(self.eol * 2)
        if has_ends and chance.random() < 0.3:
            self.content, self.expected = self.content.rstrip(b"\r\n"), self.expected.rstrip(b"\r\n")
        self.content, self.expected = head + self.content, head + self.expected

    def change(self, text: SharedText) -> None:
        """Do what the case is about."""
        for name, fate in self.fate.items():
            section_id = SectionId("profile", name)
            if fate == "goes":
                text.remove(section_id)
            else:
                text.put(section_id, (self.changed if fate == "changes" else self.wanted)[name])
        for name, values in self.new.items():
            text.put(SectionId("profile", name), values)

    def after(self, name: str) -> bytes:
        """Return what becomes of a block of awsenv's."""
        if self.fate[name] == "goes":
            return b""
        return self.block(name, self.changed if self.fate[name] == "changes" else self.wanted)

    def values(self) -> dict[str, str]:
        """Return values of a profile."""
        return ROLE | {"region": self.chance.choice(["eu-west-1", "us-east-1"])}

    def block(self, name: str, values: dict[str, dict[str, str]]) -> bytes:
        """Return a section as awsenv writes it, with the empty line before it."""
        return self.eol + put(b"", SectionId("profile", name), values[name]).replace(b"\n", self.eol)

    def foreign(self, number: int) -> bytes:
        """Return somebody else's lines, which begin with a header or what stands above one."""
        chance = self.chance
        above = [b"# about what follows", b"", b"; \xe9 \xf0\x9f\xa6\x84", b"   # indented", b"\t"]
        below = [
            b"region = eu-west-1",
            b"region=us-east-1 # not a comment",
            b"s3 =" + self.eol + b"  a = b" + self.eol + b"  c = d",
            b"  indented = x",
            b"credential_process = /bin/x --y 'z'",
            b"# awsenv 00000000 wrote region; without this line",
            b"",
            b"#region = eu-west-1",
            b"UPPER : x",
            b"neither",
            b"caf\xe9 = latin",
            b"[profile never closed",
        ]
        header = f"[profile f{chance.randrange(number + 2)}]".encode()
        chosen = [chance.choice(above) for _ in range(chance.randrange(3))]
        # Most files are such as botocore reads.
        keys = chance.sample(below[: chance.choice([8, 8, 8, len(below)])], chance.randrange(5))
        return b"".join(line + self.eol for line in [*chosen, header, *keys])
