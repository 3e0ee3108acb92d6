import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from simlab.audit.false_discovery import false_discovery_q
from simlab.errors import DataError, UsageError

shares = st.lists(st.floats(0, 1), min_size=1, max_size=40)


@given(shares, st.sampled_from(["bh", "by"]))
def test_q_values_are_scipys(p, method):
    assert np.allclose(
        false_discovery_q(p, method=method), false_discovery_control(p, method=method), rtol=1e-12
    )


@given(shares, st.data())
def test_untested_curves_count_for_none(p, data):
    at = data.draw(st.integers(0, len(p)))
    holed = [*p[:at], float("nan"), *p[at:]]
    q = false_discovery_q(holed)
    assert np.isnan(q[at])
    assert np.delete(q, at).tolist() == false_discovery_q(p).tolist()


def test_bad_input():
    with pytest.raises(DataError, match=r"1\.5"):
        false_discovery_q([0.1, 1.5])
    with pytest.raises(UsageError, match="bh or by"):
        false_discovery_q([0.1], method="holm")
    assert np.isnan(false_discovery_q([np.nan])).all()
    assert not len(false_discovery_q([]))
