-- a copy for staging must not speak to the Gatehouse of production
UPDATE res_company
   SET gatehouse_url = NULL,
       gatehouse_secret = NULL,
       gatehouse_secret_previous = NULL,
       gatehouse_secret_previous_until = NULL;
UPDATE ir_cron
   SET active = false
 WHERE id IN (SELECT res_id FROM ir_model_data WHERE module = 'gatehouse' AND name = 'cron_deliver');
UPDATE gatehouse_outbox
   SET state = 'dead',
       last_error = 'neutralized copy of the database',
       lease = NULL,
       lease_until = NULL
 WHERE state IN ('pending', 'sending');
