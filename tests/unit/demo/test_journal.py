import threading
from datetime import datetime, timezone

from awsenv.demo.journal import Journal

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


def test_journal_keeps_no_secret() -> None:
    """A parameter that is not known to be harmless never enters the journal."""
    journal = Journal()
    journal.open("CreateToken", {"grantType": "refresh_token", "refreshToken": "s3cret", "unheard_of": "s3cret"}, NOON)

    assert journal.calls()[0].parameters == {"grantType": "refresh_token"}
    assert "s3cret" not in repr(journal.calls())


def test_calls_of_one_operation() -> None:
    """Calls are listed in order, of one operation or of all, until they are cleared."""
    journal = Journal()
    for operation in ("AssumeRole", "Logout", "AssumeRole"):
        journal.open(operation, {}, NOON)

    assert [call.number for call in journal.calls("AssumeRole")] == [1, 3]
    assert journal.count() == 3
    journal.clear()
    assert journal.count() == 0


def test_listed_calls_are_copies() -> None:
    """What a test does with a listed call changes nothing in the journal."""
    journal = Journal()
    journal.open("Logout", {}, NOON)
    journal.calls()[0].status = 500

    assert journal.calls()[0].status is None


def test_no_call_is_lost_among_threads() -> None:
    """Each of many simultaneous calls has an entry and a number of its own."""
    journal = Journal()
    threads = [threading.Thread(target=journal.open, args=("Logout", {}, NOON)) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(call.number for call in journal.calls()) == list(range(1, 33))
