"""The multi-class support-vector machine of Crammer and Singer (2001): all intents at once, by liblinear."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.understanding.vectors import Floats

_TOLERANCE = 0.1


def solved(rows: Any, right: NDArray[np.int64], columns: int, penalty: float) -> tuple[Floats, Floats]:
    """Weights, features × columns, and a bias per column; ``penalty`` is the price of a unit of missed margin.

    A column that no row shows gets weights of zero and the lowest bias. The same in, the same out.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.svm import LinearSVC

    machine = LinearSVC(C=penalty, tol=_TOLERANCE, multi_class="crammer_singer", random_state=0)
    weights = np.zeros((rows.shape[1], columns), np.float32)
    shown = np.unique(right)
    if len(shown) < 2:
        return weights, np.where(np.isin(np.arange(columns), shown), 0, -1).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        machine.fit(rows, right)
    found, bias = machine.coef_, machine.intercept_
    if len(shown) == 2:
        found, bias = np.concatenate((-found, found)) / 2, np.concatenate((-bias, bias)) / 2
    weights[:, shown] = found.T
    offsets = np.full(columns, bias.min() - 1, np.float32)
    offsets[shown] = bias
    return weights, offsets
