-- The exact search of a small tenant sorts distances, not vectors: those of 50,000 chunks went to disk to be sorted. It
-- takes half of the time. The walk of the index is as it was.
grant create on schema hub_cross to hub_sysfn;
set role hub_sysfn;

create or replace function hub_cross.search_vector(query halfvec, embedding_set uuid, width int, documents uuid[],
                                        only_chunks uuid[], k int)
returns table(chunk_id uuid, score float8)
language plpgsql stable security definer set search_path = hub, public, pg_temp
set plan_cache_mode = force_custom_plan set jit = off as $$
declare
  t uuid := hub.current_tenant();
  mine float8;
  everyones float8;
  wide int := 2 * k + 40; -- relaxed order gives some late: ask for more than are wanted
  deep int;
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
    select near.chunk_id, 1 - near.distance
      from (select e.chunk_id, e.vector <=> query as distance from embedding e
             where e.tenant_id = t and e.set_id = embedding_set and e.dims = width
               and (documents is null or e.document_id = any(documents))
             order by distance, e.chunk_id limit k) near
     order by near.distance, near.chunk_id;
    return;
  end if;
  deep := greatest(wide, ceil(1600 * mine / everyones)::int);
  perform set_config('hnsw.iterative_scan', 'relaxed_order', true),
          set_config('hnsw.ef_search', '1000', true),
          set_config('hnsw.max_scan_tuples', '200000', true),
          set_config('hnsw.scan_mem_multiplier', '4', true),
          set_config('enable_sort', 'off', true);
  return query execute format(
    'with near as materialized (
       select e.chunk_id, (e.vector::halfvec(%1$s)) <=> $1::halfvec(%1$s) as distance from hub.embedding e
        where e.dims = %1$s and e.tenant_id = $2 and e.set_id = $3 and ($4 is null or e.document_id = any($4))
        order by (e.vector::halfvec(%1$s)) <=> $1::halfvec(%1$s) limit $5)
     select chunk_id, 1 - distance from near order by distance + 0, chunk_id limit $6', width)
    using query, t, embedding_set, documents, deep, k;
  perform set_config('enable_sort', 'on', true);
end $$;

reset role;
revoke create on schema hub_cross from hub_sysfn;
