{
    "name": "Gatehouse",
    "summary": "Tells Gatehouse of orders, transfers, invoices, products, partners and stock levels as they change",
    # build.py puts the series of Odoo in front.
    "version": "1.0.0",
    "category": "Inventory/Delivery",
    "author": "Gatehouse contributors",
    "license": "LGPL-3",
    "depends": ["sale_stock", "purchase_stock"],
    "external_dependencies": {"python": ["requests"]},
    "data": [
        "security/ir.model.access.csv",
        "security/gatehouse_security.xml",
        "security/gatehouse_sync.xml",
        "data/ir_cron.xml",
        "views/gatehouse_outbox_views.xml",
        "views/res_config_settings_views.xml",
        "views/stock_picking_views.xml",
    ],
    "uninstall_hook": "uninstall_hook",
    "installable": True,
}
