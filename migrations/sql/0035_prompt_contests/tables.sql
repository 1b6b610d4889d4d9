-- A version of the bot's instructions tried beside the one in use, on a share of the conversations.
create table hub.prompt_contest (
  tenant_id uuid primary key references hub.tenant(id) on delete cascade,
  prompt_id uuid not null,
  share integer not null check (share between 1 and 99), -- of a hundred conversations, how many it answers
  since timestamptz not null default now(),
  foreign key (tenant_id, prompt_id) references hub.prompt(tenant_id, id) on delete cascade
);
select hub.protect_tenant_table('prompt_contest');

