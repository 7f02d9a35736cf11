"""One push of a flow at a time per process, and nobody who asks is forgotten."""

from hub.sync.turns import Turns


def test_who_asks_meanwhile_makes_the_work_go_round_once_more() -> None:
    turns = Turns()
    assert not turns.join(1)
    assert turns.begin(1)
    assert not turns.begin(1)
    assert turns.once_more(1)
    assert turns.join(1)
    assert turns.once_more(1)
    assert not turns.once_more(1)
    assert turns.begin(1)


def test_flows_do_not_wait_for_each_other_and_a_turn_that_broke_is_over() -> None:
    turns = Turns()
    assert turns.begin(1)
    assert turns.begin(2)
    turns.end(1)
    turns.end(1)
    assert turns.begin(1)
