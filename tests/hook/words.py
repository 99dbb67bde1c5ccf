"""The same thing to type, as each shell spells it."""


def export(shell: str, name: str, value: object) -> str:
    """Set an exported variable."""
    return f"set -gx {name} '{value}'" if shell == "fish" else f"export {name}='{value}'"


def unset(shell: str, name: str) -> str:
    """Unset a variable."""
    return f"set -e {name}" if shell == "fish" else f"unset {name}"


def assign(shell: str, name: str, value: object) -> str:
    """Set a variable of the shell's own."""
    return f"set -g {name} '{value}'" if shell == "fish" else f"{name}='{value}'"


def status(shell: str) -> str:
    """Spell the status of the last command."""
    return "$status" if shell == "fish" else "$?"
