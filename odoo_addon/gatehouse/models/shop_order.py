from odoo import api, fields, models

# Whatever another transaction does at this moment, this one waits for it, and Odoo then runs it anew.
TAKE_ORDER = """
    INSERT INTO gatehouse_shop_order AS s (connection, number, version) VALUES (%(connection)s, %(number)s, %(version)s)
    ON CONFLICT (connection, number) DO UPDATE SET version = excluded.version WHERE s.version <= excluded.version
    RETURNING id
"""
TAKE_BUYER = """
    INSERT INTO gatehouse_shop_buyer AS b (connection, buyer) VALUES (%(connection)s, %(buyer)s)
    ON CONFLICT (connection, buyer) DO UPDATE SET buyer = excluded.buyer
    RETURNING id
"""


class GatehouseShopOrder(models.Model):
    """
    Which sale order an order of a shop is, and what of it stands there: one row per order of a shop. It stays
    when the sale order is deleted, so that an earlier version which comes late makes no other.
    """

    _name = "gatehouse.shop.order"
    _description = "Gatehouse Order of a Shop"
    _rec_name = "number"
    _log_access = False

    connection = fields.Char(required=True, readonly=True, help="Connection of the shop at Gatehouse.")
    number = fields.Char(required=True, readonly=True, help="The shop's own ID of the order.")
    # With digits 0 the column is numeric, which holds whole numbers far beyond the four bytes of an Integer.
    version = fields.Float(digits=0, readonly=True)
    order_id = fields.Many2one("sale.order", readonly=True, index=True, ondelete="set null")
    state = fields.Char(readonly=True, help="What the shop said last.")
    content = fields.Char(readonly=True, help="Digest of the goods and amounts that stand in the order.")
    who = fields.Char(readonly=True, help="Digest of who bought it and who gets it.")
    note = fields.Text(readonly=True, help="The shop's note for who packs it.")

    def _auto_init(self):
        result = super()._auto_init()
        self.env.cr.execute("CREATE UNIQUE INDEX IF NOT EXISTS gatehouse_shop_order_key ON gatehouse_shop_order (connection, number)")
        return result

    @api.model
    def _take(self, wanted):
        """
        :return: the row of the order, which nobody else changes until this transaction ends, and whether a later version stands there
        """
        self.env.cr.execute(TAKE_ORDER, {"connection": wanted.connection, "number": wanted.number, "version": wanted.version})
        taken = self.env.cr.fetchone()
        self.invalidate_model()
        if taken:
            return self.browse(taken[0]), False
        return self.search([("connection", "=", wanted.connection), ("number", "=", wanted.number)]), True


class GatehouseShopBuyer(models.Model):
    """Which contact a buyer of a shop is."""

    _name = "gatehouse.shop.buyer"
    _description = "Gatehouse Buyer of a Shop"
    _rec_name = "buyer"
    _log_access = False

    connection = fields.Char(required=True, readonly=True)
    buyer = fields.Char(required=True, readonly=True)
    partner_id = fields.Many2one("res.partner", readonly=True, index=True, ondelete="cascade")

    def _auto_init(self):
        result = super()._auto_init()
        self.env.cr.execute("CREATE UNIQUE INDEX IF NOT EXISTS gatehouse_shop_buyer_key ON gatehouse_shop_buyer (connection, buyer)")
        return result

    @api.model
    def _take(self, connection, buyer):
        """The row of the buyer, which nobody else changes until this transaction ends."""
        self.env.cr.execute(TAKE_BUYER, {"connection": connection, "buyer": buyer})
        (row_id,) = self.env.cr.fetchone()
        self.invalidate_model()
        return self.browse(row_id)
