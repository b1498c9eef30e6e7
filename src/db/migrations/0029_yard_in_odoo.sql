-- A visit is of the shipments of its appointment, too.
insert into visit_shipment (visit_id, shipment_id, company)
select v.id, x.shipment_id, v.company from visit v join appointment_shipment x on x.appointment_id = v.appointment_id where not v.deleted
on conflict do nothing;

-- What was found while goods were handled and no quantity says.
alter table warehouse_confirmation add column remarks jsonb not null default '[]';
