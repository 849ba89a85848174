"""A fleet run: every supplier's profile at one instant, stored as the service reads it.

Suppliers are profiled a range at a time: memory is that of one range, a killed run goes on after its last range, and
the bytes depend on neither.
"""

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from features.declarations.catalogue import COLUMNS
from features.engines.supplier_ranges import SIZE, split_ranges
from features.errors import InputError
from features.facts.store import Facts, sha256_of
from features.fleet.changed_suppliers import changed_suppliers, check_base
from features.fleet.fleet_run import FleetRun
from features.fleet.profile_store import FLEET, MANIFEST, ProfileFolder, point
from features.fleet.resumable_arrays import ResumableArrays

Progress = Callable[[str, int, int], None]  # what is counted, how many are done, how many there are


def default_as_of(facts: Facts) -> datetime:
    """00:00, local, of the day after the latest `known_at`."""
    # Suppliers and buyers are known always, unless they say since when: that is no date.
    cutoffs = [datetime.fromisoformat(c).replace(tzinfo=UTC) for c in facts.data_cutoffs.values()]
    latest = max((c for c in cutoffs if c.year > 1), default=None)
    if latest is None:
        raise InputError("The facts hold no dated row.", where=str(facts.path), fix="Import contracts or bids first.")
    return facts.instant((latest.astimezone(ZoneInfo(facts.tz)) + timedelta(days=1)).date())


def write_fleet(
    facts: Facts,
    as_of: datetime,
    profiles: Path,
    *,
    since: datetime | None = None,
    size: int = SIZE,
    progress: Progress = lambda *_: None,
) -> Path:
    """Profile the fleet and make it the stored profile in force.

    Args:
        facts: an imported facts folder.
        as_of: the instant to stand on, naive UTC.
        profiles: the folder of all runs.
        since: profile only the suppliers of whom something became known since; the others keep their stored row.
        size: registered suppliers in a range.
        progress: called with what is counted, how many are done, and how many there are.

    Returns:
        The folder in force: the one written, or the one before where nothing became known since.
    """
    columns = [c for c in COLUMNS if c.feature.table != "request"]
    profiles.mkdir(parents=True, exist_ok=True)
    with _alone(profiles):
        kept, changed = None, None
        if since is not None:
            kept = check_base(ProfileFolder.open_current(profiles), facts, columns, since, as_of)
            changed = changed_suppliers(facts, kept, since, as_of, columns)
            if not len(changed):
                return kept.folder
        run = FleetRun.of(facts, as_of, columns, kept=kept, changed=changed)
        folder = _settled(_written(run, profiles, size, progress), profiles / run.name)
        point(profiles, folder)
    return folder


def _written(run: FleetRun, profiles: Path, size: int, progress: Progress) -> Path:
    """Write every range of a run into a folder of its own, which a run that was killed may have begun."""
    partial = profiles / f".{run.name}.partial"
    for left in profiles.glob(".*.partial"):
        if left != partial:
            shutil.rmtree(left)  # of a run that was killed and will not come again
    parts = ResumableArrays.open(partial, {"size": size})
    ranges = list(split_ranges(run.registered, size))
    done, total = sum(count for _, count in ranges[: parts.done]), len(run.registered)
    progress("suppliers", done, total)
    for within, count in ranges[parts.done :]:
        parts.add(run.rows(within, partial / "scratch"))
        done += count
        progress("suppliers", done, total)
    if not parts.rows(FLEET["ids"]):
        shutil.rmtree(partial)
        raise InputError(
            f"No supplier has any history before {run.as_of.isoformat()}Z.",
            where=str(run.facts.path),
            fix="Name a later date; what is stored now stays in force.",
        )
    parts.finish()
    shutil.rmtree(partial / "scratch", ignore_errors=True)
    manifest = run.manifest() | {"rows": parts.rows(FLEET["ids"])}
    manifest["sha256"] = {file.name: sha256_of(file) for file in sorted(partial.glob("*.npy"))}
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    with (partial / MANIFEST).open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    return partial


def _settled(made: Path, folder: Path) -> Path:
    """Move a finished folder to its place; one that is there, whole and the same, stays: it may be being read."""
    try:
        same = folder.is_dir() and ProfileFolder.open(folder).digest == f"sha256:{sha256_of(made / MANIFEST)}"
    except InputError:
        same = False
    if same:
        shutil.rmtree(made)
    else:
        shutil.rmtree(folder, ignore_errors=True)
        made.replace(folder)
    return folder


@contextlib.contextmanager
def _alone(profiles: Path) -> Iterator[None]:
    """Let no other run write into the folder meanwhile."""
    descriptor = os.open(profiles, os.O_RDONLY)  # the folder itself, so that no lock file lies about
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise InputError("Another fleet run is writing here.", where=str(profiles), fix="Wait for it.") from error
    finally:
        os.close(descriptor)
