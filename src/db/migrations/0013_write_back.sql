-- What Odoo was told of each of its transfers, so that only what differs is told: by key how often (revision) and a
-- hash of the last. Written in the transaction that accepts the commands.
create table write_back (
  connection text not null,
  -- Odoo's id of the transfer.
  transfer text not null,
  told jsonb not null,
  updated_at timestamptz not null,
  primary key (connection, transfer)
);

-- Shipments of which something changed that the feed does not tell, until write-back has looked.
create table write_back_due (shipment_id uuid primary key);
