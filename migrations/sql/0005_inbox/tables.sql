-- What colleagues see and do in the inbox. `person` is who acts, as text: a person's id, or "key:<id>" for a machine.
alter table hub.conversation
  add column team_id uuid,
  add column snoozed_until timestamptz,
  add column handoff_reason text,      -- why a person was last asked for
  add column handoff_at timestamptz,   -- and when: the queue's order
  add column waiting_since timestamptz, -- the customer waits for a person's answer since then
  add column answered_at timestamptz,  -- a person's first answer after the handoff
  add column sla_due_at timestamptz,   -- the next promise that would be broken
  add column desk_due_at timestamptz,  -- when the desk must next look: queue, snooze, promises, idleness
  add column attributes jsonb not null default '{}';
create index conversation_inbox on hub.conversation(tenant_id, (coalesce(last_message_at, opened_at)) desc, id desc)
  where state <> 'resolved';
create index conversation_recent on hub.conversation(tenant_id, (coalesce(last_message_at, opened_at)) desc, id desc);
create index conversation_queue on hub.conversation(tenant_id, handoff_at, id) where state = 'waiting';
create index conversation_assignee on hub.conversation(tenant_id, assignee) where state = 'agent';
create index conversation_desk_due on hub.conversation(desk_due_at) where desk_due_at is not null;
create index event_conversation on hub.event(conversation_id, seq) where conversation_id is not null;

create table hub.label (
  id uuid primary key,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  name text not null,
  color text not null default '#16202b',
  created_at timestamptz not null default now(),
  unique (tenant_id, id)
);
create unique index label_name on hub.label(tenant_id, lower(name));
create table hub.conversation_label (
  tenant_id uuid not null,
  conversation_id uuid not null,
  label_id uuid not null,
  added_at timestamptz not null default now(),
  primary key (conversation_id, label_id),
  foreign key (tenant_id, conversation_id) references hub.conversation(tenant_id, id) on delete cascade,
  foreign key (tenant_id, label_id) references hub.label(tenant_id, id) on delete cascade
);
create index conversation_label_of on hub.conversation_label(label_id);

create table hub.saved_view (
  id uuid primary key,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  owner text,                   -- null: shared with every colleague
  name text not null,
  filter jsonb not null,
  sort text not null default 'newest',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id)
);
create unique index saved_view_name on hub.saved_view(tenant_id, coalesce(owner, ''), lower(name));

-- A reply that is kept ready, and what is done along with it (then it is called a macro).
create table hub.macro (
  id uuid primary key,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  owner text,
  name text not null,
  shortcut text,
  text text not null default '',
  note boolean not null default false,
  actions jsonb not null default '[]',
  used integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id)
);
create unique index macro_name on hub.macro(tenant_id, coalesce(owner, ''), lower(name));

create table hub.draft (
  tenant_id uuid not null,
  conversation_id uuid not null,
  person text not null,
  note boolean not null default false,
  text text not null,
  updated_at timestamptz not null default now(),
  primary key (conversation_id, person, note),
  foreign key (tenant_id, conversation_id) references hub.conversation(tenant_id, id) on delete cascade
);
-- How far a colleague has read.
create table hub.reading (
  tenant_id uuid not null,
  conversation_id uuid not null,
  person text not null,
  seq bigint not null,
  at timestamptz not null default now(),
  primary key (conversation_id, person),
  foreign key (tenant_id, conversation_id) references hub.conversation(tenant_id, id) on delete cascade
);
create table hub.mention (
  tenant_id uuid not null,
  message_id uuid not null,
  person text not null,
  conversation_id uuid not null,
  at timestamptz not null default now(),
  primary key (message_id, person),
  foreign key (tenant_id, message_id) references hub.message(tenant_id, id) on delete cascade,
  foreign key (tenant_id, conversation_id) references hub.conversation(tenant_id, id) on delete cascade
);
create index mention_person on hub.mention(tenant_id, person, at);
create index mention_conversation on hub.mention(conversation_id);

create table hub.attribute_definition (
  id uuid primary key,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  target text not null default 'contact' check (target in ('contact', 'conversation')),
  key text not null,
  name text not null,
  type text not null default 'text' check (type in ('text', 'number', 'boolean', 'date', 'link', 'list')),
  options text[] not null default '{}',
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, target, key)
);

-- How a conversation stood before the last act, and what an undo must still find.
create table hub.undo (
  tenant_id uuid not null,
  conversation_id uuid primary key,
  token uuid not null,
  person text not null,
  state text not null,
  state_reason text,
  assignee text,
  team_id uuid,
  snoozed_until timestamptz,
  handoff_at timestamptz,
  handoff_reason text,
  waiting_since timestamptz,
  answered_at timestamptz,
  found_floor bigint not null,
  found_state text not null,
  found_seq bigint not null,
  at timestamptz not null default now(),
  foreign key (tenant_id, conversation_id) references hub.conversation(tenant_id, id) on delete cascade
);

select hub.protect_tenant_table(name) from unnest(array[
  'label', 'conversation_label', 'saved_view', 'macro', 'draft', 'reading', 'mention', 'attribute_definition',
  'undo']) as name;
