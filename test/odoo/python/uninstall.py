# Leaves something in every place that the addon uses, uninstalls it, and prints what is left.
PLACES = {
    "tables": "SELECT table_name FROM information_schema.tables WHERE table_name LIKE '%gatehouse%'",
    "columns": "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE column_name LIKE '%gatehouse%'",
    "sequences": "SELECT sequence_name FROM information_schema.sequences WHERE sequence_name LIKE '%gatehouse%'",
    "indexes": "SELECT indexname FROM pg_indexes WHERE indexname LIKE '%gatehouse%'",
    "parameters": "SELECT key FROM ir_config_parameter WHERE key LIKE 'gatehouse.%'",
    "models": "SELECT model FROM ir_model WHERE model LIKE 'gatehouse%'",
    "fields": "SELECT model || '.' || name FROM ir_model_fields WHERE name LIKE '%gatehouse%'",
    "crons": "SELECT cron_name FROM ir_cron WHERE cron_name LIKE 'Gatehouse%'",
    "triggers of crons that are gone": "SELECT id FROM ir_cron_trigger WHERE cron_id NOT IN (SELECT id FROM ir_cron)",
    "external ids": "SELECT model || ',' || name FROM ir_model_data WHERE module = 'gatehouse' AND model <> 'ir.module.module'",
    "constraints": "SELECT name FROM ir_model_constraint WHERE name LIKE '%gatehouse%'",
    "server actions": "SELECT id FROM ir_act_server WHERE name::text LIKE '%Gatehouse%'",
    "menus": "SELECT id FROM ir_ui_menu WHERE name::text LIKE '%Gatehouse%'",
    "views": "SELECT name FROM ir_ui_view WHERE arch_db::text LIKE '%gatehouse%'",
    "window actions": "SELECT id FROM ir_act_window WHERE res_model LIKE 'gatehouse%'",
    "rules": "SELECT id FROM ir_rule WHERE name LIKE 'Gatehouse%'",
    "attachments": "SELECT name FROM ir_attachment WHERE res_model LIKE 'gatehouse%'",
    "property defaults": "SELECT id FROM ir_default WHERE field_id NOT IN (SELECT id FROM ir_model_fields)",
}


def held():
    found = []
    for place, query in PLACES.items():
        env.cr.execute(query)
        rows = [row[0] for row in env.cr.fetchall()]
        if rows:
            found.append([place, len(rows), rows[:3]])
    return found


env.company.write({"gatehouse_url": "http://127.0.0.1:9/ingest/odoo", "gatehouse_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
env["ir.config_parameter"].set_param("gatehouse.batch_size", "50")
env.cr.commit()
env["res.partner"].create({"name": "Told before the addon goes"})
env.cr.commit()
env.cr.execute("SELECT count(*) FROM gatehouse_outbox")
assert env.cr.fetchone()[0] > 0, "nothing was told: the test would not see rows that are left"
print("BEFORE", json.dumps(held()))
env["ir.module.module"].search([("name", "=", "gatehouse")]).button_immediate_uninstall()
print("AFTER", json.dumps(held()))
