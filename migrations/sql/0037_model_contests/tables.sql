-- A contest may try a model, alone or under a version of the instructions.
alter table hub.prompt_contest alter column prompt_id drop not null;
alter table hub.prompt_contest add column model text; -- provider/model; null: the one that answers anyway
