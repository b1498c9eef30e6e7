"""Plain Python without Odoo, so that it is tested without Odoo."""
