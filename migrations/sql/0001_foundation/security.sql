-- Roles: neither can log in, neither bypasses row-level security, so that managed databases can run the hub.
--   hub_app    what every transaction of the product becomes; sees one tenant at a time
--   hub_sysfn  owns the functions in hub_cross, the only wider work; has its own policies on what they need
-- The grants to logins are made by hub.store.migrate, which knows who logs in.

create schema if not exists hub_cross;
grant usage on schema hub, hub_cross to hub_app, hub_sysfn;
grant create on schema hub_cross to hub_sysfn;

-- The one way a tenant table is put under row-level security.
create function hub.protect_tenant_table(target text) returns void language plpgsql as $$
begin
  execute format('alter table hub.%I enable row level security', target);
  execute format('alter table hub.%I force row level security', target);
  execute format(
    'create policy tenant on hub.%I to hub_app
       using (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)
       with check (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)', target);
  execute format('grant select, insert, update, delete on hub.%I to hub_app', target);
end $$;

-- What a function of hub_cross needs of a tenant table: read, and the named columns to update ('' for none).
create function hub.open_to_system(target text, columns text) returns void language plpgsql as $$
begin
  execute format('create policy system on hub.%I to hub_sysfn using (true) with check (true)', target);
  execute format('grant select on hub.%I to hub_sysfn', target);
  if columns <> '' then
    execute format('grant update (%s) on hub.%I to hub_sysfn', columns, target);
  end if;
end $$;

revoke all on function hub.protect_tenant_table(text), hub.open_to_system(text, text) from public;

-- The tenant of this transaction; raises when none is set.
create function hub.current_tenant() returns uuid language plpgsql stable as $$
declare t uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
begin
  if t is null then
    raise exception 'tenant not set' using errcode = '42501';
  end if;
  return t;
end $$;
grant execute on function hub.current_tenant() to hub_app, hub_sysfn;
