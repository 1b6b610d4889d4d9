"""What may end a process goes one at a time; everything else is not held up."""

from __future__ import annotations

from uuid import uuid4

from hub.inbox.suspects import Suspects


def test_suspects_go_one_after_another_and_nobody_else_waits() -> None:
    suspects = Suspects(now=lambda: 0.0)
    first, second = uuid4(), uuid4()
    assert suspects.may_start(first, 2)
    assert not suspects.may_start(second, 2)
    assert suspects.may_start(uuid4(), 1), "once may be chance"
    suspects.done(second)
    assert not suspects.may_start(second, 2), "the place is the first one's"
    suspects.done(first)
    assert suspects.may_start(second, 3)


def test_a_suspect_that_hangs_holds_the_others_up_for_ten_seconds_alone() -> None:
    times = iter([0.0, 9.9, 10.0, 10.0])
    suspects = Suspects(now=lambda: next(times))
    assert suspects.may_start(uuid4(), 2)
    assert not suspects.may_start(uuid4(), 2)
    assert suspects.may_start(uuid4(), 2)
