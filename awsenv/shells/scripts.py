"""Find the shell files that `init` prints. Knows where they lie in a wheel and in a checkout, not what they say."""

from pathlib import Path

import awsenv
from awsenv.errors import LocalFileError, UsageError
from awsenv.model import Dialect

REINSTALL = "pip install --force awsenv-shell"
PACKAGE = Path(awsenv.__file__).parent
# In this order: the last one takes its place in the shell, for which the others must be there.
PARTS: dict[Dialect, tuple[str, ...]] = {
    "bash": ("shared.sh", "prepared.bash", "segment.bash", "guard.bash", "trap.bash", "completion.bash", "awsenv.bash"),
    "zsh": ("shared.sh", "prepared.zsh", "segment.zsh", "guard.zsh", "completion.zsh", "awsenv.zsh"),
    "fish": ("prepared.fish", "segment.fish", "place.fish", "guard.fish", "completion.fish", "awsenv.fish"),
}


def load_script(dialect: Dialect, package: Path = PACKAGE) -> bytes:
    """Return the init script of a shell: its parts, byte for byte as they stand in `shell/` of this installation.

    Raises:
        UsageError: there is none for plain sh.
        LocalFileError: this installation lacks a part.
    """
    if dialect == "sh":
        raise UsageError('there is no init script for "sh"', hint='eval "$(awsenv use --shell sh PROFILE)"')
    # A wheel carries them inside the package; an editable install reads the checkout.
    inside = package / "shell"
    folder = inside if inside.is_dir() else package.parent / "shell"
    return b"\n".join(_read(folder / part) for part in PARTS[dialect])


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise LocalFileError(f"{path.name} is missing from this installation", hint=REINSTALL) from error
    except OSError as error:
        raise LocalFileError(f"cannot read {path}: {error.strerror}") from error
