-- Search. Text match and vector distance are not leakproof, so under row-level security their indexes would not be
-- used; these functions belong to hub_sysfn, whose policies see all, and take the tenant from the setting alone.
set role hub_sysfn;

-- What is known about a tenant's corpus before a search: languages and the active embedding set.
create function hub_cross.corpus() returns table(chunks bigint, languages text[], set_id uuid, model text, dims int,
                                                 stored_dims int)
language plpgsql stable security definer set search_path = hub, pg_temp as $$
declare t uuid := hub.current_tenant();
begin
  return query
  -- A loose scan of the index: one step a language, however many documents.
  with recursive tongue(language) as (
    (select d.language from document d where d.tenant_id = t and d.language is not null order by d.language limit 1)
    union all
    select (select d.language from document d where d.tenant_id = t and d.language > tongue.language
             order by d.language limit 1) from tongue where tongue.language is not null)
  select coalesce((select b.n from bm_stat b where b.tenant_id = t), 0),
         coalesce((select array_agg(language) from tongue where language is not null), '{}'),
         s.id, s.model, s.dims, s.stored_dims
    from (select 1) one left join embedding_set s on s.tenant_id = t and s.active;
end $$;

-- BM25 (k1 1.5, b 0.75, the idf that never falls below zero). Chunks are found by the rarest words, as many as together
-- occur in about a fifth of the chunks and none that a tenth of them have, and scored by all words. With only_chunks,
-- those and no others are scored, found or not.
--
-- The term frequency: ts_rank of one word with all weights 1 is the sum of 1/i^2 for i up to the frequency, divided by
-- pi^2/6. What is missing to the whole is within a thousandth 1/(frequency + 1/2). Reading it so costs a tenth of
-- unnesting the vector.
create function hub_cross.search_keyword(lexemes text[], documents uuid[], only_chunks uuid[], k int)
returns table(chunk_id uuid, score float8)
language plpgsql stable security definer set search_path = hub, public, pg_temp
set plan_cache_mode = force_custom_plan set jit = off as $$
declare
  t uuid := hub.current_tenant();
  stat bm_stat;
  words tsquery[];
  worth float8[];
  wanted tsquery;
begin
  select * into stat from bm_stat b where b.tenant_id = t;
  if stat.n is null or stat.n <= 0 or stat.total <= 0 then return; end if;
  with idf as (
    select quote_literal(d.lexeme) as word, ln(1 + (stat.n - d.df + 0.5) / (d.df + 0.5))::float8 as weight,
           d.df::float8 / stat.n as share, sum(d.df) over rarest / stat.n as together,
           row_number() over rarest as place
      from term_df d where d.tenant_id = t and d.lexeme = any(lexemes)
    window rarest as (order by d.df, d.lexeme rows unbounded preceding))
  select array_agg(word::tsquery order by place), array_agg(weight order by place),
         string_agg(word, ' | ')
           filter (where stat.n <= 2000 or place = 1 or (share <= 0.1 and together <= 0.2))::tsquery
    into words, worth, wanted from idf;
  if words is null then return; end if;
  return query
  select c.id, (select sum(worth[i] * x.tf / (x.tf + 1.5 * (0.25 + 0.75 * c.dl * stat.n / stat.total::float8)))
                  from generate_subscripts(words, 1) i,
                       lateral (select ts_rank('{1,1,1,1}', v.flat, words[i])::float8 as rank offset 0) r,
                       lateral (select round(1 / (1.6449340668482264 - r.rank * 1.64493406685) - 0.5) as tf) x
                 where r.rank > 0) as points
    from chunk c,
         -- Unpacked once, not once a word.
         lateral (select ''::tsvector || c.tsv as flat offset 0) v
   where c.tenant_id = t
     and case when only_chunks is null then c.tsv @@ wanted else c.id = any(only_chunks) end
     and (documents is null or c.document_id = any(documents))
   order by points desc nulls last, c.id limit k;
end $$;

-- The nearest chunks by cosine similarity. Sorting all of a tenant's vectors is exact and quick while they are few;
-- beyond that the index is asked, unless the tenant is so small a part of it that most of what it offers is others'.
create function hub_cross.search_vector(query halfvec, embedding_set uuid, width int, documents uuid[],
                                        only_chunks uuid[], k int)
returns table(chunk_id uuid, score float8)
language plpgsql stable security definer set search_path = hub, public, pg_temp
set plan_cache_mode = force_custom_plan set jit = off as $$
declare
  t uuid := hub.current_tenant();
  mine float8;
  everyones float8;
  wide int := 2 * k + 40; -- relaxed order gives some late: ask for more than are wanted
begin
  if only_chunks is not null then
    return query select e.chunk_id, 1 - (e.vector <=> query) from embedding e
      where e.tenant_id = t and e.set_id = embedding_set and e.chunk_id = any(only_chunks) and e.dims = width;
    return;
  end if;
  select b.n into mine from bm_stat b where b.tenant_id = t;
  if documents is not null then
    select sum(d.chunk_count) into mine from document d where d.tenant_id = t and d.id = any(documents);
  end if;
  mine := coalesce(mine, 0);
  select greatest(c.reltuples, mine, 1) into everyones from pg_class c where c.oid = 'hub.embedding'::regclass;
  -- wide * everyones / mine entries of the index must be visited, each at some sixteen times the cost of a row read.
  if mine <= 4000 or wide * everyones / mine * 16 > mine then
    return query
    with own as materialized (
      select e.chunk_id, e.vector from embedding e
       where e.tenant_id = t and e.set_id = embedding_set and e.dims = width
         and (documents is null or e.document_id = any(documents)))
    select o.chunk_id, 1 - (o.vector <=> query) as near from own o order by o.vector <=> query, o.chunk_id limit k;
    return;
  end if;
  perform set_config('hnsw.iterative_scan', 'relaxed_order', true),
          set_config('hnsw.ef_search', least(greatest(200, wide), 1000)::text, true),
          set_config('hnsw.max_scan_tuples', '200000', true),
          set_config('hnsw.scan_mem_multiplier', '4', true),
          set_config('enable_sort', 'off', true);
  return query execute format(
    'with near as materialized (
       select e.chunk_id, (e.vector::halfvec(%1$s)) <=> $1::halfvec(%1$s) as distance from hub.embedding e
        where e.dims = %1$s and e.tenant_id = $2 and e.set_id = $3 and ($4 is null or e.document_id = any($4))
        order by (e.vector::halfvec(%1$s)) <=> $1::halfvec(%1$s) limit $5)
     select chunk_id, 1 - distance from near order by distance + 0, chunk_id limit $6', width)
    using query, t, embedding_set, documents, wide, k;
  perform set_config('enable_sort', 'on', true);
end $$;

-- Both legs' best k, and for each candidate of the union the score that either leg gives it.
create function hub_cross.search(lexemes text[], query halfvec, embedding_set uuid, width int, documents uuid[], k int)
returns table(chunk_id uuid, keyword float8, vector float8, keyword_place int, vector_place int)
language plpgsql stable security definer set search_path = hub, public, pg_temp as $$
declare
  by_word uuid[];
  by_word_score float8[];
  by_vector uuid[];
  by_vector_score float8[];
begin
  select array_agg(f.chunk_id), array_agg(f.score) into by_word, by_word_score
    from hub_cross.search_keyword(lexemes, documents, null, k) f;
  if query is not null and embedding_set is not null then
    select array_agg(f.chunk_id), array_agg(f.score) into by_vector, by_vector_score
      from hub_cross.search_vector(query, embedding_set, width, documents, null, k) f;
  end if;
  return query
  with w as (select * from unnest(by_word, by_word_score) with ordinality x(id, score, place)),
       v as (select * from unnest(by_vector, by_vector_score) with ordinality x(id, score, place)),
       missing_w as (select f.* from hub_cross.search_keyword(
         lexemes, null, array(select id from v except select id from w), k) f),
       missing_v as (select f.* from hub_cross.search_vector(
         query, embedding_set, width, null, array(select id from w except select id from v), k) f where query is not null)
  select id, coalesce(w.score, missing_w.score, 0), coalesce(v.score, missing_v.score), w.place::int, v.place::int
    from w full join v using (id)
    left join missing_w on missing_w.chunk_id = id
    left join missing_v on missing_v.chunk_id = id;
end $$;

revoke all on all functions in schema hub_cross from public;
grant execute on all functions in schema hub_cross to hub_app;
reset role;
revoke create on schema hub_cross from hub_sysfn;
