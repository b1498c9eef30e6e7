/** @odoo-module **/
import { Component, onWillUnmount, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { _t } from "@web/core/l10n/translation";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { formatDateTime } from "@web/core/l10n/dates";

const TICK_MS = 15000;
const SOON_MS = 45 * 60000;

/** How long is left until the carrier takes nothing more for the day. */
export class CountdownField extends Component {
    static template = "gatehouse_delivery.Countdown";
    static props = { ...standardFieldProps };

    setup() {
        this.state = useState({ now: Date.now() });
        const timer = setInterval(() => { this.state.now = Date.now(); }, TICK_MS);
        onWillUnmount(() => clearInterval(timer));
    }

    get at() {
        return this.props.record.data[this.props.name];
    }

    get leftMs() {
        return this.at.toMillis() - this.state.now;
    }

    get text() {
        const minutes = Math.ceil(this.leftMs / 60000);
        if (minutes <= 0) {
            return _t("missed");
        }
        const days = Math.floor(minutes / 1440);
        const clock = `${Math.floor((minutes % 1440) / 60)}:${String(minutes % 60).padStart(2, "0")}`;
        return days > 0 ? `${days} d ${clock} h` : `${clock} h`;
    }

    get title() {
        return formatDateTime(this.at);
    }

    get tone() {
        if (this.leftMs <= 0) {
            return "text-bg-danger";
        }
        return this.leftMs <= SOON_MS ? "text-bg-warning" : "text-bg-info";
    }
}

registry.category("fields").add("gatehouse_countdown", {
    component: CountdownField,
    displayName: _t("Countdown"),
    supportedTypes: ["datetime"],
});
