from odoo.addons.gatehouse.hooks import forget_foreign_keys


def uninstall_hook(env):
    forget_foreign_keys(env, "gatehouse_delivery")
