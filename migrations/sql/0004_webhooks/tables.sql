-- Where a tenant wants its events. Rows of webhook_delivery are made from the event log by the worker, up to `cursor`.
create table hub.webhook (
  id uuid primary key,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  url text not null,
  description text not null default '',
  types text[] not null default '{}',  -- empty: all
  secret bytea not null,               -- encrypted: the signing secrets, newest first, with the time each one ends
  enabled boolean not null default true,
  disabled_reason text,
  cursor bigint not null default 0,    -- events up to here have their rows
  failures integer not null default 0, -- in a row
  failing_since timestamptz,
  open_until timestamptz,              -- the circuit: nothing is sent before
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id)
);
create index webhook_list on hub.webhook(tenant_id, created_at, id);
create index webhook_live on hub.webhook(id) where enabled;

create table hub.webhook_delivery (
  id uuid primary key,
  tenant_id uuid not null,
  webhook_id uuid not null,
  event_seq bigint not null,
  event_id uuid not null,              -- the header webhook-id: the same however often it is sent
  type text not null,
  conversation_id uuid,                -- the ordering key: within it, a later event waits for an earlier one
  state text not null default 'ready' check (state in ('ready', 'delivered', 'dead')),
  attempts integer not null default 0,
  due_at timestamptz,
  epoch bigint not null default 0,
  lease_owner uuid,
  ready_at timestamptz not null default now(), -- made or replayed then: tries end 75 hours later
  status integer,                      -- of the last answer
  response text,                       -- its beginning
  error text,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  unique (webhook_id, event_id),
  unique (tenant_id, id),
  foreign key (tenant_id, webhook_id) references hub.webhook(tenant_id, id) on delete cascade
);
create index webhook_delivery_due on hub.webhook_delivery(webhook_id, due_at, event_seq) where due_at is not null;
create index webhook_delivery_order on hub.webhook_delivery(webhook_id, conversation_id, event_seq)
  where state = 'ready';
create index webhook_delivery_list on hub.webhook_delivery(webhook_id, event_seq);

-- How far a consumer that pulls has acknowledged.
create table hub.event_consumer (
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  name text not null,
  cursor bigint not null,
  updated_at timestamptz not null default now(),
  primary key (tenant_id, name)
);

select hub.protect_tenant_table(name)
  from unnest(array['webhook', 'webhook_delivery', 'event_consumer']) as name;

select hub.open_to_system('event', '');
select hub.open_to_system('webhook', 'cursor, secret, updated_at');
select hub.open_to_system('webhook_delivery', 'attempts, due_at, epoch, lease_owner');
grant insert on hub.webhook_delivery to hub_sysfn;
