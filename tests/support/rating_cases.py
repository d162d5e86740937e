"""Ratings with published coefficients, typed in from their sources."""

from __future__ import annotations

import numpy as np

from vibekit.metrics.ratings import Ratings, encode

# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011): 4 observers, 12 units; 0 is missing.
# Gwet, Handbook of Inter-Rater Reliability, 4th ed. 2014, p. 120, has the same ratings.
KRIPPENDORFF_2011 = (
    "123321412000",
    "123322412503",
    "033323422510",
    "123324412510",
)

# Fleiss, Psychol. Bull. 76:378-382, 1971: 30 patients, how many of 6 psychiatrists gave each of 5 diagnoses.
FLEISS_1971 = (
    "00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031"
    " 00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006"
)

# Wikipedia, "Fleiss' kappa": 10 subjects, how many of 14 raters chose each of 5 categories.
FLEISS_WIKIPEDIA = (
    (0, 0, 0, 0, 14),
    (0, 2, 6, 4, 2),
    (0, 0, 3, 5, 6),
    (0, 3, 9, 2, 0),
    (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0),
    (3, 2, 6, 3, 0),
    (2, 5, 3, 2, 2),
    (6, 5, 2, 1, 0),
    (0, 2, 2, 3, 7),
)

# Dawid and Skene, J. R. Stat. Soc. C 28:20-28, 1979, table 1: 45 patients; observer 1 three times, observers 2 to 5.
DAWID_SKENE_1979 = (
    "1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223 2322223 4444444 2223343 1111111 2223212"
    " 1211111 1112111 1111111 1111111 2222221 2221322 2222222 2222221 2223222 2212222 1111111 1111111 2322222 1111111"
    " 1111111 1121121 1111111 3333233 1111111 2222222 2223232 4334343 2212232 2323233 3333432 1111111 1111111 1212111"
    " 2322222 1211111 2222222"
)


def krippendorff_2011() -> Ratings:
    return encode(
        (unit, observer, int(label))
        for observer, row in enumerate(KRIPPENDORFF_2011)
        for unit, label in enumerate(row)
        if label != "0"
    )


def dawid_skene_1979() -> Ratings:
    observers = (1, 1, 1, 2, 3, 4, 5)
    return encode(
        (patient, observer, int(label))
        for patient, row in enumerate(DAWID_SKENE_1979.split(), 1)
        for observer, label in zip(observers, row, strict=True)
    )


def fleiss_1971() -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([[float(k) for k in row] for row in FLEISS_1971.split()])


def of_table(table: list[list[int]]) -> Ratings:
    """Two raters, from the table of their labels."""
    pairs = [(a, b) for a, row in enumerate(table) for b, k in enumerate(row) for _ in range(k)]
    return encode((i, rater, pair[rater]) for i, pair in enumerate(pairs) for rater in (0, 1))
