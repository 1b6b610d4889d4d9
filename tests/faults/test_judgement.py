"""How a fault run is judged: what is lost, doubled or out of order, and what an answer without a mark is worth."""

from __future__ import annotations

from typing import Any

from support.faults.bodies import Account, Person
from support.faults.driver import Sent
from support.faults.truth import Judgement, judge

ADA = Person(Account("telegram", {}, "/webhooks/telegram/1"), "Ada", {"chat": "ada"})


def asked(*tokens: str) -> list[Sent]:
    """Questions of one person, each acknowledged before the next was sent."""
    return [Sent(token, ADA, n, float(n), acked=n + 0.5) for n, token in enumerate(tokens)]


def entry(n: int, *tokens: str, upstream: str = "telegram", fault: str | None = None) -> dict[str, Any]:
    made = upstream != "model"
    chat = ADA.chat if made else ""
    return {"n": n, "at": n, "upstream": upstream, "chat": chat, "made": made, "fault": fault, "tokens": tokens}


def cut(n: int, *tokens: str) -> dict[str, Any]:
    """A call of the model that broke off."""
    return entry(n, *tokens, upstream="model", fault="cut")


def counts(judged: Judgement) -> tuple[int, int, int, int]:
    return len(judged.lost), len(judged.doubled), len(judged.out_of_order), len(judged.plain)


def test_a_question_needs_one_answer_of_its_own() -> None:
    assert counts(judge(asked("q1", "q2"), [entry(1, "q1"), entry(2, "q2")])) == (0, 0, 0, 0)
    assert counts(judge(asked("q1", "q2"), [entry(1, "q1")])) == (1, 0, 0, 0)
    assert counts(judge(asked("q1"), [entry(1, "q1"), entry(2, "q1")])) == (0, 1, 0, 0)
    assert counts(judge(asked("q1", "q2"), [entry(1, "q2"), entry(2, "q1")])) == (0, 0, 1, 0)


def test_words_without_a_mark_answer_nothing() -> None:
    assert judge(asked("q1"), [entry(1)]).lost == ("q1",)
    assert judge(asked("q1"), [entry(1, "q1", upstream="model"), entry(2)]).lost == ("q1",)


def test_where_the_model_broke_off_one_message_without_a_mark_is_the_answer() -> None:
    judged = judge(asked("q1"), [cut(1, "q1"), entry(2)])
    assert (counts(judged), judged.plain) == ((0, 0, 0, 1), ("q1",))
    assert "1 answered without the model" in judged.told()


def test_it_has_to_come_after_the_call() -> None:
    assert judge(asked("q1"), [entry(1), cut(2, "q1")]).lost == ("q1",)


def test_one_such_message_does_not_do_for_two_calls() -> None:
    record = [cut(1, "q1"), entry(2), cut(3, "q2")]
    assert judge(asked("q1", "q2"), record).lost == ("q2",)
    assert counts(judge(asked("q1", "q2"), [*record, entry(4)])) == (0, 0, 0, 2)


def test_two_such_messages_for_one_call_are_one_too_many() -> None:
    assert len(judge(asked("q1"), [cut(1, "q1"), entry(2), entry(3)]).doubled) == 1


def test_words_without_a_mark_beside_the_marked_answer_are_one_too_many() -> None:
    assert len(judge(asked("q1"), [cut(1, "q1"), entry(2), entry(3, "q1")]).doubled) == 1


def test_a_call_that_was_repeated_after_a_kill_is_answered_once() -> None:
    assert counts(judge(asked("q1"), [cut(1, "q1"), cut(2, "q1"), entry(3)])) == (0, 0, 0, 1)
    assert counts(judge(asked("q1"), [cut(1, "q1"), entry(2, "q1", upstream="model"), entry(3, "q1")])) == (0, 0, 0, 0)


def test_an_answer_that_broke_off_after_its_first_question_was_for_all_of_them() -> None:
    assert counts(judge(asked("q1", "q2"), [cut(1, "q1", "q2"), entry(2, "q1")])) == (0, 0, 0, 1)
    assert judge(asked("q1", "q2"), [entry(1, "q1"), cut(2, "q2")]).lost == ("q2",)


def test_an_answer_that_broke_off_and_may_not_have_arrived_is_unknown_for_all_its_questions() -> None:
    judged = judge(asked("q1", "q2", "q3"), [cut(1, "q1", "q2")], unknown={"q1"})
    assert (judged.unresolved, judged.lost) == (("q1", "q2"), ("q3",))
