"""Slowing down who keeps failing."""

from hypothesis import given
from hypothesis import strategies as st

from voltaro.services.throttle import Bucket, Limit, Throttle, draw

LIMIT = Limit(burst=3, per_s=0.5)


class Watch:
    now = 0.0

    def __call__(self):
        return self.now


def throttle(addresses=100):
    watch = Watch()
    return Throttle(LIMIT, addresses=addresses, clock=watch), watch


def test_so_many_failures_are_free_and_the_next_is_told_when_to_come_back():
    throttled, _ = throttle()

    assert [throttled.failed("192.0.2.1") for _ in range(5)] == [0, 0, 0, 2, 2]


def test_addresses_do_not_share_their_failures():
    throttled, _ = throttle()
    for _ in range(4):
        throttled.failed("192.0.2.1")

    assert throttled.failed("192.0.2.2") == 0


def test_patience_is_rewarded_up_to_the_burst():
    throttled, watch = throttle()
    for _ in range(4):
        throttled.failed("192.0.2.1")

    watch.now = 2.0
    assert [throttled.failed("192.0.2.1") for _ in range(2)] == [0, 2]
    watch.now = 10_000.0
    assert [throttled.failed("192.0.2.1") for _ in range(4)] == [0, 0, 0, 2]


def test_network_of_one_customer_is_one_address():
    throttled, _ = throttle()
    for number in range(4):
        throttled.failed(f"2001:db8:1:2::{number:x}")

    assert throttled.failed("2001:db8:1:2:ffff::1") > 0
    assert throttled.failed("2001:db8:1:3::1") == 0
    assert len(throttled) == 2


def test_same_host_in_both_families_is_one_address():
    throttled, _ = throttle()
    for _ in range(4):
        throttled.failed("192.0.2.1")

    assert throttled.failed("::ffff:192.0.2.1") > 0


def test_memory_is_bounded_by_forgetting_who_failed_longest_ago():
    throttled, _ = throttle(addresses=10)
    for number in range(1000):
        throttled.failed(f"192.0.2.{number}")

    assert len(throttled) == 10


def test_what_is_no_address_is_counted_all_the_same():
    throttled, _ = throttle()
    for _ in range(3):
        assert throttled.failed("") == 0

    assert throttled.failed("") == 2


@given(
    st.lists(st.floats(0, 100), max_size=50),
    st.floats(1, 50),
    st.floats(0.01, 10),
)
def test_no_more_than_burst_and_rate_ever_pass(gaps, burst, per_s):
    limit, now, passed = Limit(burst=burst, per_s=per_s), 0.0, 0
    bucket: Bucket | None = None
    for gap in gaps:
        now += gap
        bucket, wait_s = draw(bucket, now, limit)
        passed += wait_s == 0
        assert 0 <= bucket.left <= burst

    assert passed <= burst + now * per_s + 1e-6
