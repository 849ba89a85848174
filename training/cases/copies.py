"""Copies of weighted cases, so that what counts cases counts those that they stand for."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.figures import Floats


def copies(places: NDArray[np.intp], weight: Floats, case_ids: Sequence[str]) -> NDArray[np.intp]:
    """Places of cases, each as often as its weight says, the same in every run.

    A weight of 2.3 gives two copies, and a third where a number between 0 and 1 drawn from the case's id is below 0.3.
    Copies of a case are of one supplier, so that intervals by supplier take them for one event.
    """
    chosen = weight[places]
    if (chosen == 1).all():
        return places
    drawn = [hashlib.sha256(f"copies {case_ids[k]}".encode()).digest()[:6] for k in places.tolist()]
    draws = np.array([int.from_bytes(d, "big") / 2**48 for d in drawn])
    whole = np.floor(chosen)
    return np.repeat(places, (whole + (draws < chosen - whole)).astype(np.int64))
