"""One wording of a question, looked for on both legs: its words, what was meant by mistyped ones, one ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan
from typing import Final

from hub.core.ids import ChunkId, DocumentId
from hub.knowledge.fusion import DEPTH, fuse_ranks, fuse_scores, vector_weight
from hub.knowledge.search_settings import SearchSettings
from hub.knowledge.spelling import guesses, patterns, worth_guessing
from hub.llm.ports import Embedder
from hub.store.search import Candidate, Corpus
from hub.store.session import Tx

_MOST_LEXEMES: Final = 200


@dataclass(frozen=True, slots=True)
class Leg:
    """One wording of the question, found: its language, its words, its candidates and their fused scores."""

    language: str | None
    lexemes: list[str]
    guessed: Mapping[str, Sequence[str]]
    weight: float
    candidates: list[Candidate]
    fused: list[tuple[ChunkId, float]]
    dropped: int


async def look_for(
    tx: Tx,
    text: str,
    vector: Sequence[float] | None,
    embedder: Embedder | None,
    corpus: Corpus,
    documents: Sequence[DocumentId] | None,
    how: SearchSettings,
    k: int,
) -> Leg:
    """Both legs' candidates for ``text``, fused as the settings say."""
    from hub.knowledge.language import detect_language  # with their tables of letters a tenth of the start
    from hub.knowledge.lexemes import query_words

    language = detect_language(text) or (corpus.languages[0] if len(corpus.languages) == 1 else None)
    groups = query_words(text, corpus.languages)
    lexemes = list(dict.fromkeys(lexeme for group in groups for lexeme in group))[:_MOST_LEXEMES]
    guessed = await _guessed(tx, groups) if how.typo_tolerance else {}
    lexemes += [guess for found in guessed.values() for guess in found if guess not in lexemes]
    candidates = await tx.search.candidates(
        lexemes, vector=vector, embedding_set=corpus.set_id, documents=documents, k=max(DEPTH, k)
    )
    # A text without any direction, such as an empty one, is like nothing; the database calls that "not a number".
    candidates = [replace(c, vector=0.0) if c.vector is not None and isnan(c.vector) else c for c in candidates]
    kept = [c for c in candidates if c.keyword_place or c.vector is None or c.vector >= how.min_similarity]
    weight = 0.0
    if embedder is not None:
        weight = vector_weight(
            language, embedder.languages, corpus.languages, at_home=how.vector_weight, abroad=how.foreign_vector_weight
        )
    fused = rank(kept, how.method if embedder is not None else "keyword", weight)
    return Leg(language, lexemes, guessed, weight, kept, fused, len(candidates) - len(kept))


async def _guessed(tx: Tx, groups: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    """What was probably meant by the words that the knowledge does not hold in any form."""
    known = await tx.search.frequencies([lexeme for group in groups for lexeme in group])
    unknown = [group[0] for group in groups if group and not any(lexeme in known for lexeme in group)]
    found: dict[str, list[str]] = {}
    for word in worth_guessing(dict.fromkeys(unknown), known):
        meant = guesses(word, await tx.search.similar(word, patterns(word)))
        if meant:
            found[word] = meant
    return found


def together(legs: Sequence[Leg]) -> list[tuple[ChunkId, float]]:
    """One ranking of all wordings: each chunk by its best score."""
    if len(legs) == 1:
        return legs[0].fused
    best: dict[ChunkId, float] = {}
    for leg in legs:
        for chunk, score in leg.fused:
            best[chunk] = max(score, best.get(chunk, score))
    return sorted(best.items(), key=lambda item: (-item[1], str(item[0])))


def rank(candidates: Sequence[Candidate], method: str, weight: float) -> list[tuple[ChunkId, float]]:
    """The candidates of both legs in the order that ``method`` gives them, best first; ``weight`` is the vectors'."""
    keyword = {c.chunk_id: c.keyword for c in candidates}
    vector = {c.chunk_id: c.vector for c in candidates if c.vector is not None}
    if method == "keyword":
        found = [c for c in candidates if c.keyword_place is not None]
        return sorted(((c.chunk_id, c.keyword) for c in found), key=lambda item: -item[1])
    if method == "vector":
        return sorted(vector.items(), key=lambda item: -item[1])
    if method == "rrf":
        by_word = sorted((c for c in candidates if c.keyword_place), key=lambda c: c.keyword_place or 0)
        by_vector = sorted((c for c in candidates if c.vector_place), key=lambda c: c.vector_place or 0)
        return fuse_ranks([(weight, [c.chunk_id for c in by_vector]), (1 - weight, [c.chunk_id for c in by_word])])
    return fuse_scores(keyword, vector, weight=weight)
