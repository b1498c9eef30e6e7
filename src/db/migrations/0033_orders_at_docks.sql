-- Orders by the name with which trucks are booked for them, as names are compared.
create index sales_order_name on sales_order (upper(regexp_replace(reference, '\s', '', 'g')));
