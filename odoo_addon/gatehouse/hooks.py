def uninstall_hook(env):
    """Removes what Odoo does not know to be ours."""
    env.cr.execute("DROP SEQUENCE IF EXISTS gatehouse_outbox_version_seq")
    forget_foreign_keys(env, "gatehouse")
    env["ir.config_parameter"].sudo().search([("key", "=like", "gatehouse.%")]).unlink()


def forget_foreign_keys(env, module):
    """Odoo removes the columns of an addon, but not its notes of their foreign keys on models that stay."""
    env["ir.model.constraint"].sudo().search([("module.name", "=", module), ("type", "=", "f")]).unlink()
