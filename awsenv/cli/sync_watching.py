"""awsenv sync --watch: keep the copies fresh, in silence as far as it goes, until somebody ends it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from awsenv.actions.sync import Way, find_copies, write_copies
from awsenv.actions.sync_keys import KeyRing
from awsenv.actions.sync_targets import Target, Wish, choose_targets
from awsenv.actions.sync_watch import TICK, Watch
from awsenv.cli.bar import Bar
from awsenv.cli.progress import TerminalProgress
from awsenv.cli.sync_sign_in import Offer
from awsenv.cli.terminal import say, say_notice, telling
from awsenv.errors import AwsenvError
from awsenv.files.profiles import Profiles, load_profiles
from awsenv.files.settings import Settings, load_settings
from awsenv.files.synced import purge_expired
from awsenv.runtime import Runtime


def watch(wish: Wish, runtime: Runtime, *, may_ask: bool) -> None:
    """Copy what is wished for, and go on.

    Raises:
        AwsenvError: there is nothing that could be copied.
    """
    settings, profiles = load_settings(runtime), load_profiles(runtime)
    with telling(profiles):
        targets = choose_targets(wish, find_copies(runtime), profiles=profiles, settings=settings, runtime=runtime)
    watcher = _Watcher(targets, runtime)
    say(f"awsenv: keeping {_names(targets)} fresh in the credentials file; Ctrl-C ends it")
    # A person who is there is asked once, at the beginning.
    watcher.look(settings, profiles, may_ask=may_ask)
    while True:
        runtime.sleep(TICK)
        try:
            watcher.look(load_settings(runtime), load_profiles(runtime), may_ask=False)
        except AwsenvError as error:
            # A file that somebody is in the middle of writing, or a full disk: that may pass.
            watcher.tell_once([error])


@dataclass
class _Watcher:
    targets: Sequence[Target]
    runtime: Runtime
    _told: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._watch = Watch(self.runtime)

    def look(self, settings: Settings, profiles: Profiles, *, may_ask: bool) -> None:
        found = [Target(profiles.find(each.profile.name) or each.profile, each.section) for each in self.targets]
        copies = find_copies(self.runtime)
        if due := self._watch.due(found, copies, profiles):
            self._renew(due, settings, profiles, may_ask=may_ask)
        now = self.runtime.now()
        if any(copy.expires_at is not None and copy.expires_at <= now for copy in copies):
            # Those that could not be made anew: nobody else may come by for hours.
            purge_expired(self.runtime, say_notice)

    def _renew(self, due: Sequence[Target], settings: Settings, profiles: Profiles, *, may_ask: bool) -> None:
        bar, progress = Bar("profiles", self.runtime), TerminalProgress(self.runtime)
        offer = Offer(settings, progress, bar, self.runtime, may_ask=may_ask)
        ring = KeyRing(profiles, self.runtime, offer.notify, settings.allowed_endpoints, bar, offer.find)
        ring.is_attended = may_ask
        try:
            outcomes = ring.fetch(list({target.profile.name: target.profile for target in due}.values()))
        finally:
            bar.clear()
            progress.clear()
        synced, failures = write_copies(due, outcomes, Way(settings.sync_expiration), ring=ring, notify=say_notice)
        self._watch.note(due, outcomes, synced, profiles)
        fresh = [target for target, each in zip(due, synced, strict=True) if each.state not in ("failed", "taken")]
        if fresh:
            say(f"awsenv: {_names(fresh)}: fresh")
        if not failures:
            self._told.clear()
        self.tell_once(failures)

    def tell_once(self, failures: Sequence[AwsenvError]) -> None:
        for failure in failures:
            line = f"awsenv: {failure.problem}" + (f": {failure.hint}" if failure.hint else "")
            if line not in self._told:
                self._told.add(line)
                say(line)


def _names(targets: Sequence[Target]) -> str:
    most = 5
    names = ", ".join(target.section for target in targets[:most])
    return f"{names} and {len(targets) - most} more" if len(targets) > most else names
