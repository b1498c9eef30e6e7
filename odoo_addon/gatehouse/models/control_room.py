from odoo import _, api, models
from odoo.exceptions import AccessError


class GatehouseControlRoom(models.AbstractModel):
    """The control room within Odoo, with the rights that Gatehouse gives the user who opens it."""

    _name = "gatehouse.control.room"
    _description = "Control Room of Gatehouse"

    @api.model
    def open(self):
        """
        :return: {"url": page to embed, "origin": who may be handed the token, "token", "seconds": how long it is good}
        :raise UserError: where Gatehouse gives none
        """
        if not self.env.user.has_group("base.group_user"):
            raise AccessError(_("The control room is for your own people."))
        base, token, seconds = self.env["gatehouse.client"]._user_token(self.env.user, self.env.company)
        scheme, _slashes, rest = base.partition("//")
        return {"url": f"{base}/?embedded", "origin": f"{scheme}//{rest.split('/')[0]}", "token": token, "seconds": seconds}
