-- What an appointment kept here is for, by which carriers ask about it.
create index appointment_own_numbers on appointment using gin (numbers) where connection = 'gatehouse' and not deleted;
create index appointment_own_names on appointment using gin (names jsonb_path_ops) where connection = 'gatehouse' and not deleted;
create index appointment_claimed_loads on appointment using gin ((claimed -> 'loads') jsonb_path_ops) where connection = 'gatehouse' and not deleted;
create index appointment_claimed_references on appointment using gin ((claimed -> 'references') jsonb_path_ops) where connection = 'gatehouse' and not deleted;
