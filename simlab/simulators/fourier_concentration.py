"""How far each unit of a network listens to one frequency only: a measure of hidden progress.

Networks that solve modular arithmetic represent a residue by its Fourier components, and each
hidden unit settles on one frequency (Nanda et al. 2023, arXiv 2301.05217; Gromov 2023, arXiv
2301.02679). This goes on before accuracy on unseen pairs moves.
"""

import numpy as np
from numpy.typing import NDArray

from simlab.errors import UsageError


def fourier_concentration(embeddings: NDArray[np.floating]) -> float:
    """Return the share of spectral power that lies at the strongest frequency of its own unit.

    Parameters
    ----------
    embeddings : (..., n_elements, width) float
        What each element of a cyclic group, in its cyclic order, says to each unit.

    Returns
    -------
    float
        sum_k max_f P_k(f) / sum_k sum_f P_k(f), with P_k(f) the power of unit k at frequency f, the
        constant left out. 1: every unit has a single frequency. Of noise: about H_F / F, with F
        frequencies and H_F = 1 + 1/2 + .. + 1/F. 0 where the embeddings are constant.

    Raises UsageError for fewer than 3 elements, which have no two frequencies to tell apart.

    >>> wave = np.cos(2 * np.pi * 3 * np.arange(31) / 31)
    >>> round(fourier_concentration(wave[:, None]), 12)
    1.0
    """
    n = embeddings.shape[-2]
    if n < 3:
        raise UsageError(f"embeddings of {n} elements: frequencies need at least 3")
    amplitudes = np.fft.rfft(embeddings.astype(np.float64), axis=-2)[..., 1:, :]
    power = amplitudes.real**2 + amplitudes.imag**2
    if n % 2 == 0:
        power[..., -1, :] /= 2  # the highest frequency of an even number stands there twice
    total = float(power.sum())
    return float(power.max(axis=-2).sum()) / total if total > 0.0 else 0.0
