alter table hub.conversation add column desk jsonb not null default '{}'; -- what the desk has told already

-- Each time a person was asked for, and what came of it: what the colleague gets at a glance, and what is counted later.
create table hub.handoff (
  id uuid primary key,
  tenant_id uuid not null,
  conversation_id uuid not null,
  reason text not null,
  detail text,                         -- in the customer's or the model's words
  question text not null default '',
  summary text not null default '',
  retrieved jsonb not null default '[]',
  bot_said text,
  bot_answers integer not null default 0,
  support real,
  cost numeric(18, 9),                 -- what the bot's answers cost until then
  requested_at timestamptz not null default now(),
  accepted_at timestamptz,
  accepted_by text,
  ended_at timestamptz,
  ended_by text,
  ended_as text,                       -- returned, resolved
  unique (tenant_id, id),
  foreign key (tenant_id, conversation_id) references hub.conversation(tenant_id, id) on delete cascade
);
create index handoff_conversation on hub.handoff(conversation_id, requested_at desc);
create index handoff_list on hub.handoff(tenant_id, requested_at);

create table hub.calendar (
  id uuid primary key,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  name text not null,
  zone text not null,
  weekly jsonb not null default '{}',      -- "0" (Monday) to "6": [["09:00", "17:00"], ...]
  exceptions jsonb not null default '{}',  -- "2026-12-24": {"open": [["09:00", "12:00"]], "name": "Christmas Eve"}
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id)
);
create unique index calendar_name on hub.calendar(tenant_id, lower(name));

create table hub.notification (
  id uuid primary key,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  person text not null,
  kind text not null,
  conversation_id uuid not null,
  mark text not null,                  -- what it is about: the same is told once
  text text not null,
  at timestamptz not null default now(),
  seen_at timestamptz,
  mailed_at timestamptz,
  unique (tenant_id, id),
  unique (tenant_id, person, kind, conversation_id, mark),
  foreign key (tenant_id, conversation_id) references hub.conversation(tenant_id, id) on delete cascade
);
create index notification_person on hub.notification(tenant_id, person, at desc, id desc);
create index notification_unseen on hub.notification(tenant_id, person) where seen_at is null;
create index notification_conversation on hub.notification(conversation_id);
create table hub.notification_setting (
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  person text not null,
  settings jsonb not null,
  updated_at timestamptz not null default now(),
  primary key (tenant_id, person)
);
select hub.protect_tenant_table(name)
  from unnest(array['handoff', 'calendar', 'notification', 'notification_setting']) as name;

grant create on schema hub_cross to hub_sysfn;
grant update (desk_due_at) on hub.conversation to hub_sysfn;
set role hub_sysfn;
-- Conversations the desk must look at, the longest due first; whoever claims looks within the lease.
create function hub_cross.claim_desk(n int, lease interval) returns table(id uuid, tenant_id uuid, due timestamptz)
language sql security definer set search_path = hub, pg_temp as $$
 update conversation c set desk_due_at = now() + lease
  where c.id = any(array(select x.id from conversation x where x.desk_due_at <= now()
                          order by x.desk_due_at limit n for update skip locked))
 returning c.id, c.tenant_id, c.desk_due_at $$;
revoke all on function hub_cross.claim_desk(int, interval) from public;
grant execute on function hub_cross.claim_desk(int, interval) to hub_app;
reset role;
revoke create on schema hub_cross from hub_sysfn;
