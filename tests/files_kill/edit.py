"""Put sections into the config file of a home, all in one edit, as one of many processes. Says how it ended.

Arguments: the home, how the sections' names begin, how many.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from awsenv.errors import AwsenvError
from awsenv.files.editor import config_file, edit_shared
from awsenv.files.lossless import SharedText
from awsenv.files.owned import SectionId
from awsenv.files.reading import ignore
from awsenv.runtime import from_process
from awsenv.values import replace


def main() -> None:
    """Do it."""
    home, prefix, count = sys.argv[1:]
    runtime = replace(from_process(), home=Path(home), environment={})

    def change(text: SharedText) -> None:
        for number in range(int(count)):
            values = {"sso_session": "acme", "sso_account_id": "123456789012", "sso_role_name": f"R{number}"}
            text.put(SectionId("profile", f"{prefix}-{number}"), values)

    try:
        edit_shared(config_file(runtime), change, runtime=runtime, notify=ignore)
    except AwsenvError as error:
        sys.stdout.write(f"failed: {error.problem}\n")
    else:
        sys.stdout.write("written\n")


main()
