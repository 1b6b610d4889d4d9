-- Organisations own tenants (companies): who pays, and in whose name a tenant is handed to others.
create table hub.organisation (
  id uuid primary key,
  name text not null unique,
  created_at timestamptz not null default now()
);
grant select, insert, update, delete on hub.organisation to hub_app;
alter table hub.tenant add column organisation_id uuid references hub.organisation(id);
create index tenant_organisation on hub.tenant(organisation_id);

-- A session in which somebody who runs the hub acts as one of a tenant's people, within that tenant alone.
alter table hub.session
  add column impersonator_id uuid references hub.person(id) on delete cascade,
  add column only_tenant_id uuid references hub.tenant(id) on delete cascade;
