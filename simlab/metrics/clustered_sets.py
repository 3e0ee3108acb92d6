"""All of L right, where a set's items come from one class, or each from another class.

With items drawn at random, a set of L is right with a^L, a the accuracy. If classes differ in their
accuracies a_k, that fails: sets from one class are right with the mean of a_k^L, which is no less
(Jensen), and sets of L different classes with the mean product of L of them, which is no more than
the L-th power of their mean (Maclaurin's inequality). Both are exact here, over all such sets.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab.errors import DataError
from simlab.metrics.all_correct import subset_accuracy


def same_class_accuracy(n_items: ArrayLike, n_right: ArrayLike, L: int) -> float:
    """Return the chance that L different items of one class are all right.

    The class is drawn by its share of the items, the items without replacement.

    Parameters
    ----------
    n_items, n_right : (n_classes,) array_like of int
        Items of each class, and right ones among them.
    L : int
        Size of a set, 1 up to the items of the smallest class.

    Raises
    ------
    DataError
        A count is out of its range, or a class has fewer than ``L`` items.

    >>> same_class_accuracy([10, 10], [10, 0], 3), same_class_accuracy([10, 10], [5, 5], 1)
    (0.5, 0.5)
    """
    n = np.asarray(n_items)
    chances = subset_accuracy(n_items, n_right, L)
    return float(chances @ n / n.sum())


def different_class_accuracy(accuracies: ArrayLike, L: int) -> float:
    """Return the chance that L items, each of another class, are all right.

    All choices of L classes count alike: the elementary symmetric polynomial over C(n_classes, L).

    Parameters
    ----------
    accuracies : (n_classes,) array_like
        Accuracy in each class, 0 to 1.
    L : int
        Size of a set, 1 up to the number of classes.

    Raises
    ------
    DataError
        There are fewer than ``L`` classes, or an accuracy is out of its range.

    >>> different_class_accuracy([1.0, 0.0], 2), different_class_accuracy([0.5, 0.5], 2)
    (0.0, 0.25)
    """
    a: NDArray[np.float64] = np.asarray(accuracies, np.float64)
    if a.ndim != 1 or not 1 <= L <= len(a):
        raise DataError(f"accuracies: {a.size} classes for sets of {L}; give at least {max(L, 1)}")
    bad = a[~((a >= 0.0) & (a <= 1.0))]
    if bad.size:
        raise DataError(f"accuracies: {bad[0]:g} lies outside 0 .. 1")
    sums = np.zeros(L + 1)  # of the products of 0, 1, ... L accuracies, up to the current class
    sums[0] = 1.0
    for accuracy in a:
        sums[1:] += accuracy * sums[:-1]
    return float(sums[L] / math.comb(len(a), L))
