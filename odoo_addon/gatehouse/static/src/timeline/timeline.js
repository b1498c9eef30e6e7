/** @odoo-module **/
import { Component, onWillDestroy, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** Where the bus is off, or a notification was lost, news comes so often. */
const POLL_MS = 30000;
const NOTIFICATION = "gatehouse.transfer";

/** The milestones of a transfer, live while its form is open. */
export class Timeline extends Component {
    static template = "gatehouse.Timeline";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.bus = useService("bus_service");
        this.state = useState({ timeline: null, failed: false });
        this.shown = null;
        this.listener = (payload) => this.onNews(payload);
        this.bus.subscribe(NOTIFICATION, this.listener);
        const look = () => document.hidden || this.refresh();
        const timer = setInterval(look, POLL_MS);
        // Who comes back to the tab sees what happened meanwhile.
        document.addEventListener("visibilitychange", look);
        onWillStart(() => this.show(this.props.record.resId));
        onWillUpdateProps((next) => next.record.resId === this.shown || this.show(next.record.resId));
        // One that is left before it was shown is destroyed without having been mounted.
        onWillDestroy(() => {
            clearInterval(timer);
            document.removeEventListener("visibilitychange", look);
            this.bus.unsubscribe(NOTIFICATION, this.listener);
            this.leave();
            this.shown = null;
        });
    }

    async show(resId) {
        this.leave();
        this.shown = resId;
        this.state.timeline = null;
        if (resId) {
            this.bus.addChannel(this.channel);
            this.bus.start();
            await this.read();
        }
    }

    leave() {
        if (this.shown) {
            this.bus.deleteChannel(this.channel);
        }
    }

    get channel() {
        return `gatehouse.transfer.${this.shown}`;
    }

    onNews(payload) {
        if (payload && payload.id === this.shown) {
            this.refresh();
        }
    }

    /** The form's own fields (status, estimate, label) follow, unless somebody is editing. */
    async refresh() {
        if (!this.shown || !(await this.read())) {
            return;
        }
        const record = this.props.record;
        if (record.resId === this.shown && !(await record.isDirty())) {
            await record.load();
        }
    }

    /** @returns {Promise<boolean>} whether something is new */
    async read() {
        const asked = this.shown;
        let timeline;
        try {
            timeline = await this.orm.silent.call("stock.picking", "gatehouse_timeline", [[asked]]);
        } catch (error) {
            if (asked !== this.shown) {
                return false;
            }
            // What is shown stays; the next round asks again.
            this.state.failed = true;
            console.warn("Gatehouse: the timeline could not be read.", error);
            return false;
        }
        if (asked !== this.shown) {
            return false;
        }
        this.state.failed = false;
        const isNew = JSON.stringify(timeline) !== JSON.stringify(this.state.timeline);
        if (isNew) {
            this.state.timeline = timeline;
        }
        return isNew;
    }

    time(text) {
        return formatDateTime(deserializeDateTime(text));
    }
}

registry.category("view_widgets").add("gatehouse_timeline", { component: Timeline });
