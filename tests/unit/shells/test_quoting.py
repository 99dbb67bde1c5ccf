import pytest

from awsenv.errors import ExitCode, UnusableName
from awsenv.model import Dialect
from awsenv.shells.quoting import quote

DIALECTS: list[Dialect] = ["bash", "zsh", "fish", "sh"]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("text", ["", "plain", "=ls", "-n", "~", "a b"])
def test_ordinary_text_is_in_single_quotes(text: str, dialect: Dialect) -> None:
    """Everything is quoted, the harmless and the empty too: what is harmless differs between shells."""
    assert quote(text, dialect) == f"'{text}'"


@pytest.mark.parametrize(
    ("text", "bash", "fish", "sh"),
    [
        ("it's", "'it'\\''s'", "'it\\'s'", "'it'\\''s'"),
        ("a\\", "'a\\'", "'a\\\\'", "'a\\'"),
        ("a\nb", "$'a\\012b'", "'a'\\X0a'b'", "'a\nb'"),
        ("é", "$'\\303\\251'", "\\Xc3\\Xa9", "'é'"),
        ("\udcff", "$'\\377'", "\\Xff", "'\udcff'"),
        ("a  b", "$'a\\040\\040b'", "'a  b'", "'a  b'"),
        ("*'\\é", "$'\\052\\047\\134\\303\\251'", "'*\\'\\\\'\\Xc3\\Xa9", "'*'\\''\\é'"),
    ],
)
def test_each_dialect_has_its_own_rule(text: str, bash: str, fish: str, sh: str) -> None:
    """One quoter a shell: what is right in one breaks another."""
    assert [quote(text, dialect) for dialect in DIALECTS] == [bash, bash, fish, sh]


@pytest.mark.parametrize("dialect", ["bash", "zsh", "fish"])
def test_a_word_is_one_line_of_ascii(dialect: Dialect) -> None:
    """No byte depends on the locale of the shell, and no line ends within a value."""
    word = quote("".join(map(chr, range(1, 0x300))) + "\udc80\udcff", dialect)

    assert word.isascii()
    assert word.isprintable()


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_what_no_variable_can_carry_is_refused(text: str, dialect: Dialect) -> None:
    """A NUL byte and half a character are refused, with the field named and the text not shown."""
    with pytest.raises(UnusableName, match=r"^AWS_PROFILE holds") as caught:
        quote(text, dialect, "AWS_PROFILE")

    assert caught.value.exit_code == ExitCode.CONFIG
