-- Global tables: who people are and where they belong. Nothing a customer said.
create table hub.person (
  id uuid primary key,
  email text not null,
  email_key text not null unique,    -- the address as it is compared, case folded
  email_verified_at timestamptz,
  name text not null,
  locale text not null default 'en',
  picture text,                      -- where the picture's bytes are kept
  password_hash text,                -- null: signs in by another way, or has not set one yet
  platform_admin boolean not null default false,
  disabled_at timestamptz,
  preferences jsonb not null default '{}', -- how the desk looks and tells
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table hub.membership (
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  person_id uuid not null references hub.person(id) on delete cascade,
  role text not null check (role in ('owner', 'admin', 'agent', 'viewer')),
  reach text not null default 'all' check (reach in ('all', 'team', 'assigned')), -- whose conversations an agent reads
  availability text not null default 'offline' check (availability in ('online', 'away', 'offline')),
  availability_at timestamptz not null default now(),
  capacity integer not null default 8 check (capacity >= 0), -- conversations at once
  skills text[] not null default '{}',
  created_at timestamptz not null default now(),
  primary key (tenant_id, person_id)
);
create index membership_person on hub.membership(person_id);
create unique index membership_owner on hub.membership(tenant_id) where role = 'owner';

create table hub.session (
  id uuid primary key,
  hash bytea not null unique,        -- SHA-256 of the cookie
  person_id uuid not null references hub.person(id) on delete cascade,
  method text not null,              -- how the person signed in
  address text not null,
  user_agent text not null,
  created_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index session_person on hub.session(person_id, created_at desc);

-- Links that were mailed or shown once: only the hash is kept, each works once.
create table hub.account_token (
  hash bytea primary key,
  purpose text not null check (purpose in ('setup', 'reset', 'verify')),
  person_id uuid references hub.person(id) on delete cascade, -- null: the first person of a deployment is still to come
  email text,                        -- the address a 'verify' proves
  mailed boolean not null,           -- whether it went to the address, which then is proven by its use
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);
create index account_token_person on hub.account_token(person_id);

create table hub.invitation (
  id uuid primary key,
  tenant_id uuid not null references hub.tenant(id) on delete cascade,
  email text not null,
  email_key text not null,
  role text not null check (role in ('admin', 'agent', 'viewer')),
  teams uuid[] not null default '{}',
  invited_by uuid references hub.person(id) on delete set null,
  hash bytea not null unique,
  mailed boolean not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  revoked_at timestamptz
);
create unique index invitation_open on hub.invitation(tenant_id, email_key)
  where accepted_at is null and revoked_at is null;

-- What a person is called at a sign-in provider.
create table hub.external_login (
  issuer text not null,
  subject text not null,
  person_id uuid not null references hub.person(id) on delete cascade,
  provider text not null,
  email text,
  created_at timestamptz not null default now(),
  used_at timestamptz not null default now(),
  primary key (issuer, subject)
);
create index external_login_person on hub.external_login(person_id);

-- How often something was tried, by a hash that names neither address nor person.
create table hub.attempt (
  bucket bytea primary key,
  count integer not null,
  since timestamptz not null
);

grant select, insert, update, delete on hub.person, hub.membership, hub.session, hub.account_token, hub.invitation,
  hub.external_login, hub.attempt to hub_app;
grant select on hub.person, hub.membership to hub_sysfn;
