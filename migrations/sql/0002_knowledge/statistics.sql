-- Document frequencies follow every insert and delete of chunks, cascades included. The functions belong to hub_sysfn:
-- a cascade runs as the tables' owner, whom forced row-level security would let change nothing, without an error.
grant create on schema hub_cross to hub_sysfn;
set role hub_sysfn;

-- Statistics of a tenant change one transaction at a time: two that touch the same words in several statements
-- would otherwise deadlock.
create function hub_cross.lock_corpus(tenant uuid) returns void language sql as $$
  select pg_advisory_xact_lock(hashtextextended('corpus ' || tenant, 0)) $$;

create function hub_cross.count_new_chunks() returns trigger language plpgsql security definer
set search_path = hub, pg_temp as $$
begin
  perform hub_cross.lock_corpus(t) from (select distinct tenant_id from added order by 1) x(t);
  insert into bm_stat as s (tenant_id, n, total)
    select tenant_id, count(*), sum(dl) from added group by tenant_id order by tenant_id
    on conflict (tenant_id) do update set n = s.n + excluded.n, total = s.total + excluded.total;
  insert into term_df as d (tenant_id, lexeme, df)
    select a.tenant_id, u.lexeme, count(*) from added a, unnest(a.tsv) u
     group by 1, 2 order by 1, 2
    on conflict (tenant_id, lexeme) do update set df = d.df + excluded.df;
  return null;
end $$;

create function hub_cross.count_gone_chunks() returns trigger language plpgsql security definer
set search_path = hub, pg_temp as $$
begin
  perform hub_cross.lock_corpus(t) from (select distinct tenant_id from gone order by 1) x(t);
  update bm_stat s set n = s.n - g.n, total = s.total - g.total
    from (select tenant_id, count(*) as n, sum(dl) as total from gone group by tenant_id) g
   where s.tenant_id = g.tenant_id;
  with less as materialized (
    select g.tenant_id, u.lexeme, count(*) as df from gone g, unnest(g.tsv) u group by 1, 2),
  lowered as (
    update term_df d set df = d.df - l.df from less l
     where d.tenant_id = l.tenant_id and d.lexeme = l.lexeme and d.df > l.df)
  delete from term_df d using less l
   where d.tenant_id = l.tenant_id and d.lexeme = l.lexeme and d.df <= l.df;
  return null;
end $$;
reset role;

create trigger chunk_added after insert on hub.chunk referencing new table as added
  for each statement execute function hub_cross.count_new_chunks();
create trigger chunk_gone after delete on hub.chunk referencing old table as gone
  for each statement execute function hub_cross.count_gone_chunks();
