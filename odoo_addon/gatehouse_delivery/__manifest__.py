{
    "name": "Gatehouse Delivery",
    "summary": "Rates, booking, labels, cancelling and returns of carriers through Gatehouse",
    # build.py puts the series of Odoo in front.
    "version": "1.0.0",
    "category": "Inventory/Delivery",
    "author": "Gatehouse contributors",
    "license": "LGPL-3",
    "depends": ["gatehouse", "stock_delivery"],
    "external_dependencies": {"python": ["pytz"]},
    "data": [
        "views/delivery_carrier_views.xml",
        "views/stock_picking_views.xml",
        "views/stock_warehouse_views.xml",
        "views/res_config_settings_views.xml",
    ],
    "assets": {
        "web.assets_backend": ["gatehouse_delivery/static/src/**/*"],
        "web.assets_tests": ["gatehouse_delivery/static/tests/tours/*.js"],
    },
    "uninstall_hook": "uninstall_hook",
    "auto_install": True,
    "installable": True,
}
