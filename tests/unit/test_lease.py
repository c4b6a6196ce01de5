"""The lease: a node that the database has not heard of stops sending before anybody may take its work over."""

import pytest

from connector.errors import DatabaseUnavailable, LeaseLost
from connector.lease import Lease

PATIENCE_S = 30.0


class Hand:
    """A monotonic clock that is turned by hand."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def test_a_process_without_a_node_has_its_lease_for_ever() -> None:
    Lease().require()


def test_a_lease_ends_before_the_patience_of_the_others() -> None:
    clock = Hand()
    lease = Lease(clock)
    lease.renew(lease.now(), PATIENCE_S)
    clock.at += PATIENCE_S * 0.79
    lease.require()
    clock.at = 1000.0 + PATIENCE_S * 0.81
    assert not lease.held
    with pytest.raises(LeaseLost, match="nothing is sent"):
        lease.require()


def test_the_time_that_the_database_took_to_answer_is_not_given_to_the_lease() -> None:
    """It may have written our word down at the beginning of that time, and the others count from there."""
    clock = Hand()
    lease = Lease(clock)
    asked_at = lease.now()
    clock.at += PATIENCE_S
    lease.renew(asked_at, PATIENCE_S)
    assert not lease.held


def test_a_lease_that_ended_comes_back_only_with_the_databases_word() -> None:
    clock = Hand()
    lease = Lease(clock)
    lease.end()
    assert not lease.held
    lease.renew(lease.now(), PATIENCE_S)
    assert lease.held


def test_a_lost_lease_is_no_end_of_a_write_that_could_be_recorded() -> None:
    """The row stays as it is, like without a database: whoever has the lane now looks it up."""
    assert issubclass(LeaseLost, DatabaseUnavailable)
    assert (LeaseLost.code, LeaseLost.exit_status) == ("PH-911", 3)
