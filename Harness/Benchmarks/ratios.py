"""Ratios of medians, and how sure they are."""

import random
import statistics

RESAMPLES = 2000
CONFIDENCE = 0.95


def median_ratio(rounds):
    """The ratio of medians of (samples, reference samples) pairs, one pair a round, with its bootstrap interval.

    Whole rounds are drawn again, not samples: what disturbed one side of a round mostly disturbed the other too.
    The seed is fixed, so the same figures always give the same interval.
    """
    return estimated(lambda one: _ratio(*one), rounds)


def estimated(estimate, *samples):
    """What a function of some lists of samples gives, with its bootstrap interval: each list is drawn again by itself."""
    draw = random.Random(1)
    estimates = sorted(estimate([draw.choices(one, k=len(one)) for one in samples]) for _ in range(RESAMPLES))
    tail = int(RESAMPLES * (1 - CONFIDENCE) / 2)
    return estimate(samples), (estimates[tail], estimates[-1 - tail])


def _ratio(rounds):
    ours = statistics.median([value for samples, _ in rounds for value in samples])
    reference = statistics.median([value for _, samples in rounds for value in samples])
    return ours / reference


def median(values):
    return statistics.median(values)
