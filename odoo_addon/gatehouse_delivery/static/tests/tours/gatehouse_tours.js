/** @odoo-module **/
import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("gatehouse_timeline", {
    steps: () => [
        { content: "The tab of the timeline", trigger: ".o_notebook .nav-link[name='gatehouse_timeline']", run: "click" },
        { content: "What was reported before", trigger: ".o_gatehouse_milestone[data-code='PICKED_UP']", run: () => reportDelivered() },
        { content: "What is reported while the form is open", trigger: ".o_gatehouse_milestone[data-code='DELIVERED']", run: () => {} },
    ],
});

registry.category("web_tour.tours").add("gatehouse_rate", {
    steps: () => [
        { content: "Add shipping", trigger: "button[name='action_open_delivery_wizard']", run: "click" },
        { content: "The method", trigger: ".modal div[name='carrier_id'] input", run: "edit Gatehouse Parcel" },
        { content: "Choose it", trigger: ".modal .o-autocomplete--dropdown-item:contains('Gatehouse Parcel')", run: "click" },
        { content: "Get the rate", trigger: ".modal button[name='update_price']", run: "click" },
        { content: "The price of Gatehouse", trigger: ".modal [name='display_price']:contains('9')", run: () => {} },
        { content: "Take it", trigger: ".modal button[name='button_confirm']", run: "click" },
        { content: "It stands on the order", trigger: ".o_field_widget[name='order_line'] :contains('Freight'), .o_field_widget[name='order_line'] :contains('Gatehouse Parcel')", run: () => {} },
    ],
});

/** As Gatehouse writes it back; then as somebody who comes back to the tab. */
async function reportDelivered() {
    const id = Number(new URLSearchParams(location.hash.slice(1)).get("id") || /\/(\d+)\/?$/.exec(location.pathname)[1]);
    const at = new Date().toISOString();
    const values = { uid: crypto.randomUUID(), code: "DELIVERED", classifier: "ACTUAL", occurred_at: at, recorded_at: at };
    const commands = [{ id: crypto.randomUUID(), topic: "milestone", model: "stock.picking", record_id: id, values }];
    const body = { jsonrpc: "2.0", method: "call", params: { model: "gatehouse.command", method: "apply_commands", args: [commands], kwargs: {} } };
    const answer = await fetch("/web/dataset/call_kw", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    const { result } = await answer.json();
    if (result?.[0]?.state !== "applied") {
        throw new Error(`Odoo did not take the milestone: ${JSON.stringify(result)}`);
    }
    document.dispatchEvent(new Event("visibilitychange"));
}
