def uninstall_hook(env):
    """Removes what Odoo does not know to be ours."""
    env.cr.execute("DROP SEQUENCE IF EXISTS gatehouse_outbox_version_seq")
    env["ir.config_parameter"].sudo().search([("key", "=like", "gatehouse.%")]).unlink()
