-- Until a table is analyzed, a minute after its first rows at best, the planner takes any column for nearly unique, and so
-- any index that begins with the tenant for as good as the one that finds the row. Statements and foreign keys then read
-- every row of a tenant to find one. Here it is told what is true in the beginning: the rows of a table are one tenant's.
-- Tables that were analyzed keep what was found, and the first analysis of the others replaces this. Servers before
-- PostgreSQL 18 cannot be told.
do $$
declare
  target text;
begin
  if to_regproc('pg_catalog.pg_restore_attribute_stats') is null then
    return;
  end if;
  for target in
    select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
     where c.relnamespace = 'hub'::regnamespace and c.relkind = 'r' and c.reltuples <= 0
  loop
    perform pg_restore_attribute_stats(
      'schemaname', 'hub', 'relname', target, 'attname', 'tenant_id', 'inherited', false,
      'null_frac', 0::real, 'avg_width', 16, 'n_distinct', 1::real);
  end loop;
end $$;
