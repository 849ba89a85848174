"""A fleet run: every supplier's profile at one instant, stored in the files that the service reads.

Suppliers are profiled one range at a time: a run needs the memory of one range, and a killed run continues after its
last finished range. The bytes depend on neither.
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

import numpy as np

from features.declarations.catalogue import COLUMNS
from features.engines.supplier_ranges import SIZE, split_ranges
from features.errors import InputError
from features.facts.store import Facts, sha256_of
from features.fleet.changed_suppliers import changed_suppliers, check_base
from features.fleet.fleet_run import FleetRun
from features.fleet.profile_store import FLEET, MANIFEST, ProfileFolder, set_current
from features.fleet.resumable_arrays import ResumableArrays

Progress = Callable[[str, int, int], None]  # unit counted, number done, number in all


def default_as_of(facts: Facts, now: datetime | None = None) -> datetime:
    """Return the default instant of a run: 00:00, local, of the day after the latest `known_at`, but not after today.

    Args:
        facts: an imported facts folder.
        now: the instant of the run (naive: UTC); the clock's where None.
    """
    # Suppliers and buyers without `known_at` count as always known: that is not a date. A spine asks for profiles.
    dated = [cutoff for name, cutoff in facts.data_cutoffs.items() if name != "spine"]
    cutoffs = [datetime.fromisoformat(c).replace(tzinfo=UTC) for c in dated]
    latest = max((c for c in cutoffs if c.year > 1), default=None)
    if latest is None:
        raise InputError("The facts have no dated row.", where=str(facts.path), fix="Import contracts or bids first.")
    moment = now or datetime.now(UTC)
    today = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(ZoneInfo(facts.tz)).date()
    following = (latest.astimezone(ZoneInfo(facts.tz)) + timedelta(days=1)).date()
    return facts.instant(min(following, today))


def write_fleet(
    facts: Facts,
    as_of: datetime,
    profiles: Path,
    *,
    since: datetime | None = None,
    size: int = SIZE,
    progress: Progress = lambda *_: None,
) -> Path:
    """Profile all suppliers and make the result the current stored profiles.

    Args:
        facts: an imported facts folder.
        as_of: the instant of the profiles, naive UTC.
        profiles: the folder of all runs.
        since: profile only suppliers with rows known since this instant; the others keep their stored row.
        size: registered suppliers in a range.
        progress: called with the unit counted, the number done and the number in all.

    Returns:
        The current folder: the new one, or the previous one where nothing became known since.
    """
    columns = [c for c in COLUMNS if c.feature.table != "request"]
    profiles.mkdir(parents=True, exist_ok=True)
    with _locked(profiles):
        base, changed = None, None
        if since is not None:
            base = check_base(ProfileFolder.open_current(profiles), facts, columns, since, as_of)
            changed = changed_suppliers(facts, base, since, as_of, columns)
            if not len(changed):
                return base.folder
        run = FleetRun.of(facts, as_of, columns, base=base, changed=changed)
        folder = _moved_to_place(_written(run, profiles, size, progress), profiles / run.name)
        set_current(profiles, folder)
    return folder


def _written(run: FleetRun, profiles: Path, size: int, progress: Progress) -> Path:
    """Write every range of a run into its partial folder, which a killed run may have begun."""
    partial = profiles / f".{run.name}.partial"
    for left in profiles.glob(".*.partial"):
        if left != partial:
            shutil.rmtree(left)  # of another killed run
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
            fix="Name a later date; the stored profiles are unchanged.",
        )
    parts.finish()
    for name, array in run.buyer_rows().items():
        with (partial / name).open("wb") as out:
            np.save(out, array, allow_pickle=False)
            out.flush()
            os.fsync(out.fileno())
    shutil.rmtree(partial / "scratch", ignore_errors=True)
    manifest = run.manifest() | {"rows": parts.rows(FLEET["ids"])}
    manifest["sha256"] = {file.name: sha256_of(file) for file in sorted(partial.glob("*.npy"))}
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    with (partial / MANIFEST).open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    return partial


def _moved_to_place(made: Path, folder: Path) -> Path:
    """Move a finished folder to its place; an intact, equal folder stays there, because a process may be reading it."""
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
def _locked(profiles: Path) -> Iterator[None]:
    """Lock the folder against other runs."""
    descriptor = os.open(profiles, os.O_RDONLY)  # the folder itself: no lock file is needed
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise InputError("Another fleet run is writing here.", where=str(profiles), fix="Wait for it.") from error
    finally:
        os.close(descriptor)
