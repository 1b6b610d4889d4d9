"""Search over a tenant's chunks: candidates of both legs with both legs' scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hub.core.ids import ChunkId, DocumentId, EmbeddingSetId, TenantId
from hub.store.embeddings import stored_dims, vector_literal
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one


@dataclass(frozen=True, slots=True)
class Corpus:
    """What a search should know first. ``set_id`` and ``model`` are those of the active embedding set, if any."""

    chunks: int
    languages: list[str]
    set_id: EmbeddingSetId | None
    model: str | None
    dims: int | None
    stored_dims: int | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk either leg found: its BM25 score, its cosine similarity (None without a vector), and its place in
    each leg's own ranking (None where that leg did not find it).
    """

    chunk_id: ChunkId
    keyword: float
    vector: float | None
    keyword_place: int | None
    vector_place: int | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the tenant wants to be searched (its own settings, as stored), and a mark that changes with the corpus."""

    settings: dict[str, Any] | None
    version: str | None


class Search:
    """Calls the functions of ``hub_cross`` that search. They read the tenant from the transaction alone."""

    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def corpus(self) -> Corpus:
        """Size, languages and active embedding set."""
        row = await fetch_one(self._connection, Corpus, "select * from hub_cross.corpus()")
        assert row is not None  # noqa: S101 - the function always gives one row
        return row

    async def wanted(self) -> Wanted:
        """The tenant's settings of search and the version of its corpus, in one round trip."""
        row = await fetch_one(
            self._connection,
            Wanted,
            # Every change of chunks writes the row of statistics anew; the writer's id is its version.
            """select (select jsonb_build_object('search', s.settings -> 'search') from hub.tenant_settings s
                        where s.tenant_id = :t) as settings,
                      (select cast(b.xmin as text) from hub.bm_stat b where b.tenant_id = :t) as version""",
            t=self.tenant,
        )
        assert row is not None  # noqa: S101 - a select without from always gives one row
        return row

    async def frequencies(self, lexemes: Sequence[str]) -> dict[str, int]:
        """In how many chunks each of the lexemes occurs; those in none are left out."""
        rows = await fetch_all(
            self._connection,
            _Term,
            "select lexeme, df from hub.term_df where tenant_id = :t and lexeme = any(:lexemes__texts)",
            t=self.tenant,
            lexemes__texts=list(lexemes),
        )
        return {row.lexeme: row.df for row in rows}

    async def similar(self, word: str, patterns: Sequence[str], *, most: int = 200) -> list[tuple[str, int]]:
        """Lexemes that begin with the word's first letter and match one of the ``like`` patterns, with the number of
        chunks they occur in, commonest first."""
        rows = await fetch_all(
            self._connection,
            _Term,
            """select lexeme, df from hub.term_df
                where tenant_id = :t and starts_with(lexeme, :first) and length(lexeme) between :least and :most_letters
                  and lexeme like any(:patterns__texts)
                order by df desc, lexeme limit :most""",
            t=self.tenant,
            first=word[:1],
            least=len(word) - 1,
            most_letters=len(word) + 1,
            patterns__texts=list(patterns),
            most=most,
        )
        return [(row.lexeme, row.df) for row in rows]

    async def candidates(
        self,
        lexemes: Sequence[str],
        *,
        vector: Sequence[float] | None = None,
        embedding_set: EmbeddingSetId | None = None,
        documents: Sequence[DocumentId] | None = None,
        k: int = 100,
    ) -> list[Candidate]:
        """The best ``k`` of each leg, all scored on both. Without ``vector`` the keyword leg alone; ``documents``
        holds the search to these (None: all). Unordered.
        """
        width = None if vector is None else stored_dims(len(vector))
        query = None if vector is None or width is None else vector_literal(vector, width)
        # Cast once, as an argument: a cast inside the query would be made anew for every row.
        return await fetch_all(
            self._connection,
            Candidate,
            """select * from hub_cross.search(:lexemes__texts, cast(cast(:vector as text) as halfvec),
                      cast(:set as uuid), cast(:width as int), :documents__uuids, :k)""",
            lexemes__texts=list(lexemes),
            vector=query,
            set=embedding_set,
            width=width,
            documents__uuids=None if documents is None else list(documents),
            k=k,
        )

    async def keyword(
        self, lexemes: Sequence[str], *, documents: Sequence[DocumentId] | None = None, k: int = 100
    ) -> list[tuple[ChunkId, float]]:
        """The keyword leg alone: the best ``k`` chunks by BM25, best first."""
        rows = await fetch_all(
            self._connection,
            _Scored,
            "select * from hub_cross.search_keyword(:lexemes__texts, :documents__uuids, null, :k)",
            lexemes__texts=list(lexemes),
            documents__uuids=None if documents is None else list(documents),
            k=k,
        )
        return [(row.chunk_id, row.score) for row in rows]

    async def nearest(
        self,
        vector: Sequence[float],
        embedding_set: EmbeddingSetId,
        *,
        documents: Sequence[DocumentId] | None = None,
        k: int = 100,
    ) -> list[tuple[ChunkId, float]]:
        """The vector leg alone: the best ``k`` chunks by cosine similarity, best first."""
        width = stored_dims(len(vector))
        rows = await fetch_all(
            self._connection,
            _Scored,
            """select * from hub_cross.search_vector(cast(cast(:vector as text) as halfvec), :set, :width,
                                                     :documents__uuids, null, :k)""",
            vector=vector_literal(vector, width),
            set=embedding_set,
            width=width,
            documents__uuids=None if documents is None else list(documents),
            k=k,
        )
        return [(row.chunk_id, row.score) for row in rows]


@dataclass(frozen=True, slots=True)
class _Term:
    lexeme: str
    df: int


@dataclass(frozen=True, slots=True)
class _Scored:
    chunk_id: ChunkId
    score: float
