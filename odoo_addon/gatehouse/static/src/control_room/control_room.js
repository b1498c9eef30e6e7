/** @odoo-module **/
import { Component, onWillStart, onWillUnmount, useRef, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

/**
 * The control room of Gatehouse in a frame. The frame asks for a token, and is handed one by a message that the
 * browser gives to the origin of Gatehouse alone: it never stands in an address, nor in anything that is logged.
 */
export class ControlRoom extends Component {
    static template = "gatehouse.ControlRoom";
    static props = ["*"];

    setup() {
        this.orm = useService("orm");
        this.frame = useRef("frame");
        this.state = useState({ url: null, error: null });
        this.first = null;
        const onMessage = (event) => this.onMessage(event);
        window.addEventListener("message", onMessage);
        onWillUnmount(() => window.removeEventListener("message", onMessage));
        onWillStart(async () => {
            this.first = await this.ask();
            if (this.first) {
                this.origin = this.first.origin;
                this.state.url = this.first.url + (this.props.action?.params?.fragment || "");
            }
        });
    }

    async ask() {
        try {
            return await this.orm.call("gatehouse.control.room", "open", []);
        } catch (error) {
            this.state.error = error.data?.message || error.message;
            return null;
        }
    }

    async onMessage(event) {
        const frame = this.frame.el?.contentWindow;
        if (!frame || event.source !== frame || event.origin !== this.origin || event.data?.type !== "gatehouse:token-wanted") {
            return;
        }
        const answer = this.first || (await this.ask());
        this.first = null;
        if (answer && answer.origin === this.origin) {
            frame.postMessage({ type: "gatehouse:token", token: answer.token, seconds: answer.seconds }, this.origin);
        }
    }
}

registry.category("actions").add("gatehouse.control_room", ControlRoom);
