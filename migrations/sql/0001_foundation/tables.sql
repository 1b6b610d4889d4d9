-- Global tables hold identity and ids only; tests check this list.
create table hub.tenant (
  id uuid primary key,
  slug text not null unique check (slug ~ '^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$'),
  name text not null,
  enabled boolean not null default true,
  created_at timestamptz not null default now()
);
create table hub.api_key (
  id uuid primary key,
  tenant_id uuid references hub.tenant(id) on delete cascade, -- null: platform admin
  name text not null,
  hash bytea not null unique,
  last4 text not null,
  scopes text[] not null default '{}',
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz
);
create index api_key_tenant on hub.api_key(tenant_id, created_at, id);
create table hub.route (
  kind text not null,
  account text not null,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  channel_id uuid not null,
  primary key (kind, account, channel_id)
);
create index route_channel on hub.route(channel_id);
grant select, insert, update, delete on hub.tenant, hub.api_key, hub.route to hub_app;
grant select on hub.tenant, hub.api_key, hub.route to hub_sysfn;

-- The deployment's own platform apps: no tenant may read them; only hub_cross and the platform admin's function do.
create table hub.app (
  id uuid primary key,
  kind text not null,
  name text not null,
  account text not null,
  secret bytea not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (kind, account)
);
alter table hub.app enable row level security;
alter table hub.app force row level security;
grant select, insert, delete on hub.app to hub_sysfn;
select hub.open_to_system('app', 'name, secret, updated_at');

create table hub.tenant_settings (
  tenant_id uuid primary key references hub.tenant(id) on delete cascade,
  settings jsonb not null default '{}',
  updated_at timestamptz not null default now()
);
create table hub.channel (
  id uuid primary key,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  kind text not null,
  name text not null,
  account text not null,
  enabled boolean not null default true,
  secret bytea not null,
  settings jsonb not null default '{}',
  poll_owner uuid,             -- who asks the platform for events, where it cannot reach us
  poll_until timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id)
);
create index channel_list on hub.channel(tenant_id, created_at, id);

create table hub.contact (
  id uuid primary key,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  name text,
  locale text,
  attributes jsonb not null default '{}',
  blocked boolean not null default false,
  opted_out_at timestamptz, -- asked for silence then
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id)
);
create table hub.identity (
  tenant_id uuid not null,
  kind text not null,
  value text not null,
  contact_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, kind, value),
  foreign key (tenant_id, contact_id) references hub.contact(tenant_id, id) on delete cascade
);
create index identity_contact on hub.identity(tenant_id, contact_id);
-- Contacts that one message showed to be the same person: linked, never merged.
create table hub.contact_link (
  tenant_id uuid not null,
  contact_id uuid not null,
  other_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, contact_id, other_id),
  foreign key (tenant_id, contact_id) references hub.contact(tenant_id, id) on delete cascade,
  foreign key (tenant_id, other_id) references hub.contact(tenant_id, id) on delete cascade
);

create table hub.conversation (
  id uuid primary key,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  channel_id uuid not null,
  thread_key text not null,
  contact_id uuid,
  direct boolean not null default true,
  state text not null default 'bot' check (state in ('bot', 'waiting', 'agent', 'resolved')),
  state_reason text,
  assignee text,
  title text,
  pending integer not null default 0,
  burst_since timestamptz,     -- when the oldest message of the waiting burst came
  due_at timestamptz,          -- when a worker must next look at the turn: due, retry or lease end
  attempts integer not null default 0,
  lease_owner uuid,
  claim_epoch bigint not null default 0, -- rises at each lane claim: guards what a turn writes
  floor_epoch bigint not null default 0, -- rises at every human act: guards what is sent
  last_seq bigint not null default 0,
  bot_misses integer not null default 0,
  last_inbound_at timestamptz,
  last_message_at timestamptz,
  opened_at timestamptz not null default now(),
  resolved_at timestamptz,
  metadata jsonb not null default '{}',
  unique (tenant_id, id),
  foreign key (tenant_id, channel_id) references hub.channel(tenant_id, id) on delete cascade,
  foreign key (tenant_id, contact_id) references hub.contact(tenant_id, id) on delete set null (contact_id)
);
create unique index conversation_open on hub.conversation(channel_id, thread_key) where state <> 'resolved';
create index conversation_thread on hub.conversation(channel_id, thread_key, opened_at desc);
create index conversation_due on hub.conversation(due_at) where due_at is not null;
create index conversation_due_tenant on hub.conversation(tenant_id, due_at) where due_at is not null;
create index conversation_list on hub.conversation(tenant_id, opened_at, id);
create index conversation_contact on hub.conversation(tenant_id, contact_id);

create table hub.participant (
  tenant_id uuid not null,
  conversation_id uuid not null,
  contact_id uuid not null,
  joined_at timestamptz not null default now(),
  primary key (conversation_id, contact_id),
  foreign key (tenant_id, conversation_id) references hub.conversation(tenant_id, id) on delete cascade,
  foreign key (tenant_id, contact_id) references hub.contact(tenant_id, id) on delete cascade
);

create table hub.message (
  id uuid primary key,
  tenant_id uuid not null,
  conversation_id uuid not null,
  seq bigint not null,
  direction text not null check (direction in ('in', 'out')),
  author_kind text not null check (author_kind in ('contact', 'bot', 'agent', 'system')),
  author_id text,
  author_name text,
  kind text not null,
  parts jsonb not null,
  reply_to text,
  status text not null,
  error text,
  at timestamptz not null,
  created_at timestamptz not null default now(),
  edited_at timestamptz,
  deleted_at timestamptz,
  citations jsonb not null default '[]',
  support real,
  turn_id uuid,
  floor_epoch bigint not null default 0,
  metadata jsonb not null default '{}',
  unique (tenant_id, id),
  unique (conversation_id, seq),
  foreign key (tenant_id, conversation_id) references hub.conversation(tenant_id, id) on delete cascade
);
create table hub.platform_message (
  tenant_id uuid not null,
  channel_id uuid not null,
  platform_id text not null,
  message_id uuid not null,
  primary key (channel_id, platform_id),
  foreign key (tenant_id, message_id) references hub.message(tenant_id, id) on delete cascade
);
create index platform_message_message on hub.platform_message(message_id);

create table hub.inbox (
  id uuid primary key,
  tenant_id uuid not null,
  channel_id uuid not null,
  platform_id text not null,
  type text not null,
  conversation_id uuid,
  message_id uuid,
  ord double precision not null default 0,
  event jsonb not null,
  received_at timestamptz not null default now(),
  outcome text check (outcome in ('answered', 'handed_over', 'waiting', 'ignored', 'dead')),
  reason text,
  error text,
  done_at timestamptz,
  unique (channel_id, platform_id),
  foreign key (tenant_id, channel_id) references hub.channel(tenant_id, id) on delete cascade,
  foreign key (tenant_id, conversation_id) references hub.conversation(tenant_id, id) on delete cascade
);
create index inbox_waiting on hub.inbox(conversation_id, ord, id) where outcome is null;
create index inbox_stale on hub.inbox(received_at) where outcome is null;
create index inbox_tenant on hub.inbox(tenant_id, received_at, id);

create table hub.turn (
  id uuid primary key,
  tenant_id uuid not null,
  conversation_id uuid not null,
  last_seq bigint not null,       -- the newest customer message the turn read
  message_id uuid not null,       -- the answer's id, given before it is written
  claim_epoch bigint not null,
  floor_epoch bigint not null,
  state text not null default 'thinking' check (state in ('thinking', 'thought', 'done', 'interrupted', 'dead')),
  result jsonb,                   -- what the model said, kept so that a crash does not pay twice
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  unique (tenant_id, id),
  foreign key (tenant_id, conversation_id) references hub.conversation(tenant_id, id) on delete cascade
);
create index turn_conversation on hub.turn(conversation_id, created_at desc);
create unique index turn_live on hub.turn(conversation_id) where state in ('thinking', 'thought');

create table hub.outbox (
  id uuid primary key,
  tenant_id uuid not null,
  conversation_id uuid not null,
  channel_id uuid not null,
  message_id uuid not null,
  turn_id uuid,
  part integer not null default 0,
  seq bigint not null,
  author_kind text not null,
  floor_epoch bigint not null,
  outbound jsonb not null,
  state text not null default 'ready'
    check (state in ('ready', 'sending', 'sent', 'unknown', 'dead', 'cancelled')),
  progress integer not null default 0, -- rendered requests already accepted by the platform
  attempts integer not null default 0,
  send_due_at timestamptz,
  send_epoch bigint not null default 0,
  send_lease_owner uuid,
  sending_at timestamptz,
  error text,
  code text,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  unique (tenant_id, id),
  unique (turn_id, part),
  foreign key (tenant_id, conversation_id) references hub.conversation(tenant_id, id) on delete cascade,
  foreign key (tenant_id, channel_id) references hub.channel(tenant_id, id) on delete cascade,
  foreign key (tenant_id, message_id) references hub.message(tenant_id, id) on delete cascade
);
create index outbox_due on hub.outbox(send_due_at) where send_due_at is not null;
create index outbox_due_tenant on hub.outbox(tenant_id, send_due_at) where send_due_at is not null;
create index outbox_open on hub.outbox(conversation_id, seq, part) where state in ('ready', 'sending');
create index outbox_message on hub.outbox(message_id);

create table hub.file (
  id uuid primary key,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  blob_key text not null,
  name text not null,
  mime text not null,
  size bigint not null,
  sha256 bytea not null,
  conversation_id uuid,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  foreign key (tenant_id, conversation_id) references hub.conversation(tenant_id, id) on delete cascade
);

create table hub.usage (
  id uuid primary key,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  at timestamptz not null default now(),
  task text not null,
  provider text not null,
  model text not null,
  input_tokens integer not null,
  output_tokens integer not null,
  duration real not null, -- seconds
  ok boolean not null,
  cost numeric(18, 9),
  currency text,
  conversation_id uuid
);
create index usage_tenant on hub.usage(tenant_id, at);

create table hub.event (
  seq bigint generated always as identity primary key,
  id uuid not null,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  type text not null,
  conversation_id uuid,
  data jsonb not null,
  at timestamptz not null default now()
);
create index event_tenant on hub.event(tenant_id, seq);

create table hub.job (
  id uuid primary key,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  name text not null,
  args jsonb not null default '{}',
  state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed')),
  attempts integer not null default 0,
  due_at timestamptz,
  epoch bigint not null default 0,
  lease_owner uuid,
  error text,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  unique (tenant_id, id)
);
create index job_due on hub.job(due_at) where due_at is not null;

-- Answers to POSTs that carried an Idempotency-Key. The platform admin's own stand under the nil tenant.
create table hub.idempotency (
  tenant_id uuid not null,
  principal text not null,
  key text not null,
  fingerprint bytea not null,
  status integer,
  response jsonb,
  created_at timestamptz not null default now(),
  primary key (tenant_id, principal, key)
);

select hub.protect_tenant_table(name) from unnest(array[
  'tenant_settings', 'channel', 'contact', 'identity', 'contact_link', 'conversation', 'participant', 'message',
  'platform_message', 'inbox', 'turn', 'outbox', 'file', 'usage', 'event', 'job', 'idempotency']) as name;

select hub.open_to_system('channel', 'secret, updated_at, poll_owner, poll_until');
select hub.open_to_system('conversation', 'claim_epoch, attempts, due_at, lease_owner');
select hub.open_to_system('inbox', '');
select hub.open_to_system('outbox', 'send_due_at, send_epoch, send_lease_owner, attempts');
select hub.open_to_system('job', 'state, attempts, due_at, epoch, lease_owner');
