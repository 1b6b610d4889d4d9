"""Small tasks done by rule where a hub would ask a model for structured output."""

from __future__ import annotations

import html
import json
import math
import re
from collections import Counter
from itertools import pairwise

from hub.simulator.model.words import terms

_SAID = re.compile(r"^Customer: (.*)$", re.MULTILINE)
_MESSAGE = re.compile(r"<message>\n(.*?)\n</message>", re.DOTALL)
_PASSAGE = re.compile(r"^\[\d{1,3}\] (.*?)(?=^\[\d{1,3}\] |\Z)", re.DOTALL | re.MULTILINE)
_QUERY = re.compile(r"^Query: (.*?)^Passages:", re.DOTALL | re.MULTILINE)


def wordings(asked: str) -> str:
    """One question that stands by itself: what the customer said last, then the message."""
    said, message = _SAID.findall(asked), _MESSAGE.search(asked)
    now = message[1] if message else asked
    return json.dumps({"queries": [html.unescape(f"{said[-1]} {now}" if said else now)]})


def ranking(asked: str) -> str:
    """A score from 0 to 10 for each numbered passage under a query: how many of the query's words it holds, rare ones
    counting more, and half as much again for words that stand side by side as in the query."""
    query = _QUERY.search(asked)
    wanted = terms(query[1]) if query else []
    passages = [terms(passage) for passage in _PASSAGE.findall(asked[query.end() :] if query else asked)]
    seen = Counter(term for passage in passages for term in set(passage))
    rarity = {term: math.log(1 + len(passages) / (1 + seen[term])) for term in wanted}
    beside = set(pairwise(wanted))
    most = sum(rarity.values()) or 1.0
    scores = []
    for passage in passages:
        held = sum(rarity[term] for term in rarity if term in passage) / most
        together = len(beside & set(pairwise(passage))) / len(beside) if beside else 0.0
        scores.append(round(10 * (held + together / 2) / 1.5, 2))
    return json.dumps({"scores": scores})
