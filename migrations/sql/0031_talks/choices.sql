-- The model that a tenant chose for each task, among those that its plan offers.
create table hub.model_choice (
  tenant_id uuid primary key references hub.tenant(id) on delete cascade,
  tasks jsonb not null default '{}',         -- {task: provider/model}
  updated_at timestamptz not null default now()
);
select hub.protect_tenant_table('model_choice');
