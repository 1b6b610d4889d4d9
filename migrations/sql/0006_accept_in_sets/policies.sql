-- The tenant of a policy comes from a subquery: it is worked out once a statement instead of once a row, and the
-- planner does not look up how many rows just this tenant has. A plan is kept and serves every tenant of its
-- connection; made for one that has no rows yet, it would read all rows of the next, who has a million.
create or replace function hub.protect_tenant_table(target text) returns void language plpgsql as $$
begin
  execute format('alter table hub.%I enable row level security', target);
  execute format('alter table hub.%I force row level security', target);
  execute format(
    'create policy tenant on hub.%I to hub_app
       using (tenant_id = (select nullif(current_setting(''app.tenant_id'', true), '''')::uuid))
       with check (tenant_id = (select nullif(current_setting(''app.tenant_id'', true), '''')::uuid))', target);
  execute format('grant select, insert, update, delete on hub.%I to hub_app', target);
end $$;

do $$
declare
  target text;
begin
  for target in
    select c.relname from pg_policy p join pg_class c on c.oid = p.polrelid
     where c.relnamespace = 'hub'::regnamespace and p.polname = 'tenant'
  loop
    execute format(
      'alter policy tenant on hub.%I
         using (tenant_id = (select nullif(current_setting(''app.tenant_id'', true), '''')::uuid))
         with check (tenant_id = (select nullif(current_setting(''app.tenant_id'', true), '''')::uuid))', target);
  end loop;
end $$;
