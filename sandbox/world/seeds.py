"""Random streams: one per chunk and noun, so that no noun's draws disturb another's."""

from enum import IntEnum

import numpy as np


class Noun(IntEnum):
    """What a random stream is drawn for; the numbers are part of the seed, so never reuse one."""

    BUYERS = 1
    SUPPLIERS = 2
    TRADE = 3
    BIDS = 4
    DELIVERY = 5
    PAYMENTS = 6
    INVOICES = 7
    CONDUCT = 8
    DISPUTES = 9
    FIRM_EVENTS = 10
    STAGES = 11
    LOANS = 12
    REPAYMENTS = 13
    DEFAULTS = 14
    CORRECTIONS = 15
    CLOCK = 16
    HIDDEN = 17
    SECOND_IDS = 18
    PRIVATE_SALES = 19
    SIGNAL_EVENTS = 20
    SLOW_STAGES = 21
    LOTS = 22
    ENDS = 23
    TRANSFERS = 24
    FOREIGN = 25
    RATES = 26
    WORLD = 27


def stream(seed: int, chunk: int, noun: Noun) -> np.random.Generator:
    """The random stream of a noun in a chunk of suppliers."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(chunk, int(noun)))))
